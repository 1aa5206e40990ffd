/* train/objective_free.c - adversarial training for free.
 *
 * Method   each batch is trained on m times in a row (train.replays); a
 *          perturbation for each place in the batch lives on from step to step
 *          and from batch to batch, and one backward pass gives the gradient of
 *          the weights and that of the perturbation d:
 *            x' = clip(x + d, 0, 1);  d <- clip(d + step_size sign(g),
 * +-epsilon) where g is 0 for a pixel that [0, 1] has stopped Uses     of
 * attack.* only epsilon and step_size, which the paper has equal. An epoch is m
 * steps a batch: give epochs and milestones divided by m Source   Shafahi et
 * al. 2019, "Adversarial training for free!", algorithm 1; main_free.py of
 * their code
 */
#include <math.h>

#include "engine/loss.h"
#include "engine/vec.h"
#include "train/objective.h"

static void climb(struct sr_step *s, size_t count)
{
    const float step = (float)s->attack->step_size;
    const float epsilon = (float)s->attack->epsilon;
    for (size_t i = 0; i < count; i++) {
        const float at = s->batch.x[i] + s->perturbation[i], g = s->gx[i];
        const bool stopped = at < 0 || at > 1;
        const float sign = stopped ? 0 : (float)((g > 0) - (g < 0));
        s->perturbation[i] += step * sign;
    }
    sr_vec_clamp(count, -epsilon, epsilon, s->perturbation);
}

void sr_step_free(struct sr_step *s)
{
    const enum sr_want both = (enum sr_want)(SR_WANT_INPUT | SR_WANT_WEIGHTS);
    const int n = s->batch.n, classes = s->model->problem.classes;
    const size_t count = (size_t)n * sr_oracle_pixels(s->oracle);

    sr_vec_add(s->oracle->engine, count, s->batch.x, s->perturbation, s->adv);
    sr_vec_clamp(count, 0, 1, s->adv);
    sr_step_forward(s, both, SR_BN_TRAIN, s->adv, s->z);
    sr_loss(SR_LOSS_CE, n, classes, s->z, s->batch.y, s->value, s->dz);
    sr_step_add_loss(s, 1);
    sr_step_count(s, s->z);
    sr_step_backward(s, 1, s->dz, s->gx);
    climb(s, count);
}
