#include "attack/pgd.h"

#include <math.h>
#include <string.h>

#include "attack/attack_list.h"
#include "attack/ball.h"
#include "attack/goal.h"
#include "base/rng.h"
#include "engine/vec.h"

/* The iterate of highest loss so far, image by image. */
struct worst {
    size_t pixels;
    float *value; /* [n] */
    float *adv;   /* [n][pixels] */
};

static void begin(struct worst *w, int n, size_t pixels, struct sr_arena *arena)
{
    w->pixels = pixels;
    w->value = SR_TAKE(arena, n, float);
    w->adv = SR_TAKE(arena, (size_t)n * pixels, float);
    for (int i = 0; i < n; i++)
        w->value[i] = -INFINITY;
}

static void offer(struct worst *w, int n, const float *value, const float *adv)
{
    for (int i = 0; i < n; i++) {
        const size_t at = (size_t)i * w->pixels;
        if (value[i] <= w->value[i])
            continue;
        w->value[i] = value[i];
        memcpy(w->adv + at, adv + at, w->pixels * sizeof *adv);
    }
}

/* The draw of clean_start is one for the whole batch. */
static bool starts_clean(const struct sr_attack_opts *o,
                         const struct sr_attack_batch *b)
{
    const uint64_t key =
        sr_rng_key(b->seed, SR_RNG_CLEAN, b->epoch, b->step, b->restart);
    return !o->random_start || (double)sr_rng_uniform(key, 0) < o->clean_start;
}

static void start(const struct sr_attack_opts *o, const struct sr_ball *ball,
                  const struct sr_attack_batch *b, float *adv,
                  struct sr_arena *scratch)
{
    if (starts_clean(o, b)) {
        memcpy(adv, b->x, (size_t)b->n * ball->pixels * sizeof *adv);
        return;
    }
    uint64_t *key = SR_TAKE(scratch, b->n, uint64_t);
    for (int i = 0; i < b->n; i++)
        key[i] =
            sr_rng_key(b->seed, SR_RNG_ATTACK, b->epoch, b->id[i], b->restart);
    sr_ball_start(ball, b->n, key, b->x, adv);
}

/* For MIM: `moved` is decay times itself plus the gradient at length 1 in L1,
 * image by image; a gradient that is not finite adds nothing. */
static void gather_momentum(size_t pixels, int n, float decay, const float *g,
                            float *moved)
{
    for (int i = 0; i < n; i++, g += pixels, moved += pixels) {
        const double length = sr_vec_norm1(pixels, g);
        const float scale =
            length > 0 && isfinite(length) ? (float)(1 / length) : 0;
        for (size_t k = 0; k < pixels; k++)
            moved[k] = decay * moved[k] + (scale > 0 ? scale * g[k] : 0);
    }
}

void sr_pgd_run(const struct sr_attack_opts *o, struct sr_oracle *f,
                const struct sr_attack_batch *b, float *adv,
                struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    struct sr_ball ball = sr_ball_of(o, f);
    const size_t count = (size_t)b->n * ball.pixels;
    struct sr_goal goal = sr_goal_of(o, f, b, scratch);
    float *g = SR_TAKE(scratch, count, float);
    float *moved = o->decay > 0 ? SR_TAKE(scratch, count, float) : g;
    struct worst worst;

    ball.outside = o->start_outside;
    if (o->keep == SR_KEEP_WORST)
        begin(&worst, b->n, ball.pixels, scratch);

    start(o, &ball, b, adv, scratch);
    for (long long t = 0; t < o->steps; t++) {
        sr_goal_gradient(&goal, f, adv, g);
        if (o->keep == SR_KEEP_WORST && !(ball.outside && t == 0))
            offer(&worst, b->n, goal.value, adv);
        if (moved != g)
            gather_momentum(ball.pixels, b->n, (float)o->decay, g, moved);
        sr_ball_step(&ball, b->n, goal.sign * (float)o->step_size, b->x, moved,
                     adv);
    }
    if (o->keep == SR_KEEP_WORST) {
        sr_goal_value(&goal, f, adv);
        offer(&worst, b->n, goal.value, adv);
        memcpy(adv, worst.adv, count * sizeof *adv);
    }
    sr_arena_release(scratch, mark);
}

const struct sr_attack sr_attack_pgd = {
    .name = "pgd",
    .form = "pgd-STEPS[xRESTARTS]",
    .source = "Madry et al. 2018",
    .number = SR_NUMBER_NEEDED,
    .run = sr_pgd_run,
};
