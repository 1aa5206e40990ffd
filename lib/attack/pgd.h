/* attack/pgd.h - projected gradient ascent on the loss, in the steepest
 * direction of the norm.
 *
 * Method   adv <- project(adv + step_size * steepest(d loss / d adv)), `steps`
 *          times, from x or from a draw around it
 * Source   Madry et al. 2018, "Towards deep learning models resistant to
 *          adversarial attacks"; the clean start of a whole training batch with
 *          a given probability is that of the code of Xie et al. 2020
 * Queries  `steps` forwards and backwards an image; loss kl looks at the image
 *          itself and keep: worst at the last iterate: one forward more each
 */
#ifndef SR_ATTACK_PGD_H
#define SR_ATTACK_PGD_H

#include "attack/attack.h"

/* An sr_attack_fn; attacks that are PGD with something fixed call it. */
sr_attack_fn sr_pgd_run;

#endif
