#include "audit/audit.h"

#include <stdio.h>
#include <string.h>

#include "attack/goal.h"
#include "audit/check_list.h"
#include "base/clock.h"
#include "base/stop.h"

static const struct sr_check *const checks[] = {
#define SR_CHECK(x) &sr_check_##x,
    SR_CHECK_LIST(SR_CHECK)
#undef SR_CHECK
};
enum { CHECKS = sizeof checks / sizeof *checks };
_Static_assert((int)CHECKS <= (int)SR_AUDIT_CHECKS,
               "audit.h has room for them");

enum { STEPS = 100, SHORT_STEPS = 20, STARTS = 10 };

/* ---- the images that count ---- */

/* The correct ones of the suspect's, copied together. */
static void take_correct(struct sr_inquiry *q)
{
    struct sr_oracle *f = &q->suspect->judge;
    const struct sr_attack_batch *b = &q->suspect->batch;
    const size_t classes = (size_t)f->classes, pixels = q->pixels;
    float *z = SR_TAKE(q->arena, (size_t)b->n * classes, float);
    float *x = SR_TAKE(q->arena, (size_t)b->n * pixels, float);
    int *y = SR_TAKE(q->arena, b->n, int);
    uint64_t *id = SR_TAKE(q->arena, b->n, uint64_t);

    sr_oracle_logits(f, b->n, b->x, z);
    for (int i = 0; i < b->n; i++) {
        if (sr_oracle_wrong(f->classes, z + (size_t)i * classes, b->y[i]))
            continue;
        memcpy(x + (size_t)q->n * pixels, b->x + (size_t)i * pixels,
               pixels * sizeof *x);
        y[q->n] = b->y[i];
        id[q->n++] = b->id[i];
    }
    q->batch = *b;
    q->batch.n = q->n;
    q->batch.x = x;
    q->batch.y = y;
    q->batch.id = id;
}

/* ---- slopes ---- */

/* Roles that compute the same gradient are one slope: told apart by the
 * gradients at the images, as layers may have activations of their own, and by
 * those of the margin, which no scale of the logits makes 0. */
static void merge_slopes(struct sr_inquiry *q)
{
    struct sr_suspect *s = q->suspect;
    const struct sr_mark mark = sr_arena_mark(q->arena);
    const size_t all = (size_t)q->n * q->pixels;
    float *g[SR_AUDIT_SLOPES];
    int kept = 0;

    for (int k = 0; k < s->slopes; k++) {
        int same = 0;
        g[kept] = SR_TAKE(q->arena, all, float);
        sr_inquiry_gradient(q, &s->slope[k].oracle, SR_LOSS_MARGIN, q->batch.x,
                            g[kept]);
        while (same < kept &&
               memcmp(g[same], g[kept], all * sizeof *g[same]) != 0)
            same++;
        if (same < kept)
            s->slope[same].own = s->slope[same].own || s->slope[k].own;
        else
            s->slope[kept++] = s->slope[k];
    }
    s->slopes = kept;
    sr_arena_release(q->arena, mark);
}

static struct sr_slope *own_slope(struct sr_suspect *s)
{
    int k = 0;
    while (k < s->slopes && !s->slope[k].own)
        k++;
    SR_REQUIRE(k < s->slopes);
    return &s->slope[k];
}

/* ---- the plain attack ---- */

static enum sr_status follow(struct sr_inquiry *q, struct sr_err *err)
{
    const struct sr_attack_opts o = sr_inquiry_pgd(q, STEPS, 1);
    struct sr_oracle *f = &q->own->oracle;

    q->trail = sr_trail_take(&o, q->n, q->arena);
    for (int done = 0; done < q->n;) {
        struct sr_attack_batch b = q->batch;
        b.n = q->n - done < f->batch ? q->n - done : f->batch;
        b.x += (size_t)done * q->pixels;
        b.y += done;
        b.id += done;
        if (sr_stop_wanted())
            return sr_inquiry_stopped(q, err);
        sr_trail_follow(&q->trail, done, &o, f, &b, q->arena);
        done += b.n;
        sr_log_progress(q->log, q->what, done, q->n, "pgd");
    }
    return SR_OK;
}

static void mark_trail(struct sr_inquiry *q)
{
    for (int i = 0; i < q->n; i++)
        for (int p = 0; p < q->trail.points && !q->plain[i]; p++)
            q->plain[i] = q->trail.wrong[sr_trail_at(&q->trail, p, i)];
}

static enum sr_status attack_plainly(struct sr_inquiry *q, struct sr_err *err)
{
    const struct sr_attack_opts one = sr_inquiry_pgd(q, SHORT_STEPS, 1);
    const struct sr_attack_opts ten = sr_inquiry_pgd(q, SHORT_STEPS, STARTS);

    SR_TRY(follow(q, err));
    mark_trail(q);
    SR_TRY(sr_inquiry_attack(q, &q->own->oracle, &one, NULL, q->single, err));
    SR_TRY(
        sr_inquiry_attack(q, &q->own->oracle, &ten, q->single, q->many, err));
    for (int i = 0; i < q->n; i++) {
        q->many[i] = q->many[i] || q->single[i];
        q->plain[i] = q->plain[i] || q->many[i];
        q->standing[i] = !q->plain[i];
    }
    return SR_OK;
}

/* ---- the audit ---- */

static struct sr_inquiry begin(const struct sr_audit_opts *opts,
                               struct sr_suspect *suspect, struct sr_log *log,
                               struct sr_arena *arena)
{
    struct sr_inquiry q = {.opts = opts,
                           .suspect = suspect,
                           .log = log,
                           .arena = arena,
                           .what = "plain attack",
                           .images = suspect->batch.n,
                           .pixels = sr_oracle_pixels(&suspect->judge)};
    take_correct(&q);
    q.single = sr_inquiry_flags(&q);
    q.many = sr_inquiry_flags(&q);
    q.plain = sr_inquiry_flags(&q);
    q.standing = sr_inquiry_flags(&q);
    merge_slopes(&q);
    q.own = own_slope(suspect);
    return q;
}

static enum sr_status run_check(struct sr_inquiry *q,
                                const struct sr_check *check,
                                struct sr_audit *audit, struct sr_err *err)
{
    struct sr_finding *f = &audit->finding[audit->checks];
    char what[64];

    snprintf(what, sizeof what, "check %d/%d %s", audit->checks + 1, CHECKS,
             check->name);
    q->what = what;
    f->check = check;
    SR_TRY(check->look(q, f, err));
    sr_log_progress_end(q->log);
    sr_log_say(q->log, "%-12s %s", check->name, sr_ruling_name(f->ruling));
    audit->ruling = sr_ruling_worse(audit->ruling, f->ruling);
    audit->checks++;
    return SR_OK;
}

static enum sr_status run_all(struct sr_inquiry *q, struct sr_audit *audit,
                              struct sr_err *err)
{
    SR_TRY(attack_plainly(q, err));
    for (int i = 0; i < CHECKS; i++)
        SR_TRY(run_check(q, checks[i], audit, err));
    audit->own = q->own_correct;
    audit->standing = sr_inquiry_count(q, q->standing);
    return SR_OK;
}

/* Words are read before the work, not after it.  Of the strong ones those that
 * are not defined for so few classes are left out, with a warning. */
static enum sr_status read_words(const struct sr_audit_opts *opts, int classes,
                                 struct sr_log *log, struct sr_wordlist *strong,
                                 struct sr_err *err)
{
    const struct sr_eval_opts *eval = opts->eval;
    struct sr_eval_attack ignored;

    for (int w = 0; w < eval->attack.n; w++)
        SR_TRY(
            sr_eval_attack_of(eval, eval->attack.v[w], classes, &ignored, err));
    for (int w = 0; w < opts->strong.n; w++) {
        const char *word = opts->strong.v[w];
        struct sr_err why;
        SR_TRY(sr_eval_attack_of(eval, word, 0, &ignored, err));
        if (sr_eval_attack_of(eval, word, classes, &ignored, &why) == SR_OK)
            memcpy(strong->v[strong->n++], word, sizeof *strong->v);
        else
            sr_log_warn(log, "%s is left out: %s", word, why.text);
    }
    return SR_OK;
}

enum sr_status sr_audit_run(const struct sr_audit_opts *opts,
                            struct sr_suspect *suspect, struct sr_log *log,
                            struct sr_arena *arena, struct sr_audit *audit,
                            struct sr_err *err)
{
    const double began = sr_clock_seconds();
    struct sr_wordlist strong = {0};

    if (!(opts->eval->how.epsilon > 0))
        return sr_fail(err, SR_ECONFIG,
                       "epsilon is 0: no image may be changed, so there is "
                       "nothing to audit");
    SR_TRY(read_words(opts, suspect->judge.classes, log, &strong, err));
    struct sr_inquiry q = begin(opts, suspect, log, arena);
    q.strong = strong;
    q.journal = sr_journal_open(opts->keep, opts->key, log);
    struct sr_audit made = {.images = q.images, .clean = q.n, .strong = strong};
    enum sr_status status = SR_OK;
    if (q.n == 0)
        status = sr_fail(err, SR_EVERIFY,
                         "none of %d images is classified correctly, so there "
                         "is nothing to audit",
                         q.images);
    else
        status = run_all(&q, &made, err);
    sr_log_progress_end(log);
    sr_journal_close(&q.journal);
    SR_TRY(status);
    made.seconds = sr_clock_seconds() - began;
    *audit = made;
    return SR_OK;
}
