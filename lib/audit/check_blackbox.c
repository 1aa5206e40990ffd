/* An attack that does not ask for gradients must not find what the gradient
 * does not. */
#include "audit/check.h"

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    bool *broken = sr_inquiry_flags(q);
    struct sr_attack_opts o;

    SR_TRY(sr_inquiry_word(q, "square", &o, err));
    o.steps = q->opts->queries;
    SR_TRY(sr_inquiry_attack(q, &q->suspect->judge, &o, NULL, broken, err));
    sr_finding_number(f, "queries an image", (double)o.steps);
    sr_finding_number(f, "broken by Square", sr_inquiry_count(q, broken));
    sr_finding_against_plain(q, f, "Square, which sees logits only,", broken);
    return SR_OK;
}

const struct sr_check sr_check_blackbox = {
    .name = "blackbox",
    .question = "Does an attack without gradients find no more than one with?",
    .source = "Athalye et al. 2018, sec. 3.1; Andriushchenko et al. 2020",
    .look = look,
};
