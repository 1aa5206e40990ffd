#include "engine/loss.h"

#include <math.h>

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
    return sr_suite("engine/loss",
                    (const TTest *[]){cross_entropy, margin, divergence,
                                      softmax_in_place, extremes_stay_finite,
                                      argmax_takes_the_first, NULL});
}
