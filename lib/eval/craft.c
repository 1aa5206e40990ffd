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

static int image_at(const struct sr_craft *c, int i)
{
    return c->which ? c->which[i] : i;
}

/* The judge looks at every image itself: it is its word that counts. */
static void judge(const struct sr_craft *c, const struct tried *t, int stage)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    struct sr_oracle oracle = sr_model_oracle(c->model, &pass);

    sr_oracle_logits(&oracle, c->batch->n, t->adv, t->z);
    for (int i = 0; i < c->n; i++) {
        const int at = image_at(c, i);
        const float *z = t->z + (size_t)at * (size_t)t->classes;
        const bool wrong = sr_oracle_wrong(t->classes, z, c->batch->y[at]);
        t->found[at].stage = wrong ? stage : -1;
    }
}

static struct sr_model *attacked(const struct sr_craft *c)
{
    return c->opts->source ? c->opts->source : c->model;
}

static enum sr_status try_role(const struct sr_craft *c, enum sr_role role,
                               struct sr_eval_attack *attack, int stage,
                               const struct tried *t, struct sr_err *err)
{
    struct sr_eval_stage *s = &attack->stage[stage];
    const struct sr_pass pass = {
        .want =
            sr_attack_asks_slopes(&s->opts) ? SR_WANT_INPUT : SR_WANT_LOGITS,
        .batchnorm = (enum sr_bn_mode)s->opts.batchnorm,
        .role = role,
    };
    struct sr_oracle oracle = sr_model_oracle(attacked(c), &pass);
    const struct sr_attack_job job = {.o = &s->opts,
                                      .b = c->batch,
                                      .n = c->n,
                                      .which = c->which,
                                      .stage = stage,
                                      .adv = t->adv,
                                      .found = t->found,
                                      .watch = c->watch};

    if (c->opts->batch_size < oracle.batch)
        oracle.batch = (int)c->opts->batch_size;
    const bool done = sr_attack_work(&job, &oracle, c->scratch);
    s->forwards += oracle.forwards;
    s->backwards += oracle.backwards;
    if (!done)
        return sr_fail(err, SR_STOPPED, "the evaluation was interrupted");
    SR_TRY(
        sr_sanity_ball(attack->word, &s->opts, &oracle, c->batch, t->adv, err));
    judge(c, t, stage);
    return SR_OK;
}

/* Keep what breaks an image that no slope before has broken. */
static void merge(const struct sr_craft *c, const struct tried *best,
                  const struct tried *t)
{
    for (int i = 0; i < c->n; i++) {
        const int at = image_at(c, i);
        const size_t row = (size_t)at * (size_t)t->classes;
        const size_t image = (size_t)at * t->pixels;

        if (best->found[at].stage >= 0 || t->found[at].stage < 0)
            continue;
        best->found[at] = t->found[at];
        memcpy(best->adv + image, t->adv + image, t->pixels * sizeof *t->adv);
        memcpy(best->z + row, t->z + row, (size_t)t->classes * sizeof *t->z);
    }
}

static enum sr_status try_roles(const struct sr_craft *c,
                                struct sr_eval_attack *attack, int stage,
                                struct sr_err *err)
{
    const struct sr_problem *p = &c->model->problem;
    const size_t pixels = (size_t)p->h * (size_t)p->w * (size_t)p->c;
    const size_t n = (size_t)c->batch->n, classes = (size_t)p->classes;
    const struct tried best = {p->classes, pixels, c->adv, c->z, c->found};
    struct tried more = best;
    bool first = true;

    for (int role = 0; role < SR_ROLES; role++) {
        if (!wanted(c->opts, &attack->stage[stage].opts, &c->model->activation,
                    role))
            continue;
        if (!first && more.adv == best.adv) {
            more.adv = SR_TAKE(c->scratch, n * pixels, float);
            more.z = SR_TAKE(c->scratch, n * classes, float);
            more.found = SR_TAKE(c->scratch, n, struct sr_found);
            memcpy(more.adv, best.adv, n * pixels * sizeof *best.adv);
        }
        SR_TRY(try_role(c, (enum sr_role)role, attack, stage, &more, err));
        if (!first)
            merge(c, &best, &more);
        first = false;
    }
    return SR_OK;
}

enum sr_status sr_eval_craft(const struct sr_craft *craft,
                             struct sr_eval_attack *attack, int stage,
                             struct sr_err *err)
{
    struct sr_eval_stage *s = &attack->stage[stage];
    const double began = sr_clock_seconds();
    const struct sr_mark mark = sr_arena_mark(craft->scratch);
    const enum sr_status status = try_roles(craft, attack, stage, err);

    sr_arena_release(craft->scratch, mark);
    s->seconds += sr_clock_seconds() - began;
    s->attacked += craft->n;
    for (int i = 0; status == SR_OK && i < craft->n; i++)
        s->broken += craft->found[image_at(craft, i)].stage >= 0;
    return status;
}
