#define _DEFAULT_SOURCE /* realpath */
#include "report/row.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/rundir.h"

/* ---- evaluations ---- */

static void copy(json_t *row, const char *column, const json_t *from,
                 const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value)
        json_object_set(row, column, value);
}

/* "8/255" when that is what it is, "0.5" otherwise. */
static void format_epsilon(double epsilon, char *text, size_t size)
{
    const double steps = epsilon * 255;
    if (epsilon > 0 && fabs(steps - round(steps)) < 1e-6 && steps < 255)
        snprintf(text, size, "%.0f/255", steps);
    else
        snprintf(text, size, "%.6g", epsilon);
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* " linf 8/255": what figures must share to be compared. */
static void ball_of(const json_t *attack, char *text, size_t size)
{
    char epsilon[32];
    format_epsilon(json_number_value(json_object_get(attack, "epsilon")),
                   epsilon, sizeof epsilon);
    snprintf(text, size, " %s %s", text_in(attack, "norm"), epsilon);
}

/* "pgd-10 linf 8/255"; what is out of the ordinary is added. */
static void attack_column(const json_t *eval, const json_t *attack, char *text,
                          size_t size)
{
    char ball[64];
    const char *slope = text_in(eval, "backward");
    ball_of(attack, ball, sizeof ball);
    snprintf(text, size, "%s%s", text_in(attack, "attack"), ball);
    if (*slope && strcmp(slope, "forward") != 0)
        sr_text_add(text, size, " slope: %s", slope);
    if (json_is_true(json_object_get(attack, "targeted")))
        sr_text_add(text, size, " targeted");
}

static double accuracy(const json_t *proportion)
{
    return json_number_value(json_object_get(proportion, "accuracy"));
}

/* Step size, start, loss, seed: other settings of an attack can only break
 * more images, so of several figures the lowest is the one that holds. */
static void keep_lowest(json_t *row, const char *column, json_t *proportion)
{
    const json_t *have = json_object_get(row, column);
    if (!json_is_number(json_object_get(proportion, "accuracy")))
        return;
    if (!have || accuracy(proportion) < accuracy(have))
        json_object_set(row, column, proportion);
}

/* How many of the row's columns are of attacks in this ball? */
static int columns_of_ball(json_t *row, const char *ball)
{
    const char *column;
    json_t *value;
    int n = 0;
    json_object_foreach (row, column, value) {
        const char *found = strstr(column, ball);
        const char end = found ? found[strlen(ball)] : 'x';
        n += end == '\0' || end == ' ';
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
    char column[128];
    size_t i, k;
    json_array_foreach (evals, i, eval) {
        copy(row, "images", eval, "images");
        keep_lowest(row, "clean", json_object_get(eval, "clean"));
        json_array_foreach (json_object_get(eval, "attacks"), k, attack) {
            attack_column(eval, attack, column, sizeof column);
            keep_lowest(row, column, json_object_get(attack, "robust"));
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
    snprintf(key, sizeof key, "%s %s %lld",
             text_in(json_object_get(eval, "network"), "sha256"),
             text_in(eval, "config"),
             (long long)json_integer_value(json_object_get(eval, "images")));
    json_t *group = json_object_get(groups, key);
    if (!group) {
        group = json_array();
        json_object_set_new(groups, key, group);
    }
    json_array_append(group, eval);
}

/* Only of the test images: those others have seen more or less. */
static bool is_result(const json_t *eval)
{
    return strcmp(text_in(eval, "schema"), "satrun.eval/1") == 0 &&
           strcmp(text_in(eval, "split"), "test") == 0;
}

/* groups: an object of arrays, one for each row to come. */
static enum sr_status read_evals(const char *path, struct sr_arena *arena,
                                 json_t *groups, struct sr_err *err)
{
    const char *dir = sr_file_join(arena, path, "eval");
    const char *const *names;
    int n;
    if (!sr_file_is_dir(dir))
        return SR_OK;
    SR_TRY(sr_file_list(dir, SR_ERESOURCE, arena, &names, &n, err));
    for (int i = 0; i < n; i++) {
        const size_t length = strlen(names[i]);
        json_t *eval;
        if (length < 5 || strcmp(names[i] + length - 5, ".json") != 0)
            continue;
        SR_TRY(sr_json_read(sr_file_join(arena, dir, names[i]), SR_ERESOURCE,
                            &eval, err));
        if (is_result(eval))
            add_to_group(groups, eval);
        json_decref(eval);
    }
    return SR_OK;
}

/* "last", "last average", or "best, last" when both are these weights. */
static void add_checkpoint(json_t *row, const json_t *eval)
{
    char both[128];
    const json_t *network = json_object_get(eval, "network");
    const bool averaged = json_is_true(json_object_get(network, "average"));
    const char *name = text_in(network, "checkpoint");
    const char *have = text_in(row, "checkpoint");
    if (!*name || strstr(have, name))
        return;
    snprintf(both, sizeof both, "%s%s%s%s", have, *have ? ", " : "", name,
             averaged ? " average" : "");
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
    if (strcmp(text_in(eval, "config"), text_in(manifest, "config")) == 0)
        return;
    json_object_foreach (settings, key, value) {
        const char *is = text_in(settings, key);
        if (strncmp(key, "eval.", 5) != 0 && strcmp(is, text_in(run, key)) != 0)
            sr_text_add(text, sizeof text, "%s%s=%s", *text ? ", " : "", key,
                        is);
    }
    json_object_set_new(row, "evaluated with",
                        json_string(*text ? text : "other model.layers"));
}

static void add_group(json_t *row, const json_t *manifest, const json_t *group)
{
    json_t *eval;
    size_t i;
    json_array_foreach (group, i, eval) {
        add_checkpoint(row, eval);
    }
    if (group)
        add_overrides(row, manifest, json_array_get(group, 0));
    sr_row_add_evals(row, group);
}

/* ---- settings ---- */

static const struct {
    const char *column, *key;
} always[] = {
    {"forward", "activation.forward"},
    {"attack slope", "activation.backward.attack"},
    {"update slope", "activation.backward.update"},
    {"epochs", "train.epochs"},
    {"seed", "seed"},
};
enum { ALWAYS = sizeof always / sizeof *always };

static json_t *settings_of(const json_t *manifest)
{
    return json_object_get(manifest, "settings");
}

static bool is_always(const char *key)
{
    for (int i = 0; i < ALWAYS; i++)
        if (strcmp(always[i].key, key) == 0)
            return true;
    return false;
}

/* Do two of the manifests have another value, or none, for key? */
static bool differs(const json_t *manifests, const char *key)
{
    json_t *first =
               json_object_get(settings_of(json_array_get(manifests, 0)), key),
           *manifest;
    size_t i;
    json_array_foreach (manifests, i, manifest) {
        json_t *value = json_object_get(settings_of(manifest), key);
        if (value != first && !json_equal(value, first))
            return true;
    }
    return false;
}

static void add_settings(json_t *row, const json_t *manifests, size_t which)
{
    json_t *settings = settings_of(json_array_get(manifests, which)), *value;
    const char *key;
    for (int i = 0; i < ALWAYS; i++)
        copy(row, always[i].column, settings, always[i].key);
    json_object_foreach (settings, key, value) {
        if (!is_always(key) && strcmp(key, "name") != 0 &&
            differs(manifests, key))
            json_object_set(row, key, value);
    }
}

/* ---- runs ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* The row of one group of a run, or of a run without any result. */
static void add_row(json_t *rows, const json_t *manifests, size_t which,
                    const char *path, const json_t *group)
{
    const json_t *manifest = json_array_get(manifests, which);
    json_t *row = json_object();
    json_array_append_new(rows, row);
    json_object_set_new(row, "run", json_string(last_part(path)));
    if (strcmp(text_in(manifest, "state"), "finished") != 0)
        copy(row, "state", manifest, "state");
    add_settings(row, manifests, which);
    add_group(row, manifest, group);
}

static enum sr_status add_run(json_t *rows, const json_t *manifests,
                              size_t which, const char *path,
                              struct sr_arena *arena, struct sr_err *err)
{
    json_t *groups = json_object(), *group;
    const char *weights;
    const enum sr_status status = read_evals(path, arena, groups, err);
    json_object_foreach (groups, weights, group) {
        add_row(rows, manifests, which, path, group);
    }
    if (json_object_size(groups) == 0)
        add_row(rows, manifests, which, path, NULL);
    json_decref(groups);
    return status;
}

/* The runs without repetition: all of runs/ has runs/latest too, which is one
 * of the others.  Returns how many; real[0..] are their paths without links. */
static int distinct_runs(int runs, char *const *path, struct sr_arena *arena,
                         char **real)
{
    int n = 0;
    for (int i = 0; i < runs; i++) {
        char *found = realpath(path[i], NULL);
        real[n] = sr_arena_text(arena, found ? found : path[i]);
        free(found);
        int same = 0;
        while (strcmp(real[same], real[n]) != 0)
            same++;
        n += same == n;
    }
    return n;
}

static enum sr_status read_manifests(int runs, char *const *path,
                                     struct sr_arena *arena, json_t *manifests,
                                     struct sr_err *err)
{
    for (int i = 0; i < runs; i++) {
        char *found;
        json_t *manifest;
        SR_TRY(sr_rundir_find(path[i], arena, &found, err));
        SR_TRY(sr_rundir_manifest(found, &manifest, err));
        json_array_append_new(manifests, manifest);
    }
    return SR_OK;
}

enum sr_status sr_rows_of_runs(int runs, char *const *path,
                               struct sr_arena *arena, json_t **rows,
                               struct sr_err *err)
{
    char **real = SR_TAKE(arena, runs, char *);
    const int n = distinct_runs(runs, path, arena, real);
    json_t *manifests = json_array(), *made = json_array();
    enum sr_status status = read_manifests(n, real, arena, manifests, err);
    for (int i = 0; i < n && status == SR_OK; i++)
        status = add_run(made, manifests, (size_t)i, real[i], arena, err);
    json_decref(manifests);
    if (status == SR_OK)
        *rows = made;
    else
        json_decref(made);
    return status;
}
