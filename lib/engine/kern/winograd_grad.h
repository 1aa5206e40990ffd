/* engine/kern/winograd_grad.h - the inner loops of the gradient of the weights
 * by Winograd's F(4x4, 3x3), whose constants and vectors of channels are those
 * of winograd.h:
 *
 *     dg = G^T [ sum over tiles of (B^T d B) . (A dy A^T) ] G
 *
 * is the adjoint in g of what winograd.h computes; so each transform here is
 * the transpose of one there.
 */

/* to[step i] = (A y)[i] */
INLINE void wino_a_grad(const vec y[WINO_OUT], vec *to, const int step)
{
    const vec even_p = y[0] + WINO_P2 * y[2], odd_p = y[1] + WINO_P2 * y[3];
    const vec even_q = y[0] + WINO_Q2 * y[2], odd_q = y[1] + WINO_Q2 * y[3];
    to[0] = y[0];
    to[step] = even_p + WINO_P * odd_p;
    to[2 * step] = even_p - WINO_P * odd_p;
    to[3 * step] = even_q + WINO_Q * odd_q;
    to[4 * step] = even_q - WINO_Q * odd_q;
    to[5 * step] = y[3];
}

/* to[step i] = (G^T u)[i] */
INLINE void wino_g_grad(const vec u[WINO], vec *to, const int step)
{
    const float p = 1 / (2 * WINO_P2 * (WINO_P2 - WINO_Q2));
    const float q = 1 / (2 * WINO_Q2 * (WINO_Q2 - WINO_P2));
    const vec even_p = u[1] + u[2], odd_p = u[1] - u[2];
    const vec even_q = u[3] + u[4], odd_q = u[3] - u[4];
    to[0] = u[0] + (p * even_p + q * even_q);
    to[step] = p * WINO_P * odd_p + q * WINO_Q * odd_q;
    to[2 * step] = u[5] + (p * WINO_P2 * even_p + q * WINO_Q2 * even_q);
}

/* One vector of channels.  `whole`: all pixels of the square exist. */
INLINE void wino_output_grad_vector(const struct sr_square *dy, int j,
                                    size_t left, const int whole, float *m,
                                    ptrdiff_t q_step)
{
    vec half_way[WINO * WINO_OUT], out[WINO];
#pragma GCC unroll 4
    for (int c = 0; c < WINO_OUT; c++) {
        const float *y = dy->y + c * dy->pixel_step + j;
        vec column[WINO_OUT] = {{0}};
#pragma GCC unroll 4
        for (int r = 0; r < WINO_OUT; r++)
            if (whole || (r < dy->rows && c < dy->cols))
                column[r] = load_upto(y + r * dy->row_step, left);
        wino_a_grad(column, half_way + c, WINO_OUT);
    }
#pragma GCC unroll 6
    for (int r = 0; r < WINO; r++) {
        wino_a_grad(half_way + r * WINO_OUT, out, 1);
#pragma GCC unroll 6
        for (int c = 0; c < WINO; c++)
            store(m + (r * WINO + c) * q_step, out[c]);
    }
}

static void wino_output_grad(int c, const struct sr_square *dy, float *m,
                             ptrdiff_t q_step)
{
    const int whole = dy->rows == WINO_OUT && dy->cols == WINO_OUT;
    int j = 0;
    for (; whole && j + VL <= c; j += VL)
        wino_output_grad_vector(dy, j, VL, 1, m + j, q_step);
    for (; j < c; j += VL)
        wino_output_grad_vector(dy, j, (size_t)(c - j), 0, m + j, q_step);
}

static void wino_filter_grad(int c, int width, const float *u, ptrdiff_t q_step,
                             float *g)
{
    const int lanes = width * VL, taps = WINO_TAPS;
    for (int i = 0; i < c; i++, u += lanes, g += taps * taps * lanes)
        for (int j = 0; j < lanes; j += VL) {
            vec half_way[WINO_TAPS * WINO], out[WINO_TAPS];
#pragma GCC unroll 6
            for (int col = 0; col < WINO; col++) {
                vec column[WINO];
#pragma GCC unroll 6
                for (int row = 0; row < WINO; row++)
                    column[row] = load(u + (row * WINO + col) * q_step + j);
                wino_g_grad(column, half_way + col, WINO);
            }
#pragma GCC unroll 3
            for (int row = 0; row < taps; row++) {
                wino_g_grad(half_way + row * WINO, out, 1);
#pragma GCC unroll 3
                for (int col = 0; col < taps; col++) {
                    float *to = g + (row * taps + col) * lanes + j;
                    store(to, load(to) + out[col]);
                }
            }
        }
}
