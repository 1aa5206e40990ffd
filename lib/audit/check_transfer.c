/* What fools another network ought not to fool one that its own gradient does
 * not. */
#include "audit/check.h"

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    const struct sr_attack_opts o = sr_inquiry_pgd(q, 100, 1);
    bool *broken = sr_inquiry_flags(q);

    if (!q->suspect->transfer) {
        sr_finding_say(f, "No other network was given (--source).");
        return SR_OK;
    }
    SR_TRY(sr_inquiry_attack(q, q->suspect->transfer, &o, NULL, broken, err));
    sr_finding_number(f, "broken by transfer", sr_inquiry_count(q, broken));
    sr_finding_against_plain(q, f, "PGD on the other network", broken);
    return SR_OK;
}

const struct sr_check sr_check_transfer = {
    .name = "transfer",
    .question = "Do the adversarial images of another network find no more "
                "than its own gradient?",
    .source = "Pintor et al. 2022 (transfer failure); Papernot et al. 2017",
    .look = look,
};
