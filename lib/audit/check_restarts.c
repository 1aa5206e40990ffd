/* One start against ten: a loss with many small hills, on which it matters
 * where one begins, is what gradient masking by roughness looks like. */
#include "audit/check.h"

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    const int one = sr_inquiry_count(q, q->single);
    const int ten = sr_inquiry_count(q, q->many);
    int more = 0;
    (void)err;

    for (int i = 0; i < q->n; i++)
        more += q->many[i] && !q->single[i];
    sr_finding_rule(f, more, q->n);
    sr_finding_number(f, "correct after 1 start", q->n - one);
    sr_finding_number(f, "correct after 10", q->n - ten);
    sr_finding_say(f,
                   "PGD-20 leaves %.1f %% correct from 1 start and %.1f %% "
                   "from 10.",
                   sr_inquiry_percent(q, q->n - one),
                   sr_inquiry_percent(q, q->n - ten));
    return SR_OK;
}

const struct sr_check sr_check_restarts = {
    .name = "restarts",
    .question = "Do ten random starts find little that one does not?",
    .source = "Carlini et al. 2019, sec. 3; Mosbach et al. 2018, \"Logit "
              "pairing methods can fool gradient-based attacks\"",
    .look = look,
};
