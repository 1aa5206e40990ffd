/* attack/apgd.h - Auto-PGD: projected gradient ascent that finds its own step
 * size.
 *
 * Method   steps from a random point of the border; at certain checkpoints the
 *          step is made shorter where the loss has not been rising, and the
 *          search goes back to its best point
 * Source   Croce and Hein 2020, "Reliable evaluation of adversarial robustness
 *          with an ensemble of diverse parameter-free attacks", sec. 3 and
 *          algorithm 1; L1: Croce and Hein 2021, "Mind the box: l1-APGD for
 *          sparse adversarial attacks on image classifiers", sec. 3.2 to 3.4.
 *          What the papers leave open is as in their authors' code
 *          (fra31/auto-attack).
 * Queries  steps + 1 forwards and backwards a run; L1 two of each more
 */
#ifndef SR_ATTACK_APGD_H
#define SR_ATTACK_APGD_H

#include "attack/search.h"

extern const struct sr_search sr_apgd_search; /* L-inf and L2 */
extern const struct sr_search sr_apgd_l1_search;

/* What both remember of their best point, in two rows of pixels. */
enum sr_apgd_row { SR_APGD_BEST, SR_APGD_SLOPE, SR_APGD_OWN };
struct sr_apgd_best {
    float loss;
};

/* Keep the newest point and its gradient if its loss is the highest yet, or if
 * it is the first one. */
void sr_apgd_offer(struct sr_trial *t, struct sr_apgd_best *best, bool first);

/* An sr_search.loss: o->loss of y, or with targets the targeted DLR. */
float sr_apgd_loss(const struct sr_trial *t, int k, float *dz);

#endif
