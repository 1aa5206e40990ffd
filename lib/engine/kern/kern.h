/* engine/kern/kern.h - the inner loops, as a table per instruction set.
 *
 * kern.c is compiled once per row of SR_ISA_LIST with that set's flags and
 * yields one table each; dispatch.c picks a table at start.  Everything here
 * is single-threaded and works on the piece it is given; cutting work into
 * pieces is the caller's.
 *
 * Results may differ in the last digits between tables, never within one:
 * what an element becomes does not depend on where in a vector it stands.
 */
#ifndef SR_ENGINE_KERN_KERN_H
#define SR_ENGINE_KERN_KERN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/act_list.h"

/* From the least to the most demanding. */
#ifdef __x86_64__
#define SR_ISA_LIST(SR_ISA) SR_ISA(base) SR_ISA(avx2) SR_ISA(avx512)
#else
#define SR_ISA_LIST(SR_ISA) SR_ISA(base)
#endif

enum sr_act_id {
#define SR_ACT(name, ...) SR_ACT_##name,
    SR_ACT_LIST(SR_ACT)
#undef SR_ACT
        SR_ACTS
};

/* The functions of kern/vmath.h, in the table so that tests can measure the
 * error each of them promises. */
#define SR_MATH_LIST(SR_MATH)                                                  \
    SR_MATH(exp)                                                               \
    SR_MATH(decay) SR_MATH(expm1) SR_MATH(log1p) SR_MATH(tanh) SR_MATH(erfc)

enum sr_math_id {
#define SR_MATH(name) SR_MATH_##name,
    SR_MATH_LIST(SR_MATH)
#undef SR_MATH
        SR_MATHS
};

/* Loops of one activation; p holds its parameters, two floats, always. */
struct sr_kern_act {
    /* y = value(x) */
    void (*value)(const float *p, size_t count, const float *x, float *y);
    /* s = slope(x) */
    void (*slope)(const float *p, size_t count, const float *x, float *s);
    /* Both, to the same bits, for little more than the price of one. */
    void (*value_slope)(const float *p, size_t count, const float *x, float *y,
                        float *s);
    /* sum[i] = sum of dy d value / d p[i], i < 2; NULL when none is learned */
    void (*param)(const float *p, size_t count, const float *x, const float *dy,
                  double *sum);
};

enum { SR_TILE_PIXELS = 24, SR_TILE_WIDTHS = 4, SR_GRAD_SIZES = 5 };

/* A tile of convolution: up to `pixels` pixels by up to `outs` outputs.
 *   x        where each pixel's window begins; `rows` spans of `len` floats,
 *            row_step apart, are multiplied with w.  All entries are readable
 *            pointers, those past `pixels` too
 *   w        [rows][len][width of the tile], zeros past outs; after each row
 *            w_skip floats that belong to others
 *   ahead    how much further the windows of the next tile are, which are then
 *            asked for; 0: they are in a cache as it is
 *   bias     [width], likewise
 *   resumed  y holds the sums so far, bias included
 *   y        [pixels], written in full, outs floats each */
struct sr_tile {
    int rows, len;
    ptrdiff_t row_step, w_skip, ahead;
    int pixels, outs;
    bool resumed;
    const float *w, *bias;
    const float *x[SR_TILE_PIXELS];
    float *y[SR_TILE_PIXELS];
};

/* sum[k][width] += x[k] dy[width] over images, rows and columns of pixels,
 * whose distances in floats are given; from 0 when the sums are fresh. */
struct sr_grad_tile {
    int images, rows, cols;
    ptrdiff_t x_image, x_row, x_col, dy_image, dy_row, dy_col;
    const float *x, *dy;
    bool fresh;
    float *sum;
};

/* Groups of `per` channels: y = bias + sum of window times w, for c channels of
 * some pixels of a row.  per divides the floats of a vector, and c; distances
 * are in floats.
 *   x      the first pixel's window, [rows][cols] taps
 *   w      [rows][cols][per][c]: what channel i of a group gives to each
 *   bias   [c] */
struct sr_grouped {
    int pixels, rows, cols, c, per;
    ptrdiff_t x_pixel, x_row, x_col, w_row, w_col, w_in, y_pixel;
    const float *x, *w, *bias;
    float *y;
};

/* sum[cols][per][c] += x dy over some pixels of a row, for `cols` taps. */
struct sr_grouped_grad {
    int pixels, cols, c, per;
    ptrdiff_t x_pixel, x_col, dy_pixel, sum_col, sum_in;
    const float *x, *dy;
    float *sum;
};

/* Pixels on their way up a linear function of slope sign w, each at its own
 * speed - |w_i|, or alike: 1 where w_i is not 0 - until it meets 0 or 1. */
struct sr_advance {
    size_t count;
    bool alike;
    float sign; /* 1 or -1 */
    const float *w, *x;
};

/* A 6x6 window of an image for Winograd's transform: rows [top, bottom) and
 * columns [left, right) of it exist, the others are zeros and not read.
 *   x      the window's first pixel that exists
 *   steps  from row to row and from pixel to pixel of the image, in floats */
struct sr_window {
    const float *x;
    ptrdiff_t row_step, pixel_step;
    int top, bottom, left, right; /* each in 0..6 */
};

/* Up to 4x4 pixels of a result; only rows x cols of them are written. */
struct sr_square {
    float *y;
    ptrdiff_t row_step, pixel_step;
    int rows, cols;
};

/* The tiles that are `index + 1` vectors of outputs wide. */
struct sr_kern_tile {
    int pixels; /* of a conv tile */
    void (*conv)(const struct sr_tile *t);
    int inputs[SR_GRAD_SIZES]; /* of each grad tile; the last is 1 */
    void (*grad[SR_GRAD_SIZES])(const struct sr_grad_tile *t);
};

/* Where Winograd's kernels keep transformed numbers: in blocks of
 * SR_WINO_BLOCK channels, the last may be narrower,
 *     [36 places][up to SR_WINO_TILES tiles][row of channels]
 * with SR_WINO_PLACE floats from place to place.  That is a constant, so that
 * the 36 addresses take no registers, and an odd number of cache lines, so
 * that they do not compete for the same places of the cache.
 *
 * For the gradient of the filter there are SR_WINO_GRAD_TILES tiles: of v in
 * blocks of half as many channels, of m in whole ones, whose places lie
 * SR_WINO_GRAD_PLACE apart. */
enum {
    SR_WINO_PLACES = 36,
    SR_WINO_TILES = 48, /* a multiple of the rows of all products */
    SR_WINO_BLOCK = 64, /* a multiple of all panels               */
    SR_WINO_GRAD_TILES = 128,
    SR_WINO_PLACE = SR_WINO_GRAD_TILES * SR_WINO_BLOCK / 2 + 16,
    SR_WINO_BLOCK_FLOATS = SR_WINO_PLACES * SR_WINO_PLACE,
    SR_WINO_GRAD_PLACE = SR_WINO_GRAD_TILES * SR_WINO_BLOCK + 16,
    SR_WINO_GRAD_FLOATS = SR_WINO_PLACES * SR_WINO_GRAD_PLACE
};

/* What a kernel asks the memory for while it computes: a number every `step`
 * floats, moving `at` on. */
struct sr_ahead {
    const float *at;
    ptrdiff_t step;
};

/* Products of matrices that are `index + 1` vectors wide:
 *   m[t][width] = sum over channels k < c of v[t][k] u[k][width]
 * for `tiles` rows t, rounded up to a multiple of `rows`; v and m are one place
 * of the numbers above, their rows v_step and m_step floats apart.  Each `rows`
 * of m take c / depth steps, and each step asks for something ahead; besides,
 * all together ask for as much as u has of what follows u. */
struct sr_kern_products {
    int rows, depth;
    void (*run)(int tiles, int c, const float *v, ptrdiff_t v_step,
                const float *u, float *m, ptrdiff_t m_step,
                struct sr_ahead *ahead);
};

enum { SR_MAX_FLOATS = 16 }; /* of a vector, in any table */

struct sr_kern {
    const char *isa;
    int floats; /* of a vector */
    int width;  /* vectors of outputs in a panel: the best of the tiles */
    struct sr_kern_tile tile[SR_TILE_WIDTHS];
    struct sr_kern_tile dots; /* conv alone: one output wide, weights without
                                 zeros, len at least a vector, not resumed */
    /* to[j][i] = from[i][j], i and j below `floats` */
    void (*transpose)(const float *const *from, float *const *to);
    /* Ask for what will be read soon. */
    void (*fetch)(size_t count, const float *x);

    void (*grouped)(const struct sr_grouped *d);
    void (*grouped_grad)(const struct sr_grouped_grad *d);

    /* Winograd's transforms, kern/winograd.h, of c channels of a tile; channels
     * of v are rounded up to whole vectors with zeros.
     *   input    v = B^T d B of a window
     *   output   y = A^T m A + bias; bias may be NULL
     *   filter   u = G g G^T of a vector of outputs; g is [c][3][3][vector],
     *            turned by half a turn or not; rows c of u are u_row floats
     *            apart, places u_step */
    void (*wino_input)(int c, const struct sr_window *w, float *v);
    void (*wino_output)(int c, const float *m, const float *bias,
                        const struct sr_square *y);
    void (*wino_filter)(int c, const float *g, int turned, float *u,
                        ptrdiff_t u_row, ptrdiff_t u_step);
    struct sr_kern_products wino_products[SR_TILE_WIDTHS];
    /* Their transposes, for the gradient of the filter, kern/winograd_grad.h:
     *   output_grad  m = A dy A^T of a square, channels rounded up as those of
     * v filter_grad  g += G^T u G; u and g as for filter */
    void (*wino_output_grad)(int c, const struct sr_square *dy, float *m);
    void (*wino_filter_grad)(int c, int width, const float *u, ptrdiff_t u_step,
                             float *g);

    struct sr_kern_act act[SR_ACTS];
    void (*math[SR_MATHS])(size_t count, const float *x, float *y);

    /* sum[j] += sum of dy, dot[j] += sum of dy x, over pixels, per channel. */
    void (*channel_sums)(size_t pixels, int c, const float *x, const float *dy,
                         double *sum, double *dot);
    /* y = scale x + shift, per channel */
    void (*channel_affine)(size_t pixels, int c, const float *x,
                           const float *scale, const float *shift, float *y);
    /* dx = a dy + b x + shift, per channel */
    void (*channel_affine2)(size_t pixels, int c, const float *dy,
                            const float *x, const float *a, const float *b,
                            const float *shift, float *dx);

    void (*add)(size_t count, const float *a, const float *b, float *out);
    void (*multiply)(size_t count, const float *a, const float *b, float *out);
    /* engine/vec.h: sr_vec_sign_step */
    void (*sign_step)(size_t count, float step, float eps, const float *x,
                      const float *g, float *adv);

    /* At time t: how far up all have come, and how fast they still rise.
     * d = their ways; one that is NaN is 0. */
    void (*gone)(const struct sr_advance *a, double t, double *sum,
                 double *rate);
    void (*advance)(const struct sr_advance *a, float t, float *d);

    /* What registers allow: `rounds` times sum = sum scale + shift, for
     * `chains` vectors that start at 0, 1, ...; out[0 .. floats - 1] = all of
     * them. */
    int chains;
    void (*fma_chains)(size_t rounds, float scale, float shift, float *out);
};

#define SR_ISA(name) extern const struct sr_kern sr_kern_##name;
SR_ISA_LIST(SR_ISA)
#undef SR_ISA

#endif
