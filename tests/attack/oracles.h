/* tests/attack/oracles.h - small classifiers whose worst cases are known.
 *
 * linear  z = W x + b.  With W's rows multiples a_k of one vector v, and a_y
 *         the smallest, every loss of class y rises along v alone: the best
 *         attack is eps sign(v) in L-inf and eps v / |v| in L2, cut by [0, 1].
 * bent    z = V tanh(U x): has a curved loss with more than one maximum.
 */
#ifndef SR_TESTS_ATTACK_ORACLES_H
#define SR_TESTS_ATTACK_ORACLES_H

#include <stddef.h>

#include "attack/attack.h"

enum { BENT_HIDDEN = 12 };

struct classifier {
    int pixels, classes;
    const float *w, *b; /* linear: [classes][pixels], [classes]           */
    const float *u, *v; /* bent: [hidden][pixels], [classes][hidden]      */
    float hidden[64][BENT_HIDDEN]; /* tanh(U x) of the last forward       */
    int calls, largest;            /* forward calls, images of the largest */
    long forwards, backwards;      /* images                              */
};

/* A linear model of these weights; b may be NULL. */
struct sr_oracle linear_oracle(struct classifier *c, int pixels, int classes,
                               const float *w, const float *b);

/* A bent model with weights of its own. */
struct sr_oracle bent_oracle(struct classifier *c, int pixels, int classes);

/* One engine for all tests of a process. */
const struct sr_engine *test_engine(void);

/* n images uniform in [0, 1]; labels 0..classes-1 in turn; ids from `first`. */
struct sr_attack_batch test_batch(const struct sr_oracle *f, int n,
                                  uint64_t first);

/* Options at their defaults, L-inf 0.1, step 0.03, the named attack. */
struct sr_attack_opts test_attack(const char *word);

/* The loss of one image, in the goal's direction. */
float test_loss(struct sr_oracle *f, const struct sr_attack_opts *o,
                const float *x, int y);

#endif
