/* satrun metrics: the course of a run, as a table or for other programs. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "document.h"
#include "report/events.h"
#include "report/metrics.h"
#include "report/rundir.h"
#include "report/table.h"

static const char *kind_word(int i)
{
    static const char *const words[] = {"all", "step", "epoch", NULL};
    return words[i];
}

struct flags {
    bool csv, lines;
    int kind; /* of kind_word */
    const char *tensorboard;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_BOOL(struct flags, csv, "false", "as CSV"),
    SR_BOOL(struct flags, lines, "false", "as JSON, an object a line"),
    SR_ENUM(struct flags, kind, "all", kind_word,
            "only lines about single steps or about epochs"),
    SR_FLAG(struct flags, tensorboard, "DIR",
            "write event files for TensorBoard into DIR/<name of the run> instead"),
    {.key = NULL}
};
/* clang-format on */

/* The rows of that kind, all of them for 0. */
static json_t *choose(const json_t *found, int kind)
{
    json_t *chosen = json_array(), *row;
    size_t i;
    json_array_foreach (found, i, row) {
        const char *own = json_string_value(json_object_get(row, "kind"));
        if (kind == 0 || (own && strcmp(own, kind_word(kind)) == 0))
            json_array_append(chosen, row);
    }
    return chosen;
}

/* For people "time" is a date; lines and JSON have it as it was written. */
static void tell_dates(json_t *chosen)
{
    json_t *row;
    size_t i;
    json_array_foreach (chosen, i, row) {
        char text[32];
        const json_t *time = json_object_get(row, "time");
        if (!json_is_number(time))
            continue;
        sr_clock_utc_of(json_number_value(time), text, sizeof text);
        if (*text)
            json_object_set_new(row, "time", json_string(text));
    }
}

static void print_lines(const json_t *chosen)
{
    json_t *row;
    size_t i;
    json_array_foreach (chosen, i, row) {
        json_dumpf(row, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
        putchar('\n');
    }
}

/* In a directory named as the run: those of several runs stand side by side,
 * as TensorBoard shows them. */
static enum sr_status write_events(const struct sr_call *call, const char *path,
                                   const json_t *chosen, struct sr_err *err)
{
    const char *root = ((const struct flags *)call->flags)->tensorboard;
    const char *name = sr_file_name(sr_file_trim(call->arena, path));
    const char *directory = sr_file_join(call->arena, root, name);
    struct sr_events *events;
    SR_TRY(sr_events_open(directory, chosen, call->arena, &events, err));
    sr_events_close(events);
    sr_log_say(call->log, "%zu lines as events in %s: tensorboard --logdir %s",
               json_array_size(chosen), directory, root);
    return SR_OK;
}

static enum sr_status tell(const struct sr_call *call, const char *path,
                           json_t *chosen, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    if (*flags->tensorboard)
        return write_events(call, path, chosen, err);
    char *shown = sr_arena_text(call->arena, path);
    sr_text_clean(shown);
    if (call->common.json)
        sr_document_give(json_pack("{s:s, s:s, s:O}", "schema",
                                   "satrun.metrics/1", "run", shown, "rows",
                                   chosen));
    else if (flags->lines)
        print_lines(chosen);
    else {
        tell_dates(chosen);
        fputs(sr_table_text(chosen, flags->csv ? SR_TABLE_CSV : SR_TABLE_MD,
                            call->arena),
              stdout);
    }
    return SR_OK;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    json_t *found;
    char *path;
    struct sr_err skipped;
    if (call->common.json + flags->csv + flags->lines + !!*flags->tensorboard >
        1)
        return sr_fail(err, SR_EUSAGE,
                       "--csv, --lines, --json and --tensorboard contradict: "
                       "one of them");
    SR_TRY(sr_rundir_find(call->words ? call->word[0] : NULL, call->arena,
                          &path, err));
    sr_log_say(call->log, "metrics of %s", path);
    SR_TRY(sr_metrics_read(path, &found, &skipped, err));
    json_t *chosen = choose(found, flags->kind);
    json_decref(found);
    if (json_array_size(chosen) == 0)
        sr_log_warn(call->log, "%s/metrics.jsonl has no line%s%s%s", path,
                    flags->kind ? " about " : "",
                    flags->kind ? kind_word(flags->kind) : "",
                    flags->kind ? "s" : "");
    const enum sr_status status = tell(call, path, chosen, err);
    json_decref(chosen);
    if (status == SR_OK && *skipped.text)
        return sr_fail(err, SR_EDATA, "%s; left out", skipped.text);
    return status;
}

const struct sr_cmd sr_cmd_metrics = {
    .name = "metrics",
    .summary = "the course of a run: losses, accuracies, rates",
    .usage = "[RUN] [flags]",
    .details =
        "A row for each line of the run's metrics.jsonl, with columns in the "
        "order in which\nthey first appear, the time in UTC; the newest run if "
        "none is named, "
        "also while it is training.\nThe setting logging.tensorboard=true has "
        "event files written during the run.",
    .examples = "  satrun metrics --kind epoch\n"
                "  satrun metrics runs/mine --csv >mine.csv\n"
                "  satrun metrics runs/mine --tensorboard events\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 1,
    .run = run,
};
