#include "report/row.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
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

static void attack_column(const json_t *attack, char *text, size_t size)
{
    char epsilon[32];
    const char *word = json_string_value(json_object_get(attack, "attack"));
    const char *norm = json_string_value(json_object_get(attack, "norm"));
    format_epsilon(json_number_value(json_object_get(attack, "epsilon")),
                   epsilon, sizeof epsilon);
    snprintf(text, size, "%s %s %s", word ? word : "?", norm ? norm : "?",
             epsilon);
}

static json_int_t images_of(const json_t *json)
{
    return json_integer_value(json_object_get(json, "images"));
}

void sr_row_add_eval(json_t *row, const json_t *eval)
{
    json_t *attacks = json_object_get(eval, "attacks"), *attack;
    char column[128];
    size_t i;
    const bool more = images_of(eval) >= images_of(row);
    if (more) {
        copy(row, "images", eval, "images");
        copy(row, "clean", eval, "clean");
    }
    json_array_foreach (attacks, i, attack) {
        attack_column(attack, column, sizeof column);
        if (more || !json_object_get(row, column))
            copy(row, column, attack, "robust");
    }
    if (json_array_size(attacks) > 1)
        copy(row, "worst case", eval, "worst_case");
}

static enum sr_status add_evals(json_t *row, const char *path,
                                struct sr_arena *arena, struct sr_err *err)
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
        sr_row_add_eval(row, eval);
        json_decref(eval);
    }
    return SR_OK;
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

static enum sr_status add_row(json_t *rows, const json_t *manifests,
                              size_t which, const char *path,
                              struct sr_arena *arena, struct sr_err *err)
{
    const json_t *manifest = json_array_get(manifests, which);
    json_t *state = json_object_get(manifest, "state");
    json_t *row = json_object();
    json_array_append_new(rows, row);
    json_object_set_new(row, "run", json_string(last_part(path)));
    add_settings(row, manifests, which);
    const char *word = json_string_value(state);
    if (word && strcmp(word, "finished") != 0)
        json_object_set(row, "state", state);
    return add_evals(row, path, arena, err);
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
    json_t *manifests = json_array(), *made = json_array();
    enum sr_status status = read_manifests(runs, path, arena, manifests, err);
    for (int i = 0; i < runs && status == SR_OK; i++)
        status = add_row(made, manifests, (size_t)i, path[i], arena, err);
    json_decref(manifests);
    if (status == SR_OK)
        *rows = made;
    else
        json_decref(made);
    return status;
}
