/* A model and its data as the audit sees them. */
#include "audit/audit.h"
#include "data/data.h"

struct sr_suspect sr_audit_suspect(const struct sr_eval_opts *eval,
                                   struct sr_model *model)
{
    static const char *const names[SR_ROLES] = {
        [SR_ROLE_FORWARD] = "broken with the forward slope",
        [SR_ROLE_ATTACK] = "broken with the attack's slope",
        [SR_ROLE_UPDATE] = "broken with the update's slope"};
    const struct sr_pass judge = {.want = SR_WANT_LOGITS,
                                  .batchnorm = SR_BN_INFERENCE};
    struct sr_suspect s = {.judge = sr_model_oracle(model, &judge)};

    for (int role = 0; role < SR_ROLES; role++) {
        const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                     .batchnorm = SR_BN_INFERENCE,
                                     .role = (enum sr_role)role};
        s.slope[s.slopes++] = (struct sr_slope){
            names[role], sr_model_oracle(model, &pass),
            eval->backward == SR_BACKWARD_WORST || eval->backward == role};
    }
    return s;
}

enum sr_status sr_audit_images(const struct sr_eval_opts *eval, uint64_t seed,
                               const struct sr_data *data,
                               struct sr_arena *arena,
                               struct sr_suspect *suspect, struct sr_err *err)
{
    const struct sr_split *split = &data->split[eval->split];
    const bool some = eval->limit > 0 && eval->limit < split->n;
    const int n = some ? (int)eval->limit : split->n;
    const size_t pixels = sr_oracle_pixels(&suspect->judge);

    if (n == 0)
        return sr_fail(err, SR_EDATA,
                       "the split %s has no images to audit with",
                       sr_split_word(eval->split));
    float *x = SR_TAKE(arena, (size_t)n * pixels, float);
    int *y = SR_TAKE(arena, n, int), *pos = SR_TAKE(arena, n, int);
    uint64_t *id = SR_TAKE(arena, n, uint64_t);
    for (int i = 0; i < n; i++)
        pos[i] = i;
    SR_TRY(sr_data_fill(data, split, suspect->judge.engine->par, n, pos, NULL,
                        x, y, id, err));
    suspect->batch = (struct sr_attack_batch){
        .n = n, .x = x, .y = y, .id = id, .seed = seed};
    return SR_OK;
}
