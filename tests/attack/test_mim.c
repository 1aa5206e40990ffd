#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { N = 10, PIXELS = 20, CLASSES = 3, STEPS = 7 };

/* The algorithm once more, plainly. */
static void plain_mim(struct sr_oracle *f, const struct sr_attack_opts *o,
                      const float *x, int y, float *at)
{
    const float e = (float)o->epsilon, step = (float)o->step_size;
    float z[CLASSES], dz[CLASSES], g[PIXELS], sum[PIXELS] = {0};

    memcpy(at, x, PIXELS * sizeof *at);
    for (int t = 0; t < STEPS; t++) {
        double length = 0;
        f->forward(f->model, 1, at, z);
        sr_loss(SR_LOSS_CE, 1, CLASSES, z, &y, NULL, dz);
        f->backward(f->model, 1, dz, g);
        for (int j = 0; j < PIXELS; j++)
            length += fabs((double)g[j]);
        for (int j = 0; j < PIXELS; j++) {
            sum[j] += g[j] / (float)length;
            float to = at[j] + (sum[j] > 0 ? step : sum[j] < 0 ? -step : 0);
            to = to > x[j] + e ? x[j] + e : to < x[j] - e ? x[j] - e : to;
            at[j] = to < 0 ? 0 : to > 1 ? 1 : to;
        }
    }
}

START_TEST(agrees_with_a_plain_twin)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    const struct sr_attack_opts o = test_attack("mim-7");
    const struct sr_attack_opts pgd = test_attack("pgd-7");
    float *adv = noise(N * PIXELS, 1), *other = noise(N * PIXELS, 2);

    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    for (int i = 0; i < N; i++) {
        float want[PIXELS];
        plain_mim(&f, &o, b.x + i * PIXELS, b.y[i], want);
        for (int j = 0; j < PIXELS; j++)
            ck_assert_float_eq_tol(adv[i * PIXELS + j], want[j], 1e-6f);
    }
    sr_attack_run(&pgd, &f, &b, other, sr_test_arena());
    ck_assert_mem_ne(adv, other, N * PIXELS * sizeof *adv);
}
END_TEST

SR_SUITE(attack_mim)
{
    return sr_suite("attack/mim",
                    (const TTest *[]){agrees_with_a_plain_twin, NULL});
}
