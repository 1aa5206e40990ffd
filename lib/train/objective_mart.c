/* train/objective_mart.c - misclassification-aware adversarial training.
 *
 * Method   with p = p(x), q = p(x') and k the likeliest wrong class of x':
 *            -log q_y - log(1 + 1e-4 - q_k)
 *            + beta (1 + 1e-7 - p_y) sum_i p_i (log p_i - log q_i)
 *          x' climbs CE from a normal start.  Gradients flow through p, q and
 *          the weight 1 - p_y.
 * Passes   clean, adversarial, with the batch's own statistics and collected by
 *          batch norm in this order, as the authors' code does; then clean once
 *          more, not collected, for its gradient
 * Source   Wang et al. 2020, "Improving adversarial robustness requires
 *          revisiting misclassified examples", eq. 11; mart.py of their code,
 *          which has the small numbers, and 1e-12 in every logarithm
 */
#include <math.h>

#include "engine/loss.h"
#include "train/objective.h"

static const double BCE_ROOM = 1.0001, WEIGHT_ROOM = 1.0000001, TINY = 1e-12;

static int rival(int classes, const float *z, int y)
{
    int best = y == 0;
    for (int i = 0; i < classes; i++)
        if (i != y && z[i] > z[best])
            best = i;
    return best;
}

/* -log(1 + 1e-4 - q_k) of one image; dz is added to. */
static double margin(int classes, const float *q, int k, float *dz)
{
    const double room = BCE_ROOM - (double)q[k] + TINY;
    for (int i = 0; i < classes; i++)
        dz[i] += (float)((double)q[k] / room * ((i == k) - (double)q[i]));
    return -log(room);
}

/* The second line of the formula for one image, without its beta.  da, for the
 * clean logits, is written, also without it; dz is added to with it. */
static double weighted_kl(int classes, double beta, const float *p,
                          const float *q, int y, float *da, float *dz)
{
    const double py = (double)p[y], weight = WEIGHT_ROOM - py;
    double kl = 0, drawn = 0;
    for (int i = 0; i < classes; i++) {
        const double pi = (double)p[i], qi = (double)q[i] + TINY;
        kl += pi == 0 ? 0 : pi * (log(pi) - log(qi));
        drawn += pi * (double)q[i] / qi;
    }
    for (int i = 0; i < classes; i++) {
        const double pi = (double)p[i], qi = (double)q[i] + TINY;
        const double slope = pi == 0 ? 0 : pi * (log(pi) - log(qi) - kl);
        const double pull = pi * (double)q[i] / qi - (double)q[i] * drawn;
        da[i] = (float)(weight * slope - kl * py * ((i == y) - pi));
        dz[i] -= (float)(beta * weight * pull);
    }
    return weight * kl;
}

/* Values and gradients of both branches; the logits become probabilities. */
static void look(struct sr_step *s)
{
    const int n = s->batch.n, classes = s->model->problem.classes;
    const double beta = s->opts->beta;
    sr_loss(SR_LOSS_CE, n, classes, s->z, s->batch.y, s->value, s->dz);
    for (int i = 0; i < n; i++) {
        const size_t at = (size_t)i * (size_t)classes;
        float *p = s->clean_z + at, *q = s->z + at, *dz = s->dz + at;
        const int y = s->batch.y[i], k = rival(classes, q, y);
        sr_softmax(1, classes, p, p);
        sr_softmax(1, classes, q, q);
        const double more =
            margin(classes, q, k, dz) +
            beta * weighted_kl(classes, beta, p, q, y, s->clean_dz + at, dz);
        s->value[i] += (float)more;
    }
}

void sr_step_mart(struct sr_step *s)
{
    sr_step_attack(s);
    sr_step_forward(s, SR_WANT_LOGITS, sr_step_clean_mode(s), s->batch.x,
                    s->clean_z);
    sr_step_forward(s, SR_WANT_WEIGHTS, SR_BN_TRAIN, s->adv, s->z);
    sr_step_count(s, s->z);
    look(s);
    sr_step_add_loss(s, 1);
    sr_step_backward(s, 1, s->dz, NULL);

    sr_step_forward(s, SR_WANT_WEIGHTS, SR_BN_BATCH, s->batch.x, s->clean_z);
    sr_step_backward(s, s->opts->beta, s->clean_dz, NULL);
}
