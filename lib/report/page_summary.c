/* The report in sentences. */
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "report/figure.h"
#include "report/layout.h"
#include "report/page.h"
#include "report/row.h"
#include "report/runs.h"

enum { SENTENCE = 1024, NAMES = 3 }; /* bytes; told before "and 2 others" */

static const char WORST[] = "worst case";

static bool is_worst(const char *title)
{
    return strncmp(title, WORST, strlen(WORST)) == 0;
}

/* "61.00 % (95 % interval 57.90 to 64.10)" */
static json_t *value_of(const json_t *figure)
{
    if (!sr_figure_has_interval(figure))
        return json_sprintf("%.2f %%", sr_figure_per_cent(figure));
    return json_sprintf(
        "%.2f %% (95 %% interval %.2f to %.2f)", sr_figure_per_cent(figure),
        100 * sr_figure_bound(figure, 0), 100 * sr_figure_bound(figure, 1));
}

/* ---- who leads a column ---- */

/* The rows that bear a mark in a column, among those on the same images. */
struct marked {
    const json_t *rows;
    const char *title, *mark;
    const json_t *like;
};

static bool is_marked(const struct marked *m, const json_t *row)
{
    const json_t *figure = sr_figure_of(row, m->title);
    return json_is_true(json_object_get(figure, m->mark)) &&
           sr_row_same_images(row, m->like);
}

static int count_marked(const struct marked *m)
{
    json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (m->rows, i, row) {
        n += is_marked(m, row);
    }
    return n;
}

/* "relu, silu and gelu", "relu, silu, gelu and 2 others" */
static void add_names(char *text, const struct marked *m)
{
    const int n = count_marked(m), most = n <= NAMES + 1 ? n : NAMES;
    json_t *row;
    size_t i;
    int k = 0;
    json_array_foreach (m->rows, i, row) {
        if (!is_marked(m, row) || k >= most)
            continue;
        sr_text_add(text, SENTENCE, "%s%s",
                    k == 0       ? ""
                    : k == n - 1 ? " and "
                                 : ", ",
                    sr_json_text(row, "run"));
        k++;
    }
    if (most < n)
        sr_text_add(text, SENTENCE, " and %d others", n - most);
}

/* "Accuracy without an attack", "Accuracy under pgd-50 linf 8/255, on 1000
 * images": which figure it is and, where not all have the same, of which
 * images.
 */
static void add_subject(char *text, const struct marked *m)
{
    json_t *row;
    size_t i;
    bool several = false;
    json_array_foreach (m->rows, i, row) {
        several = several || !sr_row_same_images(row, m->like);
    }
    sr_text_add(text, SENTENCE, "Accuracy ");
    if (strcmp(m->title, "clean") == 0)
        sr_text_add(text, SENTENCE, "without an attack");
    else
        sr_text_add(text, SENTENCE, "%s%s",
                    is_worst(m->title) ? "in the " : "under ", m->title);
    if (several)
        sr_text_add(text, SENTENCE, ", on %lld images",
                    json_integer_value(json_object_get(m->like, "images")));
    sr_text_add(text, SENTENCE, ": ");
}

/* Whether the lead means anything. */
static void add_verdict(char *text, const struct marked *best)
{
    const json_t *figure = sr_figure_of(best->like, best->title);
    const struct marked near = {best->rows, best->title, "overlaps_best",
                                best->like};
    const int rivals = count_marked(&near), leaders = count_marked(best);
    if (rivals > 0) {
        sr_text_add(text, SENTENCE, ", but not clearly: the interval%s of ",
                    rivals > 1 ? "s" : "");
        add_names(text, &near);
        sr_text_add(text, SENTENCE, " overlap%s it.", rivals > 1 ? "" : "s");
    } else if (leaders > 1) {
        sr_text_add(text, SENTENCE, ".");
    } else {
        sr_text_add(text, SENTENCE,
                    ", and clearly: no other interval reaches this one.%s",
                    json_object_get(figure, "sd")
                        ? ""
                        : " It is one seed, though; another may do worse.");
    }
}

/* Which rows lead a column, among those on the same images. */
static void add_leader(json_t *all, const struct marked *best)
{
    json_t *value = value_of(sr_figure_of(best->like, best->title));
    char text[SENTENCE] = "";
    add_subject(text, best);
    add_names(text, best);
    sr_text_add(text, SENTENCE, "%s%s",
                count_marked(best) == 1 ? " is ahead with " : " are level at ",
                json_string_value(value));
    add_verdict(text, best);
    sr_text_clean(text); /* a letter may have been cut */
    json_array_append_new(all, json_string(text));
    json_decref(value);
}

/* ---- which columns are worth a sentence ---- */

/* Is the row's figure one of those that the lead is about? */
static bool competes(const json_t *row, const char *title, const json_t *like)
{
    return sr_figure_of(row, title) && !json_object_get(row, "state") &&
           sr_row_same_images(row, like);
}

/* Does the other row have each attack of this row's worst case, too? */
static bool has_attacks_of(const json_t *row, const json_t *other,
                           const char *ball)
{
    json_t *figures = json_object_get(row, "figures"), *figure;
    const char *title;
    json_object_foreach (figures, title, figure) {
        if (sr_row_is_of_ball(title, ball) && !sr_figure_of(other, title))
            return false;
    }
    return true;
}

/* Worst cases of other attacks are no contest: it is told where all rows with
 * it are of the same ones, and there is more than one. */
static bool tells_worst(const json_t *rows, const char *title,
                        const json_t *like)
{
    const char *ball = title + strlen(WORST);
    const json_t *first = NULL;
    json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (rows, i, row) {
        if (!competes(row, title, like))
            continue;
        first = n++ == 0 ? row : first;
        if (!has_attacks_of(row, first, ball) ||
            !has_attacks_of(first, row, ball))
            return false;
    }
    return n > 1;
}

/* Is the row's figure part of a worst case that is told? */
static bool is_covered(const json_t *rows, const json_t *row, const char *title)
{
    json_t *figures = json_object_get(row, "figures"), *figure;
    const char *worst;
    json_object_foreach (figures, worst, figure) {
        if (is_worst(worst) && sr_row_is_of_ball(title, worst + strlen(WORST)))
            return tells_worst(rows, worst, row);
    }
    return false;
}

/* Clean and worst cases, and attacks that some row has no worst case for. */
static bool is_told(const json_t *rows, const char *title, const json_t *like)
{
    json_t *row;
    size_t i;
    if (strcmp(title, "clean") == 0)
        return true;
    if (is_worst(title))
        return tells_worst(rows, title, like);
    json_array_foreach (rows, i, row) {
        if (competes(row, title, like) && !is_covered(rows, row, title))
            return true;
    }
    return false;
}

/* A sentence for each set of images that the column was measured on. */
static void add_leaders(json_t *all, const json_t *rows, const char *title)
{
    json_t *row;
    size_t i, k;
    json_array_foreach (rows, i, row) {
        const struct marked best = {rows, title, "best", row};
        bool told = !is_marked(&best, row) || !is_told(rows, title, row);
        for (k = 0; k < i; k++)
            told = told || is_marked(&best, json_array_get(rows, k));
        if (!told)
            add_leader(all, &best);
    }
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
    json_t *sweep;
    size_t i;
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
    json_array_foreach (r->sweeps, i, sweep) {
        json_array_append_new(
            all, json_sprintf("The sweep %s is not complete: see below the "
                              "table.",
                              sr_json_text(sweep, "sweep")));
    }
    if (bad > 0)
        json_array_append_new(
            all, json_sprintf("%zu file%s damaged: see below the table.", bad,
                              bad == 1 ? " is" : "s are"));
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
        add_leaders(all, report->rows, json_string_value(title));
    }
    if (warnings > 0)
        json_array_append_new(
            all, json_sprintf("The evaluations gave %d warning%s: see the "
                              "runs.",
                              warnings, warnings == 1 ? "" : "s"));
    json_decref(figures);
    return all;
}
