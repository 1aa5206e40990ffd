/* The report in sentences. */
#include <stdbool.h>
#include <string.h>

#include "report/layout.h"
#include "report/figure.h"
#include "report/page.h"
#include "report/runs.h"

/* "61.00 % (57.90 to 64.10)" */
static json_t *value_of(const json_t *figure)
{
    if (!sr_figure_has_interval(figure))
        return json_sprintf("%.2f %%", sr_figure_per_cent(figure));
    return json_sprintf("%.2f %% (%.2f to %.2f)", sr_figure_per_cent(figure),
                        100 * sr_figure_bound(figure, 0),
                        100 * sr_figure_bound(figure, 1));
}

static bool is_marked(const json_t *row, const char *title, const char *mark)
{
    return json_is_true(json_object_get(sr_figure_of(row, title), mark));
}

static int count_marked(const json_t *rows, const char *title, const char *mark)
{
    json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (rows, i, row) {
        n += is_marked(row, title, mark);
    }
    return n;
}

static const json_t *first_marked(const json_t *rows, const char *title)
{
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        if (is_marked(row, title, "best"))
            return row;
    }
    return NULL;
}

/* Which row leads a column, and whether that means anything. */
static void add_leader(json_t *all, const json_t *rows, const char *title)
{
    const json_t *best = first_marked(rows, title);
    const int leaders = count_marked(rows, title, "best");
    const int near = count_marked(rows, title, "overlaps_best");
    if (!best)
        return;
    json_t *value = value_of(sr_figure_of(best, title));
    const char *sure =
        leaders > 1 ? "Other rows lead, too: they are as good, or on other "
                      "images."
        : near > 0 ? "The intervals of others overlap its own (marked †), so "
                     "the lead is not a finding yet."
                   : "No other row's interval overlaps its own.";
    json_array_append_new(all, json_sprintf("%s: %s leads with %s. %s", title,
                                            sr_json_text(best, "run"),
                                            json_string_value(value), sure));
    json_decref(value);
}

/* A row that stands alone. */
static void add_alone(json_t *all, const json_t *row)
{
    json_t *figures = json_object_get(row, "figures"), *figure;
    const char *title;
    json_object_foreach (figures, title, figure) {
        json_t *value = value_of(figure);
        json_array_append_new(all, json_sprintf("%s, %s: %s.",
                                                sr_json_text(row, "run"), title,
                                                json_string_value(value)));
        json_decref(value);
    }
}

static void add_counts(json_t *all, const struct sr_report *r)
{
    const size_t bad = json_array_size(r->damaged);
    const size_t open = json_array_size(r->unfinished);
    json_array_append_new(
        all, json_sprintf("%zu run%s read; the table has %zu row%s.",
                          json_array_size(r->runs),
                          json_array_size(r->runs) == 1 ? " was" : "s were",
                          json_array_size(r->rows),
                          json_array_size(r->rows) == 1 ? "" : "s"));
    if (open > 0)
        json_array_append_new(
            all, json_sprintf("%zu of the runs %s not finished or not "
                              "evaluated: see below the table.",
                              open, open == 1 ? "is" : "are"));
    if (bad > 0)
        json_array_append_new(all,
                              json_sprintf("%zu damaged file%s left out.", bad,
                                           bad == 1 ? " was" : "s were"));
}

/* Clean and worst cases; where nothing has one, every attack. */
static bool is_told(const json_t *figures, const char *title)
{
    json_t *other;
    size_t i;
    bool worst = false;
    json_array_foreach (figures, i, other) {
        worst = worst || strncmp(json_string_value(other), "worst", 5) == 0;
    }
    return !worst || strcmp(title, "clean") == 0 ||
           strncmp(title, "worst", 5) == 0;
}

static int warnings_of(const json_t *runs)
{
    json_t *run, *eval;
    size_t i, k;
    int n = 0;
    json_array_foreach (runs, i, run) {
        json_array_foreach (json_object_get(run, "evals"), k, eval) {
            n += (int)json_array_size(json_object_get(eval, "warnings"));
        }
    }
    return n;
}

json_t *sr_page_summary(const struct sr_report *report)
{
    json_t *all = json_array(), *title;
    json_t *figures = sr_layout_figures(report->rows);
    size_t i;
    const int warnings = warnings_of(report->runs);
    add_counts(all, report);
    if (json_array_size(report->rows) == 1)
        add_alone(all, json_array_get(report->rows, 0));
    json_array_foreach (figures, i, title) {
        if (is_told(figures, json_string_value(title)))
            add_leader(all, report->rows, json_string_value(title));
    }
    if (warnings > 0)
        json_array_append_new(
            all, json_sprintf("The evaluations gave %d warning%s: see the "
                              "runs.",
                              warnings, warnings == 1 ? "" : "s"));
    json_decref(figures);
    return all;
}
