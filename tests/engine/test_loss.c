#include "engine/loss.h"

#include <math.h>
#include <stdlib.h>

#include "test.h"

enum { N = 40, CLASSES = 7 };

static const float *logits(void)
{
    float *z = noise(N * CLASSES, 1);
    for (int i = 0; i < N * CLASSES; i++)
        z[i] *= 6;
    return z;
}

static void labels(int *y)
{
    for (int i = 0; i < N; i++)
        y[i] = i * 3 % CLASSES;
}

static double log_softmax(const float *z, int k)
{
    double sum = 0;
    for (int i = 0; i < CLASSES; i++)
        sum += exp((double)z[i]);
    return (double)z[k] - log(sum);
}

static void cross_entropy_is(float smoothing, const float *value,
                             const float *dz)
{
    const float *z = logits();
    int y[N];
    labels(y);
    for (int i = 0; i < N; i++) {
        double want = 0;
        for (int k = 0; k < CLASSES; k++) {
            const double target = (k == y[i] ? 1 - (double)smoothing : 0) +
                                  (double)smoothing / CLASSES;
            const double log_p = log_softmax(z + i * CLASSES, k);
            want -= target * log_p;
            ck_assert_double_eq_tol((double)dz[i * CLASSES + k],
                                    exp(log_p) - target, 1e-7);
        }
        ck_assert_double_eq_tol((double)value[i], want, 1e-6 * (1 + want));
    }
}

START_TEST(cross_entropy)
{
    float *value = noise(N, 2), *dz = noise(N * CLASSES, 3);
    int y[N];
    labels(y);
    sr_loss(SR_LOSS_CE, N, CLASSES, logits(), y, value, dz);
    cross_entropy_is(0, value, dz);
    sr_loss_smoothed(N, CLASSES, 0.1f, logits(), y, value, dz);
    cross_entropy_is(0.1f, value, dz);
    sr_loss_smoothed(N, CLASSES, 1, logits(), y, value, dz);
    cross_entropy_is(1, value, dz);

    float *alone = noise(N, 4);
    sr_loss_smoothed(N, CLASSES, 1, logits(), y, alone, NULL);
    ck_assert_mem_eq(alone, value, N * sizeof *value);
    sr_loss_smoothed(N, CLASSES, 1, logits(), y, NULL, dz);
}
END_TEST

START_TEST(margin)
{
    const float z[] = {1, 5, 3, 5, 2, 2};
    const int y[] = {0, 1};
    float value[2], dz[6];
    sr_loss(SR_LOSS_MARGIN, 2, 3, z, y, value, dz);
    const float want[] = {-1, 1, 0, 1, -1, 0};
    ck_assert_mem_eq(dz, want, sizeof want);
    ck_assert_float_eq(value[0], 4);
    ck_assert_float_eq(value[1], 3);
}
END_TEST

/* ---- the difference of logits ratio, as its papers write it, in double ----
 */

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* target < 0: untargeted. */
static double dlr_of(const double *z, int y, int target)
{
    double sorted[CLASSES], rival = -INFINITY;
    memcpy(sorted, z, sizeof sorted);
    qsort(sorted, CLASSES, sizeof *sorted, descending);
    if (target >= 0)
        return -(z[y] - z[target]) /
               (sorted[0] - (sorted[2] + sorted[3]) / 2 + 1e-12);
    for (int i = 0; i < CLASSES; i++)
        if (i != y)
            rival = fmax(rival, z[i]);
    return -(z[y] - rival) / (sorted[0] - sorted[2] + 1e-12);
}

/* Central differences of the above with h = 1e-6: their error is h^2 times a
 * third derivative of at most 6 r / over^3, with over > 0.1 in these draws,
 * plus 1e-16 / h for rounding: below 1e-7 of 1 + |dz|. */
static void dlr_is(const float *z, int y, int target, float value,
                   const float *dz)
{
    double at[CLASSES];
    for (int k = 0; k < CLASSES; k++)
        at[k] = (double)z[k];
    const double want = dlr_of(at, y, target);
    ck_assert_double_eq_tol((double)value, want, 1e-6 * (1 + fabs(want)));
    for (int k = 0; k < CLASSES; k++) {
        const double h = 1e-6, here = at[k];
        at[k] = here + h;
        const double up = dlr_of(at, y, target);
        at[k] = here - h;
        const double down = dlr_of(at, y, target);
        at[k] = here;
        ck_assert_double_eq_tol((double)dz[k], (up - down) / (2 * h),
                                1e-6 * (1 + fabs((double)dz[k])));
    }
}

START_TEST(ratio)
{
    const float *z = logits();
    float *value = noise(N, 2), *dz = noise(N * CLASSES, 3);
    int y[N];
    labels(y);
    sr_loss(SR_LOSS_DLR, N, CLASSES, z, y, value, dz);
    for (int i = 0; i < N; i++)
        dlr_is(z + i * CLASSES, y[i], -1, value[i], dz + i * CLASSES);
    for (int i = 0; i < N; i++)
        for (int target = 0; target < CLASSES; target++) {
            if (target == y[i])
                continue;
            sr_loss_dlr_targeted(CLASSES, z + i * CLASSES, y[i], target,
                                 value + i, dz + i * CLASSES);
            dlr_is(z + i * CLASSES, y[i], target, value[i], dz + i * CLASSES);
        }
}
END_TEST

/* What makes it what it is: neither a factor nor a shift of the logits changes
 * it.  Powers of two and whole numbers are exact in float; what is left is
 * 1e-12 beside the denominator, and the rounding of the result. */
START_TEST(ratio_has_no_scale)
{
    const float z[CLASSES] = {3, -1, 7, 2, 6, 0, 5};
    float moved[CLASSES], one, other;
    const int y = 0;
    for (int k = 0; k < CLASSES; k++)
        moved[k] = 1024 * z[k] + 5;
    sr_loss(SR_LOSS_DLR, 1, CLASSES, z, &y, &one, NULL);
    sr_loss(SR_LOSS_DLR, 1, CLASSES, moved, &y, &other, NULL);
    ck_assert_float_eq(one, 2); /* (7 - 3) / (7 - 5) */
    ck_assert_float_eq_tol(one, other, 1e-6f);
    sr_loss_dlr_targeted(CLASSES, z, y, 3, &one, NULL);
    ck_assert_float_eq_tol(one, -1 / 3.0f, 1e-6f); /* (2 - 3) / (7 - 4) */
}
END_TEST

/* Equal logits, and logits at the ends of what a float holds. */
START_TEST(ratio_stays_finite)
{
    const float z[][4] = {{0, 0, 0, 0},
                          {1, 1, 1, -1e30f},
                          {3e38f, -3e38f, 0, 1},
                          {-3e38f, 3e38f, 3e38f, 3e38f}};
    for (size_t i = 0; i < sizeof z / sizeof *z; i++)
        for (int y = 0; y < 4; y++) {
            float value[2], dz[8];
            sr_loss(SR_LOSS_DLR, 1, 4, z[i], &y, value, dz);
            sr_loss_dlr_targeted(4, z[i], y, (y + 1) % 4, value + 1, dz + 4);
            ck_assert(isfinite(value[0]) && isfinite(value[1]));
            for (int k = 0; k < 8; k++)
                ck_assert(isfinite(dz[k]));
        }
    const float broken[] = {0, NAN, 1, 2};
    float value;
    const int y = 1;
    sr_loss(SR_LOSS_DLR, 1, 4, broken, &y, &value, NULL);
    ck_assert(isnan(value));
}
END_TEST

/* Against sums of logarithms in double.  A gradient of the first logits is a
 * sum of CLASSES terms of at most about 12, of which the value's rounding to
 * float is no part: 1e-6 is 10 half-units. */
START_TEST(divergence)
{
    const float *z = logits();
    float *a = noise(N * CLASSES, 11);
    float *value = noise(N, 2), *da = noise(N * CLASSES, 3);
    float *dz = noise(N * CLASSES, 4), *alone = noise(N, 5);
    for (int i = 0; i < N * CLASSES; i++)
        a[i] *= 6;
    sr_loss_kl(N, CLASSES, a, z, value, da, dz);
    for (int i = 0; i < N; i++) {
        double want = 0;
        for (int k = 0; k < CLASSES; k++) {
            const double log_p = log_softmax(a + i * CLASSES, k);
            const double log_q = log_softmax(z + i * CLASSES, k);
            want += exp(log_p) * (log_p - log_q);
        }
        ck_assert_double_eq_tol((double)value[i], want, 1e-6 * (1 + want));
        for (int k = 0; k < CLASSES; k++) {
            const double log_p = log_softmax(a + i * CLASSES, k);
            const double log_q = log_softmax(z + i * CLASSES, k);
            const int at = i * CLASSES + k;
            ck_assert_double_eq_tol((double)dz[at], exp(log_q) - exp(log_p),
                                    1e-7);
            ck_assert_double_eq_tol((double)da[at],
                                    exp(log_p) * (log_p - log_q - want), 1e-6);
        }
    }
    sr_loss_kl(N, CLASSES, a, z, alone, NULL, NULL);
    ck_assert_mem_eq(alone, value, N * sizeof *value);
    sr_loss_kl(N, CLASSES, a, a, value, da, dz);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(value[i], 0);
}
END_TEST

START_TEST(softmax_in_place)
{
    float *p = noise(N * CLASSES, 5);
    memcpy(p, logits(), N * CLASSES * sizeof *p);
    sr_softmax(N, CLASSES, p, p);
    for (int i = 0; i < N * CLASSES; i++)
        ck_assert_double_eq_tol(
            (double)p[i],
            exp(log_softmax(logits() + i / CLASSES * CLASSES, i % CLASSES)),
            1e-7);
}
END_TEST

START_TEST(extremes_stay_finite)
{
    const float z[] = {1e30f, -1e30f, 0, -3e38f, -3e38f, -3e38f};
    const int y[] = {1, 2};
    float value[2], dz[6];
    sr_loss(SR_LOSS_CE, 2, 3, z, y, value, dz);
    ck_assert_float_eq(value[0], 2e30f);
    ck_assert_float_eq_tol(value[1], logf(3), 1e-6f);
    for (int i = 0; i < 6; i++)
        ck_assert(isfinite(dz[i]));

    sr_loss_kl(1, 3, z, z + 3, value, NULL, dz);
    ck_assert_float_eq_tol(value[0], logf(3), 1e-6f);
    sr_loss_kl(1, 3, z + 3, z, value, dz, dz + 3);
    ck_assert(isfinite(value[0]));
    for (int i = 0; i < 6; i++)
        ck_assert(isfinite(dz[i]));

    const float broken[] = {0, NAN, 1};
    sr_loss(SR_LOSS_CE, 1, 3, broken, y, value, NULL);
    ck_assert(isnan(value[0]));
    sr_loss_kl(1, 3, broken, z, value, NULL, NULL);
    ck_assert(isnan(value[0]));
    sr_loss_kl(1, 3, z, broken, value, NULL, NULL);
    ck_assert(isnan(value[0]));
}
END_TEST

START_TEST(argmax_takes_the_first)
{
    ck_assert_int_eq(sr_argmax(4, (const float[]){1, 3, 3, 2}), 1);
    ck_assert_int_eq(sr_argmax(3, (const float[]){-2, -3, -1}), 2);
    ck_assert_int_eq(sr_argmax(3, (const float[]){1, NAN, 2}), 2);
    ck_assert_int_eq(sr_argmax(1, (const float[]){NAN}), 0);
}
END_TEST

SR_SUITE(engine_loss)
{
    return sr_suite(
        "engine/loss",
        (const TTest *[]){cross_entropy, margin, ratio, ratio_has_no_scale,
                          ratio_stays_finite, divergence, softmax_in_place,
                          extremes_stay_finite, argmax_takes_the_first, NULL});
}
