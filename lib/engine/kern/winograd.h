/* engine/kern/winograd.h - the inner loops of Winograd's convolution
 * F(4x4, 3x3):
 *
 *     Y = A^T [ (G g G^T) . (B^T d B) ] A
 *
 * gives 4x4 results of a 3x3 filter g from a 6x6 window d with 36 products in
 * place of 144.  The transforms interpolate polynomials at the points 0, P, -P,
 * Q, -Q and infinity.  The customary points 1 and 2 lose two decimal digits;
 * with 2/3 and 3/2 the largest error is a fourth of theirs, and as P Q = 1 the
 * transforms take no more operations.
 *
 * Source   Lavin and Gray 2016; Barabasz et al. 2020 for the points.
 *
 * Channels are the vector dimension.  Place q of the 36 is row q / 6, column
 * q % 6 of the transformed window.
 */
#define WINO_P (2.0f / 3)
#define WINO_Q (3.0f / 2)
#define WINO_P2 (4.0f / 9)
#define WINO_Q2 (9.0f / 4)
#define WINO_SUM (97.0f / 36) /* P^2 + Q^2 */

enum { WINO = 6, WINO_OUT = 4, WINO_TAPS = 3 };

/* B^T d in two parts, so that a window needs no more registers than there are:
 * numbers 0 and 5, for which k = 0 and 1, ... */
INLINE vec wino_b_end(vec d0, vec d2, vec d4)
{
    return (d0 + d4) - WINO_SUM * d2;
}

/* ... and 1, 2 (point P) or 3, 4 (point Q), which share their products.  Sums
 * of finished halves, not of products: processors add beside multiplying. */
struct wino_pair {
    vec plus, minus;
};
INLINE struct wino_pair wino_b_pair(vec d1, vec d2, vec d3, vec d4,
                                    const int at_q)
{
    const float point = at_q ? WINO_Q : WINO_P;
    const float other = at_q ? WINO_P2 : WINO_Q2;
    const vec even = d4 - other * d2;
    const vec odd = point * d3 - point * other * d1;
    return (struct wino_pair){even + odd, even - odd};
}

/* A row of six, transformed and stored place by place. */
INLINE void wino_b_row(const vec d[WINO], float *to)
{
    enum { STEP = SR_WINO_PLACE };
    const struct wino_pair p = wino_b_pair(d[1], d[2], d[3], d[4], 0);
    const struct wino_pair q = wino_b_pair(d[1], d[2], d[3], d[4], 1);
    store(to, wino_b_end(d[0], d[2], d[4]));
    store(to + STEP, p.plus);
    store(to + 2 * STEP, p.minus);
    store(to + 3 * STEP, q.plus);
    store(to + 4 * STEP, q.minus);
    store(to + 5 * STEP, wino_b_end(d[1], d[3], d[5]));
}

/* v = B^T d B of one vector of channels, a row or two at a time. */
INLINE void wino_b_window(const float *x, ptrdiff_t row, ptrdiff_t pixel,
                          float *v)
{
    enum { ROW = WINO * SR_WINO_PLACE };
    vec one[WINO], other[WINO];
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
        const float *at = x + k * row;
#pragma GCC unroll 6
        for (int c = 0; c < WINO; c++, at += pixel)
            one[c] =
                wino_b_end(load(at), load(at + 2 * row), load(at + 4 * row));
        wino_b_row(one, v + 5 * k * ROW);
    }
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
        const float *at = x + row;
#pragma GCC unroll 6
        for (int c = 0; c < WINO; c++, at += pixel) {
            const struct wino_pair pair =
                wino_b_pair(load(at), load(at + row), load(at + 2 * row),
                            load(at + 3 * row), k);
            one[c] = pair.plus;
            other[c] = pair.minus;
        }
        wino_b_row(one, v + (1 + 2 * k) * ROW);
        wino_b_row(other, v + (2 + 2 * k) * ROW);
    }
}

/* One vector of channels of a window, zeros where it hangs over. */
INLINE void wino_copy_window(const struct sr_window *w, int j, size_t left,
                             vec d[WINO * WINO])
{
    const float *x = w->x + j - w->top * w->row_step - w->left * w->pixel_step;
    for (int r = 0; r < WINO; r++, x += w->row_step)
#pragma GCC unroll 6
        for (int c = 0; c < WINO; c++)
            d[r * WINO + c] =
                r >= w->top && r < w->bottom && c >= w->left && c < w->right
                    ? load_upto(x + c * w->pixel_step, left)
                    : (vec){0};
}

static void wino_input(int c, const struct sr_window *w, float *v)
{
    int j = 0;
    if (w->top == 0 && w->left == 0 && w->bottom == WINO && w->right == WINO)
        for (; j + VL <= c; j += VL)
            wino_b_window(w->x + j, w->row_step, w->pixel_step, v + j);
    for (; j < c; j += VL) {
        vec d[WINO * WINO];
        wino_copy_window(w, j, (size_t)(c - j), d);
        wino_b_window((const float *)d, WINO * VL, VL, v + j);
    }
}

/* A row of six, transformed by A^T, plus the bias, stored step apart. */
INLINE void wino_a_row(const vec m[WINO], vec bias, float *to, ptrdiff_t step)
{
    const vec even_p = m[1] + m[2], odd_p = m[1] - m[2];
    const vec even_q = m[3] + m[4], odd_q = m[3] - m[4];
    store(to, (m[0] + bias) + (even_p + even_q));
    store(to + step, bias + (WINO_P * odd_p + WINO_Q * odd_q));
    store(to + 2 * step, bias + (WINO_P2 * even_p + WINO_Q2 * even_q));
    store(to + 3 * step, (m[5] + bias) + (WINO_P * WINO_P2 * odd_p +
                                          WINO_Q * WINO_Q2 * odd_q));
}

/* y = A^T m A + bias of one vector of channels: even rows, then odd rows. */
INLINE void wino_a_square(const float *m, vec bias, float *y, ptrdiff_t row,
                          ptrdiff_t pixel)
{
    enum { STEP = SR_WINO_PLACE, ROW = WINO * STEP };
    vec one[WINO], other[WINO];
#pragma GCC unroll 6
    for (int c = 0; c < WINO; c++) {
        const float *at = m + c * STEP;
        const vec p = load(at + ROW) + load(at + 2 * ROW);
        const vec q = load(at + 3 * ROW) + load(at + 4 * ROW);
        one[c] = load(at) + (p + q);
        other[c] = WINO_P2 * p + WINO_Q2 * q;
    }
    wino_a_row(one, bias, y, pixel);
    wino_a_row(other, bias, y + 2 * row, pixel);
#pragma GCC unroll 6
    for (int c = 0; c < WINO; c++) {
        const float *at = m + c * STEP;
        const vec p = load(at + ROW) - load(at + 2 * ROW);
        const vec q = load(at + 3 * ROW) - load(at + 4 * ROW);
        one[c] = WINO_P * p + WINO_Q * q;
        other[c] =
            load(at + 5 * ROW) + (WINO_P * WINO_P2 * p + WINO_Q * WINO_Q2 * q);
    }
    wino_a_row(one, bias, y + row, pixel);
    wino_a_row(other, bias, y + 3 * row, pixel);
}

static void wino_output(int c, const float *m, const float *bias,
                        const struct sr_square *y)
{
    int j = 0;
    if (y->rows == WINO_OUT && y->cols == WINO_OUT)
        for (; j + VL <= c; j += VL)
            wino_a_square(m + j, bias ? load(bias + j) : (vec){0}, y->y + j,
                          y->row_step, y->pixel_step);
    for (; j < c; j += VL) {
        const size_t left = (size_t)(c - j);
        vec d[WINO_OUT * WINO_OUT];
        wino_a_square(m + j, bias ? load_upto(bias + j, left) : (vec){0},
                      (float *)d, WINO_OUT * VL, VL);
        for (int row = 0; row < y->rows; row++)
            for (int col = 0; col < y->cols; col++)
                store_upto(y->y + row * y->row_step + col * y->pixel_step + j,
                           d[row * WINO_OUT + col], left);
    }
}

/* to[step i] = (G g)[i] */
INLINE void wino_g(const vec g[WINO_TAPS], vec *to, const int step)
{
    const float p = 1 / (2 * WINO_P2 * (WINO_P2 - WINO_Q2));
    const float q = 1 / (2 * WINO_Q2 * (WINO_Q2 - WINO_P2));
    const vec even_p = p * g[0] + p * WINO_P2 * g[2], odd_p = p * WINO_P * g[1];
    const vec even_q = q * g[0] + q * WINO_Q2 * g[2], odd_q = q * WINO_Q * g[1];
    to[0] = g[0];
    to[step] = even_p + odd_p;
    to[2 * step] = even_p - odd_p;
    to[3 * step] = even_q + odd_q;
    to[4 * step] = even_q - odd_q;
    to[5 * step] = g[2];
}

static void wino_filter(int c, const float *g, int turned, float *u,
                        ptrdiff_t u_row, ptrdiff_t u_step)
{
    const int taps = WINO_TAPS, tap_step = turned ? -VL : VL;
    if (turned)
        g += (taps * taps - 1) * VL;
    for (int k = 0; k < c; k++, g += taps * taps * VL, u += u_row) {
        vec half_way[WINO * WINO_TAPS], out[WINO];
#pragma GCC unroll 3
        for (int col = 0; col < taps; col++) {
            vec column[WINO_TAPS];
#pragma GCC unroll 3
            for (int row = 0; row < taps; row++)
                column[row] = load(g + (row * taps + col) * tap_step);
            wino_g(column, half_way + col, taps);
        }
#pragma GCC unroll 6
        for (int row = 0; row < WINO; row++) {
            wino_g(half_way + row * taps, out, 1);
#pragma GCC unroll 6
            for (int col = 0; col < WINO; col++)
                store(u + (row * WINO + col) * u_step, out[col]);
        }
    }
}

/* sums += `depth` channels of every row of v times their weights. */
INLINE void wino_step(vec *sums, const float *v, ptrdiff_t v_step,
                      const float *u, const int depth, const int rows,
                      const int width)
{
    vec weights[4];
#pragma GCC unroll 4
    for (int i = 0; i < depth * width; i++)
        weights[i] = load(u + i * VL);
#pragma GCC unroll 24
    for (int p = 0; p < rows; p++, v += v_step)
#pragma GCC unroll 4
        for (int k = 0; k < depth; k++)
#pragma GCC unroll 4
            for (int i = 0; i < width; i++)
                sums[p * width + i] += v[k] * weights[k * width + i];
}

/* m[t][width] = sum over k of v[t][k] u[k][width], `rows` rows t at once.
 * Every sum runs over k in order.  Narrow matrices take as many k at once as
 * four vectors of u hold: there are too few registers for the addresses of
 * their many rows. */
INLINE void wino_products(int tiles, int c, const float *v, ptrdiff_t v_step,
                          const float *u, float *m, ptrdiff_t m_step,
                          struct sr_ahead *ahead, const int rows,
                          const int width)
{
    const int depth = 4 / width, full = depth * width * VL;
    const int next_step = full / ((tiles + rows - 1) / rows);
    const float *next = u + (ptrdiff_t)c * width * VL;
    struct sr_ahead also = *ahead;
    for (int t = 0; t < tiles;
         t += rows, v += rows * v_step, m += rows * m_step) {
        vec sums[ACCS] = {{0}};
        const float *block = v, *w = u;
        for (int left = c; left > 0; left -= SR_WINO_BLOCK) {
            const int ks = left < SR_WINO_BLOCK ? left : SR_WINO_BLOCK;
            int k = 0;
            for (; k + depth <= ks; k += depth, w += full) {
                __builtin_prefetch(next, 0, 2);
                __builtin_prefetch(also.at, 0, 2);
                wino_step(sums, block + k, v_step, w, depth, rows, width);
                next += next_step;
                also.at += also.step;
            }
            for (; k < ks; k++, w += width * VL)
                wino_step(sums, block + k, v_step, w, 1, rows, width);
            block += SR_WINO_BLOCK_FLOATS;
        }
#pragma GCC unroll 24
        for (int p = 0; p < rows; p++)
#pragma GCC unroll 4
            for (int i = 0; i < width; i++)
                store(m + p * m_step + i * VL, sums[p * width + i]);
    }
    *ahead = also;
}

// clang-format off
#define WINO_ROWS(width) (width == 1 ? 12 : ACCS / width)
#define WINO_PRODUCTS(width)                                                   \
    static void wino_products_##width(int tiles, int c, const float *v,        \
                                      ptrdiff_t v_step, const float *u,        \
                                      float *m, ptrdiff_t m_step,              \
                                      struct sr_ahead *ahead)                  \
    { wino_products(tiles, c, v, v_step, u, m, m_step, ahead,                  \
                    WINO_ROWS(width), width); }
WINO_PRODUCTS(1) WINO_PRODUCTS(2) WINO_PRODUCTS(3) WINO_PRODUCTS(4)

#define WINO_ROW(width)                                                        \
    {.rows = WINO_ROWS(width), .depth = 4 / width, .run = wino_products_##width}
    // clang-format on
