/* train/objective_trades.c - accuracy traded for robustness.
 *
 * Method   CE(f(x), y) + beta KL(p(x) || p(x')), x' climbing the same KL from
 *          a normal start; gradients flow through both predictions
 * Passes   clean, adversarial, clean, each with the batch's own statistics and
 *          collected by batch norm in this order, as the authors' code does: it
 *          computes f(x) once for each of its two terms
 * Source   Zhang et al. 2019, "Theoretically principled trade-off between
 *          robustness and accuracy", eq. 5; trades.py of their code
 */
#include "engine/loss.h"
#include "engine/vec.h"
#include "train/objective.h"

void sr_step_trades(struct sr_step *s)
{
    const int n = s->batch.n, classes = s->model->problem.classes;
    const enum sr_bn_mode clean = sr_step_clean_mode(s);
    const double beta = s->opts->beta;

    sr_step_attack(s);
    sr_step_forward(s, SR_WANT_LOGITS, clean, s->batch.x, s->clean_z);
    sr_step_forward(s, SR_WANT_WEIGHTS, SR_BN_TRAIN, s->adv, s->z);
    sr_loss_kl(n, classes, s->clean_z, s->z, s->value, s->clean_dz, s->dz);
    sr_step_add_loss(s, beta);
    sr_step_count(s, s->z);
    sr_step_backward(s, beta, s->dz, NULL);

    sr_step_forward(s, SR_WANT_WEIGHTS, clean, s->batch.x, s->clean_z);
    sr_loss_smoothed(n, classes, (float)s->opts->label_smoothing, s->clean_z,
                     s->batch.y, s->value, s->dz);
    sr_step_add_loss(s, 1);
    sr_vec_axpy((size_t)(n * classes), (float)beta, s->clean_dz, s->dz);
    sr_step_backward(s, 1, s->dz, NULL);
}
