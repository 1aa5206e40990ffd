/* What checks ask with. */
#include <string.h>

#include "attack/goal.h"
#include "audit/check.h"
#include "base/stop.h"
#include "eval/sanity.h"

/* Of attacks that choose their targets: what the likeliest ones do not break,
 * the others rarely do. */
enum { TARGETS = 3 };

/* Of the evaluation only the ball counts: whose number it is that is wanted
 * must not depend on settings that might be bad ones. */
static struct sr_attack_opts plain_opts(const struct sr_inquiry *q)
{
    struct sr_attack_opts o = q->opts->eval->how;
    o.name = "pgd";
    o.step_size = o.epsilon / 4;
    o.steps = 100;
    o.restarts = 1;
    o.random_start = true;
    o.start_outside = false;
    o.start = SR_START_UNIFORM;
    o.clean_start = 0;
    o.targeted = false;
    o.targets = o.targets > 0 ? o.targets : TARGETS;
    o.keep = SR_KEEP_WORST;
    o.loss = SR_LOSS_CE;
    o.batchnorm = SR_BN_INFERENCE;
    return o;
}

struct sr_attack_opts sr_inquiry_pgd(const struct sr_inquiry *q, int steps,
                                     int starts)
{
    struct sr_attack_opts o = plain_opts(q);
    o.steps = steps;
    o.restarts = starts;
    return o;
}

enum sr_status sr_inquiry_word(const struct sr_inquiry *q, const char *word,
                               struct sr_attack_opts *o, struct sr_err *err)
{
    const struct sr_eval_opts eval = {.how = plain_opts(q)};
    struct sr_eval_attack attack;
    SR_TRY(sr_eval_attack_of(&eval, word, q->suspect->judge.classes, &attack,
                             err));
    SR_REQUIRE(attack.stages == 1);
    *o = attack.stage[0].opts;
    return SR_OK;
}

/* ---- attacking ---- */

struct live {
    const struct sr_inquiry *q;
    const char *attack;
    int total;
};

static bool look(void *of, int done, int broken)
{
    const struct live *l = of;
    char note[64];
    (void)broken;
    snprintf(note, sizeof note, "%s", l->attack);
    sr_log_progress(l->q->log, l->q->what, done, l->total, note);
    return !sr_stop_wanted();
}

/* The images that `without` does not name, copied together. */
struct chosen {
    struct sr_attack_batch b;
    int *from; /* [b.n] their places in the inquiry */
};

static struct chosen choose(struct sr_inquiry *q, const bool *without)
{
    struct chosen c = {.b = q->batch, .from = SR_TAKE(q->arena, q->n, int)};
    float *x = SR_TAKE(q->arena, (size_t)q->n * q->pixels, float);
    int *y = SR_TAKE(q->arena, q->n, int);
    uint64_t *id = SR_TAKE(q->arena, q->n, uint64_t);

    c.b.n = 0;
    for (int i = 0; i < q->n; i++) {
        if (without && without[i])
            continue;
        memcpy(x + (size_t)c.b.n * q->pixels,
               q->batch.x + (size_t)i * q->pixels, q->pixels * sizeof *x);
        y[c.b.n] = q->batch.y[i];
        id[c.b.n] = q->batch.id[i];
        c.from[c.b.n++] = i;
    }
    c.b.x = x;
    c.b.y = y;
    c.b.id = id;
    return c;
}

enum sr_status sr_inquiry_stopped(const struct sr_inquiry *q,
                                  struct sr_err *err)
{
    return sr_fail(err, SR_STOPPED, "the audit was interrupted%s",
                   q->opts->keep && !q->journal.unsaved
                       ? "; the same command goes on"
                       : "");
}

static enum sr_status craft(struct sr_inquiry *q, struct sr_oracle *f,
                            const struct sr_attack_opts *o,
                            const struct chosen *c, float *adv,
                            struct sr_err *err)
{
    struct live live = {q, o->name, c->b.n};
    const struct sr_watch watch = {&live, look};
    const struct sr_attack_job job = {
        .o = o,
        .b = &c->b,
        .n = c->b.n,
        .adv = adv,
        .found = SR_TAKE(q->arena, c->b.n, struct sr_found),
        .watch = &watch};

    if (!sr_attack_work(&job, f, q->arena))
        return sr_inquiry_stopped(q, err);
    return sr_sanity_ball(o->name, o, f, &c->b, adv, err);
}

static void judge(struct sr_inquiry *q, const struct chosen *c,
                  const float *adv, bool *broken)
{
    struct sr_oracle *f = &q->suspect->judge;
    const size_t classes = (size_t)f->classes;
    float *z = SR_TAKE(q->arena, (size_t)c->b.n * classes, float);

    sr_oracle_logits(f, c->b.n, adv, z);
    for (int i = 0; i < c->b.n; i++)
        broken[c->from[i]] =
            sr_oracle_wrong(f->classes, z + (size_t)i * classes, c->b.y[i]);
}

/* Nobody knows the answer yet. */
static enum sr_status ask(struct sr_inquiry *q, struct sr_oracle *f,
                          const struct sr_attack_opts *o, const bool *without,
                          bool *broken, struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(q->arena);
    const struct chosen c = choose(q, without);
    float *adv = SR_TAKE(q->arena, (size_t)c.b.n * q->pixels, float);
    enum sr_status status = SR_OK;

    memset(broken, 0, (size_t)q->n * sizeof *broken);
    if (c.b.n > 0)
        status = craft(q, f, o, &c, adv, err);
    if (status == SR_OK)
        judge(q, &c, adv, broken);
    sr_arena_release(q->arena, mark);
    if (status == SR_OK)
        sr_journal_note(&q->journal, o->name, q->n, broken);
    return status;
}

enum sr_status sr_inquiry_attack(struct sr_inquiry *q, struct sr_oracle *f,
                                 const struct sr_attack_opts *o,
                                 const bool *without, bool *broken,
                                 struct sr_err *err)
{
    if (!sr_journal_recall(&q->journal, o->name, q->n, broken))
        SR_TRY(ask(q, f, o, without, broken, err));
    if (o->epsilon <= q->opts->eval->how.epsilon)
        for (int i = 0; i < q->n; i++)
            q->standing[i] = q->standing[i] && !broken[i];
    return SR_OK;
}

void sr_inquiry_gradient(struct sr_inquiry *q, struct sr_oracle *f,
                         enum sr_loss loss, const float *x, float *g)
{
    struct sr_attack_opts o = sr_inquiry_pgd(q, 1, 1);
    const struct sr_mark mark = sr_arena_mark(q->arena);

    o.loss = loss;
    for (int done = 0; done < q->n;) {
        const size_t at = (size_t)done * q->pixels;
        struct sr_attack_batch b = q->batch;
        b.n = q->n - done < f->batch ? q->n - done : f->batch;
        b.x = x + at;
        b.y += done;
        struct sr_goal goal = sr_goal_of(&o, f, &b, q->arena);
        sr_goal_gradient(&goal, f, b.x, g + at);
        done += b.n;
    }
    sr_arena_release(q->arena, mark);
}

/* ---- counting ---- */

int sr_inquiry_count(const struct sr_inquiry *q, const bool *flag)
{
    int count = 0;
    for (int i = 0; i < q->n; i++)
        count += flag[i];
    return count;
}

bool *sr_inquiry_flags(const struct sr_inquiry *q)
{
    return SR_TAKE(q->arena, q->n, bool);
}

double sr_inquiry_percent(const struct sr_inquiry *q, int count)
{
    return 100.0 * count / q->images;
}
