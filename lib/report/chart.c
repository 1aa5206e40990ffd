#include "report/chart.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/family.h"
#include "report/figure.h"
#include "report/layout.h"
#include "report/row.h"
#include "report/runs.h"

enum { LEGEND = 12 }; /* lines a legend names; the others are in the CSV */

/* Below the axis' label, with a line between. */
static const char below[] = "outside below height 1";

struct maker {
    const struct sr_report *report;
    struct sr_arena *arena;
    const int *colour; /* [rows], from 1           */
    json_t *epochs;    /* {path: as runs.h}        */
    int n;
    struct sr_chart *chart;
};

static struct sr_curve *take_curves(const struct maker *m, size_t n)
{
    return SR_TAKE(m->arena, n, struct sr_curve);
}

static void add_chart(struct maker *m, struct sr_chart chart)
{
    if (chart.panel.curves > 0)
        m->chart[m->n++] = chart;
}

static const char *name_of(const json_t *row, struct sr_arena *arena)
{
    return sr_arena_text(arena, sr_json_text(row, "run"));
}

/* A network that has several rows, of other images for instance, has one
 * colour: that of the first row with its first run. */
static const int *colours_of(const json_t *rows, struct sr_arena *arena)
{
    int *colour = SR_TAKE(arena, json_array_size(rows), int);
    json_t *known = json_object(), *row, *path; /* {path: colour} */
    size_t i, k;
    int next = 1;
    json_array_foreach (rows, i, row) {
        const json_t *paths = json_object_get(row, "paths");
        const json_t *have =
            json_object_get(known, json_string_value(json_array_get(paths, 0)));
        colour[i] = have ? (int)json_integer_value(have) : next++;
        json_array_foreach (paths, k, path) {
            if (!json_object_get(known, json_string_value(path)))
                json_object_set_new(known, json_string_value(path),
                                    json_integer(colour[i]));
        }
    }
    json_decref(known);
    return colour;
}

/* ---- training ---- */

/* {path: its epochs} of all runs. */
static json_t *epochs_of(const json_t *runs)
{
    json_t *all = json_object(), *run;
    size_t i;
    json_array_foreach (runs, i, run) {
        json_object_set(all, sr_json_text(run, "path"),
                        json_object_get(run, "epochs"));
    }
    return all;
}

/* The epochs that have this number, times scale. */
static struct sr_curve curve_of(const struct maker *m, const char *path,
                                const char *key, double scale)
{
    const json_t *rows = json_object_get(m->epochs, path);
    const size_t most = json_array_size(rows);
    double *x = SR_TAKE(m->arena, most, double);
    double *y = SR_TAKE(m->arena, most, double);
    struct sr_curve curve = {.x = x, .y = y, .stroke = SR_STROKE_TRACE};
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        const json_t *value = json_object_get(row, key);
        if (!json_is_number(value))
            continue;
        x[curve.n] = json_number_value(json_object_get(row, "epoch"));
        y[curve.n++] = scale * json_number_value(value);
    }
    return curve;
}

/* The lines of a row's runs, in its colour, behind n others; a run that an
 * earlier row had, too, is seen. */
static int add_curves(const struct maker *m, struct sr_curve *curves, int n,
                      size_t which, json_t *seen, const char *key, double scale)
{
    const json_t *row = json_array_get(m->report->rows, which);
    const json_t *paths = json_object_get(row, "paths");
    const int first = n;
    json_t *path;
    size_t i;
    json_array_foreach (paths, i, path) {
        struct sr_curve c = curve_of(m, json_string_value(path), key, scale);
        if (c.n == 0 || json_object_get(seen, json_string_value(path)))
            continue;
        json_object_set_new(seen, json_string_value(path), json_true());
        c.name = name_of(row, m->arena);
        c.colour = m->colour[which];
        c.untitled = n > first || c.colour > LEGEND;
        curves[n++] = c;
    }
    return n;
}

/* Of which a run's numbers are: of a split as its epochs say, of training as
 * its manifest does; 0: nobody says. */
static json_int_t images_of_run(const json_t *run, const char *key)
{
    const char *dot = strchr(key, '.');
    char name[64];
    json_t *row;
    size_t i;
    json_int_t n = 0;
    if (strncmp(key, "train.", 6) == 0)
        return json_integer_value(json_object_get(
            sr_json_at(json_object_get(run, "manifest"), "data.images"),
            "train"));
    snprintf(name, sizeof name, "%.*s.images", (int)(dot - key), key);
    json_array_foreach (json_object_get(run, "epochs"), i, row) {
        if (json_object_get(row, name))
            n = json_integer_value(json_object_get(row, name));
    }
    return n;
}

/* " On 500 images.", " On 500 to 1000 images."; "" where nobody says. */
static const char *course_images(const struct maker *m, const char *key)
{
    json_int_t least = 0, most = 0;
    json_t *run;
    size_t i;
    json_array_foreach (m->report->runs, i, run) {
        const json_int_t n = images_of_run(run, key);
        if (n > 0 && (least == 0 || n < least))
            least = n;
        most = n > most ? n : most;
    }
    if (least == most)
        return most > 0 ? sr_arena_format(m->arena, " On %lld images.", most)
                        : "";
    return sr_arena_format(m->arena, " On %lld to %lld images.", least, most);
}

static void add_course(struct maker *m, const char *name, const char *key,
                       double scale, const char *title, const char *label)
{
    const size_t rows = json_array_size(m->report->rows);
    struct sr_curve *curves =
        take_curves(m, rows + json_array_size(m->report->singles));
    json_t *seen = json_object();
    int n = 0;
    for (size_t i = 0; i < rows; i++)
        n = add_curves(m, curves, n, i, seen, key, scale);
    json_decref(seen);
    add_chart(m,
              (struct sr_chart){name,
                                sr_arena_format(m->arena,
                                                "%s, by epoch; a line a run, "
                                                "those of a row in one "
                                                "colour.%s",
                                                title, course_images(m, key)),
                                {.title = title,
                                 .x_label = "epoch",
                                 .y_label = label,
                                 .curves = n,
                                 .curve = curves,
                                 .key = below,
                                 .y_per_cent = scale == 100}});
}

static void add_courses(struct maker *m)
{
    static const char *const splits[] = {"validation", "test"};
    add_course(m, "loss", "train.loss", 1, "Training loss", "loss");
    add_course(m, "train-robust", "train.robust", 100,
               "Accuracy on training images under the training attack",
               "accuracy, %");
    for (int i = 0; i < 2; i++) {
        char *text[2];
        for (int k = 0; k < 2; k++)
            text[k] = sr_arena_format(m->arena, "%s.%s", splits[i],
                                      k ? "robust" : "clean");
        const int before = m->n;
        add_course(m, "clean", text[0], 100, "Clean accuracy while training",
                   "accuracy, %");
        add_course(m, "robust", text[1], 100, "Robust accuracy while training",
                   "accuracy, %");
        if (m->n > before)
            return;
    }
}

/* ---- rows that may stand in one picture ---- */

static int count_on(const json_t *rows, const char *title, const json_t *like)
{
    json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (rows, i, row) {
        n += sr_figure_of(row, title) &&
             (!like || sr_row_same_images(row, like));
    }
    return n;
}

static json_int_t images_of(const json_t *row)
{
    return json_integer_value(json_object_get(row, "images"));
}

/* The images that most rows with this figure were measured on, the more among
 * as many: a row of theirs, which the others are compared with. */
static const json_t *usual_images(const json_t *rows, const char *title)
{
    const json_t *best = NULL;
    json_t *row;
    size_t i;
    int most = 0;
    json_array_foreach (rows, i, row) {
        const int n = sr_figure_of(row, title) ? count_on(rows, title, row) : 0;
        if (n > most ||
            (n > 0 && n == most && images_of(row) > images_of(best))) {
            most = n;
            best = row;
        }
    }
    return best;
}

/* " On 1000 images.", and whether there are rows of others. */
static const char *told_images(const struct maker *m, const char *title,
                               const json_t *on)
{
    const json_t *rows = m->report->rows;
    const bool all = count_on(rows, title, NULL) == count_on(rows, title, on);
    return sr_arena_format(m->arena, " On %lld images%s.", images_of(on),
                           all ? ""
                               : "; rows measured on other images are not "
                                 "drawn");
}

/* ---- clean against robust ---- */

/* In per cent; the accuracy itself where it has no interval. */
static double end_of(const json_t *figure, int end)
{
    return sr_figure_has_interval(figure) ? 100 * sr_figure_bound(figure, end)
                                          : sr_figure_per_cent(figure);
}

/* One point of two figures. */
static struct sr_curve point_of(const struct maker *m, const json_t *x,
                                const json_t *y)
{
    double *at = SR_TAKE(m->arena, 2, double);
    struct sr_bars *bars = SR_TAKE(m->arena, 1, struct sr_bars);
    at[0] = sr_figure_per_cent(x);
    at[1] = sr_figure_per_cent(y);
    *bars = (struct sr_bars){end_of(x, 0), end_of(x, 1), end_of(y, 0),
                             end_of(y, 1)};
    return (struct sr_curve){
        .n = 1, .x = at, .y = at + 1, .stroke = SR_STROKE_BARS, .bars = bars};
}

/* The seeds of two joined figures as small points. */
static struct sr_curve seeds_of(const struct maker *m, const json_t *x,
                                const json_t *y)
{
    const json_t *xs = json_object_get(x, "accuracies");
    const json_t *ys = json_object_get(y, "accuracies");
    const size_t n = json_array_size(xs);
    struct sr_curve c = {.stroke = SR_STROKE_DOTS};
    if (n != json_array_size(ys))
        return c;
    double *at = SR_TAKE(m->arena, 2 * n, double);
    for (size_t i = 0; i < n; i++) {
        at[i] = 100 * json_number_value(json_array_get(xs, i));
        at[n + i] = 100 * json_number_value(json_array_get(ys, i));
    }
    c.n = n;
    c.x = at;
    c.y = at + n;
    return c;
}

/* The figure that most rows have, of those the last: worst cases come last. */
static const char *main_figure(const struct maker *m)
{
    json_t *figures = sr_layout_figures(m->report->rows), *title;
    const char *best = NULL;
    size_t i;
    int most = 0;
    json_array_foreach (figures, i, title) {
        const char *text = json_string_value(title);
        const int n = count_on(m->report->rows, text, NULL);
        if (strcmp(text, "clean") == 0 || n < most)
            continue;
        most = n;
        best = sr_arena_text(m->arena, text);
    }
    json_decref(figures);
    return best;
}

static void add_tradeoff(struct maker *m)
{
    const json_t *rows = m->report->rows;
    const char *title = main_figure(m);
    struct sr_curve *curves = take_curves(m, 2 * json_array_size(rows));
    json_t *row;
    size_t i;
    int n = 0;
    if (!title)
        return;
    const json_t *on = usual_images(rows, title);
    json_array_foreach (rows, i, row) {
        const json_t *x = sr_figure_of(row, "clean");
        const json_t *y = sr_figure_of(row, title);
        if (!x || !y || !sr_row_same_images(row, on))
            continue;
        struct sr_curve pair[2] = {seeds_of(m, x, y), point_of(m, x, y)};
        for (int k = pair[0].n > 0 ? 0 : 1; k < 2; k++) {
            pair[k].name = name_of(row, m->arena);
            pair[k].colour = m->colour[i];
            pair[k].untitled = k == 0 || m->colour[i] > LEGEND;
            curves[n++] = pair[k];
        }
    }
    add_chart(m,
              (struct sr_chart){
                  "tradeoff",
                  sr_arena_format(
                      m->arena,
                      "Clean accuracy against accuracy under %s, in %%, with "
                      "95 %% intervals; small points are single seeds.%s",
                      title, told_images(m, title, on)),
                  {.title = "Accuracy against robustness",
                   .x_label = "clean accuracy, %",
                   .y_label = sr_arena_format(m->arena, "%s, %%", title),
                   .curves = n,
                   .curve = curves,
                   .key = below,
                   .x_per_cent = true,
                   .y_per_cent = true}});
}

/* ---- an attack with several radii, or several numbers of steps ---- */

/* A row's figures of one family, by what was taken from their titles. */
static struct sr_curve sequence_of(const struct maker *m, const json_t *row,
                                   const char *family, sr_family_fn *take)
{
    json_t *figures = json_object_get(row, "figures"), *figure;
    const size_t most = json_object_size(figures);
    double *x = SR_TAKE(m->arena, most, double);
    double *y = SR_TAKE(m->arena, most, double);
    struct sr_curve c = {.x = x, .y = y, .stroke = SR_STROKE_TRACE};
    const char *title;
    json_object_foreach (figures, title, figure) {
        struct sr_family t;
        size_t k = c.n;
        if (!take(title, &t) || strcmp(t.name, family) != 0)
            continue;
        for (; k > 0 && x[k - 1] > t.at; k--) {
            x[k] = x[k - 1];
            y[k] = y[k - 1];
        }
        x[k] = t.at;
        y[k] = sr_figure_per_cent(figure);
        c.n++;
    }
    return c;
}

/* Lines of the rows on these images for a family; fewer than two points are
 * none. */
static int add_family(const struct maker *m, struct sr_curve *curves,
                      const json_t *on, const char *family, sr_family_fn *take)
{
    json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (m->report->rows, i, row) {
        struct sr_curve c = sequence_of(m, row, family, take);
        if (c.n < 2 || !sr_row_same_images(row, on))
            continue;
        c.name = name_of(row, m->arena);
        c.colour = m->colour[i];
        c.untitled = c.colour > LEGEND;
        curves[n++] = c;
    }
    return n;
}

/* The chart of the first family that has a line. */
static void add_sequence(struct maker *m, const char *name, const char *label,
                         sr_family_fn *take)
{
    const json_t *rows = m->report->rows, *on = NULL;
    json_t *figures = sr_layout_figures(rows), *figure;
    struct sr_curve *curves = take_curves(m, json_array_size(rows));
    const char *told = "";
    struct sr_family t;
    size_t i;
    int n = 0;
    json_array_foreach (figures, i, figure) {
        const char *title = json_string_value(figure);
        if (!take(title, &t))
            continue;
        on = usual_images(rows, title);
        told = told_images(m, title, on);
        n = add_family(m, curves, on, t.name, take);
        if (n > 0)
            break;
    }
    json_decref(figures);
    if (n == 0)
        return;
    const char *what = sr_arena_format(m->arena, "Accuracy under %s", t.name);
    add_chart(m, (struct sr_chart){name,
                                   sr_arena_format(m->arena, "%s, by its %s.%s",
                                                   what, label, told),
                                   {.title = what,
                                    .x_label = label,
                                    .y_label = "accuracy, %",
                                    .curves = n,
                                    .curve = curves,
                                    .key = below,
                                    .log_x = take == sr_family_steps,
                                    .y_per_cent = true}});
}

int sr_charts_of(const struct sr_report *report, struct sr_arena *arena,
                 struct sr_chart chart[SR_CHARTS])
{
    struct maker m = {.report = report,
                      .arena = arena,
                      .colour = colours_of(report->rows, arena),
                      .epochs = epochs_of(report->runs),
                      .chart = chart};
    add_courses(&m);
    add_tradeoff(&m);
    add_sequence(&m, "epsilon", "epsilon", sr_family_epsilon);
    add_sequence(&m, "steps", "steps", sr_family_steps);
    json_decref(m.epochs);
    return m.n;
}

/* ---- drawing ---- */

enum sr_status sr_charts_draw(int n, const struct sr_chart *chart,
                              const char *path, struct sr_arena *arena,
                              bool *drawn, struct sr_err *err)
{
    struct sr_plot plot = {.panels = n};
    for (int i = 0; i < n; i++)
        plot.panel[i] = chart[i].panel;
    return sr_plot_write(&plot, path, arena, drawn, err);
}

enum sr_status sr_charts_draw_each(int n, const struct sr_chart *chart,
                                   const char *dir, struct sr_arena *arena,
                                   bool *drawn, struct sr_err *err)
{
    SR_TRY(sr_file_mkdir(dir, err));
    for (int i = 0; i < n; i++) {
        const char *path = sr_file_join(
            arena, dir, sr_arena_format(arena, "%s.svg", chart[i].name));
        SR_TRY(sr_charts_draw(1, &chart[i], path, arena, drawn, err));
    }
    return SR_OK;
}
