/* train/objective_mixed.c - batches of clean and adversarial images.
 *
 * Method   the last clean_share of a batch, whose order is random, stays as it
 *          is, the others are attacked; one pass over all of them, so batch
 *          norm sees both kinds at once
 * Source   Kurakin, Goodfellow and Bengio 2017, "Adversarial machine learning
 *          at scale", algorithm 1, with weight 1 for either kind
 */
#include <math.h>
#include <string.h>

#include "train/objective.h"

void sr_step_mixed(struct sr_step *step)
{
    const int n = step->batch.n;
    const int clean = (int)lround(step->opts->clean_share * n);
    const size_t pixels = sr_oracle_pixels(step->oracle);
    const size_t attacked = (size_t)(n - clean) * pixels;

    step->batch.n = n - clean;
    if (clean < n)
        sr_step_attack(step);
    step->batch.n = n;
    memcpy(step->adv + attacked, step->batch.x + attacked,
           (size_t)clean * pixels * sizeof *step->adv);
    sr_step_cross_entropy(step, 1, SR_BN_TRAIN, step->adv);
    sr_step_count(step, step->z);
}
