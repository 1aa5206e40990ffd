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
 * Channels are the vector dimension.  Transformed numbers of place q = 6 i + j
 * lie q_step floats apart.
 */
#define WINO_P (2.0f / 3)
#define WINO_Q (3.0f / 2)
#define WINO_P2 (4.0f / 9)
#define WINO_Q2 (9.0f / 4)
#define WINO_SUM (97.0f / 36) /* P^2 + Q^2 */

enum { WINO = 6, WINO_OUT = 4, WINO_TAPS = 3 };

/* to[step i] = (B^T d)[i] */
INLINE void wino_b(const vec d[WINO], vec *to, const int step)
{
    const vec even_q = d[4] - WINO_Q2 * d[2], odd_q = d[3] - WINO_Q2 * d[1];
    const vec even_p = d[4] - WINO_P2 * d[2], odd_p = d[3] - WINO_P2 * d[1];
    to[0] = d[0] + (d[4] - WINO_SUM * d[2]);
    to[step] = even_q + WINO_P * odd_q;
    to[2 * step] = even_q - WINO_P * odd_q;
    to[3 * step] = even_p + WINO_Q * odd_p;
    to[4 * step] = even_p - WINO_Q * odd_p;
    to[5 * step] = d[1] + (d[5] - WINO_SUM * d[3]);
}

/* to[step i] = (A^T m)[i] */
INLINE void wino_a(const vec m[WINO], vec *to, const int step)
{
    const vec even_p = m[1] + m[2], odd_p = m[1] - m[2];
    const vec even_q = m[3] + m[4], odd_q = m[3] - m[4];
    to[0] = m[0] + (even_p + even_q);
    to[step] = WINO_P * odd_p + WINO_Q * odd_q;
    to[2 * step] = WINO_P2 * even_p + WINO_Q2 * even_q;
    to[3 * step] = m[5] + (WINO_P * WINO_P2 * odd_p + WINO_Q * WINO_Q2 * odd_q);
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

/* One vector of channels.  `whole`: all pixels of the window exist. */
INLINE void wino_input_vector(const struct sr_window *w, int j, size_t left,
                              const int whole, float *v, ptrdiff_t q_step)
{
    vec half_way[WINO * WINO], out[WINO];
    for (int c = 0; c < WINO; c++) {
        vec d[WINO] = {{0}};
        if (whole || (c >= w->left && c < w->right)) {
            const float *x = w->x + (c - w->left) * w->pixel_step + j;
#pragma GCC unroll 6
            for (int r = 0; r < WINO; r++)
                if (whole || (r >= w->top && r < w->bottom))
                    d[r] = load_upto(x + (r - w->top) * w->row_step, left);
        }
        wino_b(d, half_way + c, WINO);
    }
    for (int r = 0; r < WINO; r++) {
        wino_b(half_way + r * WINO, out, 1);
#pragma GCC unroll 6
        for (int c = 0; c < WINO; c++)
            store(v + (r * WINO + c) * q_step, out[c]);
    }
}

static void wino_input(int c, const struct sr_window *w, float *v,
                       ptrdiff_t q_step)
{
    const int whole =
        w->top == 0 && w->left == 0 && w->bottom == WINO && w->right == WINO;
    int j = 0;
    for (; whole && j + VL <= c; j += VL)
        wino_input_vector(w, j, VL, 1, v + j, q_step);
    for (; j < c; j += VL)
        wino_input_vector(w, j, (size_t)(c - j), 0, v + j, q_step);
}

INLINE void wino_output_vector(const float *m, ptrdiff_t q_step, vec bias,
                               size_t left, const struct sr_square *y, int j)
{
    vec half_way[WINO_OUT * WINO], out[WINO_OUT];
    for (int c = 0; c < WINO; c++) {
        vec column[WINO];
#pragma GCC unroll 6
        for (int r = 0; r < WINO; r++)
            column[r] = load(m + (r * WINO + c) * q_step);
        wino_a(column, half_way + c, WINO);
    }
    for (int r = 0; r < y->rows; r++) {
        float *to = y->y + r * y->row_step + j;
        wino_a(half_way + r * WINO, out, 1);
#pragma GCC unroll 4
        for (int c = 0; c < WINO_OUT; c++)
            if (c < y->cols)
                store_upto(to + c * y->pixel_step, out[c] + bias, left);
    }
}

static void wino_output(int c, const float *m, ptrdiff_t q_step,
                        const float *bias, const struct sr_square *y)
{
    for (int j = 0; j < c; j += VL) {
        const size_t left = (size_t)(c - j);
        const vec b = bias ? load_upto(bias + j, left) : (vec){0};
        wino_output_vector(m + j, q_step, b, left, y, j);
    }
}

/* Filters lie [c][3][3][width vectors], transformed ones [c][width vectors]. */
static void wino_filter(int c, int width, const float *g, float *u,
                        ptrdiff_t q_step)
{
    const int lanes = width * VL, taps = WINO_TAPS;
    for (int i = 0; i < c; i++, g += taps * taps * lanes, u += lanes)
        for (int j = 0; j < lanes; j += VL) {
            vec half_way[WINO * WINO_TAPS], out[WINO];
            for (int col = 0; col < taps; col++) {
                vec column[WINO_TAPS];
#pragma GCC unroll 3
                for (int row = 0; row < taps; row++)
                    column[row] = load(g + (row * taps + col) * lanes + j);
                wino_g(column, half_way + col, taps);
            }
            for (int row = 0; row < WINO; row++) {
                wino_g(half_way + row * taps, out, 1);
#pragma GCC unroll 6
                for (int col = 0; col < WINO; col++)
                    store(u + (row * WINO + col) * q_step + j, out[col]);
            }
        }
}

/* m[t][width] = sum over k of v[t][k] u[k][width], `rows` rows t at once.
 * Every sum runs over k in order. */
INLINE void wino_products(int tiles, int c, const float *v, ptrdiff_t v_step,
                          const float *u, float *m, ptrdiff_t m_step,
                          const int rows, const int width)
{
    for (int t = 0; t < tiles;
         t += rows, v += rows * v_step, m += rows * m_step) {
        vec sums[ACCS] = {{0}};
        const float *w = u;
        for (int k = 0; k < c; k++, w += width * VL)
#pragma GCC unroll 24
            for (int p = 0; p < rows; p++)
#pragma GCC unroll 4
                for (int i = 0; i < width; i++)
                    sums[p * width + i] += v[p * v_step + k] * load(w + i * VL);
#pragma GCC unroll 24
        for (int p = 0; p < rows; p++)
#pragma GCC unroll 4
            for (int i = 0; i < width; i++)
                store(m + p * m_step + i * VL, sums[p * width + i]);
    }
}

// clang-format off
#define WINO_PRODUCTS(width)                                                   \
    static void wino_products_##width(int tiles, int c, const float *v,        \
                                      ptrdiff_t v_step, const float *u,        \
                                      float *m, ptrdiff_t m_step)              \
    { wino_products(tiles, c, v, v_step, u, m, m_step, ACCS / width, width); }
WINO_PRODUCTS(1) WINO_PRODUCTS(2) WINO_PRODUCTS(3) WINO_PRODUCTS(4)

#define WINO_ROW(width) {.rows = ACCS / width, .run = wino_products_##width}
    // clang-format on
