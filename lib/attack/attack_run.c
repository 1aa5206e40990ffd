/* Restarts, batches, and the two kinds of attacks. */
#include <string.h>

#include "attack/goal.h"
#include "attack/search.h"

/* Images that still take part in the restarts, copied together. */
struct alive {
    struct sr_attack_batch b; /* its x, y and id are the copies below */
    float *x, *adv;
    int *y, *from; /* from: place in the whole batch */
    uint64_t *id;
};

static struct alive everybody(const struct sr_attack_batch *b, size_t pixels,
                              struct sr_arena *scratch)
{
    const size_t count = (size_t)b->n * pixels;
    struct alive s = {.b = *b,
                      .x = SR_TAKE(scratch, count, float),
                      .adv = SR_TAKE(scratch, count, float),
                      .y = SR_TAKE(scratch, b->n, int),
                      .from = SR_TAKE(scratch, b->n, int),
                      .id = SR_TAKE(scratch, b->n, uint64_t)};

    memcpy(s.x, b->x, count * sizeof *s.x);
    memcpy(s.y, b->y, (size_t)b->n * sizeof *s.y);
    memcpy(s.id, b->id, (size_t)b->n * sizeof *s.id);
    for (int i = 0; i < b->n; i++)
        s.from[i] = i;
    s.b.x = s.x;
    s.b.y = s.y;
    s.b.id = s.id;
    return s;
}

static void drop_broken(struct alive *s, const bool *broken, size_t pixels)
{
    int kept = 0;

    for (int i = 0; i < s->b.n; i++) {
        if (broken[s->from[i]])
            continue;
        memmove(s->x + (size_t)kept * pixels, s->x + (size_t)i * pixels,
                pixels * sizeof *s->x);
        s->y[kept] = s->y[i];
        s->id[kept] = s->id[i];
        s->from[kept] = s->from[i];
        kept++;
    }
    s->b.n = kept;
}

/* Take over what the newest restart found: an image that breaks, or a higher
 * loss where none has yet.  The first restart is taken as it is. */
static void collect(const struct alive *s, const struct sr_goal *goal,
                    int classes, size_t pixels, bool *broken, float *best,
                    float *adv)
{
    for (int i = 0; i < s->b.n; i++) {
        const int at = s->from[i];
        const bool breaks = sr_oracle_wrong(
            classes, goal->z + (size_t)i * (size_t)classes, s->y[i]);
        const bool take =
            s->b.restart == 0 ||
            (!broken[at] && (breaks || goal->value[i] > best[at]));
        if (!take)
            continue;
        broken[at] = breaks;
        best[at] = goal->value[i];
        memcpy(adv + (size_t)at * pixels, s->adv + (size_t)i * pixels,
               pixels * sizeof *adv);
    }
}

/* With the batch's own statistics an image's neighbours matter, so then nobody
 * is left out. */
static void run_restarts(const struct sr_attack *attack,
                         const struct sr_attack_opts *o, struct sr_oracle *f,
                         const struct sr_attack_batch *b, float *adv,
                         struct sr_arena *scratch)
{
    const size_t pixels = sr_oracle_pixels(f);
    struct alive s = everybody(b, pixels, scratch);
    bool *broken = SR_TAKE(scratch, b->n, bool);
    float *best = SR_TAKE(scratch, b->n, float);

    for (long long r = 0; r < o->restarts && s.b.n > 0; r++) {
        const struct sr_mark mark = sr_arena_mark(scratch);
        s.b.restart = (uint64_t)r;
        attack->run(o, f, &s.b, s.adv, scratch);

        struct sr_goal goal = sr_goal_of(o, f, &s.b, scratch);
        sr_goal_value(&goal, f, s.adv);
        collect(&s, &goal, f->classes, pixels, broken, best, adv);
        sr_arena_release(scratch, mark);

        if (o->batchnorm == SR_BN_INFERENCE)
            drop_broken(&s, broken, pixels);
    }
}

/* A whole batch of it at once. */
static void run_batch(const struct sr_attack *attack,
                      const struct sr_attack_opts *o, struct sr_oracle *f,
                      const struct sr_attack_batch *b, float *adv,
                      struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    SR_REQUIRE(b->n <= f->batch);
    if (o->restarts == 1)
        attack->run(o, f, b, adv, scratch);
    else
        run_restarts(attack, o, f, b, adv, scratch);
    sr_arena_release(scratch, mark);
}

/* Queries of the k-th of n images that made `all` together. */
static uint64_t part(uint64_t all, int n, int k)
{
    return all / (uint64_t)n + ((uint64_t)k < all % (uint64_t)n);
}

/* Batch after batch.  Nothing that is done in lockstep can leave images out. */
static bool run_batches(const struct sr_attack *attack,
                        const struct sr_attack_job *job, struct sr_oracle *f,
                        struct sr_arena *scratch)
{
    const struct sr_attack_batch *b = job->b;
    const size_t pixels = sr_oracle_pixels(f);
    bool going = true;

    SR_REQUIRE(!job->which && job->n == b->n);
    for (int done = 0; done < b->n && going;) {
        struct sr_attack_batch piece = *b;
        piece.n = b->n - done < f->batch ? b->n - done : f->batch;
        piece.x += (size_t)done * pixels;
        piece.y += done;
        piece.id += done;
        const uint64_t forwards = f->forwards, backwards = f->backwards;
        run_batch(attack, job->o, f, &piece, job->adv + (size_t)done * pixels,
                  scratch);
        for (int k = 0; k < piece.n; k++, done++)
            job->found[done] =
                (struct sr_found){-1, job->o->steps * job->o->restarts,
                                  part(f->forwards - forwards, piece.n, k),
                                  part(f->backwards - backwards, piece.n, k)};
        going = !job->watch || job->watch->look(job->watch->of, done, 0);
    }
    return going;
}

bool sr_attack_asks_slopes(const struct sr_attack_opts *o)
{
    const struct sr_attack *attack = sr_attack_find(o->name);
    return !attack->search || attack->search[o->norm]->slopes != SR_SLOPES_NONE;
}

bool sr_attack_work(const struct sr_attack_job *job, struct sr_oracle *f,
                    struct sr_arena *scratch)
{
    const struct sr_attack *attack = sr_attack_find(job->o->name);
    const struct sr_attack_opts s = sr_attack_settled(job->o);
    struct sr_attack_job settled = *job;

    settled.o = &s;
    for (int i = 0; i < job->n; i++)
        job->found[job->which ? job->which[i] : i].stage = SR_PENDING;
    if (!attack->search)
        return run_batches(attack, &settled, f, scratch);
    SR_REQUIRE(attack->search[s.norm] != NULL);
    return sr_search_run(attack->search[s.norm], &settled, f, scratch);
}

void sr_attack_run(const struct sr_attack_opts *o, struct sr_oracle *f,
                   const struct sr_attack_batch *b, float *adv,
                   struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const struct sr_attack_job job = {
        .o = o,
        .b = b,
        .n = b->n,
        .adv = adv,
        .found = SR_TAKE(scratch, b->n, struct sr_found)};
    sr_attack_work(&job, f, scratch);
    sr_arena_release(scratch, mark);
}
