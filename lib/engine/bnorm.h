/* engine/bnorm.h - batch normalisation over channels, as numbers a channel.
 *
 * What batch norm does to pixels is an affine map a channel, forward and
 * backward; this file computes the maps, tail.h applies them in one pass with
 * what else there is to do.
 *
 * Layout   x, y [pixels][c] with pixels = n h w; all else [c]
 * Method   y = gamma (x - mean) / sqrt(var + eps) + beta = scale x + shift
 * Source   Ioffe and Szegedy 2015; conventions of PyTorch: the batch is
 *          normalised by its biased variance, the running variance collects
 *          the unbiased one, running = (1 - momentum) running + momentum new.
 * Twin     tests/engine/test_bnorm.c, in double
 */
#ifndef SR_ENGINE_BNORM_H
#define SR_ENGINE_BNORM_H

#include <stddef.h>

#include "engine/engine.h"

/* Statistics and parameters of one batch norm; borrowed. */
struct sr_bnorm {
    int c;
    const float *mean, *var, *gamma, *beta;
    float eps;
};

/* Mean and biased variance of a batch, [c] each, filled, from the sums of x and
 * of x squared over its pixels (sums.h). */
void sr_bnorm_statistics(size_t pixels, int c, const double *sum,
                         const double *square, float *mean, float *var);

/* scale, shift [c], filled: y = scale x + shift. */
void sr_bnorm_forward(const struct sr_bnorm *b, float *scale, float *shift);

/* scale, shift [c], filled: dx = scale dy + shift, when mean and var are
 * constants (running statistics); shift is 0. */
void sr_bnorm_backward_running(const struct sr_bnorm *b, float *scale,
                               float *shift);

/* a, b, shift [c], filled: dx = a dy + b x + shift, when mean and var are those
 * of the batch x and depend on it.
 *   sum, dot   of dy, and of dy x, over the pixels (sums.h) */
void sr_bnorm_backward_batch(const struct sr_bnorm *n, size_t pixels,
                             const double *sum, const double *dot, float *a,
                             float *b, float *shift);

/* dgamma, dbeta [c] += their gradients, from the same sums, whatever mean and
 * var are. */
void sr_bnorm_add_gradients(const struct sr_bnorm *b, const double *sum,
                            const double *dot, float *dgamma, float *dbeta);

/* running = (1 - momentum) running + momentum * batch; the variance enters
 * unbiased (times pixels / (pixels - 1)). */
void sr_bnorm_update_running(size_t pixels, int c, float momentum,
                             const float *mean, const float *var,
                             float *running_mean, float *running_var);

#endif
