#include "report/plot.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "test.h"

static const double x[] = {0, 0.5, 1}, y[] = {1, 0.1, -2e-9};
static const struct sr_curve two[] = {
    {.name = "it's", .n = 3, .x = x, .y = y},
    {.name = "\"b\",\nc", .n = 2, .x = x, .y = x}};
static const struct sr_plot plot = {2,
                                    {{.title = "value",
                                      .x_label = "x",
                                      .y_label = "f(x)",
                                      .curves = 2,
                                      .curve = two},
                                     {.title = "slope",
                                      .x_label = "x",
                                      .y_label = "f'(x)",
                                      .curves = 1,
                                      .curve = two}}};

/* All of a test's files are in one directory. */
static char *in_test_dir(const char *name)
{
    static const char *dir;
    if (!dir)
        dir = sr_test_dir();
    return sr_file_join(sr_test_arena(), dir, name);
}

static char *text_of(const char *path)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    return (char *)bytes;
}

/* The PATH is a directory with a gnuplot of these lines, or without. */
static void only_this_gnuplot(const char *lines)
{
    struct sr_err err;
    const char *dir = in_test_dir("bin");
    const char *program = sr_file_join(sr_test_arena(), dir, "gnuplot");
    SR_GOOD(sr_file_mkdir(dir, &err), err);
    if (lines) {
        SR_GOOD(sr_file_write(program, lines, strlen(lines), &err), err);
        ck_assert_int_eq(chmod(program, 0700), 0);
    }
    ck_assert_int_eq(setenv("PATH", dir, 1), 0);
}

/* Without gnuplot everything is there but the picture. */
START_TEST(numbers_and_script)
{
    const char *path = in_test_dir("a.svg");
    bool drawn = true;
    struct sr_err err;
    only_this_gnuplot(NULL);
    SR_GOOD(sr_plot_write(&plot, path, sr_test_arena(), &drawn, &err), err);
    ck_assert(!drawn);
    ck_assert(!sr_file_exists(path));
    ck_assert_str_eq(text_of(in_test_dir("a.csv")),
                     "x,y,panel,curve\n"
                     "0,1,\"value\",\"it's\"\n"
                     "0.5,0.1,\"value\",\"it's\"\n"
                     "1,-2e-09,\"value\",\"it's\"\n"
                     "0,0,\"value\",\"\"\"b\"\", c\"\n"
                     "0.5,0.5,\"value\",\"\"\"b\"\", c\"\n"
                     "0,1,\"slope\",\"it's\"\n"
                     "0.5,0.1,\"slope\",\"it's\"\n"
                     "1,-2e-09,\"slope\",\"it's\"\n");
    static const char *const says[] = {"set terminal svg ",
                                       "size 840,320\n",
                                       "set output 'a.svg'\n",
                                       "set multiplot layout 1,2\n",
                                       "set ylabel 'f''(x)'\n",
                                       "plot 'a.csv' skip 1 every ::0::2 ",
                                       "'a.csv' skip 1 every ::3::4",
                                       "'a.csv' skip 1 every ::5::7",
                                       "title 'it''s'",
                                       "title '\"b\", c'\n"};
    const char *script = text_of(in_test_dir("a.gp"));
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(script, says[i]) != NULL, "no %s in\n%s", says[i],
                      script);
}
END_TEST

static const char *script_of(const struct sr_panel *panel)
{
    const struct sr_plot one = {1, {*panel}};
    bool drawn;
    struct sr_err err;
    only_this_gnuplot(NULL);
    SR_GOOD(sr_plot_write(&one, in_test_dir("s.svg"), sr_test_arena(), &drawn,
                          &err),
            err);
    return text_of(in_test_dir("s.gp"));
}

/* An axis with one value is given room around it. */
START_TEST(one_epoch)
{
    static const double one = 1, two_and_a_half = 2.5, large = 50;
    static const struct sr_bars bars = {49, 51, 50, 50};
    struct sr_curve c = {.name = "a", .n = 1, .x = &one, .y = &two_and_a_half};
    struct sr_panel p = {
        .title = "", .x_label = "", .y_label = "", .curves = 1, .curve = &c};
    const char *script = script_of(&p);
    ck_assert_ptr_nonnull(
        strstr(script, "set xrange [0:2]\nset yrange [2.25:2.75]\n"));
    p.log_x = true;
    ck_assert_ptr_nonnull(strstr(script_of(&p), "set xrange [0.5:2]\n"));
    c = (struct sr_curve){.name = "a",
                          .n = 1,
                          .x = &large,
                          .y = &large,
                          .stroke = SR_STROKE_BARS,
                          .bars = &bars};
    p.log_x = false;
    ck_assert_ptr_nonnull(
        strstr(script_of(&p), "set autoscale x\nset yrange [45:55]\n"));
    p.y_per_cent = true;
    ck_assert_ptr_nonnull(strstr(script_of(&p), "set yrange [45:55]\n"));
    p = plot.panel[0];
    ck_assert_ptr_nonnull(
        strstr(script_of(&p), "set autoscale x\nset autoscale y\n"));
}
END_TEST

/* What cannot be drawn widens no axis, and an accuracy is within 0 and 100. */
START_TEST(axes_of_odd_values)
{
    static const double steps[] = {0, 10}, robust[] = {0, NAN}, nan[] = {NAN};
    struct sr_curve c = {.name = "a",
                         .n = 2,
                         .x = steps,
                         .y = robust,
                         .stroke = SR_STROKE_TRACE};
    struct sr_panel p = {.title = "",
                         .x_label = "",
                         .y_label = "",
                         .curves = 1,
                         .curve = &c,
                         .log_x = true,
                         .y_per_cent = true};
    const char *script = script_of(&p);
    ck_assert_ptr_nonnull(
        strstr(script, "set xrange [5:20]\nset yrange [0:5]\n"));
    ck_assert_ptr_nonnull(strstr(script, "with points pointsize 1.3"));
    c.n = 1;
    c.x = c.y = nan;
    ck_assert_ptr_null(strstr(script_of(&p), "nan:"));
}
END_TEST

/* Two curves never look the same, in colours or without them. */
START_TEST(curves_are_told_apart)
{
    enum { CURVES = 21 };
    static const enum sr_stroke strokes[] = {SR_STROKE_LINE, SR_STROKE_TRACE};
    for (int s = 0; s < 2; s++) {
        struct sr_curve c[CURVES];
        const char *look[CURVES];
        for (int i = 0; i < CURVES; i++)
            c[i] = (struct sr_curve){.name = "",
                                     .n = 3,
                                     .x = x,
                                     .y = y,
                                     .stroke = strokes[s],
                                     .colour = i + 1};
        const struct sr_panel p = {.title = "",
                                   .x_label = "",
                                   .y_label = "",
                                   .curves = CURVES,
                                   .curve = c};
        const char *at = script_of(&p);
        for (int i = 0; i < CURVES; i++) {
            at = strstr(at + 1, "linecolor rgb '#");
            if (i == 0)
                at = strstr(at + 1, "linecolor rgb '#"); /* the grid's */
            look[i] = sr_arena_format(sr_test_arena(), "%.*s",
                                      (int)(strstr(at, "title") - at), at);
            for (int k = 0; k < i; k++)
                ck_assert_str_ne(look[i], look[k]);
        }
    }
}
END_TEST

/* gnuplot is told the script's name, where the script is. */
START_TEST(gnuplot_runs_beside_the_picture)
{
    bool drawn = false;
    struct sr_err err;
    only_this_gnuplot("#!/bin/sh\necho \"$*\" >called\n");
    SR_GOOD(sr_plot_write(&plot, in_test_dir("b.png"), sr_test_arena(), &drawn,
                          &err),
            err);
    ck_assert(drawn);
    ck_assert_str_eq(text_of(in_test_dir("called")), "b.gp\n");
}
END_TEST

START_TEST(gnuplot_fails)
{
    bool drawn;
    struct sr_err err;
    only_this_gnuplot("#!/bin/sh\nexit 1\n");
    SR_BAD(sr_plot_write(&plot, in_test_dir("c.pdf"), sr_test_arena(), &drawn,
                         &err),
           err, SR_ERESOURCE, "gnuplot could not draw ");
    SR_BAD(sr_plot_write(&plot, in_test_dir("no/c.pdf"), sr_test_arena(),
                         &drawn, &err),
           err, SR_ERESOURCE, "no/c.csv");
}
END_TEST

/* The real one, where there is one. */
START_TEST(every_format_is_drawn)
{
    static const char *const starts[][2] = {
        {"d.svg", "<?xml"}, {"d.pdf", "%PDF"}, {"d.png", "\x89PNG"}};
    for (int i = 0; i < 3; i++) {
        const char *path = in_test_dir(starts[i][0]);
        bool drawn;
        struct sr_err err;
        SR_GOOD(sr_plot_write(&plot, path, sr_test_arena(), &drawn, &err), err);
        if (!drawn)
            SR_SKIP("no gnuplot");
        ck_assert_int_eq(
            strncmp(text_of(path), starts[i][1], strlen(starts[i][1])), 0);
    }
}
END_TEST

/* What no axis can show stops it neither. */
START_TEST(odd_values_are_drawn)
{
    static const double at[] = {1, 2, 3}, odd[] = {NAN, INFINITY, 0.5},
                        none[] = {NAN, NAN, NAN};
    struct sr_curve c[] = {{.name = "a", .n = 3, .x = at, .y = odd},
                           {.name = "b", .n = 3, .x = at, .y = none}};
    const struct sr_panel p = {
        .title = "", .x_label = "x", .y_label = "y", .curve = c};
    struct sr_plot odd_plot = {2, {p, p}};
    const char *path = in_test_dir("odd.svg");
    bool drawn;
    struct sr_err err;
    odd_plot.panel[0].curves = 2;
    odd_plot.panel[1].curves = 1;
    odd_plot.panel[1].curve = c + 1; /* nothing at all */
    SR_GOOD(sr_plot_write(&odd_plot, path, sr_test_arena(), &drawn, &err), err);
    if (!drawn)
        SR_SKIP("no gnuplot");
    ck_assert_ptr_nonnull(strstr(text_of(path), "</svg>"));
}
END_TEST

/* A long name loses its middle in the legend, and nothing in the numbers. */
START_TEST(long_names)
{
    static const double one = 1;
    const char *name = "0123456789éééééééééééééééééééé0123456789";
    const struct sr_curve c = {.name = name, .n = 1, .x = &one, .y = &one};
    const struct sr_panel p = {
        .title = "", .x_label = "", .y_label = "", .curves = 1, .curve = &c};
    ck_assert_ptr_nonnull(
        strstr(script_of(&p), "title '0123456789éééééé…ééééé0123456789'"));
    ck_assert_ptr_nonnull(strstr(text_of(in_test_dir("s.csv")), name));
}
END_TEST

START_TEST(endings)
{
    struct sr_err err;
    SR_GOOD(sr_plot_check("a.b/c.png", &err), err);
    static const char *const bad[] = {"a.jpg", "svg", "", "a.svg/b", "a.PNG"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        SR_BAD(sr_plot_check(bad[i], &err), err, SR_EUSAGE,
               "ends in .svg, .pdf or .png, not '");
}
END_TEST

SR_SUITE(report_plot)
{
    return sr_suite("report/plot",
                    (const TTest *[]){
                        numbers_and_script, one_epoch, axes_of_odd_values,
                        curves_are_told_apart, gnuplot_runs_beside_the_picture,
                        gnuplot_fails, every_format_is_drawn,
                        odd_values_are_drawn, long_names, endings, NULL});
}
