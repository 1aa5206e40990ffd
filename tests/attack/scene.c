#include "attack/scene.h"

#include <math.h>

#include "attack/norm.h"
#include "test.h"

enum { D = SCENE_D, CLASSES = SCENE_CLASSES, N = SCENE_N };

/* Images near the middle, so that the range stops nothing; labels are what the
 * model says. */
void scene_open(struct scene *s)
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

double scene_nearest(struct scene *s, int norm, int i)
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

double scene_attack(struct scene *s, const struct sr_attack_opts *o, int i,
                    double share)
{
    const double near = scene_nearest(s, o->norm, i);
    struct sr_attack_opts scaled = *o;
    struct sr_attack_batch one = s->b;
    float adv[D], z[CLASSES];

    scaled.epsilon = near * share;
    one.n = 1;
    one.x += i * D;
    one.y += i;
    one.id += i;
    sr_attack_run(&scaled, &s->f, &one, adv, sr_test_arena());
    sr_oracle_logits(&s->f, 1, adv, z);
    if (!sr_oracle_wrong(CLASSES, z, one.y[0]))
        return 0;
    return sr_ball_distance(o->norm, D, one.x, adv) / near;
}
