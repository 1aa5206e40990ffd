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
    SR_MATH(exp) SR_MATH(expm1) SR_MATH(log1p) SR_MATH(tanh) SR_MATH(erfc)

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
    /* dx = dy slope(x) */
    void (*slope)(const float *p, size_t count, const float *x, const float *dy,
                  float *dx);
    /* sum[i] = sum of dy d value / d p[i], i < 2; NULL when none is learned */
    void (*param)(const float *p, size_t count, const float *x, const float *dy,
                  double *sum);
};

enum { SR_TILE_PIXELS = 24, SR_TILE_WIDTHS = 4 };

/* A tile of convolution: up to `pixels` pixels by up to `outs` outputs.
 *   x      where each pixel's window begins; `rows` spans of `len` floats,
 *          row_step apart, are multiplied with w.  All entries are readable
 *          pointers, those past `pixels` too
 *   w      [rows][len][width of the tile], zeros past outs
 *   bias   [width], likewise
 *   y      [pixels], written in full, outs floats each */
struct sr_tile {
    int rows, len;
    ptrdiff_t row_step;
    int pixels, outs;
    const float *w, *bias;
    const float *x[SR_TILE_PIXELS];
    float *y[SR_TILE_PIXELS];
};

/* sum[k][width] += x[k] dy[width] over images, rows and columns of pixels,
 * whose distances in floats are given. */
struct sr_grad_tile {
    int images, rows, cols;
    ptrdiff_t x_image, x_row, x_col, dy_image, dy_row, dy_col;
    const float *x, *dy;
    float *sum;
};

/* The tiles that are `index + 1` vectors of outputs wide. */
struct sr_kern_tile {
    int pixels; /* of a conv tile */
    void (*conv)(const struct sr_tile *t);
    int inputs[3]; /* of each grad tile; the last is 1 */
    void (*grad[3])(const struct sr_grad_tile *t);
};

struct sr_kern {
    const char *isa;
    int floats; /* of a vector */
    int width;  /* vectors of outputs in a panel: the best of the tiles */
    struct sr_kern_tile tile[SR_TILE_WIDTHS];
    void (*depthwise_pixel)(int rows, int cols, int c, const float *x,
                            ptrdiff_t row_step, const float *w,
                            const float *bias, float *y);
    void (*depthwise_grad)(int pixels, int c, const float *x, ptrdiff_t x_step,
                           const float *dy, float *sum);

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
    /* engine/vec.h: sr_vec_sign_step */
    void (*sign_step)(size_t count, float step, float eps, const float *x,
                      const float *g, float *adv);
};

#define SR_ISA(name) extern const struct sr_kern sr_kern_##name;
SR_ISA_LIST(SR_ISA)
#undef SR_ISA

#endif
