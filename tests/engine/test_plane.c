/* Ways to a plane against the definition: the time at which the way reaches it,
 * found by bisection in double. */
#include "engine/plane.h"

#include <math.h>

#include "engines.h"

enum { MOST = 67, HALVINGS = 200 };

/* Some at the ends of the range. */
static float *image(size_t count, uint64_t seed)
{
    float *x = noise(count, seed);
    for (size_t i = 0; i < count; i++)
        x[i] = fminf(fmaxf(0.5f + 0.6f * x[i], 0), 1);
    return x;
}

/* Of pixel i at time t. */
static double way(bool alike, double t, double gap, float w, float x)
{
    const bool up = (w > 0) == (gap > 0);
    const double by = t * (alike ? (double)(w != 0) : fabs((double)w));
    return (up ? 1 : -1) * fmin(by, up ? 1 - (double)x : (double)x);
}

static double reached(bool alike, size_t count, double t, double gap,
                      const float *w, const float *x)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)w[i] * way(alike, t, gap, w[i], x[i]);
    return fabs(sum);
}

static double arrival(bool alike, size_t count, double gap, const float *w,
                      const float *x)
{
    double low = 0, high = 1e6;
    for (int i = 0; i < HALVINGS; i++) {
        const double t = (low + high) / 2;
        if (reached(alike, count, t, gap, w, x) < fabs(gap))
            low = t;
        else
            high = t;
    }
    return high;
}

/* The search ends within 1e-9 of the gap, which the pixel of least weight may
 * have to go alone; t is rounded to a float and so is the product: 2 roundings
 * of 2^-24 of a way of at most 1, and 1 - x another. */
static void check(const struct sr_engine *e, bool alike, size_t count,
                  double gap, const float *w, const float *x)
{
    const double t = arrival(alike, count, gap, w, x);
    float *d = noise(count + 1, 7);
    const float past = d[count];
    double least = INFINITY;
    for (size_t i = 0; i < count; i++)
        if (w[i] != 0)
            least = fmin(least, fabs((double)w[i]));
    const double allowed = 0x1p-22 + 1e-9 * fabs(gap) / least;
    sr_plane_reach(e, alike, count, gap, w, x, d);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol((double)d[i], way(alike, t, gap, w[i], x[i]),
                                allowed);
    ck_assert_float_eq(d[count], past);
}

START_TEST(ways_are_those_of_the_definition)
{
    FOR_EACH_ISA(e)
    {
        for (size_t count = 1; count <= MOST; count += 3)
            for (int alike = 0; alike < 2; alike++) {
                float *w = noise(count, count);
                const float *x = image(count, 100 + count);
                w[count / 2] = 0;
                const double room = reached(alike, count, 1e6, 1, w, x);
                for (double share = 0.01; share < 1; share += 0.13)
                    check(&e, alike, count, share * room, w, x);
                check(&e, alike, count, -1000, w, x);
                check(&e, alike, count, 1000, w, x);
            }
    }
}
END_TEST

START_TEST(weights_that_are_not_finite_move_nothing)
{
    const float broken[] = {NAN, INFINITY, -INFINITY};
    FOR_EACH_ISA(e)
    {
        for (int k = 0; k < 6; k++) {
            float *w = noise(MOST, 1), *d = noise(MOST, 2);
            w[MOST / 2] = broken[k / 2];
            sr_plane_reach(&e, k % 2, MOST, 0.3, w, image(MOST, 3), d);
            for (int i = 0; i < MOST; i++)
                ck_assert_float_eq(d[i], 0);
        }
    }
}
END_TEST

/* To where it stands, a point goes nowhere. */
START_TEST(no_gap_is_no_way)
{
    FOR_EACH_ISA(e)
    {
        const float *w = noise(MOST, 1), *x = image(MOST, 2);
        float *d = noise(MOST, 3);
        sr_plane_reach(&e, true, MOST, 0, w, x, d);
        for (int i = 0; i < MOST; i++)
            ck_assert_float_eq(d[i], 0);
    }
}
END_TEST

SR_SUITE(engine_plane)
{
    return sr_suite("engine/plane",
                    (const TTest *[]){ways_are_those_of_the_definition,
                                      weights_that_are_not_finite_move_nothing,
                                      no_gap_is_no_way, NULL});
}
