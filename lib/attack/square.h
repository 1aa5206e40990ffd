/* attack/square.h - the Square attack: random search that changes one square
 * of the image at a time, and keeps the change if the margin has fallen.
 *
 * It asks for logits only, so it breaks what hides its gradients.
 *
 * Source   Andriushchenko, Croce, Flammarion and Hein 2020, "Square attack: a
 *          query-efficient black-box adversarial attack via random search",
 *          algorithms 1 to 3; L1 as L2, with its lengths.  The schedule of
 *          sizes is the one AutoAttack uses, not stretched to the number of
 *          queries.
 * Queries  steps + 1 forwards a run, less those whose answer is known
 */
#ifndef SR_ATTACK_SQUARE_H
#define SR_ATTACK_SQUARE_H

#include "attack/search.h"

/* Side, in pixels, of the square of query number `query`, from 0: it covers a
 * share of h x w that starts at 0.8 and is halved now and then. */
int sr_square_side(long long query, int h, int w);

/* Where a window of side s begins on an axis of n pixels, by draw i of a key.
 * The last place is never drawn, as in the authors' code: numbers are to be
 * comparable.  On 28 x 28 pixels it saves the network about 4 of 1000 images.
 */
int sr_square_place(uint64_t key, uint64_t i, int n, int s);

/* 1 or -1, by draw i of a key. */
float sr_square_coin(uint64_t key, uint64_t i);

extern const struct sr_search sr_square_linf_search, sr_square_lp_search;

#endif
