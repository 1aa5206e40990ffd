/* Shares become the evaluation they are of. */
#include <string.h>

#include "eval/part.h"
#include "eval/tally.h"

/* The options it was run with: they stand in the settings, each as a user would
 * write it. */
static enum sr_status read_opts(const struct sr_eval_part *part,
                                struct sr_arena *arena,
                                struct sr_eval_opts *opts, struct sr_err *err)
{
    const json_t *settings = json_object_get(part->about, "settings");
    char why[512];

    *opts = (struct sr_eval_opts){.share = {1, 1}}; /* what no key says */
    sr_opt_defaults(sr_eval_rows, opts);
    for (const struct sr_opt *row = sr_eval_rows; row->key; row++) {
        const char *key = sr_arena_format(arena, "eval.%s", row->key);
        const char *text = json_string_value(json_object_get(settings, key));
        if (!text)
            return sr_fail(err, SR_EUSAGE, "%s does not say what %s was",
                           part->path, key);
        if (!sr_opt_set(row, opts, sr_arena_text(arena, text), why, sizeof why))
            return sr_fail(err, SR_EUSAGE, "%s: %s: %s", part->path, key, why);
    }
    return SR_OK;
}

static enum sr_status same_division(const struct sr_eval_part *a,
                                    const struct sr_eval_part *b,
                                    struct sr_err *err)
{
    if (a->share.of != b->share.of)
        return sr_fail(err, SR_EUSAGE,
                       "%s is one of %d shares, %s one of %d: shares of one "
                       "division belong together",
                       a->path, a->share.of, b->path, b->share.of);
    if (a->whole != b->whole || a->classes != b->classes)
        return sr_fail(
            err, SR_EUSAGE, "%s is of %d images in %d classes, %s of %d in %d",
            a->path, a->whole, a->classes, b->path, b->whole, b->classes);
    return sr_part_match(a->about, a->path, b->about, b->path, err);
}

static const struct sr_eval_part *
share_of(int n, const struct sr_eval_part *part, int number)
{
    for (int i = 0; i < n; i++)
        if (part[i].share.number == number)
            return &part[i];
    return NULL;
}

/* Every share once. */
static enum sr_status check_shares(int n, const struct sr_eval_part *part,
                                   struct sr_err *err)
{
    const int of = part[0].share.of;

    for (int i = 0; i < n; i++) {
        SR_TRY(same_division(&part[0], &part[i], err));
        const struct sr_eval_part *first =
            share_of(i, part, part[i].share.number);
        if (first)
            return sr_fail(err, SR_EUSAGE, "%s and %s are both share %d/%d",
                           first->path, part[i].path, first->share.number, of);
    }
    for (int number = 1; number <= of; number++)
        if (!share_of(n, part, number))
            return sr_fail(err, SR_EUSAGE,
                           "share %d/%d is missing: no file of those given "
                           "has it",
                           number, of);
    return SR_OK;
}

static enum sr_status incomplete(const struct sr_eval_part *part,
                                 struct sr_err *err)
{
    return sr_fail(err, SR_EUSAGE,
                   "%s is not complete: the command that made it goes on with "
                   "it",
                   part->path);
}

/* Asked before memory is taken for so many images. */
static enum sr_status check_seen(const struct sr_eval_part *part,
                                 struct sr_err *err)
{
    const json_t *clean = json_object_get(part->json, "clean");
    const size_t seen = json_array_size(json_object_get(clean, "index"));
    return seen == (size_t)sr_share_images(&part->share, part->whole)
               ? SR_OK
               : incomplete(part, err);
}

static enum sr_status check_attacked(const struct sr_eval_part *part,
                                     const struct sr_eval *eval,
                                     struct sr_err *err)
{
    for (int k = 0; k < sr_share_images(&part->share, part->whole); k++)
        for (int a = 0; a < eval->attacks; a++) {
            const int i = sr_share_position(&part->share, k);
            if (sr_tally_stands(eval, a, i) &&
                sr_tally_outcome(eval, a, i)->stages < eval->attack[a].stages)
                return incomplete(part, err);
        }
    return SR_OK;
}

enum sr_status sr_part_merge(int n, const struct sr_eval_part *part,
                             struct sr_arena *arena, struct sr_eval_opts *opts,
                             struct sr_eval *eval, struct sr_err *err)
{
    SR_TRY(check_shares(n, part, err));
    for (int i = 0; i < n; i++)
        SR_TRY(check_seen(&part[i], err));
    SR_TRY(read_opts(&part[0], arena, opts, err));
    SR_TRY(
        sr_tally_plan(opts, part[0].whole, part[0].classes, arena, eval, err));
    for (int i = 0; i < n; i++) {
        SR_TRY(sr_part_fill(&part[i], eval, arena, err));
        SR_TRY(check_attacked(&part[i], eval, err));
    }
    sr_tally_close(eval, part[0].classes);
    return opts->sanity ? sr_tally_check(eval, arena, err) : SR_OK;
}
