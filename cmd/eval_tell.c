#include "eval_tell.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "document.h"

static const char *text_in(const json_t *about, const char *object,
                           const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(about, object), key));
    return text ? text : "";
}

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

static void print_head(const struct sr_eval_told *t, struct sr_arena *arena)
{
    const struct sr_eval *e = t->eval;
    const struct sr_eval_opts *o = t->opts;

    printf("%s, %d images of the %s split of %s",
           text_in(t->about, "network", "name"), e->images,
           sr_split_word(o->split), text_in(t->about, "data", "dataset"));
    if (e->share.of > 1)
        printf(", share %d/%d of %d", e->share.number, e->share.of, e->whole);
    printf("\nweights: %s\n", t->subject->weights);
    if (e->attacks > 0)
        printf("%s, epsilon %s, step %s, %s start, slope: %s\n",
               sr_norm_name(o->how.norm), sr_eval_levels(o->how.epsilon, arena),
               sr_eval_levels(o->how.step_size, arena),
               o->how.random_start ? "random" : "clean",
               sr_backward_name(o->backward));
    if (json_object_get(t->about, "source"))
        printf("attacks are made on another network: %s\n",
               text_in(t->about, "source", "weights"));
}

static void print_table(const struct sr_eval_told *t, struct sr_arena *arena)
{
    const struct sr_eval *e = t->eval;

    print_head(t, arena);
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
static void stamp(const struct sr_eval_opts *o, const json_t *about,
                  char text[9])
{
    char all[4096] = "", value[SR_LIST_MAX * (SR_WORD_SIZE + 2)];
    char sum[SR_SHA256_TEXT];

    sr_text_add(all, sizeof all, "%s\n\n",
                json_string_value(json_object_get(about, "config")));
    if (json_object_get(about, "source"))
        sr_text_add(all, sizeof all, "source=%s\n",
                    text_in(about, "source", "sha256"));
    for (const struct sr_opt *row = sr_eval_rows; row->key; row++) {
        sr_opt_show(row, o, value, sizeof value);
        sr_text_add(all, sizeof all, "%s=%s\n", row->key, value);
    }
    sr_sha256(all, strlen(all), sum);
    snprintf(text, 9, "%.8s", sum);
}

const char *sr_eval_name(const struct sr_subject *subject,
                         const struct sr_eval_opts *o, const json_t *about,
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
    stamp(o, about, digits);
    return sr_arena_format(arena, "%s-%s", name, digits);
}

const char *sr_eval_result(const struct sr_subject *subject,
                           const struct sr_eval_opts *o, const json_t *about,
                           struct sr_arena *arena)
{
    if (!subject->run || o->share.of > 1)
        return NULL;
    return sr_arena_format(arena, "%s/eval/%s.json", subject->run,
                           sr_eval_name(subject, o, about, arena));
}

static enum sr_status keep_in_run(const struct sr_call *call,
                                  const struct sr_eval_told *t,
                                  const json_t *result, struct sr_err *err)
{
    struct sr_arena *a = call->arena;
    const char *path = sr_eval_result(t->subject, t->opts, t->about, a);
    if (!path)
        return SR_OK;
    SR_TRY(sr_file_mkdir(sr_file_dir(a, path), err));
    SR_TRY(sr_json_write(path, result, err));
    sr_log_say(call->log, "written: %s", path);
    return SR_OK;
}

static enum sr_status tell(const struct sr_call *call,
                           const struct sr_eval_told *t, const json_t *result,
                           struct sr_err *err)
{
    SR_TRY(keep_in_run(call, t, result, err));
    if (*t->per_image)
        SR_TRY(sr_eval_write_csv(t->eval, t->per_image, err));
    if (call->common.json)
        sr_document_print(result);
    else
        print_table(t, call->arena);
    return SR_OK;
}

enum sr_status sr_eval_tell(const struct sr_call *call,
                            const struct sr_eval_told *t, struct sr_err *err)
{
    json_t *result = sr_eval_json(t->opts, t->eval);
    json_object_update(result, (json_t *)t->about);
    const enum sr_status status = tell(call, t, result, err);
    json_decref(result);
    return status;
}
