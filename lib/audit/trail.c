#include "audit/trail.h"

#include "engine/vec.h"

/* The oracle that writes down what it hears. */
struct recorder {
    struct sr_trail *trail;
    struct sr_oracle *inner;
    const int *y;
    int first, point; /* image; the point looked at next */
    float *value;     /* [batch] */
};

bool sr_trail_is_flat(size_t pixels, const float *g)
{
    for (size_t i = 0; i < pixels; i++)
        if (!(g[i] >= 0 && g[i] <= 0))
            return false;
    return true;
}

bool sr_trail_is_unusable(size_t pixels, const float *g)
{
    return sr_vec_first_nonfinite(pixels, g) < pixels;
}

static void forward(void *of, int n, const float *x, float *z)
{
    struct recorder *r = of;
    struct sr_trail *t = r->trail;
    const int classes = r->inner->classes;

    sr_oracle_logits(r->inner, n, x, z);
    SR_REQUIRE(r->point < t->points);
    sr_loss(SR_LOSS_CE, n, classes, z, r->y, r->value, NULL);
    for (int i = 0; i < n; i++) {
        const size_t at = sr_trail_at(t, r->point, r->first + i);
        t->loss[at] = r->value[i];
        t->wrong[at] =
            sr_oracle_wrong(classes, z + (size_t)i * (size_t)classes, r->y[i]);
    }
    r->point++;
}

static void backward(void *of, int n, const float *dz, float *gx)
{
    struct recorder *r = of;
    struct sr_trail *t = r->trail;
    const size_t pixels = sr_oracle_pixels(r->inner);

    sr_oracle_backward(r->inner, n, dz, gx);
    for (int i = 0; i < n; i++) {
        const size_t at = sr_trail_at(t, r->point - 1, r->first + i);
        t->flat[at] = sr_trail_is_flat(pixels, gx + (size_t)i * pixels);
        t->unusable[at] = sr_trail_is_unusable(pixels, gx + (size_t)i * pixels);
    }
}

struct sr_trail sr_trail_take(const struct sr_attack_opts *o, int n,
                              struct sr_arena *arena)
{
    const int points = (int)o->steps + 1;
    const size_t all = (size_t)points * (size_t)n;
    return (struct sr_trail){.n = n,
                             .points = points,
                             .wrong = SR_TAKE(arena, all, bool),
                             .loss = SR_TAKE(arena, all, float),
                             .flat = SR_TAKE(arena, all, bool),
                             .unusable = SR_TAKE(arena, all, bool)};
}

void sr_trail_follow(struct sr_trail *trail, int first,
                     const struct sr_attack_opts *o, struct sr_oracle *f,
                     const struct sr_attack_batch *b, struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    struct recorder recorder = {.trail = trail,
                                .inner = f,
                                .y = b->y,
                                .first = first,
                                .value = SR_TAKE(scratch, b->n, float)};
    struct sr_oracle oracle = *f;
    float *adv = SR_TAKE(scratch, (size_t)b->n * sr_oracle_pixels(f), float);

    SR_REQUIRE(o->restarts == 1 && o->keep == SR_KEEP_WORST);
    oracle.model = &recorder;
    oracle.forward = forward;
    oracle.backward = backward;
    oracle.near = NULL;
    sr_attack_run(o, &oracle, b, adv, scratch);
    SR_REQUIRE(recorder.point == trail->points);
    sr_arena_release(scratch, mark);
}
