/* satrun report: what came out of some runs, as one table. */
#include <stdio.h>

#include "cmd.h"
#include "report/row.h"
#include "report/table.h"

struct flags {
    int format;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_ENUM(struct flags, format, "md", sr_table_format_name,
            "markdown, CSV or JSON"),
    {.key = NULL}
};
/* clang-format on */

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const enum sr_table_format format =
        call->common.json ? SR_TABLE_JSON : (enum sr_table_format)flags->format;
    json_t *found;
    SR_TRY(sr_rows_of_runs(call->words, call->word, call->arena, &found, err));
    fputs(sr_table_text(found, format, call->arena), stdout);
    json_decref(found);
    return SR_OK;
}

const struct sr_cmd sr_cmd_report = {
    .name = "report",
    .summary = "a table of runs: settings that differ, accuracies",
    .usage = "RUN... [flags]",
    .details = "A row for each checkpoint and number of test images that was "
               "evaluated, from the\nrun's manifest.json and eval/*.json; of "
               "several figures for one attack the lowest.\nAccuracies are in "
               "per cent with their 95 % interval.",
    .examples = "  satrun report runs/relu-* runs/silu-*\n"
                "  satrun report runs/latest --format csv\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1000000,
    .overrides = false,
    .run = run,
};
