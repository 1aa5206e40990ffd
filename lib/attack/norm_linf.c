#include <math.h>

#include "attack/norm.h"
#include "base/rng.h"
#include "engine/plane.h"
#include "engine/vec.h"

static void draw(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + b->epsilon * (2 * sr_rng_uniform(key, i) - 1);
}

static void edge(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = 2 * sr_rng_uniform(key, i) - 1;
    const float most = sr_vec_norm_max(b->pixels, adv);
    const float scale = most > 0 ? b->epsilon / most : 0;
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + scale * adv[i];
}

static void move(const struct sr_ball *b, float step, const float *g,
                 float *adv)
{
    for (size_t i = 0; i < b->pixels; i++) {
        const float up = g[i] > 0 ? step : 0, down = g[i] < 0 ? step : 0;
        adv[i] += isfinite(g[i]) ? up - down : 0;
    }
}

static void project(const struct sr_ball *b, const float *x, float *adv)
{
    for (size_t i = 0; i < b->pixels; i++) {
        const float low = x[i] - b->epsilon, high = x[i] + b->epsilon;
        const float above = adv[i] < low ? low : adv[i]; /* a NaN stays one */
        adv[i] = above > high ? high : above;
    }
}

static double distance(size_t pixels, const float *x, const float *adv)
{
    double far = 0;
    for (size_t i = 0; i < pixels; i++) {
        const double way = fabs((double)adv[i] - (double)x[i]);
        far = way > far ? way : far;
    }
    return far;
}

static double length(size_t pixels, const float *d)
{
    return (double)sr_vec_norm_max(pixels, d);
}

/* Every pixel moves by the same, or as far as it can. */
static void plane(const struct sr_ball *b, double gap, const float *w,
                  const float *x, float *d)
{
    sr_plane_reach(b->engine, true, b->pixels, gap, w, x, d);
}

const struct sr_norm_row sr_norm_linf = {
    .name = "linf",
    .draw = draw,
    .edge = edge,
    .move = move,
    .project = project,
    .distance = distance,
    .length = length,
    .dual = sr_vec_norm1,
    .plane = plane,
};
