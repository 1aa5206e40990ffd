/* PGD on a loss that no scale of the logits changes.  Softmax of large logits
 * is exactly one-hot in floating point, and the cross-entropy then flat: the
 * network looks robust by being loud. */
#include "audit/check.h"

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    const bool dlr = q->suspect->judge.classes >= SR_DLR_CLASSES;
    struct sr_attack_opts o = sr_inquiry_pgd(q, 100, 1);
    bool *broken = sr_inquiry_flags(q);

    o.loss = dlr ? SR_LOSS_DLR : SR_LOSS_MARGIN;
    SR_TRY(sr_inquiry_attack(q, &q->own->oracle, &o, q->plain, broken, err));
    sr_finding_against_plain(q, f,
                             dlr ? "PGD on the difference of logits ratio"
                                 : "PGD on the logit margin",
                             broken);
    return SR_OK;
}

const struct sr_check sr_check_scale = {
    .name = "scale",
    .question = "Does a loss that ignores the scale of the logits find no more "
                "than cross-entropy?",
    .source = "Croce and Hein 2020, sec. 4; Carlini and Wagner 2017",
    .look = look,
};
