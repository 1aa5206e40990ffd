#include "report/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "report/html.h"
#include "report/open_jobs.h"
#include "report/runs.h"
#include "report/table.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#ccc;"
    "--soft:#f3f3f3;--warn:#9a3412}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#161616;"
    "--line:#444;--soft:#222;--warn:#fdba74}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:80rem;padding:1rem;color:var(--ink);"
    "background:var(--paper);font:16px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:1.6rem;line-height:1.2}\n"
    "h2{font-size:1.2rem;margin-top:2rem}\n"
    "h4{margin:1rem 0 .3rem}\n"
    ".wide{overflow-x:auto;max-width:100%}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.3rem .7rem;text-align:left;vertical-align:top;"
    "white-space:nowrap;border-bottom:1px solid var(--line)}\n"
    "#results th,#results td{padding:.3rem .5rem;font-size:.9rem;"
    "overflow-wrap:break-word}\n"
    "#results th,#results td.figures{white-space:normal}\n"
    "#results td.run{white-space:normal;overflow-wrap:anywhere;"
    "min-width:8rem}\n"
    "#results span{white-space:nowrap}\n"
    "thead th{border-bottom:2px solid var(--ink)}\n"
    "sup{line-height:0}\n"
    "small{color:inherit;opacity:.75}\n"
    ".pictures{display:grid;gap:1rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}\n"
    ".pictures:empty{display:none}\n"
    "figure{margin:0}\n"
    "figure img{width:100%;max-width:48rem;height:auto;background:#fff;"
    "border:1px solid var(--line);border-radius:4px}\n"
    "figcaption{font-size:.85rem}\n"
    "details{border:1px solid var(--line);border-radius:4px;margin:.5rem 0;"
    "padding:.3rem .7rem}\n"
    "summary{cursor:pointer}\n"
    "pre{overflow-x:auto;background:var(--soft);padding:.5rem;"
    "font-size:.8rem;overflow-wrap:normal}\n"
    ".warning{color:var(--warn)}\n"
    "@media(max-width:44rem){#results,#results tbody{display:block}\n"
    "#results thead{display:none}\n"
    "#results tr{display:flex;flex-direction:column;padding:.4rem .7rem;"
    "margin:.5rem 0;border:1px solid var(--line);border-radius:4px}\n"
    "#results td{order:2;padding:.1rem 0;border:0;white-space:normal}\n"
    "#results td:empty{display:none}\n"
    "#results td::before{content:attr(title) ': ';opacity:.75}\n"
    "#results td.run{order:0;font-weight:bold;font-size:1.1em}\n"
    "#results td.run::before{content:none}\n"
    "#results td.figures{order:1}}\n"
    "@media print{details{break-inside:avoid}}\n";

/* ---- head ---- */

/* "4 runs on fashion-mnist" */
static const char *title_of(const struct sr_report *r, struct sr_arena *arena)
{
    const size_t n = json_array_size(r->runs);
    const char *data = sr_json_text(r->common, "data");
    return sr_arena_format(arena, "%zu run%s%s%.*s", n, n == 1 ? "" : "s",
                           *data ? " on " : "", (int)strcspn(data, " "), data);
}

static void put_head(FILE *out, const char *title)
{
    char now[32];
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\" />\n"
          "<meta name=\"viewport\" content=\"width=device-width, "
          "initial-scale=1\" />\n<title>",
          out);
    sr_html_put(out, title);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
    sr_html_tag(out, "h1", title);
    sr_clock_utc(0, now, sizeof now);
    fprintf(out, "<p><small>Made by satrun report, %s.</small></p>\n", now);
}

/* Each between its own tags, "p" or "li". */
static void put_each(FILE *out, const char *tag, const json_t *sentences)
{
    json_t *sentence;
    size_t i;
    json_array_foreach (sentences, i, sentence) {
        sr_html_tag(out, tag, json_string_value(sentence));
    }
    fputc('\n', out);
}

static void put_list(FILE *out, const json_t *sentences)
{
    fputs("<ul>\n", out);
    put_each(out, "li", sentences);
    fputs("</ul>\n", out);
}

/* ---- table ---- */

/* "run", or where the column is from [layout.h]. */
static const char *class_of(const json_t *column)
{
    return strcmp(sr_json_text(column, "key"), "run") == 0
               ? "run"
               : sr_json_text(column, "from");
}

/* In a narrow column "61.00", "(57.90–64.10)" and "n=1" have lines of their
 * own. */
static void put_figure(FILE *out, char *text)
{
    char *part = text, *end;
    fputs("<span>", out);
    while ((end = strstr(part, " (")) || (end = strstr(part, ") "))) {
        const size_t n = (size_t)(end - part) + (*end == ')');
        fprintf(out, "%.*s</span> <span>", (int)n, part);
        part += n + 1;
    }
    fprintf(out, "%s</span>", part);
}

/* A figure is markup of our own and digits; all else is a file's text. */
static void put_cell(FILE *out, const json_t *column, const json_t *line)
{
    static const struct sr_table_style html = {
        6, "<b>", "</b>", "<sup>†</sup>", " ± ", "–"};
    const char *title = sr_json_text(column, "title");
    const json_t *value = json_object_get(line, title);
    char text[SR_TABLE_CELL];
    sr_table_cell(value, &html, text);
    fprintf(out, "<td class=\"%s\" title=\"", class_of(column));
    sr_html_put(out, title);
    fputs("\">", out);
    if (json_is_object(value))
        put_figure(out, text);
    else
        sr_html_put(out, text);
    fputs("</td>", out);
}

static void put_table(FILE *out, const struct sr_report *r)
{
    json_t *line, *column;
    size_t i, k;
    fputs("<div class=\"wide\"><table id=\"results\">\n<thead><tr>", out);
    json_array_foreach (r->columns, k, column) {
        sr_html_tag(out, "th scope=\"col\"", sr_json_text(column, "title"));
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    json_array_foreach (r->lines, i, line) {
        fputs("<tr>", out);
        json_array_foreach (r->columns, k, column) {
            put_cell(out, column, line);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_unfinished(FILE *out, const struct sr_report *r)
{
    json_t *item;
    size_t i;
    if (json_array_size(r->unfinished) == 0)
        return;
    fputs("<h2>Not in the table, or not finished</h2>\n<ul>\n", out);
    json_array_foreach (r->unfinished, i, item) {
        fputs("<li>", out);
        sr_html_tag(out, "b", sr_json_text(item, "run"));
        fputs(": ", out);
        sr_html_put(out, sr_json_text(item, "state"));
        fputs(", ", out);
        sr_html_put(out, sr_json_text(item, "what"));
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void put_sweeps(FILE *out, const struct sr_report *r,
                       struct sr_arena *arena)
{
    json_t *sweep;
    size_t i;
    if (json_array_size(r->sweeps) > 0)
        fputs("<h2>Jobs that are not done</h2>\n", out);
    json_array_foreach (r->sweeps, i, sweep) {
        json_t *lines = sr_open_jobs_lines(sweep);
        sr_html_tag(out, "p", sr_open_jobs_head(sweep, arena));
        put_list(out, lines);
        json_decref(lines);
    }
}

static void put_damaged(FILE *out, const struct sr_report *r)
{
    if (json_array_size(r->damaged) == 0)
        return;
    fputs("<h2>Damaged</h2>\n", out);
    put_each(out, "p", r->damaged);
}

/* ---- charts ---- */

static void put_charts(FILE *out, const struct sr_page *page,
                       struct sr_arena *arena)
{
    struct sr_err err;
    if (page->charts == 0)
        return;
    fputs("<h2>Charts</h2>\n", out);
    if (!page->drawn)
        fputs("<p class=\"warning\">gnuplot was not installed when this report "
              "was made, so there are no charts in it.</p>\n",
              out);
    fputs("<div class=\"pictures\">\n", out);
    for (int i = 0; i < page->charts && page->drawn; i++) {
        const char *path =
            sr_file_join(arena, page->chart_dir,
                         sr_arena_format(arena, "%s.svg", page->chart[i].name));
        if (sr_html_figure(out, path, page->chart[i].caption, arena, &err) !=
            SR_OK)
            sr_html_tag(out, "p", err.text);
    }
    fputs("</div>\n", out);
}

/* ---- all of it ---- */

static void put_page(FILE *out, const struct sr_page *page,
                     struct sr_arena *arena)
{
    const struct sr_report *r = page->report;
    json_t *summary = sr_page_summary(r), *run;
    size_t i;
    put_head(out, title_of(r, arena));
    put_list(out, summary);
    fputs("<h2>Results</h2>\n", out);
    if (json_array_size(r->lines) > 0)
        put_table(out, r);
    put_each(out, "p", r->notes);
    put_unfinished(out, r);
    put_sweeps(out, r, arena);
    put_damaged(out, r);
    put_charts(out, page, arena);
    fputs("<h2>Runs</h2>\n", out);
    json_array_foreach (r->runs, i, run) {
        sr_page_put_run(out, run, arena);
    }
    fputs("</body>\n</html>\n", out);
    json_decref(summary);
}

enum sr_status sr_page_write(const struct sr_page *page, const char *path,
                             struct sr_arena *arena, struct sr_err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    SR_REQUIRE(out != NULL);
    put_page(out, page, arena);
    SR_REQUIRE(fclose(out) == 0);
    const enum sr_status status = sr_file_write(path, text, size, err);
    free(text);
    return status;
}
