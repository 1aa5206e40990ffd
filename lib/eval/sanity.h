/* eval/sanity.h - what must hold of every evaluation; a violation is an error,
 * never a number.
 */
#ifndef SR_EVAL_SANITY_H
#define SR_EVAL_SANITY_H

#include "eval/eval.h"

/* Every image of adv is within epsilon of x and in [0, 1], to 1e-6 (for radii
 * above 1 relative to them).  Fails with SR_EVERIFY, naming the image's id. */
enum sr_status sr_sanity_ball(const char *word, const struct sr_attack_opts *o,
                              const struct sr_oracle *oracle,
                              const struct sr_attack_batch *batch,
                              const float *adv, struct sr_err *err);

/* With epsilon 0 an attack changes nothing, so as many images are correct as
 * without it. */
enum sr_status sr_sanity_zero(const char *word, int images, int clean,
                              int robust, struct sr_err *err);

/* Of two attacks that differ only in how long they try, the longer one does
 * not leave significantly more images correct.
 *   survived  [attacks][images], 1 where the image stayed correct
 * Method   McNemar 1947 on the images whose verdicts differ, at 3 standard
 *          deviations: chance alone fails 1 evaluation in 700 */
enum sr_status sr_sanity_order(const struct sr_eval *eval,
                               const unsigned char *survived,
                               struct sr_err *err);

#endif
