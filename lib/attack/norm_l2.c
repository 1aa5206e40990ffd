#include <math.h>

#include "attack/norm.h"
#include "base/rng.h"
#include "engine/plane.h"
#include "engine/vec.h"

/* adv = x + a normal vector, which prefers no direction, of this length.
 * Normal i of a key uses its draws 2i and 2i + 1. */
static void draw_at(const struct sr_ball *b, uint64_t key, double radius,
                    const float *x, float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = sr_rng_normal(key, i);
    const double length = sr_vec_norm2(b->pixels, adv);
    const float scale = length > 0 ? (float)(radius / length) : 0;
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + scale * adv[i];
}

/* The share of the ball inside radius r is (r / epsilon)^pixels, inverted here;
 * draw 2 pixels is free for it. */
static void draw(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv)
{
    const double share = (double)sr_rng_uniform(key, 2 * b->pixels);
    draw_at(b, key, (double)b->epsilon * pow(share, 1 / (double)b->pixels), x,
            adv);
}

static void edge(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv)
{
    draw_at(b, key, (double)b->epsilon, x, adv);
}

static void move(const struct sr_ball *b, float step, const float *g,
                 float *adv)
{
    const double length = sr_vec_norm2(b->pixels, g);
    if (length > 0 && isfinite(length)) /* the first refuses NaN too */
        sr_vec_axpy(b->pixels, (float)((double)step / length), g, adv);
}

static double distance(size_t pixels, const float *x, const float *adv)
{
    double sum = 0;
    for (size_t i = 0; i < pixels; i++) {
        const double d = (double)adv[i] - (double)x[i];
        sum += d * d;
    }
    return sqrt(sum);
}

/* Rounding x + delta can lengthen every delta of an image by up to 3e-8, and
 * 3e-8 sqrt(pixels) adds up: so a sum that was rounded away from x is moved
 * back by one unit.  What is left are the relative errors of delta and scale.
 */
static void project(const struct sr_ball *b, const float *x, float *adv)
{
    const double far = distance(b->pixels, x, adv);
    if (far <= (double)b->epsilon)
        return;
    const float scale = (float)((double)b->epsilon / far * (1 - 0x1p-22));
    for (size_t i = 0; i < b->pixels; i++) {
        const float delta = scale * (adv[i] - x[i]);
        adv[i] = x[i] + delta;
        if (fabsf(adv[i] - x[i]) > fabsf(delta))
            adv[i] = nextafterf(adv[i], x[i]);
    }
}

/* A pixel moves in proportion to its weight until it is stopped. */
static void plane(const struct sr_ball *b, double gap, const float *w,
                  const float *x, float *d)
{
    sr_plane_reach(b->engine, false, b->pixels, gap, w, x, d);
}

const struct sr_norm_row sr_norm_l2 = {
    .name = "l2",
    .draw = draw,
    .edge = edge,
    .move = move,
    .project = project,
    .distance = distance,
    .length = sr_vec_norm2,
    .dual = sr_vec_norm2,
    .plane = plane,
};
