#include "report/page.h"

#include <ctype.h>

#include "base/file.h"
#include "base/text.h"
#include "report/html.h"
#include "report/made.h"
#include "report/mark.h"
#include "report/runs.h"
#include "test.h"

#define EVIL "<script>x('\"')&amp;"

/* ---- a small reader of HTML ---- */

enum { DEPTH = 64, NAME = 16 };

/* Each tag that opens is closed, in the right order; those of HTML that are
 * never closed end in "/>" here.  No < or > stands outside a tag. */
static void check_balance(const char *page)
{
    char open[DEPTH][NAME];
    int depth = 0;
    for (const char *p = strstr(page, "<html"); *p; p++) {
        if (*p != '<')
            continue;
        const char *end = strchr(p, '>');
        char name[NAME] = "";
        ck_assert_ptr_nonnull(end);
        for (int i = 0;
             i < NAME - 1 && isalnum((unsigned char)p[1 + i + (p[1] == '/')]);
             i++)
            name[i] = p[1 + i + (p[1] == '/')];
        if (p[1] == '/') {
            ck_assert_int_gt(depth, 0);
            ck_assert_str_eq(name, open[--depth]);
        } else if (end[-1] != '/') {
            ck_assert_int_lt(depth, DEPTH);
            memcpy(open[depth++], name, NAME);
        }
        p = end;
    }
    ck_assert_int_eq(depth, 0);
}

static int count(const char *text, const char *piece)
{
    int n = 0;
    for (; (text = strstr(text, piece)); text++)
        n++;
    return n;
}

/* Nothing is fetched and nothing runs: every source is data. */
static void check_self_contained(const char *page)
{
    static const char *const never[] = {
        "<script", "http:", "https:",  "url(",
        "@import", "<link", "<iframe", "onload"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        ck_assert_msg(!strstr(page, never[i]), "%s is in the page", never[i]);
    ck_assert_int_eq(count(page, "src=\""), count(page, "src=\"data:image/"));
}

/* ---- pages ---- */

static char *page_of(int n, char *const *path, bool drawn,
                     struct sr_report *report)
{
    struct sr_chart chart[SR_CHARTS];
    struct sr_err err;
    const struct sr_report_opts opts = {false, "", ""};
    const char *file = sr_file_join(sr_test_arena(), made_home(), "r.html");
    unsigned char *bytes;
    size_t size;
    SR_GOOD(sr_report_make(n, path, &opts, sr_test_arena(), report, &err), err);
    struct sr_page page = {.report = report,
                           .chart = chart,
                           .chart_dir = made_home(),
                           .drawn = drawn};
    page.charts = sr_charts_of(report, sr_test_arena(), chart);
    SR_GOOD(sr_page_write(&page, file, sr_test_arena(), &err), err);
    SR_GOOD(sr_file_read(file, 1 << 24, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    return (char *)bytes;
}

/* Two runs; whatever of them is text wants to be markup. */
static void make_two(char *path[2])
{
    static const char *const names[] = {EVIL "0", EVIL "1"};
    for (int i = 0; i < 2; i++) {
        path[i] =
            made_run(names[i], "finished", "train.lr", i ? EVIL : "0.1", NULL);
        made_put_eval(path[i],
                      (struct made_eval){"f.json", names[i], EVIL, "pgd-5",
                                         1000, 600 + 100 * i, 300});
        made_put(path[i], "config.yaml", "a: b # </pre><script>\x01\xff");
        made_put(path[i], "command.txt", "satrun <img src=x onerror=y>");
        made_put(path[i], "grids/a.svg", "<svg/>");
        made_put(path[i], "grids/b.png", "no picture");
    }
}

START_TEST(nothing_becomes_markup)
{
    char *path[2];
    struct sr_report report;
    make_two(path);
    const char *page = page_of(2, path, true, &report);
    check_balance(page);
    check_self_contained(page);
    ck_assert_int_eq(count(page, "<img "), 2); /* the two a.svg */
    ck_assert_ptr_nonnull(
        strstr(page, "&lt;script&gt;x(&#39;&quot;&#39;)&amp;amp;"));
    ck_assert_ptr_nonnull(strstr(page, "&lt;/pre&gt;&lt;script&gt;??"));
    ck_assert_ptr_nonnull(strstr(page, "b.png is no PNG or SVG"));
    ck_assert_ptr_nonnull(strstr(page, "data:image/svg+xml;base64,PHN2Zy8+\""));
    sr_report_close(&report);
}
END_TEST

/* Each figure of the JSON is in the page's table. */
START_TEST(figures_are_those_of_json)
{
    char *path[2];
    struct sr_report report;
    struct sr_err err;
    json_t *all, *row, *value;
    const char *title;
    size_t i;
    make_two(path);
    const char *page = page_of(2, path, false, &report);
    const char *table = strstr(page, "<table id=\"results\">");
    const char *json = sr_report_text(&report, SR_REPORT_JSON, sr_test_arena());
    SR_GOOD(sr_json_parse(json, strlen(json), "x", SR_EDATA, &all, &err), err);
    int figures = 0;
    json_array_foreach (json_object_get(all, "rows"), i, row) {
        json_object_foreach (row, title, value) {
            const json_t *interval = json_object_get(value, "interval_95");
            if (!interval)
                continue;
            const char *cell = sr_arena_format(
                sr_test_arena(), " <span>(%.2f–%.2f)</span></td>",
                100 * json_number_value(json_array_get(interval, 0)),
                100 * json_number_value(json_array_get(interval, 1)));
            const char *accuracy = sr_arena_format(
                sr_test_arena(), "%.2f",
                100 * json_number_value(json_object_get(value, "accuracy")));
            ck_assert_msg(strstr(table, cell) != NULL, "no %s", cell);
            ck_assert_msg(strstr(table, accuracy) != NULL, "no %s", accuracy);
            figures++;
        }
    }
    ck_assert_int_eq(figures, 4);
    ck_assert_ptr_nonnull(
        strstr(table, "title=\"clean\"><span><b>70.00</b></span> <span>("));
    json_decref(all);
    sr_report_close(&report);
}
END_TEST

/* Without gnuplot the page says so, and has no picture of a chart. */
START_TEST(without_gnuplot)
{
    char *path[2];
    struct sr_report report;
    make_two(path);
    const char *page = page_of(2, path, false, &report);
    ck_assert_ptr_nonnull(strstr(page, "gnuplot was not installed"));
    check_balance(page);
    sr_report_close(&report);
}
END_TEST

static const char *sentence(const json_t *summary, size_t i)
{
    return json_string_value(json_array_get(summary, i));
}

/* The sentences follow from the numbers. */
START_TEST(a_summary_in_words)
{
    char *path[3];
    struct sr_err err;
    struct sr_report r;
    const struct sr_report_opts opts = {false, "", ""};
    make_two(path);
    path[2] = made_run("open", "running", NULL);
    SR_GOOD(sr_report_make(3, path, &opts, sr_test_arena(), &r, &err), err);
    json_t *summary = sr_page_summary(&r);
    ck_assert_str_eq(sentence(summary, 0),
                     "3 runs were read; the table has 2 rows.");
    ck_assert_str_eq(sentence(summary, 1), "1 of the runs is not finished or "
                                           "not evaluated: see below the "
                                           "table.");
    ck_assert_str_eq(sentence(summary, 2),
                     "Accuracy without an attack: " EVIL
                     "1 is ahead with 70.00 % (95 % interval 67.09 to 72.76), "
                     "and clearly: no other interval reaches this one. It is "
                     "one seed, though; another may do worse.");
    ck_assert_str_eq(sentence(summary, 3),
                     "Accuracy under pgd-5 linf 8/255: " EVIL "0 and " EVIL
                     "1 are level at 30.00 % (95 % interval 27.24 to 32.91).");
    json_decref(summary);
    sr_report_close(&r);
}
END_TEST

/* The i-th of the rows: the images, clean accuracy and half of its interval in
 * per cent, whether it is of several seeds. */
struct fact {
    const char *run;
    int images, clean, half;
    bool seeds;
};

static json_t *rows_of(const struct fact *fact)
{
    json_t *rows = json_array();
    for (; fact->run; fact++) {
        json_t *figure =
            json_pack("{s:f, s:[f, f]}", "accuracy", fact->clean / 100.0,
                      "interval_95", (fact->clean - fact->half) / 100.0,
                      (fact->clean + fact->half) / 100.0);
        if (fact->seeds)
            json_object_set_new(figure, "sd", json_real(0.01));
        json_array_append_new(rows, json_pack("{s:s, s:s, s:i, s:{s:o}}",
                                              "data", "toys", "run", fact->run,
                                              "images", fact->images, "figures",
                                              "clean", figure));
    }
    sr_rows_mark(rows);
    return rows;
}

/* What is said of who is ahead, read as a stranger would. */
START_TEST(who_is_ahead)
{
    static const struct {
        struct fact fact[7];
        const char *said[2];
    } cases[] = {
        {{{"a", 9, 60, 2, true}, {"b", 9, 50, 2, true}},
         {"Accuracy without an attack: a is ahead with 60.00 % (95 % interval "
          "58.00 to 62.00), and clearly: no other interval reaches this one."}},
        {{{"a", 9, 60, 2, true}, {"b", 9, 57, 2, true}},
         {"Accuracy without an attack: a is ahead with 60.00 % (95 % interval "
          "58.00 to 62.00), but not clearly: the interval of b overlaps it."}},
        {{{"a", 9, 60, 2, true},
          {"b", 9, 57, 2, true},
          {"c", 9, 57, 2, true},
          {"d", 9, 57, 2, true},
          {"e", 9, 57, 2, true},
          {"f", 9, 57, 2, true}},
         {"Accuracy without an attack: a is ahead with 60.00 % (95 % interval "
          "58.00 to 62.00), but not clearly: the intervals of b, c, d and 2 "
          "others overlap it."}},
        {{{"a", 9, 60, 2, true}, {"b", 9, 60, 2, true}, {"c", 9, 5, 1, true}},
         {"Accuracy without an attack: a and b are level at 60.00 % (95 % "
          "interval 58.00 to 62.00)."}},
        {{{"a", 9, 60, 2, true},
          {"a", 99, 70, 2, true},
          {"b", 9, 57, 2, true},
          {"b", 99, 71, 2, true}},
         {"Accuracy without an attack, on 9 images: a is ahead with 60.00 % "
          "(95 % interval 58.00 to 62.00), but not clearly: the interval of b "
          "overlaps it.",
          "Accuracy without an attack, on 99 images: b is ahead with 71.00 % "
          "(95 % interval 69.00 to 73.00), but not clearly: the interval of a "
          "overlaps it."}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_report r = {.rows = rows_of(cases[i].fact)};
        json_t *summary = sr_page_summary(&r);
        ck_assert_str_eq(sentence(summary, 1), cases[i].said[0]);
        ck_assert_uint_eq(json_array_size(summary), cases[i].said[1] ? 3 : 2);
        if (cases[i].said[1])
            ck_assert_str_eq(sentence(summary, 2), cases[i].said[1]);
        json_decref(summary);
        sr_report_close(&r);
    }
}
END_TEST

/* The i-th of up to three rows as letters, an attack each in one ball: p, f and
 * a, and w for a worst case. */
static json_t *attacked(const char *const rows[3])
{
    static const char *const title[] = {"pgd-5 linf 0.1", "fgsm linf 0.1",
                                        "apgd linf 0.1", "worst case linf 0.1"};
    static const char letters[] = "pfaw";
    json_t *all = json_array();
    for (int i = 0; i < 3 && rows[i]; i++) {
        json_t *figures = json_object();
        for (const char *p = rows[i]; *p; p++)
            json_object_set_new(
                figures, title[strcspn(letters, (char[]){*p, 0})],
                json_pack("{s:f, s:[f, f]}", "accuracy", 0.5 - 0.1 * i,
                          "interval_95", 0.49 - 0.1 * i, 0.51 - 0.1 * i));
        json_array_append_new(all, json_pack("{s:s, s:s, s:i, s:o}", "data",
                                             "toys", "run", "x", "images", 9,
                                             "figures", figures));
    }
    sr_rows_mark(all);
    return all;
}

/* Rows are compared by the attacks that all of them have. */
START_TEST(what_all_have_in_common)
{
    static const struct {
        const char *row[3], *told; /* letters as above */
    } cases[] = {
        {{"p", "p"}, "p"},
        {{"pfw", "pfw"}, "w"},
        {{"p", "pfw"}, "p"},            /* one has an evaluation more    */
        {{"pfw", "paw"}, "p"},          /* each has one of its own       */
        {{"pfw", "pfaw"}, "pf"},        /* one has one more, of three    */
        {{"pfw", "pfw", "p"}, "pw"},    /* the worst case is of two rows */
        {{"pfw", "pfw", "pfaw"}, "pf"}, /* it is not one attack for all  */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_report r = {.rows = attacked(cases[i].row)};
        json_t *summary = sr_page_summary(&r), *text;
        char told[8] = "";
        size_t k;
        json_array_foreach (summary, k, text) {
            const char *said = json_string_value(text);
            const char *name = strstr(said, "under ");
            if (name || strstr(said, "worst case"))
                sr_text_add(told, sizeof told, "%c", name ? name[6] : 'w');
        }
        ck_assert_msg(strcmp(told, cases[i].told) == 0, "%zu: %s", i, told);
        json_decref(summary);
        sr_report_close(&r);
    }
}
END_TEST

SR_SUITE(report_page)
{
    return sr_suite(
        "report/page",
        (const TTest *[]){nothing_becomes_markup, figures_are_those_of_json,
                          without_gnuplot, a_summary_in_words, who_is_ahead,
                          what_all_have_in_common, NULL});
}
