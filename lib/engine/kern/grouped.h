/* engine/kern/grouped.h - convolution in groups of fewer channels than a vector
 * has lanes: vectors of channels, for several pixels of a row at once.
 *
 * A lane of the result needs every channel of its group: input i of all groups
 * at once is x with its lanes exchanged within groups.  A group of one channel
 * needs no exchange.
 *
 * The last vector of channels lies so that it ends with them: of its first
 * lanes the results are computed twice and are the same bits.  Fewer channels
 * than a vector has are copied into one.
 */

/* Where the vector of channels begins that covers channel j. */
INLINE int vector_at(int j, int c)
{
    return j + VL <= c || c < VL ? j : c - VL;
}

/* Lanes of channel i of each lane's group. */
INLINE ivec partners(int per, int i) { return (lane_numbers() & -per) + i; }

INLINE vec exchange(vec x, ivec lanes, const bool alone)
{
    return alone ? x : __builtin_shuffle(x, lanes);
}

/* What is constant in a tile: its pixels; 1 or 2 for windows that lie so many
 * pixels apart, 0 for any others; groups of one channel. */
enum { GROUP_PIXELS = 8, GROUP_TAPS = 5 };
struct group_shape {
    int pixels, step;
    bool alone;
};

/* sums += `taps` taps of a row, from x and w on.  Where windows overlap, an
 * input is loaded once for all pixels that it is a tap of. */
INLINE void group_step(const struct sr_grouped *d, vec *sums, const float *x,
                       const float *w, size_t left, const int taps,
                       const struct group_shape s)
{
    for (int i = 0; i < (s.alone ? 1 : d->per); i++) {
        const ivec lanes = partners(d->per, i);
        vec weights[GROUP_TAPS];
#pragma GCC unroll 5
        for (int k = 0; k < taps; k++)
            weights[k] = load_upto(w + k * d->w_col + i * d->w_in, left);
#pragma GCC unroll 24
        for (int q = 0; q < (s.pixels - 1) * s.step + taps; q++) {
            const vec in =
                exchange(load_upto(x + q * d->x_col, left), lanes, s.alone);
#pragma GCC unroll 8
            for (int p = 0; p < s.pixels; p++)
                if (q >= p * s.step && q - p * s.step < taps)
                    sums[p] += in * weights[q - p * s.step];
        }
    }
}

/* The same for one tap of windows that do not overlap. */
INLINE void group_tap(const struct sr_grouped *d, vec *sums, const float *x,
                      const float *w, size_t left, const struct group_shape s)
{
    for (int i = 0; i < (s.alone ? 1 : d->per); i++) {
        const vec weights = load_upto(w + i * d->w_in, left);
        const ivec lanes = partners(d->per, i);
#pragma GCC unroll 8
        for (int p = 0; p < s.pixels; p++)
            sums[p] +=
                exchange(load_upto(x + p * d->x_pixel, left), lanes, s.alone) *
                weights;
    }
}

/* One row of the windows. */
INLINE void group_window_row(const struct sr_grouped *d, vec *sums,
                             const float *x, const float *w, size_t left,
                             const struct group_shape s)
{
    int k = 0;
    if (s.step > 0) {
        for (; k + 5 <= d->cols; k += 5)
            group_step(d, sums, x + k * d->x_col, w + k * d->w_col, left, 5, s);
        for (; k + 3 <= d->cols; k += 3)
            group_step(d, sums, x + k * d->x_col, w + k * d->w_col, left, 3, s);
        for (; k + 2 <= d->cols; k += 2)
            group_step(d, sums, x + k * d->x_col, w + k * d->w_col, left, 2, s);
    }
    for (; k < d->cols; k++)
        group_tap(d, sums, x + k * d->x_col, w + k * d->w_col, left, s);
}

INLINE void group_tile(const struct sr_grouped *d, int p, int j, size_t left,
                       const struct group_shape s)
{
    vec sums[GROUP_PIXELS];
#pragma GCC unroll 8
    for (int i = 0; i < s.pixels; i++)
        sums[i] = load_upto(d->bias + j, left);
    for (int r = 0; r < d->rows; r++)
        group_window_row(d, sums, d->x + p * d->x_pixel + r * d->x_row + j,
                         d->w + r * d->w_row + j, left, s);
#pragma GCC unroll 8
    for (int i = 0; i < s.pixels; i++)
        store_upto(d->y + (p + i) * d->y_pixel + j, sums[i], left);
}

/* All channels of a tile's pixels from p on.  Told how many are left, the
 * compiler makes whole vectors of all of them. */
INLINE void group_pixels(const struct sr_grouped *d, int p,
                         const struct group_shape s)
{
    if (d->c >= VL)
        for (int j = 0; j < d->c; j += VL)
            group_tile(d, p, vector_at(j, d->c), VL, s);
    else
        group_tile(d, p, 0, (size_t)d->c, s);
}

INLINE void group_row(const struct sr_grouped *d, const int step,
                      const bool alone)
{
    int p = 0;
    for (; p + 8 <= d->pixels; p += 8)
        group_pixels(d, p, (struct group_shape){8, step, alone});
    for (; p + 4 <= d->pixels; p += 4)
        group_pixels(d, p, (struct group_shape){4, step, alone});
    for (; p < d->pixels; p++)
        group_pixels(d, p, (struct group_shape){1, step, alone});
}

INLINE void group_any_step(const struct sr_grouped *d, const bool alone)
{
    if (d->x_pixel == d->x_col)
        group_row(d, 1, alone);
    else if (alone && d->x_pixel == 2 * d->x_col)
        group_row(d, 2, alone);
    else
        group_row(d, 0, alone);
}

static void grouped(const struct sr_grouped *d)
{
    if (d->per == 1)
        group_any_step(d, true);
    else
        group_any_step(d, false);
}

/* `taps` taps from the k-th on, for channel `in` of every group; two pixels at
 * once, because a sum can only be added to every few cycles.  Lanes that the
 * vector before has covered get a gradient of 0. */
INLINE void group_grad(const struct sr_grouped_grad *d, int k, int in, int j,
                       const int taps, const bool alone)
{
    const int at = vector_at(j, d->c);
    const size_t left = (size_t)(d->c - at);
    const float *x = d->x + k * d->x_col + at, *dy = d->dy + at;
    const ivec fresh = lane_numbers() + at >= j, lanes = partners(d->per, in);
    vec even[GROUP_TAPS] = {{0}}, odd[GROUP_TAPS] = {{0}};

    int p = 0;
    for (; p + 2 <= d->pixels;
         p += 2, x += 2 * d->x_pixel, dy += 2 * d->dy_pixel) {
        const vec g0 = (vec)((ivec)load_upto(dy, left) & fresh);
        const vec g1 = (vec)((ivec)load_upto(dy + d->dy_pixel, left) & fresh);
#pragma GCC unroll 5
        for (int i = 0; i < taps; i++) {
            const float *to = x + i * d->x_col;
            even[i] += exchange(load_upto(to, left), lanes, alone) * g0;
            odd[i] +=
                exchange(load_upto(to + d->x_pixel, left), lanes, alone) * g1;
        }
    }
    if (p < d->pixels) {
        const vec g = (vec)((ivec)load_upto(dy, left) & fresh);
#pragma GCC unroll 5
        for (int i = 0; i < taps; i++)
            even[i] +=
                exchange(load_upto(x + i * d->x_col, left), lanes, alone) * g;
    }
#pragma GCC unroll 5
    for (int i = 0; i < taps; i++) {
        float *sum = d->sum + (k + i) * d->sum_col + in * d->sum_in + at;
        store_upto(sum, load_upto(sum, left) + (even[i] + odd[i]), left);
    }
}

/* All channels of `taps` taps from k on; the number of taps done. */
INLINE int group_taps(const struct sr_grouped_grad *d, int k, const int taps,
                      const bool alone)
{
    for (int j = 0; j < d->c; j += VL)
        for (int in = 0; in < (alone ? 1 : d->per); in++)
            group_grad(d, k, in, j, taps, alone);
    return taps;
}

INLINE void group_grads(const struct sr_grouped_grad *d, const bool alone)
{
    int k = 0;
    while (k + 5 <= d->cols)
        k += group_taps(d, k, 5, alone);
    while (k + 3 <= d->cols)
        k += group_taps(d, k, 3, alone);
    while (k + 2 <= d->cols)
        k += group_taps(d, k, 2, alone);
    if (k < d->cols)
        group_taps(d, k, 1, alone);
}

static void grouped_grad(const struct sr_grouped_grad *d)
{
    if (d->per == 1)
        group_grads(d, true);
    else
        group_grads(d, false);
}
