#include "attack/attack.h"

#include "attack/ball.h"
#include "attack/oracles.h"
#include "test.h"

enum { D = 16, N = 10, CLASSES = 2 };

/* Every draw is on the border and none is looked at twice: with a model that
 * never breaks, the image and `draws` points are asked about. */
START_TEST(draws)
{
    static const float zero[CLASSES * D];
    for (int norm = 0; norm < SR_NORMS; norm++) {
        static struct classifier c;
        struct sr_oracle f = linear_oracle(&c, D, CLASSES, zero, NULL);
        struct sr_attack_batch b = test_batch(&f, N, 0);
        struct sr_attack_opts o = test_attack("noise-25x2");
        float *adv = noise(N * D, 1);
        o.norm = norm;
        b.y = SR_TAKE(sr_test_arena(), N, int);
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        ck_assert_int_eq(c.forwards, N * (1 + 2 * 25));
        ck_assert_int_eq(c.backwards, 0);
    }
}
END_TEST

/* Class 0 while |w.x| is below the bias: what breaks is at the distance of the
 * radius.  Far from the ends of the range nothing is cut. */
START_TEST(is_as_long_as_the_radius)
{
    for (int norm = 0; norm < SR_NORMS; norm++) {
        static struct classifier c;
        const float *w = noise(CLASSES * D, 6);
        struct sr_oracle f = linear_oracle(&c, D, CLASSES, w, NULL);
        struct sr_attack_batch b = test_batch(&f, N, 0);
        struct sr_attack_opts o = test_attack("noise-500");
        float *adv = noise(N * D, 1), x[N * D], z[CLASSES];
        int *y = SR_TAKE(sr_test_arena(), N, int), broken = 0;
        for (int i = 0; i < N * D; i++)
            x[i] = 0.5f + 0.02f * noise(N * D, 7)[i];
        for (int i = 0; i < N; i++) {
            sr_oracle_logits(&f, 1, x + i * D, z);
            y[i] = sr_argmax(CLASSES, z);
        }
        b.x = x;
        b.y = y;
        o.norm = norm;
        o.epsilon = 0.4;
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        for (int i = 0; i < N; i++) {
            sr_oracle_logits(&f, 1, adv + i * D, z);
            if (!sr_oracle_wrong(CLASSES, z, y[i]))
                continue;
            broken++;
            ck_assert_double_eq_tol(
                sr_ball_distance(norm, D, x + i * D, adv + i * D), 0.4, 1e-6);
        }
        ck_assert(norm != SR_LINF || broken > 0);
    }
}
END_TEST

SR_SUITE(attack_noise)
{
    return sr_suite("attack/noise",
                    (const TTest *[]){draws, is_as_long_as_the_radius, NULL});
}
