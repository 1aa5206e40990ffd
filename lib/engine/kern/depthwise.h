/* engine/kern/depthwise.h - convolution of every channel on its own: vectors of
 * channels, for several pixels of a row at once.
 *
 * The last vector of channels lies so that it ends with them: of its first
 * lanes the results are computed twice and are the same bits.  Fewer channels
 * than a vector has are copied into one.
 */
enum { DEEP_PIXELS = 8, DEEP_TAPS = 5 };

/* Where the vector of channels begins that covers channel j, and how many
 * channels from there on there are. */
INLINE int vector_at(int j, int c)
{
    return j + VL <= c || c < VL ? j : c - VL;
}

INLINE void deep_tile(const struct sr_depthwise *d, int p, int j,
                      const int pixels)
{
    const size_t left = (size_t)(d->c - j);
    vec sums[DEEP_PIXELS];
#pragma GCC unroll 8
    for (int i = 0; i < pixels; i++)
        sums[i] = load_upto(d->bias + j, left);
    for (int r = 0; r < d->rows; r++)
        for (int k = 0; k < d->cols; k++) {
            const vec w = load_upto(d->w + r * d->w_row + k * d->c + j, left);
            const float *x =
                d->x + p * d->x_pixel + r * d->x_row + k * d->x_col + j;
#pragma GCC unroll 8
            for (int i = 0; i < pixels; i++)
                sums[i] += load_upto(x + i * d->x_pixel, left) * w;
        }
#pragma GCC unroll 8
    for (int i = 0; i < pixels; i++)
        store_upto(d->y + (p + i) * d->y_pixel + j, sums[i], left);
}

/* Tiles over all pixels; the last one ends with them. */
INLINE void deep_tiles(const struct sr_depthwise *d, const int pixels)
{
    for (int p = 0; p < d->pixels; p += pixels) {
        const int at = p + pixels <= d->pixels ? p : d->pixels - pixels;
        for (int j = 0; j < d->c; j += VL)
            deep_tile(d, at, vector_at(j, d->c), pixels);
    }
}

static void depthwise(const struct sr_depthwise *d)
{
    if (d->pixels >= DEEP_PIXELS)
        deep_tiles(d, DEEP_PIXELS);
    else if (d->pixels >= DEEP_PIXELS / 2)
        deep_tiles(d, DEEP_PIXELS / 2);
    else
        deep_tiles(d, 1);
}

/* `taps` taps from the k-th on; two pixels at once, because a sum can only be
 * added to every few cycles.  Lanes that the vector before has covered get a
 * gradient of 0. */
INLINE void deep_grad(const struct sr_depthwise_grad *d, int k, int j,
                      const int taps)
{
    const int at = vector_at(j, d->c);
    const size_t left = (size_t)(d->c - at);
    const float *x = d->x + k * d->x_col + at, *dy = d->dy + at;
    ivec fresh;
    vec even[DEEP_TAPS] = {{0}}, odd[DEEP_TAPS] = {{0}};
    for (int i = 0; i < VL; i++)
        fresh[i] = at + i < j ? 0 : -1;

    int p = 0;
    for (; p + 2 <= d->pixels;
         p += 2, x += 2 * d->x_pixel, dy += 2 * d->dy_pixel) {
        const vec g0 = (vec)((ivec)load_upto(dy, left) & fresh);
        const vec g1 = (vec)((ivec)load_upto(dy + d->dy_pixel, left) & fresh);
#pragma GCC unroll 5
        for (int i = 0; i < taps; i++) {
            even[i] += load_upto(x + i * d->x_col, left) * g0;
            odd[i] += load_upto(x + i * d->x_col + d->x_pixel, left) * g1;
        }
    }
    if (p < d->pixels) {
        const vec g = (vec)((ivec)load_upto(dy, left) & fresh);
#pragma GCC unroll 5
        for (int i = 0; i < taps; i++)
            even[i] += load_upto(x + i * d->x_col, left) * g;
    }
#pragma GCC unroll 5
    for (int i = 0; i < taps; i++) {
        float *sum = d->sum + (k + i) * d->c + at;
        store_upto(sum, load_upto(sum, left) + (even[i] + odd[i]), left);
    }
}

INLINE void deep_grads(const struct sr_depthwise_grad *d, int k, const int taps)
{
    for (int j = 0; j < d->c; j += VL)
        deep_grad(d, k, j, taps);
}

static void depthwise_grad(const struct sr_depthwise_grad *d)
{
    int k = 0;
    for (; k + 5 <= d->cols; k += 5)
        deep_grads(d, k, 5);
    for (; k + 3 <= d->cols; k += 3)
        deep_grads(d, k, 3);
    for (; k + 2 <= d->cols; k += 2)
        deep_grads(d, k, 2);
    for (; k < d->cols; k++)
        deep_grads(d, k, 1);
}
