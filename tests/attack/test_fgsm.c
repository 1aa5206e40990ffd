#include <math.h>

#include "attack/oracles.h"
#include "test.h"

/* One step to the border of the ball, from the image, whatever step size,
 * restarts and start the options name. */
START_TEST(one_step_to_the_border)
{
    enum { D = 4 };
    static struct classifier c;
    const float w[2 * D] = {1, -2, 3, 0, 0, 0, 0, 0};
    const float x[D] = {0.5f, 0.5f, 0.04f, 0.5f};
    const float want[D] = {0.4f, 0.6f, 0, 0.5f};
    struct sr_oracle f = linear_oracle(&c, D, 2, w, NULL);
    const int y = 0;
    const uint64_t id = 0;
    const struct sr_attack_batch b = {.n = 1, .x = x, .y = &y, .id = &id};
    struct sr_attack_opts o = test_attack("pgd-10x5");
    float adv[D];

    o.name = "fgsm";
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    for (int j = 0; j < D; j++)
        ck_assert_float_eq_tol(adv[j], want[j], 1e-7f);
    ck_assert_uint_eq(f.forwards, 1);
    ck_assert_uint_eq(f.backwards, 1);
}
END_TEST

SR_SUITE(attack_fgsm)
{
    return sr_suite("attack/fgsm",
                    (const TTest *[]){one_step_to_the_border, NULL});
}
