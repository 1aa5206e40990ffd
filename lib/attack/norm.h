/* attack/norm.h - what differs between the norms a perturbation is measured in.
 *
 * One row a norm, each in its own file.  Everything here is about one image;
 * the pixel range [0, 1] is the caller's where nothing else is said.
 *
 * Layout   x, adv, g, w, d [pixels]; x in [0, 1]
 * Twin     tests/attack/test_norm.c: definitions and conditions of optimality
 */
#ifndef SR_ATTACK_NORM_H
#define SR_ATTACK_NORM_H

#include "attack/ball.h"

struct sr_norm_row {
    const char *name;

    /* adv = x + a draw, uniform in the ball / of length epsilon. */
    void (*draw)(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv);
    void (*edge)(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv);

    /* adv += a step of this length (negative: downhill) along the steepest
     * direction of the norm.  A gradient that is not finite moves nothing. */
    void (*move)(const struct sr_ball *b, float step, const float *g,
                 float *adv);

    /* adv = a point of the ball, the nearest one by Euclid; l1 in [0, 1] too */
    void (*project)(const struct sr_ball *b, const float *x, float *adv);

    /* |adv - x|, |d|, and the dual norm of g: the largest change of a linear
     * function of slope g over a ball of radius 1. */
    double (*distance)(size_t pixels, const float *x, const float *adv);
    double (*length)(size_t pixels, const float *d);
    double (*dual)(size_t pixels, const float *g);

    /* d = the shortest way with w.d = gap that keeps x + d in [0, 1]; where
     * none is long enough, the longest one there is. */
    void (*plane)(const struct sr_ball *b, double gap, const float *w,
                  const float *x, float *d);
};

extern const struct sr_norm_row sr_norm_linf, sr_norm_l2, sr_norm_l1;

const struct sr_norm_row *sr_norm_at(int norm); /* enum sr_norm */

/* The k-th largest |g_i|, k >= 1; 0 when fewer than k are finite and not 0. */
float sr_norm_l1_kth(size_t pixels, const float *g, size_t k);

/* How far pixel x may go in this direction without leaving [0, 1]. */
static inline float sr_norm_room(float x, bool up) { return up ? 1 - x : x; }

#endif
