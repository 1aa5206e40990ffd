/* The floor under all attacks: 100 random points at the distance epsilon. */
#include "audit/check.h"

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    bool *broken = sr_inquiry_flags(q);
    struct sr_attack_opts o;

    SR_TRY(sr_inquiry_word(q, "noise-100", &o, err));
    SR_TRY(sr_inquiry_attack(q, &q->own->oracle, &o, NULL, broken, err));
    sr_finding_number(f, "broken by noise", sr_inquiry_count(q, broken));
    sr_finding_against_plain(q, f, "Random noise", broken);
    return SR_OK;
}

const struct sr_check sr_check_noise = {
    .name = "noise",
    .question = "Is the gradient attack better than random noise of the same "
                "size?",
    .source = "Athalye et al. 2018, sec. 3.1; Carlini et al. 2019, sec. 3",
    .look = look,
};
