/* satrun report: what came out of some runs, for a paper. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/file.h"
#include "report/chart.h"
#include "report/inputs.h"
#include "report/open_jobs.h"
#include "report/page.h"
#include "report/report.h"

struct flags {
    int format;
    bool no_group;
    const char *sort, *columns;
    const char *plot, *plots, *html;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_ENUM(struct flags, format, "md", sr_report_format_name,
            "what is printed: markdown, CSV, LaTeX or JSON"),
    SR_BOOL(struct flags, no_group, "false",
            "each run a row, those that differ by their seed alone, too"),
    SR_FLAG(struct flags, sort, "COLUMN",
            "figures from the highest, all else from the lowest"),
    SR_FLAG(struct flags, columns, "A,B",
            "these alone: titles, keys of the config, or attacks; images are "
            "shown where they differ"),
    SR_FLAG(struct flags, plot, "FILE",
            "draw all charts in one picture: .svg, .pdf or .png"),
    SR_FLAG(struct flags, plots, "DIR",
            "draw a picture for each chart, DIR/loss.svg and so on"),
    SR_FLAG(struct flags, html, "FILE.html",
            "write a page with everything in it; its charts are in FILE-plots/ "
            "unless told"),
    {.key = NULL}
};
/* clang-format on */

/* What CSV has no place for: its reader must know what is missing. */
static void tell_missing(const struct sr_call *call,
                         const struct sr_report *report)
{
    json_t *item;
    size_t i;
    json_array_foreach (report->unfinished, i, item) {
        sr_log_warn(call->log, "%s: %s, %s",
                    json_string_value(json_object_get(item, "run")),
                    json_string_value(json_object_get(item, "state")),
                    json_string_value(json_object_get(item, "what")));
    }
    json_array_foreach (report->sweeps, i, item) {
        sr_log_warn(call->log, "%s", sr_open_jobs_head(item, call->arena));
    }
    json_array_foreach (report->warnings, i, item) {
        sr_log_warn(call->log, "%s", json_string_value(item));
    }
    json_array_foreach (report->damaged, i, item) {
        sr_log_warn(call->log, "%s", json_string_value(item));
    }
}

/* Where each chart is a file of its own: as told, or "report-plots" beside
 * "report.html"; "" when nobody wants them. */
static const char *chart_dir(const struct flags *flags, struct sr_arena *arena)
{
    const char *dot = strrchr(flags->html, '.');
    if (*flags->plots || !*flags->html)
        return flags->plots;
    const size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - flags->html)
                                                 : strlen(flags->html);
    return sr_arena_format(arena, "%.*s-plots", (int)stem, flags->html);
}

/* A picture has its numbers and its script beside it. */
static enum sr_status check_outputs(const struct sr_call *call,
                                    const struct sr_report *report,
                                    struct sr_err *err)
{
    static const char *const beside[] = {".csv", ".gp"};
    const struct flags *flags = call->flags;
    const char *dot = strrchr(flags->plot, '.');
    const char *output[] = {flags->html, flags->plot, "", ""};
    for (int i = 0; i < 2 && dot; i++)
        output[2 + i] =
            sr_arena_format(call->arena, "%.*s%s", (int)(dot - flags->plot),
                            flags->plot, beside[i]);
    for (int i = 0; i < 4; i++)
        SR_TRY(sr_inputs_check(report, call->words, call->word, output[i],
                               call->arena, err));
    return SR_OK;
}

/* Whatever flags ask for. */
static enum sr_status draw(const struct sr_call *call,
                           const struct sr_report *report, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_chart chart[SR_CHARTS];
    struct sr_page page = {.report = report,
                           .chart = chart,
                           .chart_dir = chart_dir(flags, call->arena),
                           .drawn = true};
    if (!*flags->plot && !*page.chart_dir)
        return SR_OK;
    page.charts = sr_charts_of(report, call->arena, chart);
    if (page.charts == 0)
        sr_log_warn(call->log, "there are no numbers to draw");
    if (page.charts > 0 && *flags->plot)
        SR_TRY(sr_charts_draw(page.charts, chart, flags->plot, call->arena,
                              &page.drawn, err));
    if (page.charts > 0 && *page.chart_dir)
        SR_TRY(sr_charts_draw_each(page.charts, chart, page.chart_dir,
                                   call->arena, &page.drawn, err));
    if (!page.drawn)
        sr_log_warn(call->log, "gnuplot is not installed, so nothing is drawn; "
                               "the .csv and .gp to draw from are there");
    return *flags->html ? sr_page_write(&page, flags->html, call->arena, err)
                        : SR_OK;
}

static enum sr_status verdict(const struct sr_report *report,
                              struct sr_err *err)
{
    const size_t n = json_array_size(report->damaged);
    if (n == 0)
        return SR_OK;
    return sr_fail(err, SR_EDATA,
                   "%zu file%s damaged; the report ends with what is wrong in "
                   "%s",
                   n, n > 1 ? "s are" : " is", n > 1 ? "them" : "it");
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const struct sr_report_opts opts = {flags->no_group, flags->columns,
                                        flags->sort};
    const enum sr_report_format format =
        call->common.json ? SR_REPORT_JSON
                          : (enum sr_report_format)flags->format;
    struct sr_report report;
    if (*flags->plot)
        SR_TRY(sr_plot_check(flags->plot, err));
    SR_TRY(sr_report_make(call->words, call->word, &opts, call->arena, &report,
                          err));
    enum sr_status status = check_outputs(call, &report, err);
    if (status == SR_OK) {
        fputs(sr_report_text(&report, format, call->arena), stdout);
        if (format == SR_REPORT_CSV)
            tell_missing(call, &report);
        status = draw(call, &report, err);
    }
    if (status == SR_OK)
        status = verdict(&report, err);
    sr_report_close(&report);
    return status;
}

const struct sr_cmd sr_cmd_report = {
    .name = "report",
    .summary = "a table of runs: settings that differ, accuracies",
    .usage = "RUN... [flags]",
    .details =
        "RUN is a run's directory or one that holds runs, a sweep's for "
        "instance. Only\nsettings that differ are columns. Runs that differ by "
        "their seed alone are one row:\nmean, sample standard deviation and "
        "95 % interval; of several figures for one attack\nthe lowest counts. "
        "The best of a column is bold, what cannot be told from it has\na "
        "dagger. Unfinished runs, a sweep's jobs that are not done and "
        "damaged\nfiles are named; with damaged ones the exit code is 4.",
    .examples = "  satrun report runs/relu-* runs/silu-*\n"
                "  satrun report runs/sweep --sort pgd-50 --format latex\n"
                "  satrun report runs --columns run,epochs,train.lr,clean "
                "--no-group\n"
                "  satrun report runs --html report.html\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1000000,
    .overrides = false,
    .run = run,
};
