/* audit/ruling.h - from counts of images to a verdict.
 *
 * Every check counts evidence: images on which the gradient attack has failed
 * where it should not have.  A few there always are: attacks are heuristics,
 * and what one misses another finds.  The verdict is about the share p of such
 * images among all the network classifies correctly, of which a sample is seen:
 *
 *   suspect   p > 5 %    Adversarially trained networks whose numbers hold lose
 *                        3 to 5 points of accuracy from PGD-20 to AutoAttack
 *                        (Croce and Hein 2020, table 2)
 *   masked    p > 10 %   "often by more than 10 %, identifying several broken
 *                        defenses" (the same, abstract)
 *
 * and it is given only when the sample leaves no doubt: when the lower end of
 * the exact interval of p (Clopper and Pearson 1934) at 99.9 % is above the
 * limit.  So a network that lies exactly on a limit is wrongly judged by one
 * check in 1000, and few images convict only if nearly all of them speak.
 * Nor do few acquit:
 *
 *   unsure   neither, but the upper end of the interval is above 10 %: a masked
 *            network could have shown no more than this.  65 images without
 *            any evidence are that few
 */
#ifndef SR_AUDIT_RULING_H
#define SR_AUDIT_RULING_H

#include <stdbool.h>

/* In order: the worst of some is the largest. */
enum sr_ruling {
    SR_RULING_SKIPPED, /* there was nothing to ask */
    SR_RULING_PASS,
    SR_RULING_UNSURE, /* too few images to say */
    SR_RULING_SUSPECT,
    SR_RULING_MASKED,
};
const char *sr_ruling_name(enum sr_ruling ruling);

#define SR_RULING_ERROR 0.001 /* probability of a wrong verdict */
#define SR_RULING_SUSPECT_SHARE 0.05
#define SR_RULING_MASKED_SHARE 0.10

/* The lower end of the interval: the smallest p with
 * P(at least k of n) >= SR_RULING_ERROR.  0 <= k <= n. */
double sr_ruling_least(int k, int n);

/* The upper end: the largest p with P(at most k of n) >= SR_RULING_ERROR. */
double sr_ruling_most(int k, int n);

/* The verdict on k images of evidence among n; skipped when n is 0. */
enum sr_ruling sr_ruling_of(int k, int n);

/* P(at least k of n) for heads of a fair coin: the one-sided exact test of
 * McNemar 1947, for k of n images that changed their verdict. */
double sr_ruling_coin(int k, int n);

static inline enum sr_ruling sr_ruling_worse(enum sr_ruling a, enum sr_ruling b)
{
    return a > b ? a : b;
}

#endif
