#include "attack/ball.h"

#include <math.h>

#include "attack/oracles.h"
#include "base/rng.h"
#include "test.h"

static struct sr_ball ball(int norm, float epsilon, size_t pixels)
{
    return (struct sr_ball){.engine = test_engine(),
                            .norm = norm,
                            .epsilon = epsilon,
                            .pixels = pixels};
}

static uint64_t *keys(int n)
{
    uint64_t *key = SR_TAKE(sr_test_arena(), n, uint64_t);
    for (int i = 0; i < n; i++)
        key[i] = sr_rng_key(sr_test_seed(), SR_RNG_ATTACK, 0, (uint64_t)i, 0);
    return key;
}

/* n images, all pixels `value`. */
static float *grey(int n, size_t pixels, float value)
{
    float *x = noise((size_t)n * pixels, 1);
    for (size_t i = 0; i < (size_t)n * pixels; i++)
        x[i] = value;
    return x;
}

/* In a uniform draw each offset is uniform in [-eps, eps]: its mean is 0 and
 * its mean square eps^2 / 3, with deviations eps / sqrt(3 N) and
 * eps^2 sqrt(4 / 45 N).  Five of them are allowed. */
START_TEST(linf_draws_fill_the_cube)
{
    enum { N = 500, PIXELS = 40 };
    const struct sr_ball b = ball(SR_LINF, 0.2f, PIXELS);
    const float *x = grey(N, PIXELS, 0.5f);
    float *adv = noise(N * PIXELS, 2);
    double sum = 0, squares = 0, far = 0;

    sr_ball_start(&b, N, keys(N), x, adv);
    for (int i = 0; i < N * PIXELS; i++) {
        const double d = (double)adv[i] - 0.5;
        sum += d;
        squares += d * d;
        far = fmax(far, fabs(d));
    }
    const double n = N * PIXELS, e = 0.2;
    ck_assert_double_le(fabs(sum / n), 5 * e / sqrt(3 * n));
    ck_assert_double_le(fabs(squares / n - e * e / 3),
                        5 * e * e * sqrt(4 / (45 * n)));
    ck_assert_double_le(far, e + 1e-7);
    ck_assert_double_ge(far, e * 0.999);
}
END_TEST

/* The share of a ball of dimension d within radius r is (r / eps)^d: that share
 * is uniform in [0, 1], and no direction is preferred. */
START_TEST(l2_draws_fill_the_ball)
{
    enum { N = 4000, PIXELS = 6 };
    const struct sr_ball b = ball(SR_L2, 0.4f, PIXELS);
    const float *x = grey(N, PIXELS, 0.5f);
    float *adv = noise(N * PIXELS, 2);
    double sum = 0, squares = 0, axis = 0;

    sr_ball_start(&b, N, keys(N), x, adv);
    for (int i = 0; i < N; i++) {
        const double r = sr_ball_distance(SR_L2, PIXELS, x, adv + i * PIXELS);
        const double share = pow(r / 0.4, PIXELS);
        ck_assert_double_le(r, 0.4 + 1e-6);
        sum += share;
        squares += share * share;
        axis += ((double)adv[i * PIXELS] - 0.5) / r;
    }
    ck_assert_double_le(fabs(sum / N - 0.5), 5 / sqrt(12.0 * N));
    ck_assert_double_le(fabs(squares / N - 1 / 3.0), 5 * sqrt(4 / (45.0 * N)));
    ck_assert_double_le(fabs(axis / N), 5 / sqrt((double)PIXELS * N));
}
END_TEST

/* A normal start in a ball too wide to notice: mean 0 and mean square std^2,
 * with deviations std / sqrt(N) and std^2 sqrt(2 / N).  In a narrow one it is
 * on the border or inside, and in both it depends on the key alone. */
START_TEST(normal_draws_are_normal)
{
    enum { N = 500, PIXELS = 40 };
    const float *x = grey(N, PIXELS, 0.5f);
    float *adv = noise(N * PIXELS, 2), *again = noise(N * PIXELS, 3);
    for (int norm = 0; sr_norm_name(norm); norm++) {
        struct sr_ball b = ball(norm, 0.4f, PIXELS);
        const double n = N * PIXELS, std = 0.01;
        double sum = 0, squares = 0;
        b.std = 0.01f;
        sr_ball_start(&b, N, keys(N), x, adv);
        for (int i = 0; i < N * PIXELS; i++) {
            const double d = (double)adv[i] - 0.5;
            sum += d;
            squares += d * d;
        }
        ck_assert_double_le(fabs(sum / n), 5 * std / sqrt(n));
        ck_assert_double_le(fabs(squares / n - std * std),
                            5 * std * std * sqrt(2 / n));
        sr_ball_start(&b, 7, keys(7), x, again);
        ck_assert_mem_eq(adv, again, 7 * PIXELS * sizeof *adv);

        b.epsilon = 0.005f;
        sr_ball_start(&b, N, keys(N), x, adv);
        for (int i = 0; i < N; i++)
            ck_assert_double_le(
                sr_ball_excess(&b, x + i * PIXELS, adv + i * PIXELS), 1e-7);
    }
}
END_TEST

/* Near a corner of the pixel range the draw is cut, never outside. */
START_TEST(draws_respect_the_pixel_range)
{
    enum { N = 50, PIXELS = 30 };
    for (int norm = 0; sr_norm_name(norm); norm++)
        for (int white = 0; white < 2; white++) {
            const struct sr_ball b = ball(norm, 0.7f, PIXELS);
            const float *x = grey(N, PIXELS, (float)white);
            float *adv = noise(N * PIXELS, 2);
            sr_ball_start(&b, N, keys(N), x, adv);
            for (int i = 0; i < N; i++)
                ck_assert_double_le(
                    sr_ball_excess(&b, x + i * PIXELS, adv + i * PIXELS), 1e-7);
        }
}
END_TEST

START_TEST(linf_step_is_sign_and_clip)
{
    const struct sr_ball b = ball(SR_LINF, 0.1f, 5);
    const float x[5] = {0.5f, 0.5f, 0.5f, 0.02f, 0.5f};
    const float g[5] = {-1e-20f, 7, 0, -3, NAN};
    float adv[5] = {0.5f, 0.58f, 0.5f, 0.02f, 0.5f};
    const float want[5] = {0.45f, 0.6f, 0.5f, 0, 0.5f};

    sr_ball_step(&b, 1, 0.05f, x, g, adv);
    for (int i = 0; i < 5; i++)
        ck_assert_float_eq_tol(adv[i], want[i], 1e-7f);
}
END_TEST

/* A step of 0.3 along (3, 4) / 5 from the centre, into a ball of 0.25; then one
 * downhill that stays inside. */
START_TEST(l2_step_is_along_the_gradient)
{
    const struct sr_ball b = ball(SR_L2, 0.25f, 2);
    const float x[2] = {0.5f, 0.5f}, g[2] = {3e5f, 4e5f};
    float adv[2] = {0.5f, 0.5f};

    sr_ball_step(&b, 1, 0.3f, x, g, adv);
    ck_assert_float_eq_tol(adv[0], 0.5f + 0.25f * 0.6f, 1e-6f);
    ck_assert_float_eq_tol(adv[1], 0.5f + 0.25f * 0.8f, 1e-6f);
    sr_ball_step(&b, 1, -0.2f, x, g, adv);
    ck_assert_float_eq_tol(adv[0], 0.5f + 0.05f * 0.6f, 1e-6f);
    ck_assert_float_eq_tol(adv[1], 0.5f + 0.05f * 0.8f, 1e-6f);
}
END_TEST

/* An L2 step divides by the length of the gradient: zero or not finite, the
 * image stays; its neighbours move. */
START_TEST(unusable_gradients_move_nothing)
{
    const struct sr_ball b = ball(SR_L2, 0.25f, 2);
    float x[8], adv[8], g[8] = {0, 0, NAN, 1, INFINITY, 1, 1, 0};

    for (int i = 0; i < 8; i++)
        x[i] = adv[i] = 0.5f;
    sr_ball_step(&b, 4, 0.1f, x, g, adv);
    for (int i = 0; i < 6; i++)
        ck_assert_float_eq(adv[i], 0.5f);
    ck_assert_float_eq_tol(adv[6], 0.6f, 1e-7f);
}
END_TEST

/* All pixels of a constant image round the same way, the worst case of the
 * projection: plain sums would end 3e-8 sqrt(150528) = 1.2e-5 outside. */
START_TEST(projection_survives_rounding)
{
    enum { PIXELS = 3 * 224 * 224 };
    const struct sr_ball b = ball(SR_L2, 1, PIXELS);
    float *x = grey(1, PIXELS, 0.7f), *g = grey(1, PIXELS, 1);
    float *adv = grey(1, PIXELS, 0.7f);

    for (int step = 0; step < 3; step++) /* to 0.9, then to the border */
        sr_ball_step(&b, 1, 0.9f, x, g, adv);
    ck_assert_double_le(sr_ball_excess(&b, x, adv), 1e-6);
    ck_assert_double_ge(sr_ball_distance(SR_L2, PIXELS, x, adv), 0.999);
}
END_TEST

START_TEST(excess_says_how_far_outside)
{
    const struct sr_ball linf = ball(SR_LINF, 0.1f, 2);
    const struct sr_ball l2 = ball(SR_L2, 0.5f, 2);
    const float x[2] = {0.5f, 0.95f};

    ck_assert_double_le(sr_ball_excess(&linf, x, (float[]){0.45f, 1}), 0);
    ck_assert_double_eq_tol(sr_ball_excess(&linf, x, (float[]){0.7f, 1}), 0.1,
                            1e-7);
    ck_assert_double_eq_tol(sr_ball_excess(&l2, x, (float[]){0.5f, 1.25f}),
                            0.25, 1e-7);
    ck_assert_double_eq_tol(sr_ball_excess(&l2, x, (float[]){0.9f, 0.65f}), 0,
                            1e-7);
    ck_assert(isinf(sr_ball_excess(&l2, x, (float[]){0.5f, NAN})));
}
END_TEST

SR_SUITE(attack_ball)
{
    return sr_suite(
        "attack/ball",
        (const TTest *[]){
            linf_draws_fill_the_cube, l2_draws_fill_the_ball,
            normal_draws_are_normal, draws_respect_the_pixel_range,
            linf_step_is_sign_and_clip, l2_step_is_along_the_gradient,
            unusable_gradients_move_nothing, projection_survives_rounding,
            excess_says_how_far_outside, NULL});
}
