#include "eval/tally.h"

#include "eval/sanity.h"
#include "eval/warnings.h"

int sr_share_images(const struct sr_share *share, int whole)
{
    return whole < share->number ? 0 : (whole - share->number) / share->of + 1;
}

int sr_share_position(const struct sr_share *share, int i)
{
    return share->number - 1 + i * share->of;
}

static enum sr_status plan_share(const struct sr_share *share, int whole,
                                 struct sr_eval *eval, struct sr_err *err)
{
    const struct sr_share all = {1, 1};

    eval->share = share->of > 0 ? *share : all;
    eval->whole = whole;
    if (whole < eval->share.of)
        return sr_fail(err, SR_EUSAGE,
                       "%d images are too few for %d shares; eval.limit or "
                       "--limit says how many there are",
                       whole, eval->share.of);
    eval->images = sr_share_images(&eval->share, whole);
    return SR_OK;
}

enum sr_status sr_tally_plan(const struct sr_eval_opts *opts, int whole,
                             int classes, struct sr_arena *arena,
                             struct sr_eval *eval, struct sr_err *err)
{
    *eval = (struct sr_eval){.attacks = opts->attack.n};
    if (whole == 0)
        return sr_fail(err, SR_EDATA,
                       "the split eval.split asks for has no images%s",
                       opts->split == SR_VALIDATION
                           ? "; data.validation sets the share held out"
                           : "");
    if (opts->attack.n > SR_EVAL_ATTACKS)
        return sr_fail(err, SR_ECONFIG,
                       "eval.attack lists %d attacks; %d are the most",
                       opts->attack.n, SR_EVAL_ATTACKS);
    SR_TRY(plan_share(&opts->share, whole, eval, err));
    for (int a = 0; a < eval->attacks; a++)
        SR_TRY(sr_eval_attack_of(opts, opts->attack.v[a], classes,
                                 &eval->attack[a], err));

    const size_t images = (size_t)eval->images;
    const size_t rows = images * (size_t)eval->attacks;
    eval->verdict = SR_TAKE(arena, images, struct sr_verdict);
    eval->outcome = SR_TAKE(arena, rows, struct sr_outcome);
    for (size_t i = 0; i < rows; i++)
        eval->outcome[i].stage = -1;
    return SR_OK;
}

struct sr_outcome *sr_tally_outcome(const struct sr_eval *eval, int a, int i)
{
    return &eval->outcome[(size_t)a * (size_t)eval->images + (size_t)i];
}

bool sr_tally_stands(const struct sr_eval *eval, int a, int i)
{
    return eval->verdict[i].right && sr_tally_outcome(eval, a, i)->stage < 0;
}

static void count_attack(struct sr_eval *eval, int a)
{
    struct sr_eval_attack *attack = &eval->attack[a];

    attack->robust = 0;
    for (int s = 0; s < attack->stages; s++)
        attack->stage[s].attacked = attack->stage[s].broken = 0;
    for (int i = 0; i < eval->images; i++) {
        const struct sr_outcome *o = sr_tally_outcome(eval, a, i);
        attack->robust += sr_tally_stands(eval, a, i);
        for (int s = 0; s < o->stages; s++)
            attack->stage[s].attacked++;
        if (o->stage >= 0)
            attack->stage[o->stage].broken++;
    }
}

void sr_tally_count(struct sr_eval *eval)
{
    eval->clean = 0;
    for (int i = 0; i < eval->seen; i++)
        eval->clean += eval->verdict[i].right;
    for (int a = 0; a < eval->attacks; a++)
        count_attack(eval, a);
}

/* The first attack that breaks an image is the one that counts. */
static void decide(struct sr_eval *eval, int i)
{
    struct sr_verdict *v = &eval->verdict[i];

    v->robust = v->right;
    v->broken_by = -1;
    v->adversarial = v->clean;
    for (int a = 0; a < eval->attacks && v->robust; a++) {
        const struct sr_outcome *o = sr_tally_outcome(eval, a, i);
        if (o->stage < 0)
            continue;
        v->robust = 0;
        v->broken_by = a;
        v->stage = o->stage;
        v->step = o->step;
        v->adversarial = o->adversarial;
        v->distance = o->distance;
    }
}

void sr_tally_close(struct sr_eval *eval, int classes)
{
    struct sr_warnings *w = &eval->warnings;

    sr_tally_count(eval);
    eval->worst = 0;
    for (int i = 0; i < eval->images; i++) {
        decide(eval, i);
        eval->worst += eval->verdict[i].robust;
    }
    w->n = 0;
    for (int a = 0; a < eval->attacks; a++)
        sr_warn_left_out(w, &eval->attack[a], classes);
    sr_warn_again(w, &eval->looked);
    for (int a = 0; a < eval->attacks; a++)
        sr_warn_square(w, &eval->attack[a], eval->images);
}

enum sr_status sr_tally_check(const struct sr_eval *eval,
                              struct sr_arena *scratch, struct sr_err *err)
{
    const size_t rows = (size_t)eval->attacks * (size_t)eval->images;
    const struct sr_mark mark = sr_arena_mark(scratch);
    unsigned char *survived = SR_TAKE(scratch, rows, unsigned char);

    for (int a = 0; a < eval->attacks; a++)
        for (int i = 0; i < eval->images; i++)
            survived[(size_t)a * (size_t)eval->images + (size_t)i] =
                sr_tally_stands(eval, a, i);
    const enum sr_status status =
        eval->share.of > 1 ? SR_OK : sr_sanity_order(eval, survived, err);
    sr_arena_release(scratch, mark);
    return status;
}
