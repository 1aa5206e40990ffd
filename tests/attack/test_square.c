#include "attack/square.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { H = 8, W = 7, C = 3, PIXELS = H * W * C, CLASSES = 2, N = 6 };

/* The sides AutoAttack takes, by the size of the image. */
START_TEST(sides)
{
    static const int after[] = {0, 11, 51, 201, 501, 1001, 2001, 4001};
    static const struct {
        int size, side[8];
    } cases[] = {{32, {29, 20, 14, 10, 7, 5, 4, 3}},
                 {28, {25, 18, 13, 9, 6, 4, 3, 2}},
                 {224, {200, 142, 100, 71, 50, 35, 25, 18}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 8; k++)
            ck_assert_int_eq(
                sr_square_side(after[k], cases[i].size, cases[i].size),
                cases[i].side[k]);
}
END_TEST

/* A linear model of images H x W x C; a bias b keeps class 0 ahead. */
static struct sr_oracle flat(struct classifier *c, const float *w,
                             const float *b)
{
    struct sr_oracle f = linear_oracle(c, PIXELS, CLASSES, w, b);
    f.h = H;
    f.w = W;
    f.c = C;
    return f;
}

/* Class 1 is ahead by v.x - 100. */
static const float bias[CLASSES] = {100, 0};

static float *weights(const float *v)
{
    float *w = SR_TAKE(sr_test_arena(), CLASSES * PIXELS, float);
    memcpy(w + PIXELS, v, PIXELS * sizeof *v);
    return w;
}

static double rise(const float *v, const float *x, const float *adv)
{
    double sum = 0;
    for (int j = 0; j < PIXELS; j++)
        sum += (double)v[j] * ((double)adv[j] - (double)x[j]);
    return sum;
}

/* v has one sign a channel over the whole image, so every pixel is best at the
 * same end of its interval; all come there that squares reach, which are not
 * the last row and column. */
START_TEST(linf_optimum_of_one_sign)
{
    static struct classifier c;
    static const float sign[C] = {1, -1, 1};
    float v[PIXELS], *adv = noise(N * PIXELS, 2);
    for (int j = 0; j < PIXELS; j++)
        v[j] = sign[j % C] * (1 + 0.5f * noise(PIXELS, 3)[j]);
    struct sr_oracle f = flat(&c, weights(v), bias);
    struct sr_attack_batch b = test_batch(&f, N, 0);
    const struct sr_attack_opts o = test_attack("square-3000");

    b.y = SR_TAKE(sr_test_arena(), N, int);
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    for (int k = 0; k < N * PIXELS; k++) {
        const int j = k % PIXELS, row = j / (W * C), column = j / C % W;
        const float to = b.x[k] + (v[j] > 0 ? 0.1f : -0.1f);
        if (row < H - 1 && column < W - 1)
            ck_assert_float_eq(adv[k], fminf(fmaxf(to, 0), 1));
    }
}
END_TEST

/* Of any v the search finds a good part; random draws would find about
 * 1 / sqrt(PIXELS) = 8 % of it for L2.  The budget of the ball is used. */
START_TEST(rises_in_every_norm)
{
    static const double epsilon[SR_NORMS] = {0.1, 0.5, 3};
    static struct classifier c;
    const float *v = noise(PIXELS, 4);
    float *adv = noise(N * PIXELS, 2), x[N * PIXELS];
    double length = 0, sum = 0, most = 0;

    for (int j = 0; j < PIXELS; j++) {
        length += (double)v[j] * (double)v[j];
        sum += fabs((double)v[j]);
        most = fmax(most, fabs((double)v[j]));
    }
    const double dual[SR_NORMS] = {sum, sqrt(length), most};
    const double share[SR_NORMS] = {0.6, 0.4, 0.3};
    for (int i = 0; i < N * PIXELS; i++)
        x[i] = 0.5f;
    for (int norm = 0; norm < SR_NORMS; norm++) {
        struct sr_oracle f = flat(&c, weights(v), bias);
        struct sr_attack_batch b = test_batch(&f, N, 0);
        struct sr_attack_opts o = test_attack("square-3000");
        o.norm = norm;
        o.epsilon = epsilon[norm];
        b.x = x;
        b.y = SR_TAKE(sr_test_arena(), N, int);
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        for (int i = 0; i < N; i++) {
            const float *found = adv + i * PIXELS;
            ck_assert_double_ge(rise(v, x, found),
                                share[norm] * o.epsilon * dual[norm]);
            ck_assert_double_eq_tol(sr_ball_distance(norm, PIXELS, x, found),
                                    o.epsilon, 1e-4 * o.epsilon);
        }
        ck_assert_int_eq(c.backwards, 0);
    }
}
END_TEST

/* Of 28 x 28 pixels no square reaches the last row and column; what the first
 * bumps put there would be lost to the radius for good. */
START_TEST(wastes_nothing_at_the_border)
{
    enum { SIDE = 28, ALL = SIDE * SIDE };
    for (int norm = SR_L2; norm <= SR_L1; norm++) {
        static struct classifier c;
        float *w = noise(CLASSES * ALL, 5), *adv = noise(ALL, 2);
        struct sr_oracle f = linear_oracle(&c, ALL, CLASSES, w, bias);
        struct sr_attack_batch b = test_batch(&f, 1, 0);
        struct sr_attack_opts o = test_attack("square-300");
        f.h = f.w = SIDE;
        o.norm = norm;
        o.epsilon = 1;
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        ck_assert_mem_ne(adv, b.x, ALL * sizeof *adv);
        for (int i = 0; i < SIDE; i++) {
            ck_assert_float_eq(adv[(SIDE - 1) * SIDE + i],
                               b.x[(SIDE - 1) * SIDE + i]);
            ck_assert_float_eq(adv[i * SIDE + SIDE - 1],
                               b.x[i * SIDE + SIDE - 1]);
        }
    }
}
END_TEST

/* Images smaller than a window, a single pixel among them. */
START_TEST(small_images)
{
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (int h = 1; h <= 4; h++)
            for (int w = 1; w <= 4; w++) {
                static struct classifier c;
                struct sr_oracle f = bent_oracle(&c, h * w, 3);
                struct sr_attack_opts o = test_attack("square-200");
                float *adv = noise((size_t)(N * h * w), 2);
                f.h = h;
                f.w = w;
                const struct sr_attack_batch b = test_batch(&f, N, 0);
                o.norm = norm;
                const struct sr_ball ball = sr_ball_of(&o, &f);
                sr_attack_run(&o, &f, &b, adv, sr_test_arena());
                for (int i = 0; i < N; i++)
                    ck_assert_double_le(
                        sr_ball_excess(&ball, b.x + i * h * w, adv + i * h * w),
                        1e-6);
            }
}
END_TEST

SR_SUITE(attack_square)
{
    return sr_suite(
        "attack/square",
        (const TTest *[]){sides, linf_optimum_of_one_sign, rises_in_every_norm,
                          wastes_nothing_at_the_border, small_images, NULL});
}
