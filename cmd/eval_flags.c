#include "eval_flags.h"

#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "opt_text.h"
#include "provenance.h"
#include "report/rundir.h"
#include "train/ckpt.h"

enum checkpoint { AUTO, BEST, LAST };
enum average { WHERE_ANY, YES, NO };

const char *sr_checkpoint_name(int i)
{
    static const char *const words[] = {
        [AUTO] = "auto", [BEST] = "best", [LAST] = "last"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

const char *sr_average_word(int i)
{
    static const char *const words[] = {
        [WHERE_ANY] = "auto", [YES] = "yes", [NO] = "no"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

const char *sr_eval_weights(const char *run, const char *checkpoint,
                            bool averaged, struct sr_arena *arena)
{
    return sr_arena_format(arena, "%s/checkpoints/%s/%s.safetensors", run,
                           checkpoint, averaged ? "ema" : "model");
}

static bool has_weights(const char *run, int checkpoint, bool averaged,
                        struct sr_arena *arena)
{
    return sr_file_exists(
        sr_eval_weights(run, sr_checkpoint_name(checkpoint), averaged, arena));
}

/* Weights that have changed since would give a figure that nobody trained. */
static enum sr_status check_intact(const char *weights, struct sr_arena *arena,
                                   struct sr_err *err)
{
    if (sr_ckpt_check_file(weights, arena, err) == SR_OK)
        return SR_OK;
    return sr_fail(err, SR_EWEIGHTS,
                   "%s; --checkpoint takes another one, --weights %s this one "
                   "as it is",
                   sr_arena_text(arena, err->text), weights);
}

/* The weights of the newest checkpoint, whatever its links say; NULL: none. */
static const char *newest_weights(const char *run, bool averaged,
                                  struct sr_arena *arena)
{
    const char *found = NULL;
    const char *const *name;
    int n;
    struct sr_err ignored;
    if (sr_file_list(sr_file_join(arena, run, "checkpoints"), SR_EWEIGHTS,
                     arena, &name, &n, &ignored) != SR_OK)
        return NULL;
    for (int i = 0; i < n; i++) { /* names sort by age */
        const char *file = sr_eval_weights(run, name[i], averaged, arena);
        if (strncmp(name[i], "step-", 5) == 0 &&
            !sr_text_ends_in(name[i], ".tmp") && sr_file_exists(file))
            found = file;
    }
    return found;
}

static enum sr_status find_checkpoint(const char *run,
                                      const struct sr_eval_flags *flags,
                                      struct sr_arena *arena,
                                      struct sr_subject *subject,
                                      struct sr_err *err)
{
    int which = flags->checkpoint;
    if (which == AUTO)
        which = has_weights(run, BEST, false, arena) ? BEST : LAST;
    subject->checkpoint = sr_checkpoint_name(which);
    subject->averaged =
        flags->average == YES ||
        (flags->average == WHERE_ANY && has_weights(run, which, true, arena));
    subject->weights =
        sr_eval_weights(run, subject->checkpoint, subject->averaged, arena);
    if (sr_file_exists(subject->weights))
        return check_intact(subject->weights, arena, err);
    SR_TRY(sr_ckpt_check(sr_file_join(arena, run, "checkpoints"), false, arena,
                         err));
    sr_fail(err, SR_EWEIGHTS, "%s has no %scheckpoint '%s': there is no %s",
            run, subject->averaged ? "averaged weights in its " : "",
            subject->checkpoint, subject->weights);
    const char *newest = newest_weights(run, subject->averaged, arena);
    if (newest)
        sr_text_add(err->text, sizeof err->text,
                    "; there is %s, which --weights takes", newest);
    return err->status;
}

/* The weights of a run under way are nobody's result yet. */
static void warn_if_unfinished(const char *run, struct sr_log *log)
{
    struct sr_err ignored;
    json_t *manifest;
    if (sr_rundir_manifest(run, &manifest, &ignored) != SR_OK)
        return;
    const char *state = json_string_value(json_object_get(manifest, "state"));
    if (state && strcmp(state, "finished") != 0)
        sr_log_warn(log,
                    "%s is not finished (%s): these are weights on the way",
                    run, state);
    json_decref(manifest);
}

bool sr_eval_is_attack(const char *word)
{
    struct sr_attack_opts how = {0};
    struct sr_sequence sequence;
    struct sr_err ignored;
    return sr_sequence_parse(word, (struct sr_src){0}, &how, &sequence,
                             &ignored) == SR_OK;
}

/* The run that is meant; what is none, but looks like what goes elsewhere, is
 * told where. */
static enum sr_status find_run(const struct sr_call *call, char **run,
                               struct sr_err *err)
{
    const char *word = call->words > 0 ? call->word[0] : NULL;
    const enum sr_status status = sr_rundir_find(word, call->arena, run, err);
    if (status == SR_OK || !word)
        return status;
    if (sr_text_ends_in(word, ".yaml") || sr_text_ends_in(word, ".yml"))
        return sr_fail(err, SR_EUSAGE,
                       "%s is a config, not a run: --config %s --weights FILE "
                       "says which network, or RUN alone",
                       word, word);
    if (sr_eval_is_attack(word))
        return sr_fail(err, SR_EUSAGE,
                       "%s is an attack, not a run: --attack %s", word, word);
    return status;
}

static enum sr_status find_subject(const struct sr_call *call,
                                   const struct sr_eval_flags *flags,
                                   struct sr_subject *subject,
                                   struct sr_err *err)
{
    struct sr_arena *arena = call->arena;
    char *run;

    *subject =
        (struct sr_subject){.config = flags->config, .weights = flags->weights};
    if (*flags->config) {
        if (call->words > 0)
            return sr_fail(err, SR_EUSAGE,
                           "the run %s and --config %s are two networks; give "
                           "one",
                           call->word[0], flags->config);
        if (!*flags->weights)
            return sr_fail(err, SR_EUSAGE,
                           "--config needs --weights FILE: without them the "
                           "network is untrained");
        return SR_OK;
    }
    SR_TRY(find_run(call, &run, err));
    warn_if_unfinished(run, call->log);
    subject->run = run;
    subject->config = sr_file_join(arena, run, "config.yaml");
    if (*flags->weights) { /* the run lends its config alone */
        subject->run = NULL;
        sr_log_say(call->log,
                   "%s with the config of %s; the result is not the run's and "
                   "is not kept there",
                   flags->weights, run);
        return SR_OK;
    }
    return find_checkpoint(run, flags, arena, subject, err);
}

static bool is_eval_key(const char *key)
{
    for (const struct sr_opt *row = sr_eval_rows; row->key; row++)
        if (strcmp(row->key, key) == 0)
            return true;
    return false;
}

/* The call with the flags as overrides, after those the user wrote: a flag
 * wins.  `--attack none` is the empty list. */
static struct sr_call with_flags(const struct sr_call *call)
{
    struct sr_call more = *call;

    for (const struct sr_opt *row = call->cmd->flags; row->key; row++) {
        if (!is_eval_key(row->key))
            continue;
        const char *text =
            *(const char *const *)((const char *)call->flags + row->offset);
        if (!*text)
            continue;
        const bool none =
            strcmp(row->key, "attack") == 0 && strcmp(text, "none") == 0;
        char name[64];
        sr_opt_dashed(row, name, sizeof name);
        more =
            sr_call_with(&more,
                         sr_arena_format(call->arena, "eval.%s=%s", row->key,
                                         none ? "[]" : text),
                         sr_arena_format(call->arena, "--%s %s", name, text));
    }
    return more;
}

static bool is_norm(const char *word)
{
    for (int i = 0; sr_norm_name(i); i++)
        if (strcmp(sr_norm_name(i), word) == 0)
            return true;
    return false;
}

/* A radius of one norm says nothing in another: a --norm other than that of the
 * config as written needs its own. */
static enum sr_status check_norm(const struct sr_call *call,
                                 const struct sr_eval_flags *flags,
                                 const char *config, struct sr_err *err)
{
    struct sr_exp *plain;
    if (!is_norm(flags->norm) || *flags->epsilon ||
        sr_call_sets(call, "eval.epsilon"))
        return SR_OK;
    SR_TRY(sr_setup_read(call, config, &plain, err));
    if (strcmp(sr_norm_name(plain->eval.how.norm), flags->norm) == 0)
        return SR_OK;
    return sr_fail(
        err, SR_EUSAGE,
        "--norm %s needs --epsilon, and --step-size where the attack "
        "has one: the config's are lengths in the config's norm",
        flags->norm);
}

enum sr_status sr_eval_with(const struct sr_call *call,
                            const struct sr_eval_flags *flags,
                            sr_eval_work *work, struct sr_err *err)
{
    struct sr_subject subject;
    struct sr_setup setup;

    SR_TRY(find_subject(call, flags, &subject, err));
    SR_TRY(check_norm(call, flags, subject.config, err));
    const struct sr_call more = with_flags(call);
    const struct sr_setup_for what = {.config = subject.config,
                                      .wants = SR_WANT_INPUT,
                                      .weights = subject.weights,
                                      .load = flags->load};
    SR_TRY(sr_setup_open(&more, &what, &setup, err));
    const enum sr_status status = work(call, &subject, &setup, err);
    sr_setup_close(&setup);
    return status;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

/* The pixels, where the data's name does not see them. */
static enum sr_status describe_sample(const struct sr_setup *s, json_t *data,
                                      struct sr_err *err)
{
    const struct sr_eval_opts *o = &s->exp->eval;
    const struct sr_split *split = &s->data->split[o->split];
    const int n =
        o->limit > 0 && o->limit < split->n ? (int)o->limit : split->n;
    char sum[SR_SHA256_TEXT];

    SR_TRY(sr_data_sample(split, n, s->arena, sum, err));
    if (*sum)
        json_object_set_new(data, "sample", json_string(sum));
    return SR_OK;
}

enum sr_status sr_eval_describe(const struct sr_subject *subject,
                                const struct sr_setup *setup, json_t *result,
                                struct sr_err *err)
{
    char sum[SR_SHA256_TEXT];

    SR_TRY(sr_sha256_file(subject->weights, SR_EWEIGHTS, sum, err));
    json_object_set_new(result, "network",
                        json_pack("{s:s, s:o, s:s, s:s, s:o, s:b}", "name",
                                  setup->exp->top.name, "run",
                                  text_or_null(subject->run), "weights",
                                  subject->weights, "sha256", sum, "checkpoint",
                                  text_or_null(subject->checkpoint), "average",
                                  (int)subject->averaged));
    json_object_update_new(result, sr_provenance(setup));
    json_object_set_new(result, "settings", sr_settings(setup->exp));
    return describe_sample(setup, json_object_get(result, "data"), err);
}

const char *sr_eval_levels(double value, struct sr_arena *arena)
{
    const double levels = value * 255;

    if (value > 0 && value < 1 && fabs(levels - round(levels)) < 1e-9)
        return sr_arena_format(arena, "%.4g (%.0f/255)", value, levels);
    return sr_arena_format(arena, "%.4g", value);
}
