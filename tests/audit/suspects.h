/* tests/audit/suspects.h - classifiers of which it is known whether their
 * gradient can be believed.
 *
 * All are linear in what they compute, so that what a perfect attack breaks is
 * known in closed form; they differ in what they say their gradient is.
 */
#ifndef SR_TESTS_AUDIT_SUSPECTS_H
#define SR_TESTS_AUDIT_SUSPECTS_H

#include "attack/oracles.h"
#include "audit/audit.h"

enum { IMAGES = 120, PIXELS = 36, CLASSES = 4 };

/* What a classifier does otherwise than a linear one. */
enum trick {
    HONEST,
    FLAT,      /* gradient 0                                              */
    BROKEN,    /* gradient NaN                                            */
    REVERSED,  /* gradient of the other sign                              */
    RANDOM,    /* gradient a hash of where it is asked for                */
    NARROW,    /* gradient 0 unless pixel 0 is above 0.58                 */
    LATER,     /* gradient reversed from the 30th question on             */
    STAIRS,    /* x rounded to 5 levels before anything, and gradient 0   */
    CONSTANT,  /* class 0 whatever it is shown                            */
    FORGETFUL, /* every other answer is another one; gradient as it is    */
};

struct liar {
    struct classifier classifier;
    struct sr_oracle linear;
    enum trick trick;
    int questions;
    float at[IMAGES * PIXELS]; /* x of the last forward */
};

/* logits = scale (W x + b). */
struct sr_oracle liar_oracle(struct liar *liar, enum trick trick, float scale);

/* A suspect that judges honestly and lies about its gradient. */
struct sr_suspect liar_suspect(struct liar *judge, struct liar *liar,
                               enum trick trick, float scale);

/* How many images of the suspect no perturbation of this L-inf radius breaks.
 */
int truly_robust(const struct sr_suspect *suspect, double epsilon);

/* The audit of it, L-inf 0.1, evaluated by `attacks`, or the test fails. */
struct sr_audit audit_of(struct sr_suspect *suspect, const char *attacks);

/* The finding of a check. */
const struct sr_finding *finding(const struct sr_audit *audit,
                                 const char *check);

#endif
