/* attack/ball.h - the set an attack may choose from: a ball around each image,
 * cut by the pixel range [0, 1].
 *
 * Layout   x, adv, g [n][pixels]; x in [0, 1]
 * Method   each norm is a row of a table in ball.c: how to draw from its ball,
 *          to move, to go back inside, to measure.  A projection onto the ball
 *          followed by one onto [0, 1] stays in the ball: x is in [0, 1], so
 *          the second moves every pixel towards x.
 * Threads  all calls but the last two split over images; same bits for any
 *          count.
 */
#ifndef SR_ATTACK_BALL_H
#define SR_ATTACK_BALL_H

#include <stddef.h>
#include <stdint.h>

#include "attack/attack.h"

struct sr_ball {
    const struct sr_engine *engine;
    int norm; /* enum sr_norm */
    float epsilon;
    size_t pixels; /* of one image */
    float std;     /* 0: starts are uniform in the ball; else normal */
};

struct sr_ball sr_ball_of(const struct sr_attack_opts *o,
                          const struct sr_oracle *f);

/* adv = a draw around x, uniform in the ball or normal with standard deviation
 * ball->std in every pixel and then brought into it; clipped to [0, 1].
 *   key  [n], of base/rng.h */
void sr_ball_start(const struct sr_ball *ball, int n, const uint64_t *key,
                   const float *x, float *adv);

/* One step of length `step` (negative: downhill) along the steepest direction
 * of the norm - the sign of g for L-inf, g / |g| for L2 - and back inside.  A
 * gradient that is not finite moves nothing: the pixel for L-inf, the image
 * for L2. */
void sr_ball_step(const struct sr_ball *ball, int n, float step, const float *x,
                  const float *g, float *adv);

/* |adv - x| of one image, in double. */
double sr_ball_distance(int norm, size_t pixels, const float *x,
                        const float *adv);

/* How far one image is outside: the largest of |adv - x| - epsilon, -min(adv)
 * and max(adv) - 1; not above 0 inside.  NaN counts as infinitely far. */
double sr_ball_excess(const struct sr_ball *ball, const float *x,
                      const float *adv);

#endif
