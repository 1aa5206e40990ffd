/* engine/kern/tiles.h - the register tiles of convolution.
 *
 * A tile of pixels by vectors of outputs stays in registers while the sum over
 * taps and input channels runs: each step loads one vector of weights for each
 * vector of outputs and spreads one input a pixel.  Every element is summed in
 * the order of the taps and channels alone, whatever its place in the tile.
 *
 * ACCS is how many vectors of sums the register file holds beside the operands:
 * 24 of AVX-512's 32, 12 of the 16 of smaller sets.
 */
enum { ACCS = VL == 16 ? 24 : 12 };

/* sums += `channels` channels of every pixel times their weights.  An input is
 * spread while the weights of all its channels wait in registers. */
INLINE void conv_step(vec *sums, const struct sr_tile *t, ptrdiff_t at,
                      const float *w, const int channels, const int pixels,
                      const int width)
{
    vec weights[4];
#pragma GCC unroll 4
    for (int i = 0; i < channels * width; i++)
        weights[i] = load(w + i * VL);
#pragma GCC unroll 24
    for (int p = 0; p < pixels; p++) {
        const float *x = t->x[p] + at;
#pragma GCC unroll 4
        for (int k = 0; k < channels; k++)
#pragma GCC unroll 4
            for (int v = 0; v < width; v++)
                sums[p * width + v] += x[k] * weights[k * width + v];
    }
}

/* The bias, or where y stands; pixels that are not there get either. */
INLINE void conv_begin(vec *sums, const struct sr_tile *t, const int pixels,
                       const int width)
{
#pragma GCC unroll 24
    for (int i = 0; i < pixels * width; i++)
        sums[i] = load(t->bias + i % width * VL);
    if (!t->resumed)
        return;
#pragma GCC unroll 24
    for (int p = 0; p < pixels; p++)
        if (p < t->pixels)
#pragma GCC unroll 4
            for (int v = 0; v < width; v++)
                if (v * VL < t->outs)
                    sums[p * width + v] =
                        load_upto(t->y[p] + v * VL, (size_t)(t->outs - v * VL));
}

/* WIDTH vectors of outputs for each of `pixels` = ACCS / WIDTH pixels.  The
 * pragmas unroll what has constant bounds, so that sums[] lives in registers.
 * Narrow tiles take as many channels at once as four vectors of weights hold:
 * they have more pixels than there are registers for their addresses. */
INLINE void conv_tile(const struct sr_tile *t, const int pixels,
                      const int width)
{
    const int together = 4 / width;
    vec sums[ACCS];
    const float *w = t->w;
    conv_begin(sums, t, pixels, width);
    if (t->ahead != 0)
        for (int p = 0; p < t->pixels; p++)
            fetch((size_t)t->len, t->x[p] + t->ahead);
    for (int r = 0; r < t->rows; r++, w += t->w_skip) {
        const ptrdiff_t row = r * t->row_step;
        int c = 0;
        for (; c + together <= t->len;
             c += together, w += together * width * VL)
            conv_step(sums, t, row + c, w, together, pixels, width);
        for (; c < t->len; c++, w += width * VL)
            conv_step(sums, t, row + c, w, 1, pixels, width);
    }
#pragma GCC unroll 24
    for (int p = 0; p < pixels; p++)
        if (p < t->pixels)
#pragma GCC unroll 4
            for (int v = 0; v < width; v++)
                if (v * VL < t->outs)
                    store_upto(t->y[p] + v * VL, sums[p * width + v],
                               (size_t)(t->outs - v * VL));
}

/* WIDTH vectors of output channels for each of `inputs` consecutive inputs of
 * a filter row, summed over pixels.  The sums that follow are fetched for the
 * next tile, which most likely wants them: they come from far away. */
INLINE void grad_tile(const struct sr_grad_tile *t, const int inputs,
                      const int width)
{
    vec sums[ACCS];
    const vec zero = {0};
    float *const sum = t->sum, *const next = sum + inputs * width * VL;
#pragma GCC unroll 24
    for (int i = 0; i < inputs * width; i++)
        sums[i] = t->fresh ? zero : load(sum + i * VL);
    for (int i = 0; i < inputs * width; i++)
        __builtin_prefetch(next + i * VL, 1);

    for (int i = 0; i < t->images; i++)
        for (int r = 0; r < t->rows; r++) {
            const float *x = t->x + i * t->x_image + r * t->x_row;
            const float *dy = t->dy + i * t->dy_image + r * t->dy_row;
            for (int c = 0; c < t->cols; c++, x += t->x_col, dy += t->dy_col)
#pragma GCC unroll 24
                for (int k = 0; k < inputs; k++)
#pragma GCC unroll 4
                    for (int v = 0; v < width; v++)
                        sums[k * width + v] += x[k] * load(dy + v * VL);
        }
#pragma GCC unroll 24
    for (int i = 0; i < inputs * width; i++)
        store(sum + i * VL, sums[i]);
}

/* A tile of all sums that fit, and smaller ones for what is left over. */
#define PART(width, over, under) ((ACCS * over / width + under - 1) / under)

// clang-format off
#define TILES(width)                                                           \
    static void conv_tile_##width(const struct sr_tile *t)                     \
    { conv_tile(t, ACCS / width, width); }                                     \
    static void grad_tile_##width(const struct sr_grad_tile *t)                \
    { grad_tile(t, ACCS / width, width); }                                     \
    static void grad_thirds_##width(const struct sr_grad_tile *t)              \
    { grad_tile(t, PART(width, 2, 3), width); }                                \
    static void grad_half_##width(const struct sr_grad_tile *t)                \
    { grad_tile(t, PART(width, 1, 2), width); }                                \
    static void grad_third_##width(const struct sr_grad_tile *t)               \
    { grad_tile(t, PART(width, 1, 3), width); }                                \
    static void grad_one_##width(const struct sr_grad_tile *t)                 \
    { grad_tile(t, 1, width); }
TILES(1) TILES(2) TILES(3) TILES(4)

#define TILE_ROW(width)                                                        \
    {.pixels = ACCS / width, .conv = conv_tile_##width,                        \
     .inputs = {ACCS / width, PART(width, 2, 3), PART(width, 1, 2),            \
                PART(width, 1, 3), 1},                                         \
     .grad = {grad_tile_##width, grad_thirds_##width, grad_half_##width,       \
              grad_third_##width, grad_one_##width}}
    // clang-format on
