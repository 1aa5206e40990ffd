#include "report/chart.h"

#include <stdlib.h>

#include "base/file.h"
#include "report/made.h"
#include "test.h"

/* Two seeds of one run with two epochs, attacked at two radii, and a single
 * run; charts of them. */
static int example(struct sr_chart chart[SR_CHARTS])
{
    static const char *const names[] = {"a-0", "a-1", "it's"};
    static const char *const seeds[] = {"0", "1", "0"};
    static const char *const lrs[] = {"0.1", "0.1", "0.2"};
    char *paths[3];
    struct sr_err err;
    struct sr_report report;
    const struct sr_report_opts opts = {false, "", ""};
    for (int i = 0; i < 3; i++) {
        paths[i] = made_run(names[i], "finished", "seed", seeds[i], "train.lr",
                            lrs[i], NULL);
        made_put_eval(paths[i], (struct made_eval){"1.json", names[i], "last",
                                                   "pgd-5", 100, 80 + i, 50});
        made_put_eval(paths[i], (struct made_eval){"2.json", names[i], "last",
                                                   "pgd-50", 100, 80 + i, 40});
        made_put(paths[i], "metrics.jsonl",
                 "{\"kind\":\"step\",\"epoch\":1,\"train\":{\"loss\":9}}\n"
                 "{\"kind\":\"epoch\",\"epoch\":1,\"train\":{\"loss\":2.5,"
                 "\"robust\":0.25}}\n"
                 "{\"kind\":\"epoch\",\"epoch\":2,\"train\":{\"loss\":null,"
                 "\"robust\":0.5},\"test\":{\"images\":5,\"robust\":0.5}}\n");
    }
    SR_GOOD(sr_report_make(3, paths, &opts, sr_test_arena(), &report, &err),
            err);
    const int n = sr_charts_of(&report, sr_test_arena(), chart);
    sr_report_close(&report);
    return n;
}

START_TEST(what_there_are_numbers_for)
{
    static const char *const names[] = {"loss", "train-robust", "robust",
                                        "tradeoff", "steps"};
    struct sr_chart chart[SR_CHARTS];
    const int n = example(chart);
    ck_assert_int_eq(n, 5);
    for (int i = 0; i < n; i++)
        ck_assert_str_eq(chart[i].name, names[i]);

    const struct sr_panel *loss = &chart[0].panel;
    ck_assert_int_eq(loss->curves, 3);
    ck_assert_uint_eq(loss->curve[0].n, 1); /* null is no number */
    ck_assert_double_eq(loss->curve[0].y[0], 2.5);
    ck_assert_str_eq(loss->curve[1].name, "a");
    ck_assert(loss->curve[1].untitled && !loss->curve[0].untitled);
    ck_assert_int_eq(loss->curve[1].colour, 1);
    ck_assert_int_eq(loss->curve[2].colour, 2);
    ck_assert_double_eq(chart[1].panel.curve[2].y[1], 50);

    const struct sr_panel *steps = &chart[4].panel;
    ck_assert_int_eq(steps->curves, 2);
    ck_assert_double_eq(steps->curve[0].x[0], 5);
    ck_assert_double_eq(steps->curve[0].x[1], 50);
    ck_assert_double_eq(steps->curve[0].y[1], 40);
}
END_TEST

/* The seeds are small points, their mean a large one with bars. */
START_TEST(seeds_and_their_mean)
{
    struct sr_chart chart[SR_CHARTS];
    example(chart);
    const struct sr_panel *p = &chart[3].panel;
    ck_assert_int_eq(p->curves, 3);
    ck_assert_int_eq(p->curve[0].stroke, SR_STROKE_DOTS);
    ck_assert_uint_eq(p->curve[0].n, 2);
    ck_assert_double_eq(p->curve[0].x[1], 81);
    ck_assert_int_eq(p->curve[1].stroke, SR_STROKE_BARS);
    ck_assert_double_eq_tol(p->curve[1].x[0], 80.5, 1e-9);
    ck_assert_double_lt(p->curve[1].bars[0].x_low, 80.5);
    ck_assert_double_gt(p->curve[1].bars[0].x_high, 80.5);
    ck_assert_str_eq(p->curve[2].name, "it's");
    ck_assert_str_eq(p->y_label, "worst case linf 8/255, %");
}
END_TEST

/* A network that was measured on 50 images and on 100, and one on 50 alone: the
 * points are of the same images, and a network keeps its colour. */
START_TEST(images_are_not_mixed)
{
    static const char *const names[] = {"a", "b"};
    const struct sr_report_opts opts = {false, "", ""};
    struct sr_chart chart[SR_CHARTS];
    struct sr_report report;
    struct sr_err err;
    char *paths[2];
    for (int i = 0; i < 2; i++) {
        paths[i] =
            made_run(names[i], "finished", "train.lr", i ? "1" : "2", NULL);
        if (i == 0)
            made_put_eval(paths[i],
                          (struct made_eval){"1.json", names[i], "last",
                                             "pgd-5", 100, 80, 50});
        made_put_eval(paths[i], (struct made_eval){"2.json", names[i], "last",
                                                   "pgd-5", 50, 20, 10 + i});
    }
    SR_GOOD(sr_report_make(2, paths, &opts, sr_test_arena(), &report, &err),
            err);
    ck_assert_uint_eq(json_array_size(report.rows), 3);
    ck_assert_int_eq(sr_charts_of(&report, sr_test_arena(), chart), 1);
    sr_report_close(&report);
    ck_assert_int_eq(chart[0].panel.curves, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_double_eq_tol(chart[0].panel.curve[i].y[0], 20 + 2 * i, 1e-9);
        ck_assert_int_eq(chart[0].panel.curve[i].colour, i + 1);
    }
    ck_assert_ptr_nonnull(strstr(chart[0].caption, "On 50 images; rows"));
    struct sr_chart two[SR_CHARTS];
    ck_assert_int_eq(example(two), 5);
    ck_assert_ptr_nonnull(strstr(two[2].caption, "colour. On 5 images."));
    ck_assert_ptr_nonnull(strstr(two[3].caption, "seeds. On 100 images."));
    ck_assert_ptr_nonnull(strstr(two[4].caption, "steps. On 100 images."));
}
END_TEST

/* gnuplot understands all of it, where there is one. */
START_TEST(all_are_drawn)
{
    struct sr_chart chart[SR_CHARTS];
    struct sr_err err;
    bool drawn;
    const int n = example(chart);
    const char *dir = sr_file_join(sr_test_arena(), made_home(), "plots");
    SR_GOOD(sr_charts_draw_each(n, chart, dir, sr_test_arena(), &drawn, &err),
            err);
    ck_assert(sr_file_exists(sr_file_join(sr_test_arena(), dir, "loss.gp")));
    ck_assert(sr_file_exists(sr_file_join(sr_test_arena(), dir, "steps.csv")));
    if (!drawn)
        SR_SKIP("no gnuplot");
    for (int i = 0; i < n; i++) {
        const char *name =
            sr_arena_format(sr_test_arena(), "%s.svg", chart[i].name);
        ck_assert_int_gt(sr_file_size(sr_file_join(sr_test_arena(), dir, name)),
                         1000);
    }
    const char *one = sr_file_join(sr_test_arena(), dir, "all.pdf");
    SR_GOOD(sr_charts_draw(n, chart, one, sr_test_arena(), &drawn, &err), err);
    ck_assert_int_gt(sr_file_size(one), 1000);
}
END_TEST

SR_SUITE(report_chart)
{
    return sr_suite(
        "report/chart",
        (const TTest *[]){what_there_are_numbers_for, seeds_and_their_mean,
                          images_are_not_mixed, all_are_drawn, NULL});
}
