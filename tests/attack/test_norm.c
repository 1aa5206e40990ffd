/* Moves, projections and planes of every norm against what makes them optimal:
 * the conditions of Karush, Kuhn and Tucker, and the dual norm. */
#include "attack/norm.h"

#include <math.h>
#include <stdlib.h>

#include "attack/oracles.h"
#include "base/rng.h"
#include "test.h"

enum { PIXELS = 37, TRIES = 40 };

static struct sr_ball ball_of(int norm, float epsilon)
{
    return (struct sr_ball){.engine = test_engine(),
                            .norm = norm,
                            .epsilon = epsilon,
                            .pixels = PIXELS};
}

/* Some pixels at the ends of the range. */
static float *image(uint64_t seed)
{
    float *x = noise(PIXELS, seed);
    for (int i = 0; i < PIXELS; i++)
        x[i] = fminf(fmaxf(0.5f + 0.6f * x[i], 0), 1);
    return x;
}

static double dot(const float *a, const float *b)
{
    double sum = 0;
    for (int i = 0; i < PIXELS; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* ---- move ---- */

/* A step of length s raises a linear function by s times the dual norm of its
 * slope, and nothing raises it more; for L1 it is shared by some pixels. */
START_TEST(moves_are_steepest)
{
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (int t = 0; t < TRIES; t++) {
            const struct sr_norm_row *row = sr_norm_at(norm);
            const struct sr_ball b = ball_of(norm, 1);
            const float *g = noise(PIXELS, (uint64_t)t);
            float at[PIXELS], d[PIXELS];

            for (int i = 0; i < PIXELS; i++)
                at[i] = d[i] = 0.5f;
            row->move(&b, 0.7f, g, d);
            for (int i = 0; i < PIXELS; i++)
                d[i] -= at[i];
            ck_assert_double_eq_tol(row->length(PIXELS, d), 0.7, 1e-6);
            ck_assert_double_eq_tol(dot(g, d), 0.7 * row->dual(PIXELS, g),
                                    1e-6 * PIXELS);
        }
}
END_TEST

/* ---- draws ---- */

START_TEST(draws_fill_the_ball)
{
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (uint64_t t = 0; t < TRIES; t++) {
            const struct sr_norm_row *row = sr_norm_at(norm);
            const struct sr_ball b = ball_of(norm, 0.3f);
            float x[PIXELS], *adv = noise(PIXELS, 1);
            for (int i = 0; i < PIXELS; i++)
                x[i] = 0.5f;
            row->draw(&b, t, x, adv);
            ck_assert_double_le(row->distance(PIXELS, x, adv), 0.3 + 1e-6);
            row->edge(&b, t, x, adv);
            ck_assert_double_eq_tol(row->distance(PIXELS, x, adv), 0.3, 1e-6);
        }
}
END_TEST

/* ---- project ---- */

/* What a norm's projection makes of the way to adv: L-inf cuts every pixel,
 * L2 scales all, L1 takes the same from each that the range leaves free. */
static void check_nearest(int norm, const float *x, const float *far,
                          const float *near, double epsilon)
{
    double lambda = -1;
    for (int i = 0; i < PIXELS; i++) {
        const double way = (double)far[i] - (double)x[i];
        const double now = (double)near[i] - (double)x[i];
        const bool stopped = near[i] <= 0 || near[i] >= 1;
        if (norm == SR_LINF)
            ck_assert_double_eq_tol(now, fmax(-epsilon, fmin(way, epsilon)),
                                    1e-6);
        if (norm == SR_L1 && now != 0 && !stopped) {
            const double less = fabs(way) - fabs(now);
            ck_assert(way * now > 0);
            if (lambda >= 0)
                ck_assert_double_eq_tol(less, lambda, 1e-6);
            lambda = less;
        }
    }
    for (int i = 0; i < PIXELS && norm == SR_L1 && lambda >= 0; i++) {
        const double way = fabs((double)far[i] - (double)x[i]);
        if (near[i] == x[i] && near[i] > 0 && near[i] < 1)
            ck_assert_double_le(way, lambda + 1e-6);
    }
}

START_TEST(projections_are_nearest)
{
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (uint64_t t = 0; t < TRIES; t++) {
            const struct sr_norm_row *row = sr_norm_at(norm);
            const float epsilon = 0.05f + 0.1f * (float)(t % 5);
            const struct sr_ball b = ball_of(norm, epsilon);
            const float *x = image(t), *way = noise(PIXELS, 500 + t);
            float far[PIXELS], near[PIXELS];
            for (int i = 0; i < PIXELS; i++)
                near[i] = far[i] = x[i] + way[i];

            row->project(&b, x, near);
            check_nearest(norm, x, far, near, (double)epsilon);
            ck_assert_double_le(row->distance(PIXELS, x, near),
                                (double)epsilon + 1e-6);
            if (norm == SR_L2)
                ck_assert_double_eq_tol(dot(way, way) * (double)epsilon /
                                            row->distance(PIXELS, x, far),
                                        dot(way, near) - dot(way, x), 1e-5);

            sr_ball_project(&b, x, near);
            ck_assert_double_le(sr_ball_excess(&b, x, near), 1e-6);
            memcpy(far, near, sizeof far);
            sr_ball_project(&b, x, near); /* who is inside stays */
            for (int i = 0; i < PIXELS; i++)
                ck_assert_float_eq_tol(near[i], far[i], 1e-6f);
        }
}
END_TEST

/* ---- plane ---- */

/* Within length |d| nothing leads farther: by norm, the gap that is reached
 * when every pixel goes as far as that length lets it. */
static void check_shortest(int norm, const float *w, const float *x,
                           const float *d, bool up)
{
    double most = 0, least_used = INFINITY, most_unused = 0, ratio = 0;
    for (int i = 0; i < PIXELS; i++)
        most = fmax(most, fabs((double)d[i]));
    for (int i = 0; i < PIXELS; i++) {
        const double weight = fabs((double)w[i]), by = fabs((double)d[i]);
        const double room = (double)sr_norm_room(x[i], (w[i] > 0) == up);
        const bool stopped = by >= room - 1e-6;
        if (norm == SR_LINF && !stopped)
            ck_assert_double_eq_tol(by, most, 1e-6);
        if (norm == SR_L2 && !stopped && weight > 0.05) {
            if (ratio > 0)
                ck_assert_double_eq_tol(by / weight, ratio, 1e-4 * ratio);
            ratio = by / weight;
        }
        if (by > 0)
            least_used = fmin(least_used, weight);
        if (!stopped)
            most_unused = fmax(most_unused, weight);
    }
    if (norm == SR_L1) /* one pixel may be used in part */
        ck_assert_double_ge(least_used, most_unused);
}

START_TEST(planes_are_reached_the_shortest_way)
{
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (uint64_t t = 0; t < TRIES; t++) {
            const struct sr_ball b = ball_of(norm, 1);
            const float *w = noise(PIXELS, t), *x = image(900 + t);
            float *d = noise(PIXELS, 1);
            const double gap = (t % 2 ? 1 : -1) * 0.1 * (double)(t % 7 + 1);
            double room = 0;
            for (int i = 0; i < PIXELS; i++)
                room += fabs((double)w[i]) *
                        (double)sr_norm_room(x[i], (w[i] > 0) == (gap > 0));
            ck_assert_double_gt(room, fabs(gap));

            sr_norm_at(norm)->plane(&b, gap, w, x, d);
            ck_assert_double_eq_tol(dot(w, d), gap, 1e-5);
            for (int i = 0; i < PIXELS; i++)
                ck_assert(x[i] + d[i] > -1e-6f && x[i] + d[i] < 1 + 1e-6f);
            check_shortest(norm, w, x, d, gap > 0);
        }
}
END_TEST

/* A plane outside [0, 1]: as near to it as the range lets one come. */
START_TEST(planes_out_of_reach)
{
    for (int norm = 0; norm < SR_NORMS; norm++) {
        const struct sr_ball b = ball_of(norm, 1);
        const float *w = noise(PIXELS, 3), *x = image(4);
        float *d = noise(PIXELS, 1);
        sr_norm_at(norm)->plane(&b, 1000, w, x, d);
        for (int i = 0; i < PIXELS; i++)
            ck_assert_float_eq_tol(x[i] + d[i], w[i] > 0 ? 1 : 0, 1e-6f);
    }
}
END_TEST

static int descending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

START_TEST(kth_largest)
{
    const float *g = noise(PIXELS, 8);
    float sorted[PIXELS];
    for (int i = 0; i < PIXELS; i++)
        sorted[i] = fabsf(g[i]);
    qsort(sorted, PIXELS, sizeof *sorted, descending);
    for (size_t k = 1; k <= PIXELS; k++)
        ck_assert_float_eq(sr_norm_l1_kth(PIXELS, g, k), sorted[k - 1]);
    ck_assert_float_eq(sr_norm_l1_kth(PIXELS, g, PIXELS + 1), 0);
}
END_TEST

SR_SUITE(attack_norm)
{
    return sr_suite("attack/norm",
                    (const TTest *[]){moves_are_steepest, draws_fill_the_ball,
                                      projections_are_nearest,
                                      planes_are_reached_the_shortest_way,
                                      planes_out_of_reach, kth_largest, NULL});
}
