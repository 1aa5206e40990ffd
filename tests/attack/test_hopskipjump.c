#include "attack/scene.h"
#include "test.h"

/* On a linear model the walk ends near a boundary's nearest point, and never
 * nearer; it knows the class alone, so where two boundaries are about as far it
 * may follow the other one: half of the images must come within 10 %. */
START_TEST(walks_to_a_near_boundary)
{
    static struct scene s;
    scene_open(&s);
    for (int norm = 0; norm < SR_L1; norm++) {
        int near = 0;
        for (int i = 0; i < SCENE_N; i++) {
            struct sr_attack_opts o = test_attack("hopskipjump-8000");
            o.norm = norm;
            ck_assert_double_eq(scene_attack(&s, &o, i, 0.99), 0);
            ck_assert_double_gt(scene_attack(&s, &o, i, 2), 1 - 1e-4);
            near += scene_attack(&s, &o, i, 1.1) > 0;
        }
        ck_assert_int_ge(near, SCENE_N / 2);
    }
    ck_assert_uint_eq(s.f.backwards, 0);
}
END_TEST

/* The queries are as many as it was given, and that of the image. */
START_TEST(queries)
{
    static struct scene s;
    struct sr_attack_opts o = test_attack("hopskipjump-77x2");
    scene_open(&s);
    s.f.forwards = 0;
    o.epsilon = 1e-4; /* too near for anything */
    float *adv = noise(SCENE_N * SCENE_D, 1);
    sr_attack_run(&o, &s.f, &s.b, adv, sr_test_arena());
    ck_assert_uint_eq(s.f.forwards, SCENE_N * (1 + 2 * 77));
}
END_TEST

SR_SUITE(attack_hopskipjump)
{
    return sr_suite("attack/hopskipjump",
                    (const TTest *[]){walks_to_a_near_boundary, queries, NULL});
}
