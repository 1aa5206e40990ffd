/* Verdicts from counts, against closed forms of the binomial. */
#include "audit/ruling.h"

#include <math.h>

#include "test.h"

/* All of n: P(n of n) = p^n.  None: nothing is known. */
START_TEST(least_has_closed_forms)
{
    for (int n = 1; n <= 5000; n = 3 * n + 1) {
        ck_assert_double_eq_tol(sr_ruling_least(n, n), pow(0.001, 1.0 / n),
                                1e-9);
        ck_assert_double_eq(sr_ruling_least(0, n), 0);
        /* one: 1 - (1 - p)^n = 0.001 */
        ck_assert_double_eq_tol(sr_ruling_least(1, n),
                                -expm1(log1p(-0.001) / n), 1e-9);
    }
    ck_assert_double_eq(sr_ruling_least(0, 0), 0);
}
END_TEST

/* None of n: (1 - p)^n = 0.001 at the upper end.  So 66 images without evidence
 * are enough to exclude 10 %, and 65 are not. */
START_TEST(most_has_closed_forms)
{
    for (int n = 1; n <= 5000; n = 3 * n + 1) {
        ck_assert_double_eq_tol(sr_ruling_most(0, n), -expm1(log(0.001) / n),
                                1e-9);
        ck_assert_double_eq(sr_ruling_most(n, n), 1);
        for (int k = 0; k <= n; k += 1 + n / 7)
            ck_assert_double_ge(sr_ruling_most(k, n), sr_ruling_least(k, n));
    }
    ck_assert_double_eq(sr_ruling_most(0, 0), 1); /* nothing is known */
}
END_TEST

/* P(at least k of n), summed from the recurrence of Pascal's triangle. */
static double heads(int k, int n)
{
    double p[64] = {1};
    for (int row = 1; row <= n; row++)
        for (int i = row; i >= 0; i--)
            p[i] = (p[i] + (i > 0 ? p[i - 1] : 0)) / 2;
    double sum = 0;
    for (int i = k; i <= n; i++)
        sum += p[i];
    return sum;
}

START_TEST(coin_is_pascals_triangle)
{
    for (int n = 0; n < 60; n += 7)
        for (int k = 0; k <= n; k++)
            ck_assert_double_eq_tol(sr_ruling_coin(k, n), heads(k, n), 1e-12);
}
END_TEST

/* The share is above a limit when even a network that lies on it would show
 * that many images less than once in 1000. */
START_TEST(verdicts_leave_no_doubt)
{
    ck_assert_int_eq(sr_ruling_of(0, 0), SR_RULING_SKIPPED);
    ck_assert_int_eq(sr_ruling_of(0, 500), SR_RULING_PASS);
    ck_assert_int_eq(sr_ruling_of(25, 500), SR_RULING_PASS); /* 5 % seen   */
    ck_assert_int_eq(sr_ruling_of(50, 500), SR_RULING_SUSPECT);
    ck_assert_int_eq(sr_ruling_of(100, 500), SR_RULING_MASKED);
    ck_assert_int_eq(sr_ruling_of(1, 1), SR_RULING_UNSURE); /* p^1 > 0.001   */
    ck_assert_int_eq(sr_ruling_of(2, 2), SR_RULING_UNSURE); /* 0.1^2 > 0.001 */
    ck_assert_int_eq(sr_ruling_of(4, 4), SR_RULING_MASKED);
}
END_TEST

/* Nor does a good one: 66 images without evidence exclude 10 %, 65 do not. */
START_TEST(few_images_do_not_acquit)
{
    ck_assert_int_eq(sr_ruling_of(0, 65), SR_RULING_UNSURE);
    ck_assert_int_eq(sr_ruling_of(0, 66), SR_RULING_PASS);
    ck_assert_int_eq(sr_ruling_of(25, 500), SR_RULING_PASS);
    ck_assert_int_eq(sr_ruling_of(36, 500), SR_RULING_UNSURE); /* 7.2 % seen */
}
END_TEST

START_TEST(every_image_more_is_no_better)
{
    for (int n = 1; n <= 300; n += 23)
        for (int k = 1; k <= n; k++) {
            ck_assert_double_ge(sr_ruling_least(k, n),
                                sr_ruling_least(k - 1, n));
            ck_assert_double_le(sr_ruling_least(k, n), (double)k / n);
            ck_assert_int_ge(sr_ruling_of(k, n), sr_ruling_of(k - 1, n));
        }
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(sr_ruling_name(SR_RULING_SKIPPED), "skipped");
    ck_assert_str_eq(sr_ruling_name(SR_RULING_PASS), "pass");
    ck_assert_str_eq(sr_ruling_name(SR_RULING_UNSURE), "unsure");
    ck_assert_str_eq(sr_ruling_name(SR_RULING_SUSPECT), "suspect");
    ck_assert_str_eq(sr_ruling_name(SR_RULING_MASKED), "masked");
}
END_TEST

SR_SUITE(audit_ruling)
{
    return sr_suite(
        "audit/ruling",
        (const TTest *[]){least_has_closed_forms, most_has_closed_forms,
                          coin_is_pascals_triangle, verdicts_leave_no_doubt,
                          few_images_do_not_acquit,
                          every_image_more_is_no_better, names, NULL});
}
