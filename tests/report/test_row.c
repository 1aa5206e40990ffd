#include "report/row.h"

#include <stdlib.h>

#include "base/file.h"
#include "report/made.h"
#include "report/runs.h"
#include "test.h"

/* An evaluation of nothing but one attack of 8/255. */
static json_t *eval_of(const char *word, const char *norm, double robust)
{
    json_t *eval = json_pack(
        "{s:s, s:i, s:{s:f}, s:[{s:s, s:s, s:f, s:{s:f}}], s:{s:f}}", "schema",
        "satrun.eval/1", "images", 100, "clean", "accuracy", 0.9, "attacks",
        "attack", word, "norm", norm, "epsilon", 8 / 255.0, "robust",
        "accuracy", robust, "worst_case", "accuracy", robust);
    ck_assert_ptr_nonnull(eval);
    return eval;
}

static double accuracy(const json_t *row, const char *column)
{
    return json_number_value(
        json_object_get(json_object_get(row, column), "accuracy"));
}

/* Whichever of them is read last. */
START_TEST(the_lowest_figure_stays)
{
    static const double robust[][3] = {
        {0.5, 0.25, 0.75}, {0.25, 0.5, 0.75}, {0.75, 0.5, 0.25}};
    for (int k = 0; k < 3; k++) {
        json_t *row = json_object(), *evals = json_array();
        for (int i = 0; i < 3; i++)
            json_array_append_new(evals,
                                  eval_of("pgd-10", "linf", robust[k][i]));
        sr_row_add_evals(row, evals);
        ck_assert_double_eq(accuracy(row, "pgd-10 linf 8/255"), 0.25);
        ck_assert_double_eq(accuracy(row, "clean"), 0.9);
        ck_assert_ptr_null(json_object_get(row, "worst case linf 8/255"));
        json_decref(evals);
        json_decref(row);
    }
}
END_TEST

/* An attack that was alone counts for the worst case too, and one in another
 * ball does not. */
START_TEST(the_worst_case_is_of_one_ball)
{
    json_t *row = json_object();
    json_t *evals =
        json_pack("[o, o, o]", eval_of("pgd-10", "linf", 0.25),
                  eval_of("pgd-50", "linf", 0.5), eval_of("fgsm", "l2", 0.125));
    sr_row_add_evals(row, evals);
    ck_assert_double_eq(accuracy(row, "pgd-10 linf 8/255"), 0.25);
    ck_assert_double_eq(accuracy(row, "pgd-50 linf 8/255"), 0.5);
    ck_assert_double_eq(accuracy(row, "worst case linf 8/255"), 0.25);
    ck_assert_double_eq(accuracy(row, "fgsm l2 8/255"), 0.125);
    ck_assert_ptr_null(json_object_get(row, "worst case l2 8/255"));
    json_decref(evals);
    json_decref(row);
}
END_TEST

static json_t *rows_of(char *run)
{
    struct sr_err err;
    json_t *runs;
    SR_GOOD(sr_runs_read(1, &run, sr_test_arena(), &runs, &err), err);
    json_t *rows = sr_rows_of_runs(runs);
    json_decref(runs);
    return rows;
}

static const json_t *figures(const json_t *rows, size_t row)
{
    return json_object_get(json_array_get(rows, row), "figures");
}

static const char *cell(const json_t *rows, size_t row, const char *column)
{
    return sr_json_text(json_array_get(rows, row), column);
}

/* The numbers of two networks are never in one row, whatever they are called;
 * those of one network are, and only test images count. */
START_TEST(a_network_is_a_row)
{
    char *run = made_run("a", "finished", NULL);
    json_t *other = made_eval_json(
        (struct made_eval){"", "cccc", "last", "fgsm", 100, 99, 0});
    made_put_eval(
        run, (struct made_eval){"1.json", "aaaa", "best", "fgsm", 100, 50, 20});
    made_put_eval(
        run, (struct made_eval){"2.json", "bbbb", "last", "fgsm", 100, 25, 20});
    made_put_eval(
        run, (struct made_eval){"3.json", "aaaa", "last", "fgsm", 100, 50, 20});
    json_object_set_new(other, "split", json_string("validation"));
    char *text = json_dumps(other, 0);
    made_put(run, "eval/4.json", text);
    free(text);
    json_decref(other);
    json_t *rows = rows_of(run);
    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_assert_str_eq(cell(rows, 0, "checkpoint"), "best, last");
    ck_assert_str_eq(cell(rows, 1, "checkpoint"), "last");
    ck_assert_str_eq(cell(rows, 0, "data"), "toys 01234567");
    ck_assert_double_eq(accuracy(figures(rows, 0), "clean"), 0.5);
    ck_assert_double_eq(accuracy(figures(rows, 1), "clean"), 0.25);
    json_decref(rows);
}
END_TEST

/* Nor are those of one network used in two ways, or on fewer images. */
START_TEST(what_cannot_be_compared_is_another_row)
{
    static const struct {
        const char *file, *config, *forward;
        int images;
    } evals[] = {{"1.json", "c", "relu", 100},
                 {"2.json", "d", "silu", 100},
                 {"3.json", "c", "relu", 10}};
    struct sr_err err;
    char *run = made_run("b", "finished", "activation.forward", "relu", NULL);
    const char *dir = sr_file_join(sr_test_arena(), run, "eval");
    SR_GOOD(sr_file_mkdir(dir, &err), err);
    for (int i = 0; i < 3; i++) {
        json_t *eval = eval_of("pgd-10", "linf", 0.5);
        json_t *more = json_pack(
            "{s:s, s:i, s:s, s:{s:s, s:s}}", "split", "test", "images",
            evals[i].images, "config", evals[i].config, "settings",
            "activation.forward", evals[i].forward, "eval.limit", "7");
        json_object_update_new(eval, more);
        SR_GOOD(sr_json_write(sr_file_join(sr_test_arena(), dir, evals[i].file),
                              eval, &err),
                err);
        json_decref(eval);
    }
    json_t *rows = rows_of(run);
    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert_str_eq(cell(rows, 0, "evaluated with"), "");
    ck_assert_str_eq(cell(rows, 1, "evaluated with"),
                     "activation.forward=silu");
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(json_integer_value(json_object_get(
                             json_array_get(rows, i), "images")),
                         evals[i].images);
    json_decref(rows);
}
END_TEST

/* What the column does not say stays with the figure. */
START_TEST(a_figure_knows_how)
{
    json_t *row = json_object();
    json_t *evals = json_pack("[o]", made_eval_json((struct made_eval){
                                         "", "a", "last", "pgd-2", 10, 5, 3}));
    sr_row_add_evals(row, evals);
    const json_t *how =
        json_object_get(json_object_get(row, "pgd-2 linf 8/255"), "how");
    ck_assert_double_eq(json_number_value(json_object_get(how, "step_size")),
                        0.01);
    ck_assert_ptr_null(json_object_get(json_object_get(row, "clean"), "how"));
    json_decref(evals);
    json_decref(row);
}
END_TEST

SR_SUITE(report_row)
{
    return sr_suite("report/row",
                    (const TTest *[]){the_lowest_figure_stays,
                                      the_worst_case_is_of_one_ball,
                                      a_network_is_a_row,
                                      what_cannot_be_compared_is_another_row,
                                      a_figure_knows_how, NULL});
}
