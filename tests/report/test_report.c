#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "report/made.h"
#include "report/rundir.h"
#include "report/runs.h"
#include "test.h"

static const struct sr_report_opts usual = {false, "", ""};

static struct sr_report report_of(int n, char *const *path,
                                  const struct sr_report_opts *opts)
{
    struct sr_err err;
    struct sr_report report;
    SR_GOOD(sr_report_make(n, path, opts, sr_test_arena(), &report, &err), err);
    return report;
}

/* ReLU and SiLU with two seeds each, of 1000 images, one run that failed and
 * one that is damaged; their directory. */
static char *example(void)
{
    static const struct {
        const char *name, *activation, *seed;
        int clean, robust;
    } runs[] = {{"relu-0", "relu", "0", 600, 300},
                {"relu-1", "relu", "1", 620, 310},
                {"silu-0", "silu", "0", 610, 400},
                {"silu-1", "silu", "1", 606, 404}};
    for (int i = 0; i < 4; i++) {
        char *run =
            made_run(runs[i].name, "finished", "activation.forward",
                     runs[i].activation, "activation.backward.attack",
                     runs[i].activation, "seed", runs[i].seed, "data.threads",
                     runs[i].seed, "eval.limit", runs[i].seed, NULL);
        made_put_eval(run, (struct made_eval){"f.json", runs[i].name, "last",
                                              "pgd-50", 1000, runs[i].clean,
                                              runs[i].robust});
    }
    char *run =
        made_run("silu-2", "failed", "activation.forward", "silu",
                 "activation.backward.attack", "silu", "seed", "2", NULL);
    made_put(run, "log.txt",
             "2026-11-22T10:00:00Z epoch 1/3\n"
             "2026-11-22T10:00:01Z loss is nan & so on\n");
    made_put(run, "metrics.jsonl", "{\"kind\":\"epoch\",\"epoch\":1}\n");
    made_put(run, "eval/x.json", "{");
    return sr_arena_text(sr_test_arena(), made_home());
}

/* ReLU's clean accuracy: mean m = 0.61, half the t interval, of one degree, is
 * tan(0.475 pi) 0.01 = 0.127062, Wilson's of 610 of 1000 begins 0.030594 below
 * m: the joined one at m - hypot(0.127062, 0.030594) = 0.479306.  All numbers
 * below were computed so with Python. */
START_TEST(markdown)
{
    char *home = example();
    struct sr_report r = report_of(1, &home, &usual);
    const char *want =
        "| run  | activation | seeds | clean                          | pgd-50 "
        "linf 8/255              |\n"
        "| ---- | ---------- | ----- | ------------------------------ | "
        "------------------------------ |\n"
        "| relu | relu       | 2     | **61.00** ± 1.41 (47.93-74.05) | 30.50† "
        "± 0.71 (23.57-37.49)    |\n"
        "| silu | silu       | 2     | 60.80† ± 0.28 (56.82-64.72)    | "
        "**40.20** ± 0.28 (36.27-44.19) |\n"
        "\nIn all rows: data toys 01234567, images 1000, checkpoint last, "
        "epochs 3, seeds 0, 1.\n"
        "\nOver several seeds: ";
    const char *text = sr_report_text(&r, SR_REPORT_MD, sr_test_arena());
    ck_assert_msg(strncmp(text, want, strlen(want)) == 0, "%s", text);
    ck_assert_ptr_nonnull(strstr(
        text, "\n- silu-2: failed, 1 of 3 epochs: loss is nan & so on\n"));
    ck_assert_ptr_nonnull(strstr(text, "silu-2/eval/x.json: line 1"));
    ck_assert_uint_eq(json_array_size(r.damaged), 1);
    sr_report_close(&r);
}
END_TEST

START_TEST(csv)
{
    char *home = example();
    struct sr_report r = report_of(1, &home, &usual);
    ck_assert_str_eq(
        sr_report_text(&r, SR_REPORT_CSV, sr_test_arena()),
        "run,activation,seeds,clean,clean_low,clean_high,clean_sd,clean_n,"
        "pgd-50 linf 8/255,pgd-50 linf 8/255_low,pgd-50 linf 8/255_high,"
        "pgd-50 linf 8/255_sd,pgd-50 linf 8/255_n\n"
        "relu,relu,2,0.610000,0.479306,0.740499,0.014142,2,"
        "0.305000,0.235675,0.374936,0.007071,2\n"
        "silu,silu,2,0.608000,0.568211,0.647156,0.002828,2,"
        "0.402000,0.362716,0.441859,0.002828,2\n");
    sr_report_close(&r);
}
END_TEST

START_TEST(latex)
{
    char *home = example();
    struct sr_report r = report_of(1, &home, &usual);
    const char *text = sr_report_text(&r, SR_REPORT_LATEX, sr_test_arena());
    static const char *const says[] = {
        "\\begin{tabular}{lllrr}\n\\toprule\n"
        "run & activation & seeds & clean & pgd-50 linf 8/255 \\\\\n",
        "relu & relu & 2 & \\textbf{61.00} $\\pm$ 1.41 (47.93--74.05) & "
        "30.50$^{\\dagger}$ $\\pm$ 0.71",
        "\n\\par\\footnotesize Over several seeds: mean $\\pm$ sample",
        "\n% - silu-2: failed, 1 of 3 epochs: loss is nan & so on\n"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(text, says[i]) != NULL, "no %s in\n%s", says[i],
                      text);
    sr_report_close(&r);
}
END_TEST

/* The grouping against arithmetic of its own. */
START_TEST(json_has_the_numbers)
{
    char *home = example();
    struct sr_err err;
    struct sr_report r = report_of(1, &home, &usual);
    json_t *all;
    const char *text = sr_report_text(&r, SR_REPORT_JSON, sr_test_arena());
    SR_GOOD(sr_json_parse(text, strlen(text), "x", SR_EDATA, &all, &err), err);
    ck_assert_str_eq(sr_json_text(all, "schema"), "satrun.report/2");
    const json_t *row = json_array_get(json_object_get(all, "rows"), 1);
    const json_t *figure = json_object_get(row, "pgd-50 linf 8/255");
    const double a = 0.4, b = 0.404, mean = (a + b) / 2;
    ck_assert_double_eq_tol(
        json_number_value(json_object_get(figure, "accuracy")), mean, 1e-12);
    ck_assert_double_eq_tol(json_number_value(json_object_get(figure, "sd")),
                            fabs(a - b) / sqrt(2), 1e-12);
    ck_assert_int_eq(json_integer_value(json_object_get(figure, "n")), 2);
    ck_assert(json_is_true(json_object_get(figure, "best")));
    ck_assert_int_eq(json_integer_value(json_object_get(row, "images")), 1000);
    ck_assert_uint_eq(json_array_size(json_object_get(row, "runs")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(all, "unfinished")), 1);
    json_decref(all);
    sr_report_close(&r);
}
END_TEST

static const char *cell(const struct sr_report *r, size_t row,
                        const char *title)
{
    return sr_json_text(json_array_get(r->lines, row), title);
}

START_TEST(columns_and_order)
{
    char *home = example();
    const struct sr_report_opts opts = {true, "run,seed,train.epochs,pgd-50",
                                        "pgd-50"};
    struct sr_report r = report_of(1, &home, &opts);
    static const char *const order[] = {"silu-1", "silu-0", "relu-1", "relu-0"};
    ck_assert_uint_eq(json_array_size(r.lines), 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(cell(&r, i, "run"), order[i]);
    ck_assert_str_eq(cell(&r, 0, "seed"), "1");
    ck_assert_str_eq(cell(&r, 0, "train.epochs"), "3");
    ck_assert_uint_eq(json_array_size(r.columns), 4);
    sr_report_close(&r);

    struct sr_err err;
    const struct sr_report_opts wrong = {false, "runs", ""};
    SR_BAD(sr_report_make(1, &home, &wrong, sr_test_arena(), &r, &err), err,
           SR_EUSAGE, "no column 'runs'; there are: run, activation, seeds, ");
}
END_TEST

/* Rows on the most images first, else as the runs were given. */
START_TEST(order_of_rows)
{
    static const int images[] = {10, 100, 10, 1000, 100};
    static const char *const order[] = {"d", "b", "e", "a", "c"};
    char *paths[5];
    for (int i = 0; i < 5; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        paths[i] = made_run(name, "finished", "train.lr", name, NULL);
        made_put_eval(paths[i], (struct made_eval){"f.json", name, "last",
                                                   "fgsm", images[i], 5, 2});
    }
    struct sr_report r = report_of(5, paths, &usual);
    ck_assert_uint_eq(json_array_size(r.lines), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(cell(&r, i, "run"), order[i]);
    sr_report_close(&r);
}
END_TEST

/* Fewer images, another state, another data set: never in one row, and never
 * set against each other. */
START_TEST(what_cannot_be_compared_is_not)
{
    char *a = made_run("x-0", "finished", "seed", "0", NULL);
    char *b = made_run("x-1", "finished", "seed", "1", NULL);
    char *c = made_run("x-2", "stopped", "seed", "2", NULL);
    char *d = made_run("x-3", "finished", "seed", "0", NULL);
    char *paths[] = {a, b, c, d};
    made_put_eval(
        a, (struct made_eval){"f.json", "a", "last", "fgsm", 100, 50, 20});
    made_put_eval(b,
                  (struct made_eval){"f.json", "b", "last", "fgsm", 10, 9, 8});
    made_put_eval(
        c, (struct made_eval){"f.json", "c", "last", "fgsm", 100, 90, 80});
    made_put_eval(
        d, (struct made_eval){"f.json", "d", "last", "fgsm", 100, 50, 20});
    struct sr_report r = report_of(4, paths, &usual);
    ck_assert_uint_eq(json_array_size(r.lines), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *clean =
            json_object_get(json_array_get(r.lines, i), "clean");
        const bool is_best = json_is_true(json_object_get(clean, "best"));
        ck_assert_int_eq(is_best, i == 0 || i == 2); /* each as good */
        ck_assert_ptr_null(json_object_get(clean, "overlaps_best"));
    }
    ck_assert_str_eq(cell(&r, 1, "state"), "stopped");
    ck_assert_uint_eq(json_array_size(r.unfinished), 1);
    sr_report_close(&r);
}
END_TEST

/* Slopes are columns where they are not the forward function's. */
START_TEST(slopes_are_columns)
{
    static const char *const slopes[] = {"relu", "softplus"};
    char *paths[4];
    for (int i = 0; i < 4; i++) {
        char *name = sr_arena_format(sr_test_arena(), "split-%d", i);
        paths[i] = made_run(name, "finished", "activation.forward", "relu",
                            "activation.backward.attack", slopes[i % 2],
                            "activation.backward.update", slopes[i / 2],
                            "activation.alpha.attack", i % 2 ? "10" : "", NULL);
        made_put_eval(paths[i], (struct made_eval){"f.json", name, "last",
                                                   "fgsm", 100, 50, 20});
    }
    struct sr_report r = report_of(4, paths, &usual);
    ck_assert_str_eq(cell(&r, 1, "attacker"), "softplus(10)");
    ck_assert_str_eq(cell(&r, 1, "attacker alpha"), "");
    ck_assert_str_eq(cell(&r, 1, "update"), "relu");
    ck_assert_str_eq(cell(&r, 1, "activation"), "");
    ck_assert_str_eq(sr_json_text(r.common, "activation"), "relu");
    sr_report_close(&r);
}
END_TEST

/* A sharpness that differs where the name does not is a column. */
START_TEST(sharpness)
{
    static const char *const alphas[] = {"1", "10"};
    char *paths[2];
    for (int i = 0; i < 2; i++) {
        char *name = sr_arena_format(sr_test_arena(), "alpha-%d", i);
        paths[i] = made_run(name, "finished", "activation.forward", "softplus",
                            "activation.alpha.forward", alphas[i],
                            "activation.alpha.attack", alphas[i], NULL);
        made_put_eval(paths[i], (struct made_eval){"f.json", name, "last",
                                                   "fgsm", 100, 50, 20});
    }
    struct sr_report r = report_of(2, paths, &usual);
    ck_assert_str_eq(cell(&r, 0, "alpha"), "1");
    ck_assert_str_eq(cell(&r, 1, "alpha"), "10");
    ck_assert_str_eq(cell(&r, 1, "attacker alpha"), "");
    ck_assert_str_eq(sr_json_text(r.common, "activation"), "");
    sr_report_close(&r);
}
END_TEST

/* A step size of its own makes a warning. */
START_TEST(unlike_attacks_are_told)
{
    char *a = made_run("u-0", "finished", "train.lr", "0.1", NULL);
    char *b = made_run("u-1", "finished", "train.lr", "0.2", NULL);
    char *paths[] = {a, b};
    const struct made_eval e = {"f.json", "w", "last", "pgd-2", 100, 50, 20};
    json_t *eval = made_eval_json(e);
    json_object_set_new(json_array_get(json_object_get(eval, "attacks"), 0),
                        "step_size", json_real(0.02));
    char *text = json_dumps(eval, 0);
    made_put_eval(a, e);
    made_put(b, "eval/f.json", text);
    struct sr_report r = report_of(2, paths, &usual);
    ck_assert_ptr_nonnull(
        strstr(sr_report_text(&r, SR_REPORT_MD, sr_test_arena()),
               "pgd-2 linf 8/255 was not the same attack in all runs, they "
               "differ in its step_size."));
    ck_assert_str_eq(cell(&r, 1, "lr"), "0.2");
    sr_report_close(&r);
    json_decref(eval);
    free(text);
}
END_TEST

/* A run that says it is running is believed while somebody holds it. */
START_TEST(a_dead_run_is_told)
{
    char *path = made_run("r", "running", NULL);
    struct sr_rundir run;
    struct sr_err err;
    for (int held = 1; held >= 0; held--) {
        if (held)
            SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
        struct sr_report r = report_of(1, &path, &usual);
        ck_assert_str_eq(sr_json_text(json_array_get(r.unfinished, 0), "what"),
                         held ? "0 of 3 epochs"
                              : "0 of 3 epochs: its process is gone");
        sr_report_close(&r);
        if (held)
            sr_rundir_close(&run);
    }
}
END_TEST

/* A hundred runs take less than two seconds of the processor. */
START_TEST(a_hundred_runs)
{
    char **paths = SR_TAKE(sr_test_arena(), 100, char *);
    for (int i = 0; i < 100; i++) {
        char *name = sr_arena_format(sr_test_arena(), "h-%03d", i);
        char *seed = sr_arena_format(sr_test_arena(), "%d", i % 10);
        char *lr = sr_arena_format(sr_test_arena(), "%d", i / 10);
        paths[i] =
            made_run(name, "finished", "seed", seed, "train.lr", lr, NULL);
        made_put_eval(paths[i],
                      (struct made_eval){"f.json", name, "last", "fgsm", 1000,
                                         500 + i, 200 + i});
    }
    const clock_t before = clock();
    struct sr_report r = report_of(100, paths, &usual);
    sr_report_text(&r, SR_REPORT_MD, sr_test_arena());
    ck_assert_uint_eq(json_array_size(r.lines), 10);
    ck_assert_double_lt((double)(clock() - before) / CLOCKS_PER_SEC, 2);
    sr_report_close(&r);
}
END_TEST

SR_SUITE(report_report)
{
    return sr_suite(
        "report/report",
        (const TTest *[]){markdown, csv, latex, json_has_the_numbers,
                          columns_and_order, order_of_rows,
                          what_cannot_be_compared_is_not, slopes_are_columns,
                          unlike_attacks_are_told, sharpness,
                          a_dead_run_is_told, a_hundred_runs, NULL});
}
