#include "report/stats.h"

#include <math.h>

#include "test.h"

/* Student's t with v degrees between -t and t, by Simpson's rule. */
static double within(int v, double t)
{
    enum { PARTS = 20000 };
    const double norm =
        exp(lgamma((v + 1) / 2.0) - lgamma(v / 2.0)) / sqrt(v * acos(-1));
    double sum = 0;
    for (int i = 0; i <= PARTS; i++) {
        const double x = -t + 2 * t * i / PARTS;
        const int weight = i == 0 || i == PARTS ? 1 : i % 2 ? 4 : 2;
        sum += weight * norm * pow(1 + x * x / v, -(v + 1) / 2.0);
    }
    return sum * 2 * t / PARTS / 3;
}

/* The density at the quantile is at most 0.06, twice, so an error of 2e-4 in
 * the quantile is one of 2.4e-5 here. */
START_TEST(t_leaves_a_twentieth_outside)
{
    static const int freedom[] = {1, 2, 3, 5, 9, 10, 11, 12, 20, 30, 100, 1000};
    for (size_t i = 0; i < sizeof freedom / sizeof *freedom; i++)
        ck_assert_double_eq_tol(within(freedom[i], sr_stats_t(freedom[i])),
                                0.95, 2.4e-5);
}
END_TEST

/* Three seeds by hand: mean 0.5, sd 0.02, standard error 0.02 / sqrt 3, t of 2
 * degrees 4.30265; Wilson's for 50 of 100 is (0.40383, 0.59617). */
START_TEST(a_spread_by_hand)
{
    static const double accuracy[] = {0.48, 0.52, 0.5};
    const struct sr_spread s = sr_stats_spread(3, accuracy, 100);
    const double half = 4.30265 * 0.02 / sqrt(3), image = 0.59617 - 0.5;
    ck_assert_int_eq(s.n, 3);
    ck_assert_double_eq_tol(s.mean, 0.5, 1e-12);
    ck_assert_double_eq_tol(s.sd, 0.02, 1e-12);
    ck_assert_double_eq_tol(s.seeds.low, 0.5 - half, 1e-6);
    ck_assert_double_eq_tol(s.seeds.high, 0.5 + half, 1e-6);
    ck_assert_double_eq_tol(s.images.high, 0.5 + image, 1e-5);
    ck_assert_double_eq_tol(s.both.low, 0.5 - sqrt(half * half + image * image),
                            1e-5);
    ck_assert_double_eq_tol(s.both.high,
                            0.5 + sqrt(half * half + image * image), 1e-5);
}
END_TEST

/* An interval ends where accuracies do. */
START_TEST(a_spread_stays_in_the_unit_interval)
{
    static const double accuracy[] = {1, 0.8};
    const struct sr_spread s = sr_stats_spread(2, accuracy, 10);
    ck_assert_double_eq(s.both.high, 1);
    ck_assert_double_eq(s.both.low, 0);
}
END_TEST

/* The same seeds twice: no spread between them, that of the images stays. */
START_TEST(without_spread_images_remain)
{
    static const double accuracy[] = {0.25, 0.25};
    const struct sr_interval w = sr_stats_wilson(25, 100);
    const struct sr_spread s = sr_stats_spread(2, accuracy, 100);
    ck_assert_double_eq(s.sd, 0);
    ck_assert_double_eq_tol(s.both.low, w.low, 1e-12);
    ck_assert_double_eq_tol(s.both.high, w.high, 1e-12);
}
END_TEST

SR_SUITE(report_stats)
{
    return sr_suite("report/stats",
                    (const TTest *[]){t_leaves_a_twentieth_outside,
                                      a_spread_by_hand,
                                      a_spread_stays_in_the_unit_interval,
                                      without_spread_images_remain, NULL});
}
