/* The look at the first images before the work begins. */
#include "eval/walk.h"
#include "eval/warnings.h"

/* Is one of the attacks a sequence, and does one expect a network that draws at
 * random? */
static bool has_sequence(const struct sr_eval *eval, bool *random)
{
    bool has = false;
    *random = false;
    for (int a = 0; a < eval->attacks; a++) {
        has = has || eval->attack[a].stages > 1;
        *random = *random || eval->attack[a].stage[0].opts.eot > 1;
    }
    return has;
}

enum sr_status sr_warn_look(const struct sr_eval_opts *opts,
                            const struct sr_data *data, struct sr_model *model,
                            struct sr_eval *eval, struct sr_arena *scratch,
                            struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_INFERENCE,
                                 .role = SR_ROLE_FORWARD};
    struct sr_oracle oracle = sr_model_oracle(model, &pass);
    struct sr_warnings *w = &eval->looked;
    const struct sr_mark mark = sr_arena_mark(scratch);
    struct sr_eval_opts all = *opts;
    bool random;

    w->n = 0;
    if (!has_sequence(eval, &random))
        return SR_OK;
    all.share = (struct sr_share){1, 1};
    struct sr_walk walk = sr_walk_begin(&all, data, model, scratch);
    float *z = SR_TAKE(scratch, walk.batch * data->classes, float);
    SR_TRY(sr_walk_step(&walk, err));
    const struct sr_look look = {walk.n, data->classes, walk.x, z, walk.label};
    sr_oracle_logits(&oracle, look.n, look.x, z);
    sr_warn_outputs(w, &look);
    sr_warn_slopes(w, &look, &oracle, scratch);
    if (!random)
        sr_warn_random(w, &look, &oracle, scratch);
    sr_arena_release(scratch, mark);
    return SR_OK;
}
