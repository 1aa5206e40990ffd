#include "attack/scene.h"
#include "test.h"

/* On a linear model the least |x' - x|^2 of a misclassified x' is the nearest
 * point of the boundary.  Adam at rate 0.01 in w moves a pixel by up to 0.005 a
 * step, so its last points are a few hundredths around it. */
START_TEST(finds_the_nearest_boundary)
{
    static struct scene s;
    struct sr_attack_opts o = test_attack("cw-l2-200");
    int looked = 0;
    scene_open(&s);
    o.norm = SR_L2;
    for (int i = 0; i < SCENE_N; i++) {
        if (scene_nearest(&s, SR_L2, i) < 0.1)
            continue;
        ck_assert_double_eq(scene_attack(&s, &o, i, 0.99), 0);
        ck_assert_double_gt(scene_attack(&s, &o, i, 1.2), 1 - 1e-4);
        looked++;
    }
    ck_assert_int_ge(looked, 3);
}
END_TEST

START_TEST(is_for_l2)
{
    struct sr_attack_opts o = test_attack("cw-l2-10");
    struct sr_err err;
    SR_BAD(sr_attack_check_search(&o, &err), err, SR_ECONFIG,
           "cw-l2 is not defined for norm linf");
    o.norm = SR_L2;
    SR_GOOD(sr_attack_check_search(&o, &err), err);
}
END_TEST

SR_SUITE(attack_cw_l2)
{
    return sr_suite(
        "attack/cw_l2",
        (const TTest *[]){finds_the_nearest_boundary, is_for_l2, NULL});
}
