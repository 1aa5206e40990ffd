/* engine/kern/winograd_grad.h - the inner loops of the gradient of the weights
 * by Winograd's F(4x4, 3x3), whose constants and vectors of channels are those
 * of winograd.h:
 *
 *     dg = G^T [ sum over tiles of (B^T d B) . (A dy A^T) ] G
 *
 * is the adjoint in g of what winograd.h computes; so each transform here is
 * the transpose of one there.
 */

/* A row of four, transformed by A and stored place by place. */
INLINE void wino_a_grad_row(const vec y[WINO_OUT], float *to)
{
    const vec even_p = y[0] + WINO_P2 * y[2], odd_p = y[1] + WINO_P2 * y[3];
    const vec even_q = y[0] + WINO_Q2 * y[2], odd_q = y[1] + WINO_Q2 * y[3];
    store(to, y[0]);
    store(to + SR_WINO_GRAD_PLACE, even_p + WINO_P * odd_p);
    store(to + 2 * SR_WINO_GRAD_PLACE, even_p - WINO_P * odd_p);
    store(to + 3 * SR_WINO_GRAD_PLACE, even_q + WINO_Q * odd_q);
    store(to + 4 * SR_WINO_GRAD_PLACE, even_q - WINO_Q * odd_q);
    store(to + 5 * SR_WINO_GRAD_PLACE, y[3]);
}

/* m = A y A^T of one vector of channels: the rows that are rows of y, then the
 * two of point P and the two of Q. */
INLINE void wino_a_grad_square(const float *y, ptrdiff_t row, ptrdiff_t pixel,
                               float *m)
{
    enum { ROW = WINO * SR_WINO_GRAD_PLACE };
    vec one[WINO_OUT], other[WINO_OUT];
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
#pragma GCC unroll 4
        for (int c = 0; c < WINO_OUT; c++)
            one[c] = load(y + 3 * k * row + c * pixel);
        wino_a_grad_row(one, m + 5 * k * ROW);
    }
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
        const float point = k ? WINO_Q : WINO_P, square = k ? WINO_Q2 : WINO_P2;
#pragma GCC unroll 4
        for (int c = 0; c < WINO_OUT; c++) {
            const float *at = y + c * pixel;
            const vec even = load(at) + square * load(at + 2 * row);
            const vec odd = load(at + row) + square * load(at + 3 * row);
            one[c] = even + point * odd;
            other[c] = even - point * odd;
        }
        wino_a_grad_row(one, m + (1 + 2 * k) * ROW);
        wino_a_grad_row(other, m + (2 + 2 * k) * ROW);
    }
}

static void wino_output_grad(int c, const struct sr_square *dy, float *m)
{
    int j = 0;
    if (dy->rows == WINO_OUT && dy->cols == WINO_OUT)
        for (; j + VL <= c; j += VL)
            wino_a_grad_square(dy->y + j, dy->row_step, dy->pixel_step, m + j);
    for (; j < c; j += VL) {
        vec y[WINO_OUT * WINO_OUT];
        for (int i = 0; i < WINO_OUT * WINO_OUT; i++) {
            const int row = i / WINO_OUT, col = i % WINO_OUT;
            const float *at =
                dy->y + row * dy->row_step + col * dy->pixel_step + j;
            y[i] = row < dy->rows && col < dy->cols
                       ? load_upto(at, (size_t)(c - j))
                       : (vec){0};
        }
        wino_a_grad_square((const float *)y, WINO_OUT * VL, VL, m + j);
    }
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

static void wino_filter_grad(int c, int width, const float *u, ptrdiff_t u_step,
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
                    column[row] = load(u + (row * WINO + col) * u_step + j);
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
