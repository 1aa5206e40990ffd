#include "attack/oracle.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { PIXELS = 6, CLASSES = 4, N = 23 };

/* 23 images in pieces of 5 give the logits of one call, and are counted once
 * each. */
START_TEST(logits_in_pieces)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    float *whole = noise(N * CLASSES, 1), *pieces = noise(N * CLASSES, 2);

    sr_oracle_logits(&f, N, b.x, whole);
    ck_assert_int_eq(c.calls, 1);
    f.batch = 5;
    sr_oracle_logits(&f, N, b.x, pieces);
    ck_assert_int_eq(c.calls, 1 + 5);
    ck_assert_int_eq(c.largest, N);
    ck_assert_mem_eq(whole, pieces, N * CLASSES * sizeof(float));
    ck_assert_uint_eq(f.forwards, 2 * N);
    ck_assert_uint_eq(f.backwards, 0);
}
END_TEST

/* The gradient against signed central differences of the value.  With h = 1e-3
 * the quotient of two floats near 2 is good to 2 * 1.2e-7 / 1e-3 = 2.4e-4, and
 * the third derivative adds about h^2. */
START_TEST(gradient_is_the_slope)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    const struct sr_attack_opts o = test_attack("pgd-1");
    float *value = noise(N, 1), *z = noise(N * CLASSES, 2);
    float *dz = noise(N * CLASSES, 3), *g = noise(N * PIXELS, 4);
    const float h = 1e-3f;

    f.batch = 8;
    sr_oracle_gradient(&f, SR_LOSS_CE, N, b.x, b.y, value, z, dz, g);
    ck_assert_uint_eq(f.forwards, N);
    ck_assert_uint_eq(f.backwards, N);
    for (int i = 0; i < N; i++) {
        float x[PIXELS];
        memcpy(x, b.x + i * PIXELS, sizeof x);
        ck_assert_float_eq(value[i], test_loss(&f, &o, x, b.y[i]));
        for (int j = 0; j < PIXELS; j++) {
            const float at = x[j];
            x[j] = at + h;
            const float up = test_loss(&f, &o, x, b.y[i]);
            x[j] = at - h;
            const float down = test_loss(&f, &o, x, b.y[i]);
            x[j] = at;
            ck_assert_float_eq_tol(g[i * PIXELS + j], (up - down) / (2 * h),
                                   2e-3f * (1 + fabsf(g[i * PIXELS + j])));
        }
    }
}
END_TEST

START_TEST(broken_logits_are_wrong)
{
    ck_assert(!sr_oracle_wrong(3, (float[]){1, 3, 2}, 1));
    ck_assert(sr_oracle_wrong(3, (float[]){1, 3, 2}, 2));
    ck_assert(sr_oracle_wrong(3, (float[]){1, INFINITY, 2}, 1));
    ck_assert(sr_oracle_wrong(3, (float[]){NAN, NAN, NAN}, 0));
    ck_assert(sr_oracle_wrong(3, (float[]){1, 3, -INFINITY}, 1));
}
END_TEST

SR_SUITE(attack_oracle)
{
    return sr_suite("attack/oracle",
                    (const TTest *[]){logits_in_pieces, gradient_is_the_slope,
                                      broken_logits_are_wrong, NULL});
}
