#include "report/layout.h"

#include "report/runs.h"
#include "test.h"

/* A row of one run with its images and, of per cent, two figures. */
static json_t *row_of(const char *run, int images, int clean, int robust)
{
    json_t *row = json_pack(
        "{s:s, s:[s], s:{s:s, s:s}, s:s, s:i, s:{s:{s:f}, s:{s:f}}}", "run",
        run, "runs", run, "settings", "seed", "0", "train.lr", run, "data",
        "toys", "images", images, "figures", "clean", "accuracy", clean / 100.0,
        "pgd-5 linf 0.1", "accuracy", robust / 100.0);
    ck_assert_ptr_nonnull(row);
    return row;
}

static json_t *rows_of(int images_of_b)
{
    return json_pack("[o, o]", row_of("a", 100, 50, 40),
                     row_of("b", images_of_b, 60, 30));
}

/* "run,lr,clean": the titles of the columns. */
static const char *titles_of(const json_t *rows, const char *wanted)
{
    struct sr_err err;
    json_t *columns, *column;
    const char *all = "";
    size_t i;
    SR_GOOD(sr_layout_columns(rows, wanted, sr_test_arena(), &columns, &err),
            err);
    json_array_foreach (columns, i, column) {
        all = sr_arena_format(sr_test_arena(), "%s%s%s", all, i ? "," : "",
                              sr_json_text(column, "title"));
    }
    json_decref(columns);
    return all;
}

/* Rows on other images cannot be shown without them, whatever is asked for. */
START_TEST(what_figures_were_measured_on)
{
    static const struct {
        int images_of_b;
        const char *wanted, *titles;
    } cases[] = {
        {100, "", "run,lr,clean,pgd-5 linf 0.1"},
        {100, "run,pgd-5", "run,pgd-5 linf 0.1"},
        {50, "", "run,lr,images,clean,pgd-5 linf 0.1"},
        {50, "run,clean,train.lr", "run,images,clean,train.lr"},
        {50, "clean, images", "clean,images"},
        {50, "run,lr", "run,lr"}, /* nothing was measured */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *rows = rows_of(cases[i].images_of_b);
        ck_assert_str_eq(titles_of(rows, cases[i].wanted), cases[i].titles);
        json_decref(rows);
    }
}
END_TEST

START_TEST(words_nobody_knows)
{
    struct sr_err err;
    json_t *rows = rows_of(100), *made;
    SR_BAD(sr_layout_columns(rows, "clan", sr_test_arena(), &made, &err), err,
           SR_EUSAGE, "no column 'clan'; there are: run, lr, clean, pgd-5");
    SR_BAD(sr_layout_sorted(rows, "pgd-6", sr_test_arena(), &made, &err), err,
           SR_EUSAGE, "no column 'pgd-6'");
    json_decref(rows);
}
END_TEST

/* Figures from the highest, all else from the lowest, what has none last. */
START_TEST(orders)
{
    static const struct {
        const char *by, *order;
    } cases[] = {{"clean", "bac"},
                 {"pgd-5", "abc"},
                 {"images", "bca"},
                 {"run", "abc"},
                 {"train.lr", "abc"}};
    json_t *rows = rows_of(50), *last = row_of("c", 50, 0, 0), *row;
    json_object_del(json_object_get(last, "figures"), "clean");
    json_array_append_new(rows, last);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct sr_err err;
        json_t *sorted;
        size_t i;
        SR_GOOD(
            sr_layout_sorted(rows, cases[k].by, sr_test_arena(), &sorted, &err),
            err);
        ck_assert_uint_eq(json_array_size(sorted), 3);
        json_array_foreach (sorted, i, row) {
            ck_assert_int_eq(sr_json_text(row, "run")[0], cases[k].order[i]);
        }
        json_decref(sorted);
    }
    json_decref(rows);
}
END_TEST

START_TEST(worst_cases_come_last)
{
    json_t *rows = rows_of(100), *figures;
    json_t *worst = json_pack("{s:f}", "accuracy", 0.1);
    figures = json_object_get(json_array_get(rows, 0), "figures");
    json_object_clear(figures);
    json_object_set_new(figures, "worst case linf 0.1", worst);
    json_t *titles = sr_layout_figures(rows);
    ck_assert_uint_eq(json_array_size(titles), 3);
    ck_assert_str_eq(json_string_value(json_array_get(titles, 0)), "clean");
    ck_assert_str_eq(json_string_value(json_array_get(titles, 2)),
                     "worst case linf 0.1");
    json_decref(titles);
    json_decref(rows);
}
END_TEST

SR_SUITE(report_layout)
{
    return sr_suite("report/layout",
                    (const TTest *[]){what_figures_were_measured_on,
                                      words_nobody_knows, orders,
                                      worst_cases_come_last, NULL});
}
