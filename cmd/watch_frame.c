#include "watch_frame.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "report/metrics.h"
#include "report/rundir.h"
#include "report/spark.h"
#include "train/objective.h"

enum { TEXT = 16384, LINE = 512, BAR = 20, WARNINGS = 3, PACES = 9 };
enum { LOG_BYTES = 64 << 20 };

/* A run as its files tell it. */
struct view {
    struct sr_frame *frame;
    struct sr_arena *arena;
    const json_t *manifest;
    const json_t *steps, *epochs; /* rows of metrics.jsonl by kind */
    const char *state;            /* of the manifest, or "died"     */
    double epochs_in_all, epoch_steps, step;
};

/* ---- reading ---- */

static const json_t *last(const json_t *rows)
{
    const size_t n = json_array_size(rows);
    return n > 0 ? json_array_get(rows, n - 1) : NULL;
}

static double number(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double setting(const struct view *v, const char *key)
{
    const json_t *settings = json_object_get(v->manifest, "settings");
    return strtod(sr_json_text(settings, key), NULL);
}

/* What a step counts as right: the key of its row. */
static const char *measured(const struct view *v)
{
    const json_t *settings = json_object_get(v->manifest, "settings");
    const struct sr_objective *o;
    for (int i = 0; (o = sr_objective_at(i)); i++)
        if (strcmp(o->name, sr_json_text(settings, "train.method")) == 0)
            return o->measures;
    return "robust";
}

/* Before the first epoch has told it: whole batches alone are trained on. */
static double steps_of_epoch(const struct view *v)
{
    const json_t *row = last(v->epochs);
    if (row)
        return number(row, "step") / number(row, "epoch");
    const json_t *images =
        json_object_get(json_object_get(v->manifest, "data"), "images");
    return floor(number(images, "train") / setting(v, "train.batch_size"));
}

static json_t *of_kind(const json_t *rows, const char *kind)
{
    json_t *found = json_array(), *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        if (strcmp(sr_json_text(row, "kind"), kind) == 0)
            json_array_append(found, row);
    }
    return found;
}

/* Seconds since a file of the run was written; the least of them. */
static double silence(const struct view *v)
{
    static const char *const files[] = {"metrics.jsonl", "log.txt",
                                        "manifest.json"};
    double newest = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct stat is;
        const char *path = sr_file_join(v->arena, v->frame->run, files[i]);
        if (stat(path, &is) == 0)
            newest = fmax(newest, (double)is.st_mtim.tv_sec);
    }
    return fmax(0, (double)time(NULL) - newest);
}

/* ---- lines ---- */

/* Bytes of the first `columns` letters. */
static int cut(const char *line, int columns)
{
    int i = 0;
    for (int letters = 0; line[i]; i++)
        if (((unsigned char)line[i] & 0xc0) != 0x80 && letters++ == columns)
            break;
    return i;
}

static void add(const struct view *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(const struct view *v, const char *format, ...)
{
    char line[LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    sr_text_clean(line);
    const int columns = v->frame->columns;
    sr_text_add(v->frame->text, TEXT, "%.*s\n",
                columns > 0 ? cut(line, columns) : (int)strlen(line), line);
}

static void add_head(const struct view *v)
{
    char ago[32];
    sr_clock_span(silence(v), ago, sizeof ago);
    add(v, "%s  %s", v->frame->run, sr_json_text(v->manifest, "name"));
    if (strcmp(v->state, "died") == 0)
        add(v,
            "died: no process works on it any more, last sign %s ago; the "
            "same command continues",
            ago);
    else if (v->frame->over)
        add(v, "%s at %s", v->state, sr_json_text(v->manifest, "ended"));
    else
        add(v, "%s, last sign %s ago", v->state, ago);
}

/* The epoch under way, as training says it, or those that are done where none
 * is. */
static void add_progress(const struct view *v)
{
    char bar[BAR + 1];
    const double all = v->epochs_in_all * v->epoch_steps;
    const double share = all > 0 ? v->step / all : 0;
    const int done = (int)(BAR * fmin(1, fmax(0, share)));
    for (int i = 0; i < BAR; i++)
        bar[i] = i < done ? '#' : '-';
    bar[BAR] = '\0';
    const double whole =
        v->epoch_steps > 0 ? floor(v->step / v->epoch_steps) : 0;
    const char *epochs =
        v->frame->over ? sr_arena_format(v->arena, "%.0f of %.0f epochs", whole,
                                         v->epochs_in_all)
                       : sr_arena_format(v->arena, "epoch %.0f/%.0f",
                                         fmin(v->epochs_in_all, whole + 1),
                                         v->epochs_in_all);
    add(v, "%s  step %.0f/%.0f  [%s] %.0f %%", epochs, v->step, all, bar,
        100 * share);
}

/* "loss    1.594  ▇▅▃▂▁  2.311 .. 1.594", in units of 1/scale; nothing where no
 * row has it. */
static void add_curve(const struct view *v, const char *title,
                      const json_t *rows, const char *key, double scale)
{
    const int n = (int)json_array_size(rows);
    char curve[SR_SPARK_BYTES];
    double *value = SR_TAKE(v->arena, n + 1, double);
    int have = 0;
    for (int i = 0; i < n; i++) {
        value[have] = scale * number(json_array_get(rows, (size_t)i), key);
        have += !isnan(value[have]);
    }
    if (have == 0)
        return;
    sr_spark(value, have, v->frame->columns > 0 ? v->frame->columns / 2 : 40,
             v->frame->utf8, curve);
    add(v, "%-18s %8.4g  %s  from %.4g", title, value[have - 1], curve,
        value[0]);
}

/* Validation goes by what it looked at: "test" or "validation". */
static void add_accuracies(const struct view *v)
{
    static const char *const splits[] = {"test", "validation"};
    static const char *const kinds[] = {"clean", "robust", "average.clean",
                                        "average.robust"};
    char key[64], title[80];
    for (int s = 0; s < 2; s++)
        for (int k = 0; k < 4; k++) {
            snprintf(key, sizeof key, "%s.%s", splits[s], kinds[k]);
            snprintf(title, sizeof title, "%s %%", key);
            add_curve(v, title, v->epochs, key, 100);
        }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of `key` in the last rows; NaN for none. */
static double recent(const json_t *rows, const char *key)
{
    double value[PACES];
    int n = 0;
    for (size_t i = json_array_size(rows); i > 0 && n < PACES; i--) {
        value[n] = number(json_array_get(rows, i - 1), key);
        n += !isnan(value[n]);
    }
    if (n == 0)
        return NAN;
    qsort(value, (size_t)n, sizeof *value, ascending);
    return value[n / 2];
}

/* By whole epochs, validation included, where there are any. */
static double seconds_left(const struct view *v)
{
    const double steps = v->epochs_in_all * v->epoch_steps - v->step;
    const double epoch = recent(v->epochs, "seconds");
    if (!isnan(epoch))
        return epoch * steps / v->epoch_steps;
    return recent(v->steps, "seconds") * steps;
}

static void add_rate(const struct view *v)
{
    char left[32];
    const double rate = recent(v->steps, "images_per_s");
    const int digits = rate < 10 ? 2 : rate < 100 ? 1 : 0;
    sr_clock_span(seconds_left(v), left, sizeof left);
    if (isnan(rate) && strcmp(v->state, "finished") == 0)
        add(v, "no step was written down: every train.log_every-th is");
    else if (isnan(rate))
        add(v, "no step is written down yet: every train.log_every-th is");
    else if (v->frame->over)
        add(v, "%.*f images/s", digits, rate);
    else
        add(v, "%.*f images/s, about %s left before the final evaluation",
            digits, rate, left);
}

/* The last lines of the log that warn. */
static void add_warnings(const struct view *v)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err ignored; /* no log, or one that is just being written */
    const char *kept[WARNINGS] = {NULL};
    int n = 0;
    char *line;
    if (sr_file_read(sr_file_join(v->arena, v->frame->run, "log.txt"),
                     LOG_BYTES, SR_EDATA, v->arena, &bytes, &size,
                     &ignored) != SR_OK)
        return;
    for (char *rest = (char *)bytes; (line = sr_text_line(&rest));)
        if (strstr(line, " warning: "))
            kept[n++ % WARNINGS] = line;
    for (int i = n > WARNINGS ? n - WARNINGS : 0; i < n; i++) {
        char *text = sr_arena_text(v->arena, kept[i % WARNINGS]);
        sr_text_clean(text);
        add(v, "%s", text);
    }
}

static void draw(const struct view *v)
{
    add_head(v);
    add_progress(v);
    add_curve(v, "loss", v->steps, "loss", 1);
    add_curve(v, sr_arena_format(v->arena, "%s %%", measured(v)), v->steps,
              measured(v), 100);
    add_curve(v, "learning rate", v->steps, "lr", 1);
    add_accuracies(v);
    add_rate(v);
    if (*v->frame->skipped.text)
        add(v, "warning: %s; left out", v->frame->skipped.text);
    add_warnings(v);
}

static void describe(struct sr_frame *frame, const json_t *manifest,
                     const json_t *rows, struct sr_arena *arena)
{
    json_t *steps = of_kind(rows, "step"), *epochs = of_kind(rows, "epoch");
    struct view v = {.frame = frame,
                     .arena = arena,
                     .manifest = manifest,
                     .steps = steps,
                     .epochs = epochs,
                     .state = sr_json_text(manifest, "state")};
    const bool runs = strcmp(v.state, "running") == 0;
    frame->over = !runs;
    if (runs && !sr_rundir_is_held(frame->run)) {
        v.state = "died";
        frame->over = true;
    }
    v.epochs_in_all = setting(&v, "train.epochs");
    v.epoch_steps = steps_of_epoch(&v);
    v.step = fmax(
        0, fmax(number(last(steps), "step"), number(last(epochs), "step")));
    frame->text = SR_TAKE(arena, TEXT, char);
    draw(&v);
    json_decref(steps);
    json_decref(epochs);
}

enum sr_status sr_frame_draw(struct sr_frame *frame, struct sr_arena *arena,
                             struct sr_err *err)
{
    json_t *manifest, *rows;
    SR_TRY(sr_rundir_manifest(frame->run, &manifest, err));
    const enum sr_status status =
        sr_metrics_read(frame->run, &rows, &frame->skipped, err);
    if (status == SR_OK) {
        describe(frame, manifest, rows, arena);
        json_decref(rows);
    }
    json_decref(manifest);
    return status;
}
