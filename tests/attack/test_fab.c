/* On linear models the nearest misclassified point is known: the gap to the
 * nearest class over the dual norm of what separates it. */
#include <math.h>

#include "attack/attack.h"
#include "attack/norm.h"
#include "attack/oracles.h"
#include "test.h"

enum { D = 20, CLASSES = 3, N = 12 };

struct scene {
    struct classifier c;
    struct sr_oracle f;
    struct sr_attack_batch b;
    float *w;
};

/* Images near the middle, so that the range stops nothing; labels are what the
 * model says. */
static void open_scene(struct scene *s)
{
    int *y = SR_TAKE(sr_test_arena(), N, int);
    float *x = noise(N * D, 31), z[CLASSES];

    s->w = noise(CLASSES * D, 30);
    s->f = linear_oracle(&s->c, D, CLASSES, s->w, NULL);
    s->b = test_batch(&s->f, N, 0);
    for (int i = 0; i < N * D; i++)
        x[i] = 0.5f + 0.05f * x[i];
    for (int i = 0; i < N; i++) {
        sr_oracle_logits(&s->f, 1, x + i * D, z);
        y[i] = sr_argmax(CLASSES, z);
    }
    s->b.x = x;
    s->b.y = y;
}

static double nearest(struct scene *s, int norm, int i)
{
    const int y = s->b.y[i];
    double near = INFINITY;
    for (int k = 0; k < CLASSES; k++) {
        float d[D];
        double gap = 0;
        for (int j = 0; j < D; j++) {
            d[j] = s->w[y * D + j] - s->w[k * D + j];
            gap += (double)d[j] * (double)s->b.x[i * D + j];
        }
        if (k != y)
            near = fmin(near, gap / sr_norm_at(norm)->dual(D, d));
    }
    return near;
}

/* A radius 2 % above the distance suffices, and 2 % below nothing does. */
START_TEST(finds_the_nearest_boundary)
{
    static const char *const words[] = {"fab-60", "fab-t-60"};
    static struct scene s;
    open_scene(&s);
    for (int norm = 0; norm < SR_NORMS; norm++)
        for (int k = 0; k < 4; k++)
            for (int i = 0; i < N; i++) {
                const double near = nearest(&s, norm, i);
                if (near > 0.4) /* an L1 step that the range may stop */
                    continue;
                struct sr_attack_opts o = test_attack(words[k / 2]);
                struct sr_attack_batch one = s.b;
                float adv[D], z[CLASSES];
                o.norm = norm;
                o.epsilon = near * (k % 2 ? 1.02 : 0.98);
                one.n = 1;
                one.x += i * D;
                one.y += i;
                one.id += i;
                sr_attack_run(&o, &s.f, &one, adv, sr_test_arena());
                sr_oracle_logits(&s.f, 1, adv, z);
                ck_assert_int_eq(sr_oracle_wrong(CLASSES, z, one.y[0]), k % 2);
                if (k % 2)
                    ck_assert_double_ge(sr_ball_distance(norm, D, one.x, adv),
                                        near * (1 - 1e-4));
            }
}
END_TEST

/* One forward a step and the image itself; a backward for each class but y, or
 * for one. */
START_TEST(queries)
{
    static struct scene s;
    open_scene(&s);
    for (int targeted = 0; targeted < 2; targeted++) {
        struct sr_attack_opts o = test_attack(targeted ? "fab-t-8" : "fab-8");
        float *adv = noise(N * D, 1);
        o.epsilon = 1e-4; /* no boundary is so near, nor is one crossed before
                             the step that reaches it */
        s.f.forwards = s.f.backwards = 0;
        sr_attack_run(&o, &s.f, &s.b, adv, sr_test_arena());
        ck_assert_uint_ge(s.f.forwards, N * (targeted ? 2 * 9 : 9) + N);
        ck_assert_uint_ge(s.f.backwards, 2 * N * 9);
    }
}
END_TEST

SR_SUITE(attack_fab)
{
    return sr_suite("attack/fab", (const TTest *[]){finds_the_nearest_boundary,
                                                    queries, NULL});
}
