#include "report/mark.h"

#include "report/figure.h"
#include "report/runs.h"
#include "test.h"

/* A row with a clean accuracy and its interval, in per cent. */
static json_t *row_of(int images, int accuracy, int low, int high)
{
    json_t *row =
        json_pack("{s:i, s:s, s:{s:{s:f, s:[f, f]}}}", "images", images, "data",
                  "toys", "figures", "clean", "accuracy", accuracy / 100.0,
                  "interval_95", low / 100.0, high / 100.0);
    ck_assert_ptr_nonnull(row);
    return row;
}

/* 'b' for the best, 'o' for what overlaps it, '-' for neither. */
static char mark_at(const json_t *rows, size_t i)
{
    const json_t *figure = sr_figure_of(json_array_get(rows, i), "clean");
    const bool best = json_is_true(json_object_get(figure, "best"));
    const bool over = json_is_true(json_object_get(figure, "overlaps_best"));
    ck_assert(!(best && over));
    return best ? 'b' : over ? 'o' : '-';
}

static void check_marks(json_t *rows, const char *want)
{
    sr_rows_mark(rows);
    ck_assert_uint_eq(json_array_size(rows), strlen(want));
    for (size_t i = 0; want[i]; i++)
        ck_assert_msg(mark_at(rows, i) == want[i], "row %zu is %c in %s", i,
                      mark_at(rows, i), want);
    json_decref(rows);
}

/* Touching intervals overlap. */
START_TEST(the_best_and_what_overlaps_it)
{
    check_marks(json_pack("[o, o, o, o]", row_of(100, 60, 55, 65),
                          row_of(100, 52, 49, 55), row_of(100, 51, 48, 54),
                          row_of(100, 64, 55, 70)),
                "oo-b");
}
END_TEST

START_TEST(as_good_is_best_too)
{
    check_marks(
        json_pack("[o, o]", row_of(100, 60, 55, 65), row_of(100, 60, 50, 70)),
        "bb");
}
END_TEST

/* On other images, of an unfinished run, or alone: nothing to compare with. */
START_TEST(what_is_not_compared)
{
    json_t *stopped = row_of(100, 99, 98, 100);
    json_object_set_new(stopped, "state", json_string("stopped"));
    check_marks(json_pack("[o, o, o, o]", row_of(100, 60, 55, 65),
                          row_of(100, 40, 35, 45), row_of(50, 90, 85, 95),
                          stopped),
                "b---");
}
END_TEST

SR_SUITE(report_mark)
{
    return sr_suite("report/mark",
                    (const TTest *[]){the_best_and_what_overlaps_it,
                                      as_good_is_best_too, what_is_not_compared,
                                      NULL});
}
