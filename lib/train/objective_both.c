/* train/objective_both.c - the loss of the images and that of the adversarial
 * ones.
 *
 * Method   w CE(f(x), y) + (1 - w) CE(f(x'), y), each in a pass of its own, so
 *          batch norm normalises either kind by its own statistics
 * Source   Goodfellow, Shlens and Szegedy 2015, "Explaining and harnessing
 *          adversarial examples", section 6, with w = 1/2
 */
#include "train/objective.h"

void sr_step_both(struct sr_step *step)
{
    const double w = step->opts->clean_share;
    sr_step_attack(step);
    sr_step_cross_entropy(step, w, sr_step_clean_mode(step), step->batch.x);
    sr_step_cross_entropy(step, 1 - w, SR_BN_TRAIN, step->adv);
    sr_step_count(step, step->z);
}
