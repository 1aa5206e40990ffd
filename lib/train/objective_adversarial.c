/* train/objective_adversarial.c - adversarial training.
 *
 * Method   min over weights of CE(f(x'), y), with x' from the attack on the
 *          network as it is now; the attack sees the slopes of its own role,
 *          the update those of the other.
 * Source   Madry et al. 2018, eq. 2.1; the two slopes: Xie et al. 2020, sec. 3
 */
#include "train/objective.h"

void sr_step_adversarial(struct sr_step *step)
{
    sr_step_attack(step);
    sr_step_cross_entropy(step, 1, SR_BN_TRAIN, step->adv);
    sr_step_count(step, step->z);
}
