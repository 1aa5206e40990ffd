#include "attack/scene.h"
#include "test.h"

/* Of a linear model one step is enough: 2 % past the boundary, and a logit's
 * 1e-4. */
START_TEST(one_step_on_a_linear_model)
{
    static struct scene s;
    int looked = 0;
    scene_open(&s);
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (int i = 0; i < SCENE_N; i++) {
            struct sr_attack_opts o = test_attack("deepfool-1");
            o.norm = norm;
            const double near = scene_nearest(&s, norm, i);
            if (near > 0.4 || near < 0.02)
                continue;
            ck_assert_double_eq(scene_attack(&s, &o, i, 0.99), 0);
            ck_assert_double_eq_tol(scene_attack(&s, &o, i, 1.03), 1.02, 5e-3);
            looked++;
        }
    ck_assert_int_ge(looked, SCENE_N);
}
END_TEST

/* On a curved model the steps go on, and end at what is misclassified. */
START_TEST(ends_on_a_curved_model)
{
    enum { PIXELS = 30, N = 16, CLASSES = 4 };
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    struct sr_attack_batch b = test_batch(&f, N, 0);
    struct sr_attack_opts o = test_attack("deepfool");
    float *adv = noise(N * PIXELS, 1), z[CLASSES];
    int *y = SR_TAKE(sr_test_arena(), N, int);

    for (int i = 0; i < N; i++) {
        sr_oracle_logits(&f, 1, b.x + i * PIXELS, z);
        y[i] = sr_argmax(CLASSES, z);
    }
    b.y = y;
    o.norm = SR_L2;
    o.epsilon = 10;
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    for (int i = 0; i < N; i++) {
        sr_oracle_logits(&f, 1, adv + i * PIXELS, z);
        ck_assert(sr_oracle_wrong(CLASSES, z, y[i]));
    }
}
END_TEST

SR_SUITE(attack_deepfool)
{
    return sr_suite("attack/deepfool",
                    (const TTest *[]){one_step_on_a_linear_model,
                                      ends_on_a_curved_model, NULL});
}
