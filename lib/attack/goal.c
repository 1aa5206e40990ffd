#include "attack/goal.h"

#include <math.h>

static const int *labels(const struct sr_attack_opts *o, int classes,
                         const struct sr_attack_batch *b,
                         struct sr_arena *scratch)
{
    if (!o->targeted)
        return b->y;
    int *target = SR_TAKE(scratch, b->n, int);
    for (int i = 0; i < b->n; i++)
        target[i] = (b->y[i] + 1) % classes;
    return target;
}

struct sr_goal sr_goal_of(const struct sr_attack_opts *o,
                          const struct sr_oracle *f,
                          const struct sr_attack_batch *b,
                          struct sr_arena *scratch)
{
    const size_t logits = (size_t)b->n * (size_t)f->classes;

    return (struct sr_goal){
        .loss = (enum sr_loss)o->loss,
        .sign = o->targeted ? -1.0f : 1.0f,
        .n = b->n,
        .label = labels(o, f->classes, b, scratch),
        .value = SR_TAKE(scratch, b->n, float),
        .z = SR_TAKE(scratch, logits, float),
        .dz = SR_TAKE(scratch, logits, float),
    };
}

static void orient(struct sr_goal *goal)
{
    for (int i = 0; i < goal->n; i++)
        goal->value[i] =
            isfinite(goal->value[i]) ? goal->sign * goal->value[i] : INFINITY;
}

void sr_goal_value(struct sr_goal *goal, struct sr_oracle *f, const float *adv)
{
    sr_oracle_logits(f, goal->n, adv, goal->z);
    sr_loss(goal->loss, goal->n, f->classes, goal->z, goal->label, goal->value,
            NULL);
    orient(goal);
}

void sr_goal_gradient(struct sr_goal *goal, struct sr_oracle *f,
                      const float *adv, float *g)
{
    sr_oracle_gradient(f, goal->loss, goal->n, adv, goal->label, goal->value,
                       goal->z, goal->dz, g);
    orient(goal);
}
