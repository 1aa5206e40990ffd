/* One attack of an evaluation on some images. */
#include <string.h>

#include "base/clock.h"
#include "eval/eval.h"
#include "eval/sanity.h"

static enum sr_status check_stage(const struct sr_attack_opts *o,
                                  struct sr_err *err)
{
    SR_TRY(sr_attack_check_ball(o, err));
    SR_TRY(sr_attack_check_loss(o, err));
    return sr_attack_check_search(o, err);
}

enum sr_status sr_eval_attack_of(const struct sr_eval_opts *opts,
                                 const char *word, int classes,
                                 struct sr_eval_attack *attack,
                                 struct sr_err *err)
{
    struct sr_eval_attack made = {.word = word};
    struct sr_attack_opts how = opts->how;
    struct sr_sequence sequence;
    int left_out = 0;

    how.clean_start = 0; /* a matter of training */
    SR_TRY(sr_sequence_parse(word, (struct sr_src){0}, &how, &sequence, err));
    for (int i = 0; i < sequence.stages; i++) {
        const struct sr_attack_opts *o = &sequence.stage[i];
        SR_TRY(check_stage(o, err));
        if (classes == 0 || sr_attack_check_classes(o, classes, err) == SR_OK)
            made.stage[made.stages++].opts = *o;
        else if (sequence.stages == 1)
            return err->status;
        else
            made.left_out[left_out++] = o->name;
    }
    *attack = made;
    return SR_OK;
}

struct sr_eval_stage sr_eval_total(const struct sr_eval_attack *attack)
{
    struct sr_eval_stage total = attack->stage[0];
    for (int i = 1; i < attack->stages; i++) {
        const struct sr_eval_stage *s = &attack->stage[i];
        total.broken += s->broken;
        total.forwards += s->forwards;
        total.backwards += s->backwards;
        total.seconds += s->seconds;
    }
    return total;
}

/* Does opts ask for this role?  With worst: unless an earlier role has the
 * same slope, or none is looked at. */
static bool wanted(const struct sr_eval_opts *opts,
                   const struct sr_attack_opts *o,
                   const struct sr_activation *activation, int role)
{
    if (!sr_attack_asks_slopes(o))
        return role == SR_ROLE_FORWARD;
    if (opts->backward != SR_BACKWARD_WORST)
        return opts->backward == role;
    for (int r = 0; r < role; r++)
        if (activation->act[r] == activation->act[role] &&
            activation->alpha[r] == activation->alpha[role])
            return false;
    return true;
}

int sr_eval_slopes(const struct sr_eval_opts *opts,
                   const struct sr_attack_opts *o,
                   const struct sr_activation *activation)
{
    int slopes = 0;
    for (int role = 0; role < SR_ROLES; role++)
        slopes += wanted(opts, o, activation, role);
    return slopes;
}

/* What was attacked with one slope. */
struct tried {
    int classes;
    size_t pixels;
    float *adv, *z;
    struct sr_found *found;
};

/* A craft under way, with one slope after the other. */
struct work {
    const struct sr_craft *c;
    struct sr_eval_attack *attack;
    int stage;
    struct tried best, now; /* the same with the first slope           */
    bool first, last;       /* of the slopes                           */
    bool *settled;          /* [batch->n] with this slope              */
    int *at;                /* [batch->n] images that are settled next */
    double since;           /* whose seconds are not counted yet       */
    const struct sr_oracle *oracle; /* at work                          */
    uint64_t forwards, backwards;   /* of the slopes before             */
    enum sr_status status; /* of what was done while somebody looked  */
    struct sr_err *err;
};

static int image_at(const struct sr_craft *c, int i)
{
    return c->which ? c->which[i] : i;
}

static float *pixels_of(const struct tried *t, int at)
{
    return t->adv + (size_t)at * t->pixels;
}

static float *logits_of(const struct tried *t, int at)
{
    return t->z + (size_t)at * (size_t)t->classes;
}

static struct sr_model *attacked(const struct sr_craft *c)
{
    return c->opts->source ? c->opts->source : c->model;
}

/* ---- images that are done ---- */

static enum sr_status check_balls(const struct work *w, int n)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    const struct sr_oracle oracle = sr_model_oracle(w->c->model, &pass);

    for (int i = 0; i < n; i++) {
        struct sr_attack_batch one = *w->c->batch;
        one.n = 1;
        one.x += (size_t)w->at[i] * w->now.pixels;
        one.id += w->at[i];
        SR_TRY(sr_sanity_ball(w->attack->word, &w->attack->stage[w->stage].opts,
                              &oracle, &one, pixels_of(&w->now, w->at[i]),
                              w->err));
    }
    return SR_OK;
}

/* The judge looks at every image itself: it is its word that counts. */
static void judge_some(const struct work *w, struct sr_oracle *oracle, int n,
                       const int *at)
{
    const struct tried *t = &w->now;
    const size_t image = t->pixels * sizeof(float);
    const size_t row = (size_t)t->classes * sizeof(float);
    const struct sr_mark mark = sr_arena_mark(w->c->scratch);
    float *x = SR_TAKE(w->c->scratch, (size_t)n * t->pixels, float);
    float *z = SR_TAKE(w->c->scratch, n * t->classes, float);

    for (int i = 0; i < n; i++)
        memcpy(x + (size_t)i * t->pixels, pixels_of(t, at[i]), image);
    sr_oracle_logits(oracle, n, x, z);
    for (int i = 0; i < n; i++) {
        float *to = logits_of(t, at[i]);
        memcpy(to, z + (size_t)i * (size_t)t->classes, row);
        const bool wrong =
            sr_oracle_wrong(t->classes, to, w->c->batch->y[at[i]]);
        t->found[at[i]].stage = wrong ? w->stage : -1;
    }
    sr_arena_release(w->c->scratch, mark);
}

static void judge(const struct work *w, int n)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    struct sr_oracle oracle = sr_model_oracle(w->c->model, &pass);

    for (int done = 0; done < n; done += oracle.batch)
        judge_some(w, &oracle,
                   n - done < oracle.batch ? n - done : oracle.batch,
                   w->at + done);
}

/* Keep what breaks an image that no slope before has broken. */
static void merge(const struct work *w, int n)
{
    const struct tried *best = &w->best, *now = &w->now;

    for (int i = 0; i < n; i++) {
        const int at = w->at[i];
        struct sr_found *kept = &best->found[at], *found = &now->found[at];
        found->forwards += kept->forwards;
        found->backwards += kept->backwards;
        if (kept->stage >= 0 || found->stage < 0) {
            kept->forwards = found->forwards;
            kept->backwards = found->backwards;
            continue;
        }
        *kept = *found;
        memcpy(pixels_of(best, at), pixels_of(now, at),
               now->pixels * sizeof *now->adv);
        memcpy(logits_of(best, at), logits_of(now, at),
               (size_t)now->classes * sizeof *now->z);
    }
}

static void count_seconds(struct work *w)
{
    const double now = sr_clock_seconds();
    w->attack->stage[w->stage].seconds += now - w->since;
    w->since = now;
}

static void deliver(struct work *w, int n)
{
    struct sr_eval_stage *s = &w->attack->stage[w->stage];
    const struct sr_client *client = w->c->client;

    count_seconds(w);
    s->attacked += n;
    for (int i = 0; i < n; i++) {
        const struct sr_found *found = &w->best.found[w->at[i]];
        s->broken += found->stage >= 0;
        s->forwards += found->forwards;
        s->backwards += found->backwards;
    }
    if (client)
        client->take(client->of, n, w->at);
}

/* What is done and has not been settled is checked, judged and, with the last
 * slope, handed over. */
static enum sr_status settle(struct work *w)
{
    int n = 0;

    for (int i = 0; i < w->c->n; i++) {
        const int at = image_at(w->c, i);
        if (w->settled[at] || w->now.found[at].stage == SR_PENDING)
            continue;
        w->settled[at] = true;
        w->at[n++] = at;
    }
    SR_TRY(check_balls(w, n));
    judge(w, n);
    if (!w->first)
        merge(w, n);
    if (w->last && n > 0)
        deliver(w, n);
    return SR_OK;
}

static bool look(void *of, int done, int broken)
{
    struct work *w = of;
    const struct sr_client *client = w->c->client;
    const struct sr_seen seen = {.done = done,
                                 .broken = broken,
                                 .forwards = w->forwards + w->oracle->forwards,
                                 .backwards =
                                     w->backwards + w->oracle->backwards};
    const enum sr_wish wish = client->look(client->of, &seen);

    if (wish == SR_GO_ON)
        return true;
    if (w->last)
        w->status = settle(w);
    return wish == SR_HAND_OVER && w->status == SR_OK;
}

/* ---- one slope after the other ---- */

static enum sr_status try_role(struct work *w, enum sr_role role)
{
    const struct sr_craft *c = w->c;
    const struct sr_attack_opts *o = &w->attack->stage[w->stage].opts;
    const struct sr_pass pass = {
        .want = sr_attack_asks_slopes(o) ? SR_WANT_INPUT : SR_WANT_LOGITS,
        .batchnorm = (enum sr_bn_mode)o->batchnorm,
        .role = role,
    };
    struct sr_oracle oracle = sr_model_oracle(attacked(c), &pass);
    const struct sr_watch watch = {w, look};
    const struct sr_attack_job job = {.o = o,
                                      .b = c->batch,
                                      .n = c->n,
                                      .which = c->which,
                                      .stage = w->stage,
                                      .adv = w->now.adv,
                                      .found = w->now.found,
                                      .watch = c->client ? &watch : NULL};

    if (c->opts->batch_size < oracle.batch)
        oracle.batch = (int)c->opts->batch_size;
    memset(w->settled, 0, (size_t)c->batch->n * sizeof *w->settled);
    w->oracle = &oracle;
    const bool done = sr_attack_work(&job, &oracle, c->scratch);
    w->forwards += oracle.forwards;
    w->backwards += oracle.backwards;
    w->oracle = NULL;
    SR_TRY(w->status);
    if (!done)
        return sr_fail(w->err, SR_STOPPED, "the evaluation was interrupted");
    return settle(w);
}

static void take_second(struct work *w)
{
    const size_t n = (size_t)w->c->batch->n;
    w->now.adv = SR_TAKE(w->c->scratch, n * w->now.pixels, float);
    w->now.z = SR_TAKE(w->c->scratch, n * (size_t)w->now.classes, float);
    w->now.found = SR_TAKE(w->c->scratch, n, struct sr_found);
}

static enum sr_status try_roles(struct work *w)
{
    const struct sr_craft *c = w->c;
    const struct sr_attack_opts *o = &w->attack->stage[w->stage].opts;
    const int slopes = sr_eval_slopes(c->opts, o, &c->model->activation);
    int tried = 0;

    for (int role = 0; role < SR_ROLES; role++) {
        if (!wanted(c->opts, o, &c->model->activation, role))
            continue;
        w->first = tried++ == 0;
        w->last = tried == slopes;
        if (tried == 2)
            take_second(w);
        SR_TRY(try_role(w, (enum sr_role)role));
    }
    return SR_OK;
}

enum sr_status sr_eval_craft(const struct sr_craft *craft,
                             struct sr_eval_attack *attack, int stage,
                             struct sr_err *err)
{
    const struct sr_problem *p = &craft->model->problem;
    const struct sr_mark mark = sr_arena_mark(craft->scratch);
    const struct tried best = {
        .classes = p->classes,
        .pixels = (size_t)p->h * (size_t)p->w * (size_t)p->c,
        .adv = craft->adv,
        .z = craft->z,
        .found = craft->found,
    };
    struct work w = {.c = craft,
                     .attack = attack,
                     .stage = stage,
                     .best = best,
                     .now = best,
                     .settled = SR_TAKE(craft->scratch, craft->batch->n, bool),
                     .at = SR_TAKE(craft->scratch, craft->batch->n, int),
                     .since = sr_clock_seconds(),
                     .err = err};
    const enum sr_status status = try_roles(&w);

    count_seconds(&w);
    sr_arena_release(craft->scratch, mark);
    return status;
}
