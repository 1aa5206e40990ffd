#include "report/group.h"

#include "report/figure.h"
#include "report/notes.h"
#include "report/runs.h"
#include "report/stats.h"
#include "test.h"

/* A row of one run on 100 images with these settings and a clean accuracy in
 * per cent; none below 0. */
static json_t *row_of(const char *run, const char *seed, const char *lr,
                      int clean)
{
    json_t *row = json_pack(
        "{s:s, s:[s], s:[s], s:{s:s, s:s, s:s}, s:s, s:i, s:{}}", "run", run,
        "runs", run, "paths", run, "settings", "seed", seed, "train.lr", lr,
        "name", run, "data", "toys", "images", 100, "figures");
    ck_assert_ptr_nonnull(row);
    if (clean >= 0)
        json_object_set_new(json_object_get(row, "figures"), "clean",
                            json_pack("{s:f}", "accuracy", clean / 100.0));
    return row;
}

/* How many runs each row has: "21". */
static const char *sizes_of(const json_t *rows)
{
    const char *sizes = "";
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        sizes = sr_arena_format(sr_test_arena(), "%s%zu", sizes,
                                json_array_size(json_object_get(row, "runs")));
    }
    return sizes;
}

static json_t *grouped(json_t *rows)
{
    json_t *made = sr_rows_grouped(rows, sr_test_arena());
    json_decref(rows);
    return made;
}

/* Against stats.h and arithmetic of its own. */
START_TEST(seeds_are_joined)
{
    json_t *rows = grouped(json_pack("[o, o, o]", row_of("a-0", "0", "1", 50),
                                     row_of("b-0", "0", "2", 10),
                                     row_of("a-1", "1", "1", 60)));
    const double accuracy[] = {0.5, 0.6};
    const struct sr_spread s = sr_stats_spread(2, accuracy, 100);
    ck_assert_str_eq(sizes_of(rows), "21");
    const json_t *row = json_array_get(rows, 0);
    const json_t *figure = sr_figure_of(row, "clean");
    ck_assert_str_eq(sr_json_text(row, "run"), "a");
    ck_assert_uint_eq(json_array_size(json_object_get(row, "seeds")), 2);
    ck_assert_double_eq_tol(sr_figure_accuracy(figure), 0.55, 1e-12);
    ck_assert_double_eq(sr_figure_bound(figure, 0), s.both.low);
    ck_assert_double_eq(sr_figure_bound(figure, 1), s.both.high);
    json_decref(rows);
}
END_TEST

/* The same seed again, other settings, other images or use, another state. */
START_TEST(what_is_not_joined)
{
    static const char *const facts[] = {"data", "checkpoint", "evaluated with",
                                        "state"};
    json_t *rows =
        grouped(json_pack("[o, o, o]", row_of("a", "0", "1", 50),
                          row_of("b", "0", "1", 50), row_of("c", "1", "2", 5)));
    ck_assert_str_eq(sizes_of(rows), "111");
    json_decref(rows);
    for (int i = 0; i < 4; i++) {
        json_t *other = row_of("b", "1", "1", 50);
        json_object_set_new(other, facts[i], json_string("other"));
        rows = grouped(json_pack("[o, o]", row_of("a", "0", "1", 50), other));
        ck_assert_msg(strcmp(sizes_of(rows), "11") == 0, "%s", facts[i]);
        json_decref(rows);
    }
}
END_TEST

/* A run with the settings and a seed of two that are one row is told of, by
 * which runs it was not joined with; none where nothing was joined. */
START_TEST(a_seed_once_more)
{
    json_t *rows = grouped(json_pack("[o, o, o]", row_of("stray", "0", "1", 50),
                                     row_of("a-0", "0", "1", 60),
                                     row_of("a-1", "1", "1", 60)));
    ck_assert_str_eq(sizes_of(rows), "21");
    const json_t *repeats = json_object_get(json_array_get(rows, 1), "repeats");
    ck_assert_ptr_null(json_object_get(json_array_get(rows, 0), "repeats"));
    ck_assert_uint_eq(json_array_size(repeats), 2);
    json_t *runs = json_array();
    json_t *notes = sr_notes_warnings(rows, runs);
    ck_assert_uint_eq(json_array_size(notes), 1);
    ck_assert_str_eq(
        json_string_value(json_array_get(notes, 0)),
        "a-0 repeats settings and seed of runs among stray, a-1: no seed "
        "counts twice, so it is a row of its own. To have others together, "
        "name the runs.");
    json_decref(notes);
    json_decref(rows);

    rows = grouped(json_pack("[o, o]", row_of("a", "0", "1", 50),
                             row_of("a", "0", "1", 50)));
    notes = sr_notes_warnings(rows, runs);
    ck_assert_uint_eq(json_array_size(notes), 0);
    json_decref(notes);
    json_decref(runs);
    json_decref(rows);
}
END_TEST

/* A figure that one of two seeds has is that one's, and says so. */
START_TEST(figures_of_some)
{
    json_t *rows = grouped(json_pack("[o, o]", row_of("a-0", "0", "1", -1),
                                     row_of("a-1", "1", "1", 60)));
    const json_t *figure = sr_figure_of(json_array_get(rows, 0), "clean");
    ck_assert_str_eq(sizes_of(rows), "2");
    ck_assert_double_eq(sr_figure_accuracy(figure), 0.6);
    ck_assert_str_eq(sr_json_text(figure, "of"), "n=1");
    ck_assert_ptr_null(json_object_get(figure, "sd"));
    json_decref(rows);
}
END_TEST

SR_SUITE(report_group)
{
    return sr_suite("report/group",
                    (const TTest *[]){seeds_are_joined, what_is_not_joined,
                                      a_seed_once_more, figures_of_some, NULL});
}
