#include "attack/goal.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { D = 3, CLASSES = 3 };

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
        (const TTest *[]){higher_is_worse, not_finite_is_worst, NULL});
}
