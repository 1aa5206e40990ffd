/* engine/loss.h - what an attack or a training step maximises or minimises.
 *
 * Layout   z [n][classes] logits; y [n] labels in 0..classes-1
 *          value [n] one loss an image, never averaged, so that an image's
 *          gradient does not depend on its neighbours; dz [n][classes]
 * Twin     tests/engine/test_loss.c, in double
 */
#ifndef SR_ENGINE_LOSS_H
#define SR_ENGINE_LOSS_H

#include "engine/engine.h"

enum sr_loss {
    SR_LOSS_CE,     /* -log softmax(z)_y                                    */
    SR_LOSS_MARGIN, /* max_{i != y} z_i - z_y (Carlini and Wagner 2017)     */
    SR_LOSS_KL,     /* of two predictions, no label: sr_loss_kl             */
    SR_LOSS_DLR,    /* the margin over z_(1) - z_(3), the largest logit less
                       the third largest: no scale of the logits changes it
                       (Croce and Hein 2020, eq. 5)                         */
};

/* Classes without which a loss is not defined. */
enum { SR_DLR_CLASSES = 3, SR_DLR_TARGETED_CLASSES = 4 };

/* value and dz = d value / d z for every image; not for kl, and dlr for at
 * least SR_DLR_CLASSES.  Either may be NULL.  Softmax subtracts the largest
 * logit first; finite logits give finite results.
 * Threads: none; classes are few.  Cannot fail. */
void sr_loss(enum sr_loss loss, int n, int classes, const float *z,
             const int *y, float *value, float *dz);

/* The targeted loss of the same source (eq. 6), of one image: how near z is to
 * saying `target` rather than y,
 *   (z_target - z_y) / (z_(1) - (z_(3) + z_(4)) / 2)
 *   value, dz  [1], [classes]; either may be NULL
 * Needs SR_DLR_TARGETED_CLASSES. */
void sr_loss_dlr_targeted(int classes, const float *z, int y, int target,
                          float *value, float *dz);

/* Cross-entropy against (1 - smoothing) one_hot(y) + smoothing / classes
 * (Szegedy et al. 2016; PyTorch's label_smoothing). */
void sr_loss_smoothed(int n, int classes, float smoothing, const float *z,
                      const int *y, float *value, float *dz);

/* value = KL(p || q) = sum_k p_k (log p_k - log q_k), p = softmax(a) and q =
 * softmax(z): how far a prediction moves from logits a [n][classes] to z.
 *   da, dz   d value / d a, d value / d z; these and value may be NULL */
void sr_loss_kl(int n, int classes, const float *a, const float *z,
                float *value, float *da, float *dz);

/* p[n][classes] = softmax(z).  p may be z. */
void sr_softmax(int n, int classes, const float *z, float *p);

/* The largest logit's index; the first of equals, NaN never wins unless it is
 * first: callers count an image with non-finite logits as misclassified. */
int sr_argmax(int classes, const float *z);

#endif
