/* satrun eval: how many images a network classifies correctly, and how many
 * it still does under attack. */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/stop.h"
#include "base/text.h"
#include "document.h"
#include "eval/logits.h"
#include "eval_flags.h"

struct flags {
    struct sr_eval_flags eval;
    const char *per_image, *logits, *source;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_EVAL_FLAG(struct flags, attack, "WORD,WORD",
                 "attacks: autoattack, pgd-10, pgd-50x10 (10 restarts); or none"),
    SR_EVAL_FLAGS(struct flags),
    SR_FLAG(struct flags, per_image, "FILE.csv",
            "write a line for each image"),
    SR_FLAG(struct flags, source, "FILE",
            "weights of a network of the same shape: attacks are made on it "
            "(mim and pgd carry over best)"),
    SR_FLAG(struct flags, logits, "FILE",
            "write the logits of the clean images as safetensors"),
    {.key = NULL}
};
/* clang-format on */

/* ---- the table ---- */

static void print_line(const char *what, int correct, int images,
                       double seconds)
{
    double low, high;
    sr_eval_interval(correct, images, &low, &high);
    printf("%-14s %7d  %7.2f %%  %6.2f to %6.2f %%", what, correct,
           100.0 * correct / images, 100 * low, 100 * high);
    if (seconds >= 0)
        printf("  %8.1f", seconds);
    putchar('\n');
}

static void print_table(const struct sr_subject *subject,
                        const struct sr_eval_opts *o, const struct sr_eval *e,
                        const struct sr_setup *s)
{
    printf("%s, %d images of the %s split of %s\n", s->exp->top.name, e->images,
           sr_split_word(o->split), s->exp->data.dataset);
    printf("weights: %s\n", subject->weights);
    if (e->attacks > 0)
        printf("%s, epsilon %s, step %s, %s start, slope: %s\n",
               sr_norm_name(o->how.norm),
               sr_eval_levels(o->how.epsilon, s->arena),
               sr_eval_levels(o->how.step_size, s->arena),
               o->how.random_start ? "random" : "clean",
               sr_backward_name(o->backward));
    if (o->source)
        printf("attacks are made on another network\n");
    printf("\n%-14s %7s  %9s  %18s  %8s\n", "", "correct", "accuracy",
           "95 % interval", "seconds");
    print_line("clean", e->clean, e->images, -1);
    for (int a = 0; a < e->attacks; a++)
        print_line(e->attack[a].word, e->attack[a].robust, e->images,
                   sr_eval_total(&e->attack[a]).seconds);
    if (e->attacks > 1)
        print_line("worst case", e->worst, e->images, -1);
}

/* ---- files ---- */

/* Eight digits that stand for every eval.* setting and for what else the config
 * says. */
static void stamp(const struct sr_eval_opts *o, const json_t *result,
                  char text[9])
{
    char all[4096] = "", value[SR_LIST_MAX * (SR_WORD_SIZE + 2)];
    char sum[SR_SHA256_TEXT];

    sr_text_add(all, sizeof all, "%s\n\n",
                json_string_value(json_object_get(result, "config")));
    if (o->source)
        sr_text_add(all, sizeof all, "source=%s\n",
                    json_string_value(json_object_get(result, "source")));
    for (const struct sr_opt *row = sr_eval_rows; row->key; row++) {
        sr_opt_show(row, o, value, sizeof value);
        sr_text_add(all, sizeof all, "%s=%s\n", row->key, value);
    }
    sr_sha256(all, strlen(all), sum);
    snprintf(text, 9, "%.8s", sum);
}

/* "best-pgd-10+pgd-50-linf-0.1-3f2a91c0.json": another evaluation is another
 * file, the same one again replaces its own. */
static const char *name_of(const struct sr_subject *subject,
                           const struct sr_eval_opts *o, const json_t *result,
                           struct sr_arena *arena)
{
    char name[256], digits[9];

    snprintf(name, sizeof name, "%s%s", subject->checkpoint,
             subject->averaged ? "-average" : "");
    for (int a = 0; a < o->attack.n && strlen(name) < 128; a++)
        sr_text_add(name, sizeof name, "%c%s", a ? '+' : '-', o->attack.v[a]);
    if (o->attack.n > 0)
        sr_text_add(name, sizeof name, "-%s-%.4g", sr_norm_name(o->how.norm),
                    o->how.epsilon);
    else
        sr_text_add(name, sizeof name, "-clean");
    stamp(o, result, digits);
    return sr_arena_format(arena, "%s-%s.json", name, digits);
}

static enum sr_status keep_in_run(const struct sr_subject *subject,
                                  const struct sr_setup *s,
                                  const json_t *result, struct sr_err *err)
{
    if (!subject->run)
        return SR_OK;
    const char *dir = sr_file_join(s->arena, subject->run, "eval");
    const char *path = sr_file_join(
        s->arena, dir, name_of(subject, &s->exp->eval, result, s->arena));
    SR_TRY(sr_file_mkdir(dir, err));
    SR_TRY(sr_json_write(path, result, err));
    sr_log_say(s->log, "written: %s", path);
    return SR_OK;
}

static enum sr_status tell(const struct sr_call *call,
                           const struct sr_subject *subject,
                           const struct sr_setup *s, const struct sr_eval *eval,
                           json_t *result, struct sr_err *err)
{
    const struct flags *flags = call->flags;

    SR_TRY(sr_eval_describe(subject, s, result, err));
    SR_TRY(keep_in_run(subject, s, result, err));
    if (*flags->per_image)
        SR_TRY(sr_eval_write_csv(eval, flags->per_image, err));
    if (*flags->logits)
        SR_TRY(sr_eval_logits(&s->exp->eval, s->data, s->model, s->arena,
                              flags->logits, err));
    if (call->common.json)
        sr_document_print(result);
    else
        print_table(subject, &s->exp->eval, eval, s);
    return SR_OK;
}

static enum sr_status evaluate(const struct sr_call *call,
                               const struct sr_subject *subject,
                               const struct sr_setup *s, struct sr_err *err)
{
    struct sr_eval eval;

    SR_TRY(sr_eval_run(&s->exp->eval, (uint64_t)s->exp->top.seed, s->data,
                       s->model, s->log, s->arena, &eval, err));
    json_t *result = sr_eval_json(&s->exp->eval, &eval);
    if (s->exp->eval.source)
        json_object_set_new(
            result, "source",
            json_string(((const struct flags *)call->flags)->source));
    const enum sr_status status = tell(call, subject, s, &eval, result, err);
    json_decref(result);
    return status;
}

/* Asked before the work, not after it. */
static enum sr_status check_place(const char *flag, const char *path,
                                  struct sr_arena *arena, struct sr_err *err)
{
    const char *dir = sr_file_dir(arena, path);
    if (*path && !sr_file_is_dir(dir))
        return sr_fail(err, SR_ERESOURCE, "--%s %s: there is no directory %s",
                       flag, path, dir);
    return SR_OK;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_subject subject;
    struct sr_setup setup;

    SR_TRY(check_place("per-image", flags->per_image, call->arena, err));
    SR_TRY(check_place("logits", flags->logits, call->arena, err));
    SR_TRY(sr_eval_open(call, &flags->eval, &subject, &setup, err));
    sr_stop_watch();
    enum sr_status status = SR_OK;
    if (*flags->source)
        status =
            sr_setup_twin(&setup, flags->source, &setup.exp->eval.source, err);
    if (status == SR_OK)
        status = evaluate(call, &subject, &setup, err);
    sr_setup_close(&setup);
    return status;
}

const struct sr_cmd sr_cmd_eval = {
    .name = "eval",
    .summary = "clean and robust accuracy of a network",
    .usage = "[RUN] [--attack WORDS] [key=value...]\n"
             "       satrun eval --config FILE --weights FILE ...",
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
        "w.safetensors --json\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 1,
    .overrides = true,
    .run = run,
};
