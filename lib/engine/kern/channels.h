/* engine/kern/channels.h - loops over [pixels][c] that treat channels alike.
 *
 * Channels are the vector dimension.  Those past the last whole vector go one
 * by one; the compiler contracts both forms to the same fused operations.
 */
enum { ROWS = 64 }; /* pixels per pass over the channels: they stay in L1 */

INLINE void sums_of_block(size_t pixels, int c, int j, const float *x,
                          const float *dy, double *sum, double *dot)
{
    dvec s[2] = {{0}}, d[2] = {{0}};
    for (size_t i = 0; i < pixels; i++) {
        const size_t at = i * (size_t)c + (size_t)j;
        for (int k = 0; k < 2; k++) {
            const dvec g = widen(dy + at + k * (VL / 2));
            s[k] += g;
            d[k] += g * widen(x + at + k * (VL / 2));
        }
    }
    for (int k = 0; k < 2; k++) {
        dvec_at_any *const into_sum = (dvec_at_any *)(sum + j + k * (VL / 2));
        dvec_at_any *const into_dot = (dvec_at_any *)(dot + j + k * (VL / 2));
        *into_sum += s[k];
        *into_dot += d[k];
    }
}

static void channel_sums(size_t pixels, int c, const float *x, const float *dy,
                         double *sum, double *dot)
{
    const int whole = c / VL * VL;
    for (size_t p = 0; p < pixels; p += ROWS) {
        const size_t rows = pixels - p < ROWS ? pixels - p : ROWS;
        const float *xp = x + p * (size_t)c, *gp = dy + p * (size_t)c;
        for (int j = 0; j < whole; j += VL)
            sums_of_block(rows, c, j, xp, gp, sum, dot);
        for (size_t i = 0; i < rows; i++)
            for (int j = whole; j < c; j++) {
                const size_t at = i * (size_t)c + (size_t)j;
                sum[j] += (double)gp[at];
                dot[j] += (double)gp[at] * (double)xp[at];
            }
    }
}

/* A block of pixels, channels [j, j + VL). */
INLINE void affine_block(size_t pixels, int c, const float *x, vec scale,
                         vec shift, float *y)
{
    for (size_t p = 0; p < pixels; p++, x += c, y += c)
        store(y, load(x) * scale + shift);
}

static void channel_affine(size_t pixels, int c, const float *x,
                           const float *scale, const float *shift, float *y)
{
    const int whole = c / VL * VL;
    for (size_t p = 0; p < pixels; p += ROWS) {
        const size_t rows = pixels - p < ROWS ? pixels - p : ROWS;
        const size_t at = p * (size_t)c;
        for (int j = 0; j < whole; j += VL)
            affine_block(rows, c, x + at + j, load(scale + j), load(shift + j),
                         y + at + j);
        for (size_t i = at; i < at + rows * (size_t)c; i += (size_t)c)
            for (int j = whole; j < c; j++)
                y[i + (size_t)j] = x[i + (size_t)j] * scale[j] + shift[j];
    }
}

INLINE void affine2_block(size_t pixels, int c, const float *dy, const float *x,
                          vec a, vec b, vec shift, float *dx)
{
    for (size_t p = 0; p < pixels; p++, x += c, dy += c, dx += c)
        store(dx, load(dy) * a + (load(x) * b + shift));
}

static void channel_affine2(size_t pixels, int c, const float *dy,
                            const float *x, const float *a, const float *b,
                            const float *shift, float *dx)
{
    const int whole = c / VL * VL;
    for (size_t p = 0; p < pixels; p += ROWS) {
        const size_t rows = pixels - p < ROWS ? pixels - p : ROWS;
        const size_t at = p * (size_t)c;
        for (int j = 0; j < whole; j += VL)
            affine2_block(rows, c, dy + at + j, x + at + j, load(a + j),
                          load(b + j), load(shift + j), dx + at + j);
        for (size_t i = at; i < at + rows * (size_t)c; i += (size_t)c)
            for (int j = whole; j < c; j++) {
                const float rest = x[i + (size_t)j] * b[j] + shift[j];
                dx[i + (size_t)j] = dy[i + (size_t)j] * a[j] + rest;
            }
    }
}
