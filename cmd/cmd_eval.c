/* satrun eval: how many images a network classifies correctly, and how many
 * it still does under attack. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "eval/logits.h"
#include "eval/part.h"
#include "eval_tell.h"

struct flags {
    struct sr_eval_flags eval;
    const char *per_image, *images, *logits, *source, *shard, *part;
    double part_every;
    bool merge;
};

enum { SHARES = 1000000, FILES = 10000 };

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_EVAL_FLAG(struct flags, attack, "WORD,WORD",
                 "attacks: autoattack, pgd-10, pgd-50x10 (10 restarts); or none"),
    SR_EVAL_FLAGS(struct flags),
    SR_FLAG(struct flags, per_image, "FILE.csv",
            "write a line for each image"),
    SR_FLAG(struct flags, images, "FILE",
            "write the images, clean and adversarial, as safetensors"),
    SR_FLAG(struct flags, source, "FILE",
            "weights of a network of the same shape: attacks are made on it "
            "(mim and pgd carry over best)"),
    SR_FLAG(struct flags, logits, "FILE",
            "write the logits of the clean images as safetensors"),
    SR_FLAG(struct flags, shard, "I/N",
            "evaluate the I-th of N shares of the images: every N-th one"),
    SR_FLAG(struct flags, part, "FILE",
            "what is done so far, to go on from; with --shard the share"),
    SR_REAL(struct flags, part_every, "30", 0, 1e9, "seconds",
            "between two times of writing it"),
    SR_BOOL(struct flags, merge, "false",
            "make one report of the files of all shares"),
    {.key = NULL}
};
/* clang-format on */

/* ---- the names of what is written ---- */

/* Nobody else writes them meanwhile. */
enum { HELD = 4 };
struct held {
    int n;
    struct sr_lock_name name[HELD];
};

static enum sr_status hold(struct held *held, const char *path,
                           struct sr_arena *arena, struct sr_err *err)
{
    if (!*path)
        return SR_OK;
    SR_TRY(sr_lock_name(path, arena, &held->name[held->n], err));
    held->n++;
    return SR_OK;
}

static void let_go(struct held *held)
{
    while (held->n > 0)
        sr_lock_name_release(&held->name[--held->n]);
}

/* Nothing that this evaluation reads may be lost to what it writes. */
static enum sr_status check_inputs(const struct flags *flags,
                                   const struct sr_subject *subject,
                                   struct sr_arena *arena, struct sr_err *err)
{
    const char *const dir = subject->run;
    const char *const checkpoint = subject->checkpoint;
    const char *const output[] = {flags->per_image, flags->logits,
                                  flags->images, flags->part};
    const char *const input[] = {
        subject->config,
        subject->weights,
        flags->source,
        dir ? sr_file_join(arena, dir, "manifest.json") : "",
        dir ? sr_file_join(arena, dir, "metrics.jsonl") : "",
        checkpoint ? sr_eval_weights(dir, checkpoint, false, arena) : "",
        checkpoint ? sr_eval_weights(dir, checkpoint, true, arena) : ""};
    for (size_t i = 0; i < sizeof output / sizeof *output; i++)
        for (size_t k = 0; k < sizeof input / sizeof *input; k++)
            SR_TRY(sr_file_check_kept(output[i], input[k], "evaluation", err));
    return SR_OK;
}

/* No two files of one evaluation are the same; the images lie in a file with
 * .part behind its name until all are there.
 *   part, result  as they were chosen; NULL: none */
static enum sr_status check_apart(const struct flags *flags, const char *part,
                                  const char *result, struct sr_arena *arena,
                                  struct sr_err *err)
{
    const char *const draft = sr_arena_format(arena, "%s.part", flags->images);
    const char *const path[] = {flags->per_image, flags->logits,
                                flags->images,    *flags->images ? draft : "",
                                part ? part : "", result ? result : ""};
    enum { PATHS = sizeof path / sizeof *path };
    for (int i = 0; i < PATHS; i++)
        for (int k = i + 1; k < PATHS; k++)
            if (*path[i] && strcmp(path[i], path[k]) == 0)
                return sr_fail(err, SR_EUSAGE,
                               "%s would be two files of this evaluation: give "
                               "each its own name",
                               path[i]);
    return SR_OK;
}

static enum sr_status hold_outputs(const struct flags *flags, struct held *held,
                                   struct sr_arena *arena, struct sr_err *err)
{
    SR_TRY(hold(held, flags->per_image, arena, err));
    SR_TRY(hold(held, flags->logits, arena, err));
    return hold(held, flags->images, arena, err);
}

/* ---- what is kept ---- */

/* "2/3". */
static enum sr_status read_share(const char *text, struct sr_share *share,
                                 struct sr_err *err)
{
    char number[16] = "";
    const char *slash = strchr(text, '/');
    long long i = 0, of = 0;

    *share = (struct sr_share){1, 1};
    if (!*text)
        return SR_OK;
    if (slash && slash - text < (ptrdiff_t)sizeof number)
        memcpy(number, text, (size_t)(slash - text));
    if (!sr_text_int(number, &i) || !sr_text_int(slash + 1, &of) || i < 1 ||
        i > of || of > SHARES)
        return sr_fail(err, SR_EUSAGE,
                       "--shard %s: expected I/N, the I-th of N shares, from "
                       "1/N to N/N",
                       text);
    *share = (struct sr_share){(int)i, (int)of};
    return SR_OK;
}

/* What an image becomes must depend on the image alone. */
static enum sr_status check_share(const struct sr_eval_opts *o,
                                  struct sr_err *err)
{
    if (o->share.of == 1 || o->how.batchnorm == SR_BN_INFERENCE)
        return SR_OK;
    return sr_fail(err, SR_EUSAGE,
                   "--shard cannot be had with eval.batchnorm %s: an image's "
                   "result then depends on its batch",
                   sr_bn_mode_name(o->how.batchnorm));
}

/* The file of a part that the user has not named: beside the results of a run,
 * else among this user's caches. */
static enum sr_status default_part(const struct sr_subject *subject,
                                   const struct sr_setup *s,
                                   const json_t *about, bool shared,
                                   const char **path, struct sr_err *err)
{
    const struct sr_share *share = &s->exp->eval.share;
    struct sr_arena *a = s->arena;
    char key[SR_SHA256_TEXT];
    const char *dir;

    if (subject->run) {
        dir = sr_file_join(a, subject->run, "eval");
        const char *name = sr_eval_name(subject, &s->exp->eval, about, a);
        *path = shared ? sr_arena_format(a, "%s/%s.%d-of-%d.part", dir, name,
                                         share->number, share->of)
                       : sr_arena_format(a, "%s/%s.part", dir, name);
        return sr_file_mkdir(dir, err);
    }
    if (shared)
        return sr_fail(err, SR_EUSAGE,
                       "--shard needs --part FILE where the network is not a "
                       "run's: where is the share to go?");
    SR_TRY(sr_file_cache(a, &dir, err));
    sr_part_key(about, key);
    *path = sr_arena_format(a, "%s/eval-%.16s.part", dir, key);
    return SR_OK;
}

/* What is kept, and its name held.  Where nobody has asked for it, it is no
 * reason not to evaluate. */
static enum sr_status plan_keep(const struct flags *flags,
                                const struct sr_subject *subject,
                                const struct sr_setup *s, const json_t *about,
                                struct held *held, struct sr_eval_keep *keep,
                                struct sr_err *err)
{
    const bool shared = *flags->shard != '\0'; /* as the only one, too */
    enum sr_status status = SR_OK;
    *keep =
        (struct sr_eval_keep){.path = flags->part,
                              .about = about,
                              .named = *flags->part != '\0',
                              .is_result = shared,
                              .seconds = flags->part_every,
                              .images = *flags->images ? flags->images : NULL};
    if (!keep->named)
        status = default_part(subject, s, about, shared, &keep->path, err);
    if (status == SR_OK)
        status = hold(held, keep->path, s->arena, err);
    if (status == SR_OK || keep->named || shared || keep->images)
        return status;
    sr_log_warn(s->log, "what is done will not be kept: %s", err->text);
    keep->path = NULL;
    return SR_OK;
}

/* A share is there to be merged; what else is kept has served. */
static void release(const struct flags *flags, const struct sr_setup *s,
                    const struct sr_eval_keep *keep)
{
    const struct sr_share *share = &s->exp->eval.share;
    if (*flags->shard)
        sr_log_say(s->log,
                   "share %d/%d is in %s; satrun eval --merge with the files "
                   "of all shares gives the report",
                   share->number, share->of, keep->path);
    else if (keep->path)
        remove(keep->path);
}

/* ---- the evaluation ---- */

static enum sr_status run_and_tell(const struct sr_call *call,
                                   const struct sr_subject *subject,
                                   const struct sr_setup *s,
                                   const struct sr_eval_keep *keep,
                                   struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_eval_opts *o = &s->exp->eval;
    struct sr_eval eval;
    const struct sr_eval_told told = {subject, o, &eval, keep->about,
                                      flags->per_image};

    o->keep = keep->path ? keep : NULL;
    o->board = true;
    const enum sr_status status =
        sr_eval_run(o, (uint64_t)s->exp->top.seed, s->data, s->model, s->log,
                    s->arena, &eval, err);
    o->keep = NULL;
    SR_TRY(status);
    SR_TRY(sr_eval_tell(call, &told, err));
    if (*flags->logits)
        SR_TRY(
            sr_eval_logits(o, s->data, s->model, s->arena, flags->logits, err));
    release(flags, s, keep);
    return SR_OK;
}

static enum sr_status evaluate(const struct sr_call *call,
                               const struct sr_subject *subject,
                               const struct sr_setup *s, const json_t *about,
                               struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_eval_opts *o = &s->exp->eval;
    struct held held = {0};
    struct sr_eval_keep keep;

    SR_TRY(read_share(flags->shard, &o->share, err));
    SR_TRY(check_share(o, err));
    SR_TRY(check_inputs(flags, subject, s->arena, err));
    enum sr_status status =
        plan_keep(flags, subject, s, about, &held, &keep, err);
    if (status == SR_OK)
        status = check_apart(flags, keep.path,
                             sr_eval_result(subject, o, about, s->arena),
                             s->arena, err);
    if (status == SR_OK)
        status = hold_outputs(flags, &held, s->arena, err);
    if (status == SR_OK)
        status = run_and_tell(call, subject, s, &keep, err);
    let_go(&held);
    return status;
}

static enum sr_status open_source(const struct flags *flags, struct sr_setup *s,
                                  json_t *about, struct sr_err *err)
{
    char sum[SR_SHA256_TEXT];
    if (!*flags->source)
        return SR_OK;
    SR_TRY(sr_setup_twin(s, flags->source, &s->exp->eval.source, err));
    SR_TRY(sr_sha256_file(flags->source, SR_EWEIGHTS, sum, err));
    json_object_set_new(
        about, "source",
        json_pack("{s:s, s:s}", "weights", flags->source, "sha256", sum));
    return SR_OK;
}

static enum sr_status describe_and_evaluate(const struct sr_call *call,
                                            const struct sr_subject *subject,
                                            struct sr_setup *s,
                                            struct sr_err *err)
{
    json_t *about = json_object();
    enum sr_status status = sr_eval_describe(subject, s, about, err);
    if (status == SR_OK)
        status = open_source(call->flags, s, about, err);
    if (status == SR_OK)
        status = evaluate(call, subject, s, about, err);
    json_decref(about);
    return status;
}

/* ---- before the work ---- */

/* --merge goes by what the shares were run with. */
static enum sr_status merge(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    for (const struct sr_opt *row = rows; row->key; row++) {
        const char *text =
            row->type == SR_OPT_TEXT
                ? *(const char *const *)((const char *)flags + row->offset)
                : "";
        if (*text && strcmp(row->key, "per_image") != 0)
            return sr_fail(err, SR_EUSAGE,
                           "--merge takes files of shares and --per-image, not "
                           "--%s%s",
                           row->key,
                           strcmp(row->key, "images") == 0
                               ? ": each share has written its own"
                               : "");
    }
    if (call->overrides > 0)
        return sr_fail(err, SR_EUSAGE,
                       "--merge takes files of shares: %s was settled when "
                       "they were made",
                       call->override[0]);
    return sr_eval_merge(call, flags->per_image, err);
}

/* Asked before the work, not after it. */
static enum sr_status check_place(const char *flag, const char *path,
                                  struct sr_arena *arena, struct sr_err *err)
{
    const char *dir = sr_file_dir(arena, path);
    if (*path && !sr_file_is_dir(dir))
        return sr_fail(err, SR_ERESOURCE, "--%s %s: there is no directory %s",
                       flag, path, dir);
    if (*path && !sr_file_is_replaceable(path))
        return sr_fail(err, SR_ERESOURCE,
                       "--%s %s: it exists and is no plain file", flag, path);
    return SR_OK;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;

    SR_TRY(check_place("per-image", flags->per_image, call->arena, err));
    SR_TRY(check_place("images", flags->images, call->arena, err));
    SR_TRY(check_place("logits", flags->logits, call->arena, err));
    SR_TRY(check_place("part", flags->part, call->arena, err));
    if (flags->merge)
        return merge(call, err);
    if (call->words > 1 && sr_eval_is_attack(call->word[1]))
        return sr_fail(err, SR_EUSAGE, "an attack is named by --attack %s",
                       call->word[1]);
    if (call->words > 1)
        return sr_fail(err, SR_EUSAGE,
                       "one run at a time: what is '%s'? (--merge takes "
                       "several files)",
                       call->word[1]);
    return sr_eval_with(call, &flags->eval, describe_and_evaluate, err);
}

const struct sr_cmd sr_cmd_eval = {
    .name = "eval",
    .summary = "clean and robust accuracy of a network",
    .usage = "[RUN] [--attack WORDS] [key=value...]\n"
             "       satrun eval --config FILE --weights FILE ...\n"
             "       satrun eval --merge FILE...",
    .details = "Without RUN it is the newest run, runs/latest. Attacks and "
               "their settings are\nthe config's eval.* keys unless flags say "
               "otherwise. An image is robust when it\nis classified correctly "
               "and no attack of the list changes that. The result of a\nrun "
               "is also written into its directory, eval/*.json;\nwith "
               "--weights a run lends its config alone.",
    .examples =
        "  satrun eval --attack pgd-10,pgd-50\n"
        "  satrun eval runs/latest --attack pgd-50x10 --epsilon 8/255 "
        "--step-size 2/255\n"
        "  satrun eval --config configs/cifar10/resnet20.yaml --weights "
        "w.safetensors --json\n"
        "  satrun eval runs/mine --attack autoattack --shard 1/4   # and 2/4, "
        "3/4, 4/4\n"
        "  satrun eval --merge runs/mine/eval/*-of-4.part\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = FILES,
    .overrides = true,
    .saves = "",
    .run = run,
};
