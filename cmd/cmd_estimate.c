/* satrun estimate: how long training will take, before it is begun. */
#include <stdio.h>

#include "base/clock.h"
#include "document.h"
#include "estimate.h"
#include "report/table.h"

struct flags {
    long long steps;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_INT(struct flags, steps, "5", 1, SR_ESTIMATE_STEPS_MAX, "",
           "training steps to time, after two to warm up; their median counts"),
    {.key = NULL}
};
/* clang-format on */

/* ---- the table ---- */

static double number(const json_t *object, const char *part, const char *key)
{
    const json_t *in = part ? json_object_get(object, part) : object;
    return json_number_value(json_object_get(in, key));
}

static json_t *span(double seconds)
{
    char text[32];
    sr_clock_span(seconds, text, sizeof text);
    return json_string(text);
}

/* One experiment; columns as people ask for them. */
static json_t *row_of(const json_t *e)
{
    json_t *row = json_object();
    json_object_set(row, "config", json_object_get(e, "config"));
    json_object_set_new(
        row, "parameters",
        json_sprintf("%.2f M", 1e-6 * number(e, NULL, "parameters")));
    json_object_set_new(
        row, "GFLOP/image",
        json_sprintf("%.3f", number(e, NULL, "gflop_per_image")));
    json_object_set_new(
        row, "memory",
        json_sprintf("%s%.0f MB",
                     json_is_true(json_object_get(e, "memory_is_bound"))
                         ? "at most "
                         : "",
                     1e-6 * number(e, NULL, "memory_bytes")));
    json_object_set_new(
        row, "disk",
        json_sprintf("%.0f MB", 1e-6 * number(e, NULL, "disk_bytes")));
    json_object_set_new(
        row, "images/s",
        json_sprintf("%.1f", number(e, "step", "images_per_s")));
    json_object_set_new(row, "epoch", span(number(e, "epoch", "seconds")));
    json_object_set_new(row, "epochs",
                        json_sprintf("%.0f", number(e, "training", "epochs")));
    json_object_set_new(row, "training",
                        span(number(e, "training", "seconds")));
    json_object_set_new(row, "validation",
                        span(number(e, "validation", "seconds")));
    json_object_set_new(row, "evaluation",
                        span(number(e, "evaluation", "seconds")));
    json_object_set_new(row, "in all", span(number(e, NULL, "seconds")));
    return row;
}

static void print_assumed(const json_t *e)
{
    printf("\nimages/s are those of a whole training step, its attack "
           "included.\nEvaluations are reckoned for %.0f %% of the images "
           "correct and %.0f %% robust; a\nnetwork that is better takes "
           "longer.\n",
           100 * number(e, "assumed", "clean"),
           100 * number(e, "assumed", "robust"));
}

static void print_table(const json_t *list, struct sr_arena *arena)
{
    json_t *table = json_array(), *e;
    double all = 0;
    size_t i;
    json_array_foreach (list, i, e) {
        json_array_append_new(table, row_of(e));
        all += number(e, NULL, "seconds");
    }
    fputs(sr_table_text(table, SR_TABLE_MD, arena), stdout);
    json_decref(table);
    print_assumed(json_array_get(list, 0));
    if (json_array_size(list) > 1) {
        char text[32];
        sr_clock_span(all, text, sizeof text);
        printf("One after the other: %s.\n", text);
    }
}

/* ---- the command ---- */

/* The system tells the most memory that the process ever had: what needs less
 * than one before it is known to need at most that. */
static void mark_bound(json_t *list, json_t *result)
{
    const json_t *last = json_array_get(list, json_array_size(list) - 1);
    json_object_set_new(
        result, "memory_is_bound",
        json_boolean(last && number(last, NULL, "memory_bytes") >=
                                 number(result, NULL, "memory_bytes")));
    json_array_append_new(list, result);
}

static enum sr_status estimate(const struct sr_call *call, const char *config,
                               json_t *list, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const struct sr_setup_for what = {.config = config,
                                      .wants = SR_WANT_INPUT | SR_WANT_WEIGHTS};
    const struct sr_mark mark = sr_arena_mark(call->arena);
    struct sr_setup s;
    json_t *result;
    SR_TRY(sr_setup_open(call, &what, &s, err));
    const enum sr_status status =
        sr_estimate(&s, config, (int)flags->steps, &result, err);
    sr_setup_close(&s);
    sr_arena_release(call->arena, mark);
    if (status == SR_OK)
        mark_bound(list, result);
    return status;
}

static enum sr_status estimate_all(const struct sr_call *call, json_t *list,
                                   struct sr_err *err)
{
    for (int i = 0; i < call->words; i++) {
        sr_log_progress(call->log, "estimate", i, call->words, call->word[i]);
        SR_TRY(estimate(call, call->word[i], list, err));
    }
    return SR_OK;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    json_t *list = json_array();
    const enum sr_status status = estimate_all(call, list, err);
    sr_log_progress_end(call->log);
    if (status == SR_OK && call->common.json) {
        json_t *document =
            json_array_size(list) == 1
                ? json_incref(json_array_get(list, 0))
                : json_pack("{s:s, s:O}", "schema", "satrun.estimates/1",
                            "experiments", list);
        sr_document_give(document);
    } else if (status == SR_OK) {
        print_table(list, call->arena);
    }
    json_decref(list);
    return status;
}

const struct sr_cmd sr_cmd_estimate = {
    .name = "estimate",
    .summary = "how long training will take, and how much room it needs",
    .usage = "CONFIG... [key=value...]",
    .details =
        "Takes a few training steps on the experiment's own images and reckons "
        "up: memory,\ndisk for checkpoints, time of an epoch, of the training "
        "with its validations, and of\nthe evaluation at the end. Nothing is "
        "written. Overrides hold for every config.",
    .examples = "  satrun estimate configs/cifar10/fast_resnet20_silu.yaml\n"
                "  satrun estimate configs/paper/*.yaml --threads 1\n"
                "  satrun estimate my.yaml model.width=2 --json\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1000000,
    .overrides = true,
    .run = run,
};
