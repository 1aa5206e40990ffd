#include <math.h>
#include <string.h>

#include "attack/norm.h"
#include "base/rng.h"
#include "engine/vec.h"

/* ---- thresholds ---- */

/* Does the threshold leave few enough?  Once true, true for every larger one.
 */
typedef bool enough_fn(const void *of, float threshold);

/* The smallest threshold, from 0 to infinity, that is enough.  Floats that are
 * not negative are in the order of their bits, so that 31 halvings do what
 * sorting would, without memory. */
static float smallest(enough_fn *enough, const void *of)
{
    const float most = INFINITY;
    uint32_t low = 0, high;
    float threshold;

    memcpy(&high, &most, sizeof high);
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        memcpy(&threshold, &middle, sizeof threshold);
        if (enough(of, threshold))
            high = middle;
        else
            low = middle + 1;
    }
    memcpy(&threshold, &low, sizeof threshold);
    return threshold;
}

/* Slopes, of which those that point out of [0, 1] do not count if adv says
 * where the image is. */
struct slopes {
    size_t pixels, k;
    const float *g, *adv;
};

static bool counts(const struct slopes *s, size_t i)
{
    if (!isfinite(s->g[i]) || s->g[i] == 0)
        return false;
    return !s->adv || sr_norm_room(s->adv[i], s->g[i] > 0) > 0;
}

static bool fewer_than_k(const void *of, float threshold)
{
    const struct slopes *s = of;
    size_t above = 0;
    for (size_t i = 0; i < s->pixels; i++)
        above += fabsf(s->g[i]) > threshold && counts(s, i);
    return above < s->k;
}

float sr_norm_l1_kth(size_t pixels, const float *g, size_t k)
{
    return smallest(fewer_than_k,
                    &(struct slopes){.pixels = pixels, .k = k, .g = g});
}

/* ---- the row ---- */

/* Exponential draws e_1 .. e_d, e_{d+1} over their sum are uniform in the
 * simplex of d + 1 corners; without the last, and with signs, in the ball. */
static void draw(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv)
{
    double sum = 0;
    for (size_t i = 0; i <= b->pixels; i++) {
        const uint64_t bits = sr_rng_bits(key, i);
        const double e = -log((double)((bits >> 11) + 1) * 0x1p-53);
        sum += e;
        if (i < b->pixels)
            adv[i] = (float)(bits & 1 ? e : -e);
    }
    const float scale = (float)((double)b->epsilon / sum);
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + scale * adv[i];
}

static double distance(size_t pixels, const float *x, const float *adv)
{
    double sum = 0;
    for (size_t i = 0; i < pixels; i++)
        sum += fabs((double)adv[i] - (double)x[i]);
    return sum;
}

/* What is left of a pixel's way when all ways are cut by `less`. */
static double cut(double way, double room, double less)
{
    const double rest = way - less;
    return rest < 0 ? 0 : rest < room ? rest : room;
}

/* The `less` with sum cut(|adv_i - x_i|) = epsilon, or a rounding error below,
 * so that no sum ends outside.  The sum falls with `less` in straight pieces:
 * Newton's iteration, halving where it would leave the interval that holds the
 * root. */
static double shortening(const struct sr_ball *b, const float *x,
                         const float *adv)
{
    const double epsilon = (double)b->epsilon * (1 - 0x1p-22);
    double low = 0, high = INFINITY, at = 0;

    if (!(epsilon > 0))
        return INFINITY;
    for (int round = 0; round < 100; round++) {
        double sum = 0, most = 0;
        int moving = 0;
        for (size_t i = 0; i < b->pixels; i++) {
            const double way = fabs((double)adv[i] - (double)x[i]);
            const double room = (double)sr_norm_room(x[i], adv[i] > x[i]);
            sum += cut(way, room, at);
            moving += way > at && way - at < room;
            most = fmax(most, way);
        }
        if (fabs(sum - epsilon) <= 1e-9 * epsilon ||
            (round == 0 && sum <= epsilon))
            break;
        low = sum > epsilon ? at : low;
        high = fmin(sum > epsilon ? high : at, most);
        at += moving ? (sum - epsilon) / moving : INFINITY;
        if (!(at > low && at < high))
            at = (low + high) / 2;
    }
    return at;
}

/* Onto the ball and [0, 1] at once: what the range cuts off one pixel is left
 * to the others.  Rounded towards x, as in norm_l2.c; but who reaches the end
 * of the range is there to the bit, or move() would choose it again and again.
 */
static void project(const struct sr_ball *b, const float *x, float *adv)
{
    const double less = shortening(b, x, adv);
    for (size_t i = 0; i < b->pixels; i++) {
        const bool up = adv[i] > x[i];
        const float room = sr_norm_room(x[i], up);
        const double way = fabs((double)adv[i] - (double)x[i]);
        const float to = (float)cut(way, (double)room, less);
        adv[i] = up ? x[i] + to : x[i] - to;
        if (to >= room)
            adv[i] = up;
        else if (fabsf(adv[i] - x[i]) > to)
            adv[i] = nextafterf(adv[i], x[i]);
    }
}

/* A normal draw brought onto the border. */
static void edge(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + sr_rng_normal(key, i);
    project(b, x, adv);
}

/* Strictly, the steepest way is along one pixel; along the steepest hundredth
 * of those that can move it takes fewer steps (Tramer and Boneh 2019, "SLIDE").
 */
static void move(const struct sr_ball *b, float step, const float *g,
                 float *adv)
{
    const size_t k = b->pixels < 100 ? 1 : b->pixels / 100;
    const struct slopes s = {b->pixels, k, g, step > 0 ? adv : NULL};
    const float least = smallest(fewer_than_k, &s);
    size_t chosen = 0;

    for (size_t i = 0; i < b->pixels; i++)
        chosen += fabsf(g[i]) >= least && counts(&s, i);
    for (size_t i = 0; chosen > 0 && i < b->pixels; i++)
        if (fabsf(g[i]) >= least && counts(&s, i))
            adv[i] += (g[i] > 0 ? step : -step) / (float)chosen;
}

static double dual(size_t pixels, const float *g)
{
    return (double)sr_vec_norm_max(pixels, g);
}

/* The way is shortest along the pixels of largest weight: all of their room,
 * and of those at the threshold as much as it takes. */
struct knapsack {
    size_t pixels;
    double gap;
    const float *w, *x;
};

static double worth(const struct knapsack *s, size_t i)
{
    const bool up = (s->w[i] > 0) == (s->gap > 0);
    return fabs((double)s->w[i]) * (double)sr_norm_room(s->x[i], up);
}

static bool not_too_far(const void *of, float threshold)
{
    const struct knapsack *s = of;
    double sum = 0;
    for (size_t i = 0; i < s->pixels; i++)
        sum += fabsf(s->w[i]) > threshold ? worth(s, i) : 0;
    return !(sum > fabs(s->gap));
}

static void plane(const struct sr_ball *b, double gap, const float *w,
                  const float *x, float *d)
{
    const size_t pixels = b->pixels;
    const struct knapsack s = {pixels, gap, w, x};
    const float least = smallest(not_too_far, &s);
    double left = fabs(gap);

    for (size_t i = 0; i < pixels; i++)
        left -= fabsf(w[i]) > least ? worth(&s, i) : 0;
    for (size_t i = 0; i < pixels; i++) {
        const bool up = (w[i] > 0) == (gap > 0);
        double share = fabsf(w[i]) > least ? 1 : 0;
        if (fabsf(w[i]) == least && worth(&s, i) > 0 && left > 0) {
            share = fmin(left / worth(&s, i), 1);
            left -= share * worth(&s, i);
        }
        const float by = (float)share * sr_norm_room(x[i], up);
        d[i] = up ? by : -by;
    }
}

const struct sr_norm_row sr_norm_l1 = {
    .name = "l1",
    .draw = draw,
    .edge = edge,
    .move = move,
    .project = project,
    .distance = distance,
    .length = sr_vec_norm1,
    .dual = dual,
    .plane = plane,
};
