#include "report/row.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/figure.h"
#include "report/runs.h"

/* ---- evaluations ---- */

static void copy(json_t *row, const char *column, const json_t *from,
                 const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value)
        json_object_set(row, column, value);
}

void sr_row_epsilon(double epsilon, char *text, size_t size)
{
    const double steps = epsilon * 255;
    char levels[32];
    snprintf(text, size, "%.6g", epsilon);
    snprintf(levels, sizeof levels, "%.0f/255", steps);
    if (epsilon > 0 && fabs(steps - round(steps)) < 1e-6 && steps < 255 &&
        strlen(levels) < strlen(text))
        snprintf(text, size, "%s", levels);
}

/* " linf 8/255": what figures must share to be compared. */
static void ball_of(const json_t *attack, char *text, size_t size)
{
    char epsilon[32];
    sr_row_epsilon(json_number_value(json_object_get(attack, "epsilon")),
                   epsilon, sizeof epsilon);
    snprintf(text, size, " %s %s", sr_json_text(attack, "norm"), epsilon);
}

/* "pgd-10 linf 8/255"; what is out of the ordinary is added. */
static void attack_column(const json_t *eval, const json_t *attack, char *text,
                          size_t size)
{
    char ball[64];
    const char *slope = sr_json_text(eval, "backward");
    ball_of(attack, ball, sizeof ball);
    snprintf(text, size, "%s%s", sr_json_text(attack, "attack"), ball);
    if (*slope && strcmp(slope, "forward") != 0)
        sr_text_add(text, size, " slope: %s", slope);
    if (json_is_true(json_object_get(attack, "targeted")))
        sr_text_add(text, size, " targeted");
    sr_text_clean(text);
}

/* The members of a proportion that count: files may hold anything else. */
static json_t *figure_from(const json_t *proportion)
{
    const json_t *interval = json_object_get(proportion, "interval_95");
    json_t *figure = json_object();
    copy(figure, "accuracy", proportion, "accuracy");
    if (json_is_integer(json_object_get(proportion, "correct")))
        copy(figure, "correct", proportion, "correct");
    if (json_is_number(json_array_get(interval, 0)) &&
        json_is_number(json_array_get(interval, 1)))
        copy(figure, "interval_95", proportion, "interval_95");
    return figure;
}

/* Step size, start, loss, seed: other settings of an attack can only break
 * more images, so of several figures the lowest is the one that holds. */
static bool keep_lowest(json_t *row, const char *column, json_t *proportion)
{
    const json_t *have = json_object_get(row, column);
    if (!json_is_number(json_object_get(proportion, "accuracy")) ||
        (have && sr_figure_accuracy(proportion) >= sr_figure_accuracy(have)))
        return false;
    json_object_set_new(row, column, figure_from(proportion));
    return true;
}

/* What the column's title does not say of the attack. */
static json_t *how(const json_t *attack)
{
    static const char *const told[] = {"step_size",    "steps",   "restarts",
                                       "random_start", "loss",    "keep",
                                       "targeted",     "targets", "batchnorm"};
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        copy(all, told[i], attack, told[i]);
    return all;
}

static void add_attack(json_t *row, const json_t *eval, const json_t *attack)
{
    char column[128];
    attack_column(eval, attack, column, sizeof column);
    if (keep_lowest(row, column, json_object_get(attack, "robust")))
        json_object_set_new(json_object_get(row, column), "how", how(attack));
}

int sr_row_is_of_ball(const char *column, const char *ball)
{
    const char *found = strstr(column, ball);
    const char end = found ? found[strlen(ball)] : 'x';
    return end == '\0' || end == ' ';
}

/* How many of the row's columns are of attacks in this ball? */
static int columns_of_ball(json_t *row, const char *ball)
{
    const char *column;
    json_t *value;
    int n = 0;
    json_object_foreach (row, column, value) {
        n += sr_row_is_of_ball(column, ball);
    }
    return n;
}

/* All attacks of an evaluation have the same ball. */
static void add_worst(json_t *row, const json_t *eval)
{
    const json_t *attack = json_array_get(json_object_get(eval, "attacks"), 0);
    char ball[64], column[128];
    ball_of(attack, ball, sizeof ball);
    snprintf(column, sizeof column, "worst case%s", ball);
    if (attack && columns_of_ball(row, ball) > 1)
        keep_lowest(row, column, json_object_get(eval, "worst_case"));
}

void sr_row_add_evals(json_t *row, const json_t *evals)
{
    json_t *eval, *attack;
    size_t i, k;
    json_array_foreach (evals, i, eval) {
        copy(row, "images", eval, "images");
        keep_lowest(row, "clean", json_object_get(eval, "clean"));
        json_array_foreach (json_object_get(eval, "attacks"), k, attack) {
            add_attack(row, eval, attack);
        }
    }
    json_array_foreach (evals, i, eval) {
        add_worst(row, eval);
    }
}

/* ---- the evaluations of a run ---- */

/* Add one to the group of what may stand in one row: the same weights (best
 * and last of a run are two, unless they are the same), the same settings but
 * for eval.*, the same number of images. */
static void add_to_group(json_t *groups, json_t *eval)
{
    char key[256];
    snprintf(key, sizeof key, "%lld %s %s %s",
             (long long)json_integer_value(json_object_get(eval, "images")),
             sr_json_text(json_object_get(eval, "network"), "sha256"),
             sr_json_text(eval, "config"),
             sr_json_text(json_object_get(eval, "data"), "sha256"));
    json_t *group = json_object_get(groups, key);
    if (!group) {
        group = json_array();
        json_object_set_new(groups, key, group);
    }
    json_array_append(group, eval);
}

/* "last", "last average", or "best, last" when both are these weights. */
static void add_checkpoint(json_t *row, const json_t *eval)
{
    char both[128];
    const json_t *network = json_object_get(eval, "network");
    const bool averaged = json_is_true(json_object_get(network, "average"));
    const char *name = sr_json_text(network, "checkpoint");
    const char *have = sr_json_text(row, "checkpoint");
    if (!*name || strstr(have, name))
        return;
    snprintf(both, sizeof both, "%s%s%s%s", have, *have ? ", " : "", name,
             averaged ? " average" : "");
    sr_text_clean(both); /* a letter may have been cut */
    json_object_set_new(row, "checkpoint", json_string(both));
}

/* "activation.forward=silu": what an evaluation was told to do differently from
 * the run, beside eval.*. */
static void add_overrides(json_t *row, const json_t *manifest,
                          const json_t *eval)
{
    const json_t *run = json_object_get(manifest, "settings");
    json_t *settings = json_object_get(eval, "settings"), *value;
    char text[256] = "";
    const char *key;
    if (strcmp(sr_json_text(eval, "config"),
               sr_json_text(manifest, "config")) == 0)
        return;
    json_object_foreach (settings, key, value) {
        const char *is = sr_json_text(settings, key);
        if (strncmp(key, "eval.", 5) != 0 &&
            strcmp(is, sr_json_text(run, key)) != 0)
            sr_text_add(text, sizeof text, "%s%s=%s", *text ? ", " : "", key,
                        is);
    }
    sr_text_clean(text);
    json_object_set_new(row, "evaluated with",
                        json_string(*text ? text : "other model.layers"));
}

/* ---- rows ---- */

static json_t *data_of(const json_t *eval)
{
    const json_t *data = json_object_get(eval, "data");
    char text[64];
    snprintf(text, sizeof text, "%.32s %.8s", sr_json_text(data, "dataset"),
             sr_json_text(data, "sha256"));
    sr_text_clean(text);
    return json_string(text);
}

static void add_row(json_t *rows, const json_t *run, const json_t *group)
{
    const json_t *manifest = json_object_get(run, "manifest");
    const json_t *first = json_array_get(group, 0);
    json_t *row = json_object(), *figures = json_object(), *eval;
    size_t i;
    json_array_append_new(rows, row);
    copy(row, "run", run, "run");
    json_object_set_new(row, "runs",
                        json_pack("[O]", json_object_get(run, "run")));
    json_object_set_new(row, "paths",
                        json_pack("[O]", json_object_get(run, "path")));
    if (!sr_run_is_finished(run))
        json_object_set_new(row, "state",
                            json_string(sr_json_text(manifest, "state")));
    copy(row, "settings", run, "settings");
    json_object_set_new(row, "data", data_of(first));
    json_array_foreach (group, i, eval) {
        add_checkpoint(row, eval);
    }
    add_overrides(row, manifest, first);
    sr_row_add_evals(figures, group);
    copy(row, "images", figures, "images");
    json_object_del(figures, "images");
    json_object_set_new(row, "figures", figures);
}

json_t *sr_rows_of_runs(const json_t *runs)
{
    json_t *rows = json_array(), *run, *eval, *group;
    const char *key;
    size_t i, k;
    json_array_foreach (runs, i, run) {
        json_t *groups = json_object();
        json_array_foreach (json_object_get(run, "evals"), k, eval) {
            add_to_group(groups, eval);
        }
        json_object_foreach (groups, key, group) {
            add_row(rows, run, group);
        }
        json_decref(groups);
    }
    return rows;
}

int sr_row_same_images(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "images"),
                      json_object_get(b, "images")) &&
           json_equal(json_object_get(a, "data"), json_object_get(b, "data"));
}
