/* engine/pool.h - average, maximum and global pooling.
 *
 * Layout   x [n][h][w][c], y [n][oh][ow][c], oh = (h + 2 pad - k) / stride + 1
 * Source   conventions of PyTorch: averages count padding as zeros
 *          (count_include_pad), maxima ignore it; of equal maxima the first
 *          in row order gets the gradient.
 * Threads  all calls split over images; same bits for any thread count.
 */
#ifndef SR_ENGINE_POOL_H
#define SR_ENGINE_POOL_H

#include "base/err.h"
#include "engine/engine.h"

struct sr_pool {
    int h, w, c;
    int k, stride, pad;
    int oh, ow;
};

/* Fill oh and ow.  Fails with SR_ECONFIG, naming the numbers; pad may be at
 * most k / 2. */
enum sr_status sr_pool_shape(struct sr_pool *g, struct sr_err *err);

void sr_pool_average_forward(const struct sr_engine *e, const struct sr_pool *g,
                             int n, const float *x, float *y);
void sr_pool_average_backward(const struct sr_engine *e,
                              const struct sr_pool *g, int n, const float *dy,
                              float *dx);

void sr_pool_max_forward(const struct sr_engine *e, const struct sr_pool *g,
                         int n, const float *x, float *y);
/* Finds the maxima again from x. */
void sr_pool_max_backward(const struct sr_engine *e, const struct sr_pool *g,
                          int n, const float *x, const float *dy, float *dx);

/* y [n][c] = mean over pixels of x [n][pixels][c], and its transpose. */
void sr_pool_global_forward(const struct sr_engine *e, int n, int pixels, int c,
                            const float *x, float *y);
void sr_pool_global_backward(const struct sr_engine *e, int n, int pixels,
                             int c, const float *dy, float *dx);

#endif
