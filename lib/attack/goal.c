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

struct sr_goal sr_goal_of(const struct sr_attack_opts *o, struct sr_oracle *f,
                          const struct sr_attack_batch *b,
                          struct sr_arena *scratch)
{
    const size_t logits = (size_t)b->n * (size_t)f->classes;
    float *from = NULL;

    SR_REQUIRE(b->n <= f->batch);
    if (o->loss == SR_LOSS_KL) {
        from = SR_TAKE(scratch, logits, float);
        sr_oracle_logits(f, b->n, b->x, from);
    }
    return (struct sr_goal){
        .loss = (enum sr_loss)o->loss,
        .sign = o->targeted ? -1.0f : 1.0f,
        .n = b->n,
        .label = labels(o, f->classes, b, scratch),
        .from = from,
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

/* value and, unless NULL, its gradient dz. */
static void look(struct sr_goal *goal, struct sr_oracle *f, const float *adv,
                 float *dz)
{
    sr_oracle_logits(f, goal->n, adv, goal->z);
    if (goal->loss == SR_LOSS_KL)
        sr_loss_kl(goal->n, f->classes, goal->from, goal->z, goal->value, NULL,
                   dz);
    else
        sr_loss(goal->loss, goal->n, f->classes, goal->z, goal->label,
                goal->value, dz);
    orient(goal);
}

void sr_goal_value(struct sr_goal *goal, struct sr_oracle *f, const float *adv)
{
    look(goal, f, adv, NULL);
}

void sr_goal_gradient(struct sr_goal *goal, struct sr_oracle *f,
                      const float *adv, float *g)
{
    look(goal, f, adv, goal->dz);
    sr_oracle_backward(f, goal->n, goal->dz, g);
}
