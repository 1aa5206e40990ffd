#include "attack/goal.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { D = 3, CLASSES = 3 };

/* The goal at one image of b that has been moved to x. */
static float goal_at(const struct sr_attack_opts *o, struct sr_oracle *f,
                     const struct sr_attack_batch *b, const float *x)
{
    struct sr_goal goal = sr_goal_of(o, f, b, sr_test_arena());
    sr_goal_value(&goal, f, x);
    return goal.value[0];
}

/* The gradient against signed central differences of the value, half an epsilon
 * away from the image.  With h = 1e-3 the quotient of two floats near 2 is good
 * to 2 * 1.2e-7 / 1e-3 = 2.4e-4, and the third derivative adds about h^2. */
START_TEST(gradient_is_the_slope)
{
    enum { PIXELS = 6 };
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, 4);
    const float h = 1e-3f;
    for (int loss = 0; sr_attack_loss_name(loss); loss++)
        for (uint64_t image = 0; image < 9; image++) {
            const struct sr_attack_batch b = test_batch(&f, 1, image);
            struct sr_attack_opts o = test_attack("pgd-1");
            float x[PIXELS], g[PIXELS];
            o.loss = loss;
            for (int j = 0; j < PIXELS; j++)
                x[j] = b.x[j] + (j % 2 ? 0.05f : -0.05f);
            struct sr_goal goal = sr_goal_of(&o, &f, &b, sr_test_arena());
            sr_goal_gradient(&goal, &f, x, g);
            for (int j = 0; j < PIXELS; j++) {
                const float at = x[j];
                x[j] = at + h;
                const float up = goal_at(&o, &f, &b, x);
                x[j] = at - h;
                const float down = goal_at(&o, &f, &b, x);
                x[j] = at;
                ck_assert_float_eq_tol(g[j], (up - down) / (2 * h),
                                       2e-3f * (1 + fabsf(g[j])));
            }
        }
}
END_TEST

/* kl is 0 at the image itself, where it has no slope, and asks for one forward
 * more than the others. */
START_TEST(kl_is_measured_from_the_image)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, D, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, 2, 0);
    struct sr_attack_opts o = test_attack("pgd-1");
    float g[2 * D];
    o.loss = SR_LOSS_KL;
    struct sr_goal goal = sr_goal_of(&o, &f, &b, sr_test_arena());
    sr_goal_gradient(&goal, &f, b.x, g);
    ck_assert_uint_eq(f.forwards, 4);
    ck_assert_uint_eq(f.backwards, 2);
    for (int i = 0; i < 2; i++)
        ck_assert_float_eq(goal.value[i], 0);
    for (int j = 0; j < 2 * D; j++)
        ck_assert_float_eq(g[j], 0);
}
END_TEST

/* Untargeted: the loss of y.  Targeted: minus the loss of y + 1, which wraps.
 */
START_TEST(higher_is_worse)
{
    static struct classifier c;
    const float w[CLASSES * D] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    struct sr_oracle f = linear_oracle(&c, D, CLASSES, w, NULL);
    const float x[2 * D] = {0.9f, 0.2f, 0.1f, 0.3f, 0.3f, 0.8f};
    const int y[2] = {0, 2};
    const uint64_t id[2] = {0, 1};
    const struct sr_attack_batch b = {.n = 2, .x = x, .y = y, .id = id};
    struct sr_attack_opts o = test_attack("pgd-1");
    float g[2 * D];

    o.loss = SR_LOSS_MARGIN;
    struct sr_goal goal = sr_goal_of(&o, &f, &b, sr_test_arena());
    sr_goal_value(&goal, &f, x);
    ck_assert_float_eq_tol(goal.value[0], 0.2f - 0.9f, 1e-6f);
    ck_assert_float_eq_tol(goal.value[1], 0.3f - 0.8f, 1e-6f);

    o.targeted = true;
    goal = sr_goal_of(&o, &f, &b, sr_test_arena());
    sr_goal_gradient(&goal, &f, x, g);
    ck_assert_float_eq_tol(goal.value[0], -(0.9f - 0.2f), 1e-6f);
    ck_assert_float_eq_tol(goal.value[1], -(0.8f - 0.3f), 1e-6f);
    ck_assert_float_eq(goal.sign * g[0], -1); /* away from class 0 ... */
    ck_assert_float_eq(goal.sign * g[1], 1);  /* ... towards class 1   */
}
END_TEST

START_TEST(not_finite_is_worst)
{
    for (int targeted = 0; targeted < 2; targeted++) {
        static struct classifier c;
        const float w[CLASSES * D] = {NAN, 1, 1, 1, 1, 1, 1, 1, 1};
        struct sr_oracle f = linear_oracle(&c, D, CLASSES, w, NULL);
        const struct sr_attack_batch b = test_batch(&f, 1, 0);
        struct sr_attack_opts o = test_attack("pgd-1");
        o.targeted = targeted;
        struct sr_goal goal = sr_goal_of(&o, &f, &b, sr_test_arena());
        sr_goal_value(&goal, &f, b.x);
        ck_assert(isinf(goal.value[0]) && goal.value[0] > 0);
    }
}
END_TEST

SR_SUITE(attack_goal)
{
    return sr_suite(
        "attack/goal",
        (const TTest *[]){gradient_is_the_slope, kl_is_measured_from_the_image,
                          higher_is_worse, not_finite_is_worst, NULL});
}
