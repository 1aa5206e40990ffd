#include "test.h"

#include "base/file.h"
#include "report/row.h"
#include "report/rundir.h"

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

/* A run with some settings and, of each network named, an evaluation. */
static char *make_run(const char *name, const char *forward, const char *lr,
                      const char *state)
{
    struct sr_rundir run;
    struct sr_err err;
    static const char *dir;
    if (!dir)
        dir = sr_test_dir();
    char *path = sr_file_join(sr_test_arena(), dir, name);
    json_t *manifest =
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "state", state,
                  "config", "c", "settings", "name", name, "activation.forward",
                  forward, "train.lr", lr, "train.epochs", "3");
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    SR_GOOD(sr_rundir_note_all(&run, manifest, &err), err);
    sr_rundir_close(&run);
    return path;
}

static void put_eval(const char *run, const char *file, const char *split,
                     const char *checkpoint, const char *weights, double clean)
{
    struct sr_err err;
    const char *dir = sr_file_join(sr_test_arena(), run, "eval");
    json_t *eval =
        json_pack("{s:s, s:i, s:s, s:s, s:{s:f}, s:{s:s, s:s}}", "schema",
                  "satrun.eval/1", "images", 100, "split", split, "config", "c",
                  "clean", "accuracy", clean, "network", "checkpoint",
                  checkpoint, "sha256", weights);
    SR_GOOD(sr_file_mkdir(dir, &err), err);
    SR_GOOD(sr_json_write(sr_file_join(sr_test_arena(), dir, file), eval, &err),
            err);
    json_decref(eval);
}

static const char *cell(const json_t *rows, size_t row, const char *column)
{
    const char *text =
        json_string_value(json_object_get(json_array_get(rows, row), column));
    return text ? text : "";
}

START_TEST(what_differs_becomes_a_column)
{
    struct sr_err err;
    json_t *rows;
    char *runs[] = {make_run("a", "relu", "0.1", "finished"),
                    make_run("b", "silu", "0.2", "stopped")};
    SR_GOOD(sr_rows_of_runs(2, runs, sr_test_arena(), &rows, &err), err);
    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_assert_str_eq(cell(rows, 0, "run"), "a");
    ck_assert_str_eq(cell(rows, 0, "forward"), "relu");
    ck_assert_str_eq(cell(rows, 1, "forward"), "silu");
    ck_assert_str_eq(cell(rows, 0, "epochs"), "3");
    ck_assert_str_eq(cell(rows, 0, "train.lr"), "0.1");
    ck_assert_str_eq(cell(rows, 1, "train.lr"), "0.2");
    ck_assert_str_eq(cell(rows, 0, "name"), "");
    ck_assert_str_eq(cell(rows, 0, "state"), "");
    ck_assert_str_eq(cell(rows, 1, "state"), "stopped");
    json_decref(rows);

    /* Twice the same run, once with a slash: one row, nothing differs. */
    runs[1] = sr_arena_format(sr_test_arena(), "%s/", runs[0]);
    SR_GOOD(sr_rows_of_runs(2, runs, sr_test_arena(), &rows, &err), err);
    ck_assert_uint_eq(json_array_size(rows), 1);
    ck_assert_str_eq(cell(rows, 0, "train.lr"), "");
    json_decref(rows);
}
END_TEST

/* The numbers of two networks are never in one row, whatever they are called;
 * those of one network are, and only test images count. */
START_TEST(a_network_is_a_row)
{
    struct sr_err err;
    json_t *rows;
    char *run = make_run("a", "relu", "0.1", "finished");
    put_eval(run, "1.json", "test", "best", "aaaa", 0.5);
    put_eval(run, "2.json", "test", "last", "bbbb", 0.25);
    put_eval(run, "3.json", "test", "last", "aaaa", 0.5);
    put_eval(run, "4.json", "validation", "last", "cccc", 1);
    SR_GOOD(sr_rows_of_runs(1, &run, sr_test_arena(), &rows, &err), err);
    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_assert_str_eq(cell(rows, 0, "checkpoint"), "best, last");
    ck_assert_str_eq(cell(rows, 1, "checkpoint"), "last");
    ck_assert_double_eq(accuracy(json_array_get(rows, 0), "clean"), 0.5);
    ck_assert_double_eq(accuracy(json_array_get(rows, 1), "clean"), 0.25);
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
    json_t *rows;
    char *run = make_run("a", "relu", "0.1", "finished");
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
    SR_GOOD(sr_rows_of_runs(1, &run, sr_test_arena(), &rows, &err), err);
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

START_TEST(what_is_no_run_is_said)
{
    struct sr_err err;
    json_t *rows;
    char *runs[] = {make_run("a", "relu", "0.1", "finished"), "/nowhere"};
    SR_BAD(sr_rows_of_runs(2, runs, sr_test_arena(), &rows, &err), err,
           SR_EUSAGE, "/nowhere is not a run");
}
END_TEST

SR_SUITE(report_row)
{
    return sr_suite("report/row",
                    (const TTest *[]){
                        the_lowest_figure_stays, the_worst_case_is_of_one_ball,
                        what_differs_becomes_a_column, a_network_is_a_row,
                        what_cannot_be_compared_is_another_row,
                        what_is_no_run_is_said, NULL});
}
