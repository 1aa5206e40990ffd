/* The number that the evaluation reports against everything that is known by
 * now.  A gap to the plain attack is a hidden gradient; one to the evaluation's
 * own attacks alone may be just weak attacks, so that makes it suspect at most.
 */
#include "audit/check.h"

/* Every word of the evaluation, with every slope that is its own; an image
 * that a stage has broken is not asked again. */
static enum sr_status attack_as_evaluated(struct sr_inquiry *q, bool *broken,
                                          struct sr_err *err)
{
    const struct sr_eval_opts *eval = q->opts->eval;
    struct sr_suspect *s = q->suspect;
    bool *newly = sr_inquiry_flags(q);
    struct sr_eval_attack a;

    for (int w = 0; w < eval->attack.n; w++) {
        SR_TRY(sr_eval_attack_of(eval, eval->attack.v[w], s->judge.classes, &a,
                                 err));
        for (int k = 0; k < a.stages * s->slopes; k++) {
            struct sr_slope *slope = &s->slope[k / a.stages];
            struct sr_attack_opts *o = &a.stage[k % a.stages].opts;
            o->batchnorm = SR_BN_INFERENCE;
            if (!slope->own)
                continue;
            SR_TRY(sr_inquiry_attack(q, &slope->oracle, o, broken, newly, err));
            for (int i = 0; i < q->n; i++)
                broken[i] = broken[i] || newly[i];
        }
    }
    return SR_OK;
}

static enum sr_status attack_what_stands(struct sr_inquiry *q,
                                         struct sr_err *err)
{
    const struct sr_wordlist *strong = &q->strong;
    struct sr_eval_opts eval = *q->opts->eval;
    bool *fallen = sr_inquiry_flags(q), *newly = sr_inquiry_flags(q);
    struct sr_eval_attack a;

    eval.how = sr_inquiry_pgd(q, 100, 1);
    for (int w = 0; w < strong->n; w++) {
        SR_TRY(sr_eval_attack_of(&eval, strong->v[w], q->suspect->judge.classes,
                                 &a, err));
        for (int k = 0; k < a.stages; k++) {
            for (int i = 0; i < q->n; i++)
                fallen[i] = !q->standing[i];
            SR_TRY(sr_inquiry_attack(q, &q->own->oracle, &a.stage[k].opts,
                                     fallen, newly, err));
        }
    }
    return SR_OK;
}

static void say_own(const struct sr_inquiry *q, struct sr_finding *f)
{
    const struct sr_wordlist *own = &q->opts->eval->attack;
    for (int w = 0; w < own->n; w++)
        sr_finding_say(f, "%s%s", w == 0 ? "" : ", ", own->v[w]);
    sr_finding_say(f, " %s %.1f %%", own->n == 1 ? "says" : "say",
                   sr_inquiry_percent(q, q->own_correct));
}

static void conclude(struct sr_inquiry *q, struct sr_finding *f,
                     const bool *own)
{
    const int standing = sr_inquiry_count(q, q->standing);
    const bool asked = q->opts->eval->attack.n > 0;
    int past_own = 0, past_plain = 0;

    for (int i = 0; i < q->n; i++) {
        past_own += !q->standing[i] && !own[i];
        past_plain += !q->standing[i] && !q->plain[i];
    }
    q->own_correct = q->n - sr_inquiry_count(q, own);
    sr_finding_rule(f, past_plain, q->n);
    if (asked && sr_ruling_of(past_own, q->n) >= SR_RULING_SUSPECT)
        f->ruling = sr_ruling_worse(f->ruling, SR_RULING_SUSPECT);
    sr_finding_number(f, "correct under plain PGD",
                      q->n - sr_inquiry_count(q, q->plain));
    sr_finding_number(f, "correct under the evaluation's attacks",
                      q->own_correct);
    sr_finding_number(f, "correct under all attacks", standing);
    if (asked) {
        say_own(q, f);
        sr_finding_say(f,
                       ", all attacks of this audit together %.1f %%: the "
                       "gap is %.1f points.",
                       sr_inquiry_percent(q, standing),
                       sr_inquiry_percent(q, past_own));
    } else {
        sr_finding_say(f, "All attacks of this audit together leave %.1f %%.",
                       sr_inquiry_percent(q, standing));
    }
}

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    bool *own = sr_inquiry_flags(q);
    SR_TRY(attack_as_evaluated(q, own, err));
    SR_TRY(attack_what_stands(q, err));
    conclude(q, f, own);
    return SR_OK;
}

const struct sr_check sr_check_gap = {
    .name = "gap",
    .question = "Does the number that the evaluation reports stand up to the "
                "strongest attacks?",
    .source = "Croce and Hein 2020",
    .look = look,
};
