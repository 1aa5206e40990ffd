/* attack/ball.h - the set an attack may choose from: a ball around each image,
 * cut by the pixel range [0, 1].
 *
 * Layout   x, adv, g [n][pixels]; x in [0, 1]
 * Method   each norm is a row (norm.h): how to draw from its ball, to move, to
 *          go back inside, to measure.  A projection onto the ball
 *          followed by one onto [0, 1] stays in the ball: x is in [0, 1], so
 *          the second moves every pixel towards x.
 * Threads  sr_ball_start and sr_ball_step split over images; same bits for any
 *          count.  The others are about one image.
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
    bool outside;  /* starts may lie outside [0, 1]                  */
};

struct sr_ball sr_ball_of(const struct sr_attack_opts *o,
                          const struct sr_oracle *f);

/* adv = a draw around x, uniform in the ball or normal with standard deviation
 * ball->std in every pixel and then brought into it; clipped to [0, 1] unless
 * ball->outside.
 *   key  [n], of base/rng.h */
void sr_ball_start(const struct sr_ball *ball, int n, const uint64_t *key,
                   const float *x, float *adv);

/* One step of length `step` (negative: downhill) along the steepest direction
 * of the norm - the sign of g for L-inf, g / |g| for L2, the signs of a few
 * pixels for L1 - and back inside.  A gradient that is not finite moves
 * nothing: the image for L2, the pixel for the others. */
void sr_ball_step(const struct sr_ball *ball, int n, float step, const float *x,
                  const float *g, float *adv);

/* adv = a draw of length epsilon around x, clipped to [0, 1]. */
void sr_ball_edge(const struct sr_ball *ball, uint64_t key, const float *x,
                  float *adv);

/* The two halves of a step: along the steepest direction; back inside. */
void sr_ball_move(const struct sr_ball *ball, float step, const float *g,
                  float *adv);
void sr_ball_project(const struct sr_ball *ball, const float *x, float *adv);

/* |adv - x| of one image, in double. */
double sr_ball_distance(int norm, size_t pixels, const float *x,
                        const float *adv);

/* How far one image is outside: the largest of |adv - x| - epsilon, -min(adv)
 * and max(adv) - 1; not above 0 inside.  NaN counts as infinitely far. */
double sr_ball_excess(const struct sr_ball *ball, const float *x,
                      const float *adv);

#endif
