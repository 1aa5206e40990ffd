#include "attack/scene.h"
#include "test.h"

/* A radius 2 % above the distance suffices, and 2 % below nothing does. */
START_TEST(finds_the_nearest_boundary)
{
    static const char *const words[] = {"fab-60", "fab-t-60"};
    static struct scene s;
    int looked = 0;
    scene_open(&s);
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (int k = 0; k < 2; k++)
            for (int i = 0; i < SCENE_N; i++) {
                struct sr_attack_opts o = test_attack(words[k]);
                o.norm = norm;
                if (scene_nearest(&s, norm, i) > 0.4)
                    continue;
                ck_assert_double_eq(scene_attack(&s, &o, i, 0.98), 0);
                ck_assert_double_ge(scene_attack(&s, &o, i, 1.02), 1 - 1e-4);
                looked++;
            }
    ck_assert_int_ge(looked, 2 * SCENE_N);
}
END_TEST

/* One forward a step and the image itself; a backward for each class but y, or
 * for one. */
START_TEST(queries)
{
    static struct scene s;
    scene_open(&s);
    for (int targeted = 0; targeted < 2; targeted++) {
        struct sr_attack_opts o = test_attack(targeted ? "fab-t-8" : "fab-8");
        float *adv = noise(SCENE_N * SCENE_D, 1);
        o.epsilon = 1e-4; /* no boundary is so near, nor is one crossed before
                             the step that reaches it */
        s.f.forwards = s.f.backwards = 0;
        sr_attack_run(&o, &s.f, &s.b, adv, sr_test_arena());
        ck_assert_uint_ge(s.f.forwards,
                          SCENE_N * (targeted ? 2 * 9 : 9) + SCENE_N);
        ck_assert_uint_ge(s.f.backwards, 2 * SCENE_N * 9);
    }
}
END_TEST

SR_SUITE(attack_fab)
{
    return sr_suite("attack/fab", (const TTest *[]){finds_the_nearest_boundary,
                                                    queries, NULL});
}
