/* engine/conv_grad.h - what the gradients of the weights share, whose sums lie
 * in panels of outputs: [..][inputs][lanes].  Used inside the engine.
 */
#ifndef SR_ENGINE_CONV_GRAD_H
#define SR_ENGINE_CONV_GRAD_H

#include "engine/kern/kern.h"

/* The pixels of a tile for `len` inputs from t->x on, as the largest tiles that
 * fit: sums [len][lanes].  t->x may be NULL when there are no images. */
void sr_grad_inputs(const struct sr_kern_tile *kern, struct sr_grad_tile t,
                    int len, int lanes, float *sums);

/* dw[o][i] += from[i][o] for i < weights, o < outs, both at most a vector.
 *   from     a vector of outputs for each weight; readable for those past
 *            `weights`, too
 *   filter   floats from one output's weights to the next one's */
void sr_grad_add_square(const struct sr_kern *kern, const float *const *from,
                        int weights, int outs, float *dw, size_t filter);

#endif
