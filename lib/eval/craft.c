/* One attack of an evaluation on one batch. */
#include <string.h>

#include "base/clock.h"
#include "eval/eval.h"
#include "eval/sanity.h"

enum sr_status sr_eval_attack_of(const struct sr_eval_opts *opts,
                                 const char *word,
                                 struct sr_eval_attack *attack,
                                 struct sr_err *err)
{
    struct sr_eval_attack made = {.word = word, .opts = opts->how};

    made.opts.clean_start = 0; /* a matter of training */
    SR_TRY(sr_attack_parse(word, (struct sr_src){0}, &made.opts, err));
    SR_TRY(sr_attack_check_ball(&made.opts, err));
    SR_TRY(sr_attack_check_loss(&made.opts, err));
    *attack = made;
    return SR_OK;
}

/* Does opts ask for this role?  With worst: unless an earlier role has the
 * same slope. */
static bool wanted(const struct sr_eval_opts *opts,
                   const struct sr_activation *activation, int role)
{
    if (opts->backward != SR_BACKWARD_WORST)
        return opts->backward == role;
    for (int r = 0; r < role; r++)
        if (activation->act[r] == activation->act[role] &&
            activation->alpha[r] == activation->alpha[role])
            return false;
    return true;
}

/* What one slope has found, and where the best of all slopes is collected. */
struct found {
    int classes;
    size_t pixels;
    float *adv, *z;
    float *best_adv, *best_z;
};

/* Keep what is new, or breaks an image that no slope before has broken. */
static void merge(const struct found *s, const struct sr_attack_batch *batch,
                  bool first)
{
    for (int i = 0; i < batch->n; i++) {
        const size_t row = (size_t)i * (size_t)s->classes;
        const size_t image = (size_t)i * s->pixels;
        const int y = batch->y[i];

        if (!first && (sr_oracle_wrong(s->classes, s->best_z + row, y) ||
                       !sr_oracle_wrong(s->classes, s->z + row, y)))
            continue;
        memcpy(s->best_adv + image, s->adv + image, s->pixels * sizeof *s->adv);
        memcpy(s->best_z + row, s->z + row, (size_t)s->classes * sizeof *s->z);
    }
}

static enum sr_status
craft_with(enum sr_role role, struct sr_eval_attack *attack,
           struct sr_model *model, const struct sr_attack_batch *batch,
           const struct found *s, struct sr_arena *scratch, struct sr_err *err)
{
    const struct sr_pass pass = {
        .want = SR_WANT_INPUT,
        .batchnorm = (enum sr_bn_mode)attack->opts.batchnorm,
        .role = role,
    };
    const struct sr_pass judge = {.want = SR_WANT_LOGITS,
                                  .batchnorm = SR_BN_INFERENCE};
    struct sr_oracle oracle = sr_model_oracle(model, &pass);

    sr_attack_run(&attack->opts, &oracle, batch, s->adv, scratch);
    attack->forwards += oracle.forwards;
    attack->backwards += oracle.backwards;
    SR_TRY(sr_sanity_ball(attack, &oracle, batch, s->adv, err));
    sr_model_forward(model, &judge, batch->n, s->adv, s->z);
    return SR_OK;
}

enum sr_status sr_eval_craft(const struct sr_eval_opts *opts,
                             struct sr_eval_attack *attack,
                             struct sr_model *model,
                             const struct sr_attack_batch *batch, float *adv,
                             float *z, struct sr_arena *scratch,
                             struct sr_err *err)
{
    const double began = sr_clock_seconds();
    const struct sr_mark mark = sr_arena_mark(scratch);
    const struct sr_problem *p = &model->problem;
    const size_t pixels = (size_t)p->h * (size_t)p->w * (size_t)p->c;
    const struct found s = {
        .classes = p->classes,
        .pixels = pixels,
        .adv = SR_TAKE(scratch, (size_t)batch->n * pixels, float),
        .z = SR_TAKE(scratch, (size_t)batch->n * (size_t)p->classes, float),
        .best_adv = adv,
        .best_z = z,
    };
    enum sr_status status = SR_OK;
    bool first = true;

    for (int role = 0; role < SR_ROLES && status == SR_OK; role++) {
        if (!wanted(opts, &model->activation, role))
            continue;
        status = craft_with((enum sr_role)role, attack, model, batch, &s,
                            scratch, err);
        if (status == SR_OK)
            merge(&s, batch, first);
        first = false;
    }
    sr_arena_release(scratch, mark);
    attack->seconds += sr_clock_seconds() - began;
    return status;
}
