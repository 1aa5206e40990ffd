#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/group.h"
#include "report/layout.h"
#include "report/mark.h"
#include "report/notes.h"
#include "report/open_jobs.h"
#include "report/row.h"
#include "report/runs.h"
#include "report/table.h"

/* ---- making ---- */

/* Each row for itself, as groups of one are. */
static json_t *ungrouped(const json_t *singles, struct sr_arena *arena)
{
    json_t *rows = json_array(), *row;
    size_t i;
    json_array_foreach (singles, i, row) {
        json_t *one = json_pack("[O]", row);
        json_t *made = sr_rows_grouped(one, arena);
        json_array_extend(rows, made);
        json_decref(made);
        json_decref(one);
    }
    return rows;
}

static json_int_t images_of(const json_t *rows, size_t i)
{
    return json_integer_value(
        json_object_get(json_array_get(rows, i), "images"));
}

/* Rows on as many images stand together, as only they can be compared; the most
 * first, else as they were. */
static void sort_by_images(json_t *rows)
{
    for (size_t i = 1; i < json_array_size(rows); i++) {
        size_t k = i;
        while (k > 0 && images_of(rows, k - 1) < images_of(rows, i))
            k--;
        json_t *row = json_incref(json_array_get(rows, i));
        json_array_remove(rows, i);
        json_array_insert_new(rows, k, row);
    }
}

/* The table of the rows, which are there. */
static enum sr_status lay_out(const struct sr_report_opts *opts,
                              struct sr_arena *arena, struct sr_report *r,
                              struct sr_err *err)
{
    json_t *sorted;
    if (opts->sort && *opts->sort && json_array_size(r->rows) > 0) {
        SR_TRY(sr_layout_sorted(r->rows, opts->sort, arena, &sorted, err));
        json_decref(r->rows);
        r->rows = sorted;
    }
    const char *wanted = json_array_size(r->rows) > 0 ? opts->columns : NULL;
    SR_TRY(sr_layout_columns(r->rows, wanted, arena, &r->columns, err));
    r->lines = sr_layout_lines(r->rows, r->columns);
    return SR_OK;
}

static void add_warnings(json_t *notes, const json_t *warnings)
{
    json_t *warning;
    size_t i;
    json_array_foreach (warnings, i, warning) {
        json_array_append_new(
            notes, json_sprintf("Attention: %s", json_string_value(warning)));
    }
}

enum sr_status sr_report_make(int n, char *const *path,
                              const struct sr_report_opts *opts,
                              struct sr_arena *arena, struct sr_report *report,
                              struct sr_err *err)
{
    struct sr_report r = {0};
    SR_TRY(sr_runs_read(n, path, arena, &r.runs, err));
    r.singles = sr_rows_of_runs(r.runs);
    r.rows = opts->no_group ? ungrouped(r.singles, arena)
                            : sr_rows_grouped(r.singles, arena);
    sort_by_images(r.rows);
    sr_rows_mark(r.rows);
    const enum sr_status status = lay_out(opts, arena, &r, err);
    if (status != SR_OK) {
        sr_report_close(&r);
        return status;
    }
    r.common = sr_notes_common(r.rows);
    r.notes = sr_notes_of(r.rows, r.singles, r.common);
    r.warnings = sr_notes_warnings(r.rows, r.runs);
    add_warnings(r.notes, r.warnings);
    r.unfinished = sr_notes_unfinished(r.runs, arena);
    r.damaged = sr_notes_damaged(r.runs);
    r.sweeps = sr_open_jobs(n, path, r.runs, arena, r.damaged);
    *report = r;
    return SR_OK;
}

void sr_report_close(struct sr_report *report)
{
    json_t **const all[] = {
        &report->runs,    &report->singles,    &report->rows,
        &report->columns, &report->lines,      &report->common,
        &report->notes,   &report->unfinished, &report->sweeps,
        &report->damaged, &report->warnings};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_decref(*all[i]);
        *all[i] = NULL;
    }
}

/* ---- telling ---- */

const char *sr_report_format_name(int i)
{
    static const char *const names[] = {"md", "csv", "latex", "json"};
    return i >= 0 && i < 4 ? names[i] : NULL;
}

static json_t *titles_of(const json_t *columns)
{
    json_t *titles = json_array(), *column;
    size_t i;
    json_array_foreach (columns, i, column) {
        json_array_append(titles, json_object_get(column, "title"));
    }
    return titles;
}

static void put_sweep(const json_t *sweep, struct sr_arena *arena, FILE *out)
{
    json_t *lines = sr_open_jobs_lines(sweep), *line;
    size_t i;
    fprintf(out, "\n%s\n\n", sr_open_jobs_head(sweep, arena));
    json_array_foreach (lines, i, line) {
        fprintf(out, "- %s\n", json_string_value(line));
    }
    json_decref(lines);
}

/* What is below the notes, a line for each run and file. */
static void put_lists(const struct sr_report *r, struct sr_arena *arena,
                      FILE *out)
{
    json_t *item;
    size_t i;
    if (json_array_size(r->unfinished) > 0)
        fputs("\nNot in the table, or not finished:\n\n", out);
    json_array_foreach (r->unfinished, i, item) {
        fprintf(out, "- %s: %s, %s\n", sr_json_text(item, "run"),
                sr_json_text(item, "state"), sr_json_text(item, "what"));
    }
    json_array_foreach (r->sweeps, i, item) {
        put_sweep(item, arena, out);
    }
    if (json_array_size(r->damaged) > 0)
        fputs("\nDamaged:\n\n", out);
    json_array_foreach (r->damaged, i, item) {
        fprintf(out, "- %s\n", json_string_value(item));
    }
}

static void put_markdown(const struct sr_report *r, const char *table,
                         struct sr_arena *arena, FILE *out)
{
    json_t *note;
    size_t i;
    if (json_array_size(r->lines) > 0)
        fputs(table, out);
    json_array_foreach (r->notes, i, note) {
        fprintf(out, "\n%s\n", json_string_value(note));
    }
    put_lists(r, arena, out);
}

/* The lists of what is not in the table are comments: a line each, so that no
 * file's text can end one. */
static void put_latex_lists(const struct sr_report *r, struct sr_arena *arena,
                            FILE *out)
{
    char *text = NULL, *line;
    size_t size = 0;
    FILE *lists = open_memstream(&text, &size);
    SR_REQUIRE(lists != NULL);
    put_lists(r, arena, lists);
    SR_REQUIRE(fclose(lists) == 0);
    for (char *rest = text; (line = sr_text_line(&rest));)
        if (*line)
            fprintf(out, "%% %s\n", line);
    free(text);
}

static void put_latex(const struct sr_report *r, const char *table,
                      struct sr_arena *arena, FILE *out)
{
    json_t *note;
    size_t i;
    fputs("% needs \\usepackage{booktabs}\n", out);
    fputs(table, out);
    json_array_foreach (r->notes, i, note) {
        fputs("\n\\par\\footnotesize ", out);
        sr_table_put_latex(json_string_value(note), out);
        fputc('\n', out);
    }
    put_latex_lists(r, arena, out);
}

static void put_json(const struct sr_report *r, FILE *out)
{
    static const char *const more[] = {"runs", "seeds", "images", "data"};
    json_t *rows = json_deep_copy(r->lines), *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        const json_t *from = json_array_get(r->rows, i);
        for (size_t k = 0; k < sizeof more / sizeof *more; k++)
            if (json_object_get(from, more[k]))
                json_object_set(row, more[k], json_object_get(from, more[k]));
    }
    json_t *all =
        json_pack("{s:s, s:o, s:o, s:O, s:O, s:O, s:O, s:O}", "schema",
                  "satrun.report/2", "columns", titles_of(r->columns), "rows",
                  rows, "common", r->common, "notes", r->notes, "unfinished",
                  r->unfinished, "sweeps", r->sweeps, "damaged", r->damaged);
    json_dumpf(all, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(all);
}

char *sr_report_text(const struct sr_report *report,
                     enum sr_report_format format, struct sr_arena *arena)
{
    static const enum sr_table_format tables[] = {
        [SR_REPORT_MD] = SR_TABLE_MD,
        [SR_REPORT_CSV] = SR_TABLE_CSV,
        [SR_REPORT_LATEX] = SR_TABLE_LATEX,
        [SR_REPORT_JSON] = SR_TABLE_CSV};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    SR_REQUIRE(out != NULL);
    json_t *titles = titles_of(report->columns);
    const char *table =
        sr_table_of(report->lines, titles, tables[format], arena);
    if (format == SR_REPORT_MD)
        put_markdown(report, table, arena, out);
    else if (format == SR_REPORT_CSV)
        fputs(table, out);
    else if (format == SR_REPORT_LATEX)
        put_latex(report, table, arena, out);
    else
        put_json(report, out);
    SR_REQUIRE(fclose(out) == 0);
    json_decref(titles);
    char *copy = sr_arena_text(arena, text);
    free(text);
    return copy;
}
