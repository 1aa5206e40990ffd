/* train/sgd.h - stochastic gradient descent with momentum.
 *
 * Method   d = g + decay w;  m = momentum m + d
 *          w -= lr m                    or, Nesterov,  w -= lr (d + momentum m)
 * Source   PyTorch's torch.optim.SGD (dampening 0): the rate multiplies the
 *          momentum, so a change of rate acts at once; m starts as d.
 */
#ifndef SR_TRAIN_SGD_H
#define SR_TRAIN_SGD_H

#include "model/model.h"
#include "train/train.h"

struct sr_sgd {
    double momentum, weight_decay;
    bool nesterov;
    enum sr_decay decay;
    float
        *m; /* [model->trainable] in the order of model->values; zeros first */
};

/* The gradients times min(1, longest / (norm + 1e-6)), norm being the Euclidean
 * norm of all of them together (PyTorch's clip_grad_norm_). */
void sr_sgd_clip(const struct sr_engine *engine, double longest, double norm,
                 struct sr_model *model);

/* One update of every trainable parameter from its gradient.  Gradients are
 * left as they are.  Threads: one parameter a piece; the same bits for any
 * count.  Cannot fail: whoever calls has checked the gradients. */
void sr_sgd_step(const struct sr_sgd *sgd, const struct sr_engine *engine,
                 double lr, struct sr_model *model);

/* The rule itself, on `count` floats. */
void sr_sgd_update(const struct sr_sgd *sgd, double lr, double decay,
                   size_t count, const float *g, float *m, float *w);

#endif
