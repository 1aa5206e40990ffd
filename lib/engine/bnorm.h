/* engine/bnorm.h - batch normalisation over channels.
 *
 * Layout   x, y [pixels][c] with pixels = n h w; gamma, beta, mean, var [c]
 * Method   y = gamma (x - mean) / sqrt(var + eps) + beta
 * Source   Ioffe and Szegedy 2015; conventions of PyTorch: the batch is
 *          normalised by its biased variance, the running variance collects
 *          the unbiased one, running = (1 - momentum) running + momentum new.
 * Twin     tests/engine/test_bnorm.c, in double
 */
#ifndef SR_ENGINE_BNORM_H
#define SR_ENGINE_BNORM_H

#include <stddef.h>

#include "engine/engine.h"

/* Mean and biased variance of the batch over pixels, per channel.  Sums in
 * double over fixed pieces, added in a fixed order.
 *   mean, var  [c], filled
 *   scratch    sr_bnorm_scratch(c) floats */
void sr_bnorm_statistics(const struct sr_engine *e, size_t pixels, int c,
                         const float *x, float *mean, float *var,
                         float *scratch);

/* Floats of scratch for the calls of this file. */
size_t sr_bnorm_scratch(int c);

/* y = gamma (x - mean) / sqrt(var + eps) + beta.  y may be x. */
void sr_bnorm_forward(const struct sr_engine *e, size_t pixels, int c,
                      const float *x, const float *mean, const float *var,
                      const float *gamma, const float *beta, float eps,
                      float *y, float *scratch);

/* Gradients when mean and var are those of the batch x (they depend on x).
 *   dx             filled; may be dy
 *   dgamma, dbeta  added to; both NULL when not wanted */
void sr_bnorm_backward_batch(const struct sr_engine *e, size_t pixels, int c,
                             const float *x, const float *dy, const float *mean,
                             const float *var, const float *gamma, float eps,
                             float *dx, float *dgamma, float *dbeta,
                             float *scratch);

/* Gradients when mean and var are constants (running statistics).
 *   x   needed only with dgamma; NULL otherwise */
void sr_bnorm_backward_running(const struct sr_engine *e, size_t pixels, int c,
                               const float *x, const float *dy,
                               const float *mean, const float *var,
                               const float *gamma, float eps, float *dx,
                               float *dgamma, float *dbeta, float *scratch);

/* running = (1 - momentum) running + momentum * batch; the variance enters
 * unbiased (times pixels / (pixels - 1)). */
void sr_bnorm_update_running(size_t pixels, int c, float momentum,
                             const float *mean, const float *var,
                             float *running_mean, float *running_var);

#endif
