/* Forward/backward splits: PGD with every slope that is not the evaluation's
 * own. */
#include "audit/check.h"

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    struct sr_suspect *s = q->suspect;
    const struct sr_attack_opts o = sr_inquiry_pgd(q, 100, 1);
    bool *broken = sr_inquiry_flags(q), *all = sr_inquiry_flags(q);
    int others = 0;

    for (int k = 0; k < s->slopes; k++) {
        if (s->slope[k].own)
            continue;
        others++;
        SR_TRY(
            sr_inquiry_attack(q, &s->slope[k].oracle, &o, NULL, broken, err));
        sr_finding_number(f, s->slope[k].name, sr_inquiry_count(q, broken));
        for (int i = 0; i < q->n; i++)
            all[i] = all[i] || broken[i];
    }
    if (others == 0) {
        sr_finding_say(f, "The attack has every slope there is.");
        return SR_OK;
    }
    sr_finding_against_plain(q, f, "PGD with other slopes than the attack's",
                             all);
    return SR_OK;
}

const struct sr_check sr_check_slopes = {
    .name = "slopes",
    .question = "Does the attack see the slope that hurts most?",
    .source = "Athalye et al. 2018, sec. 4.1 (backward pass differentiable "
              "approximation); Xie et al. 2020",
    .look = look,
};
