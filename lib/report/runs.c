#define _DEFAULT_SOURCE /* realpath */
#include "report/runs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "report/metrics.h"
#include "report/open_jobs.h"
#include "report/resolved.h"
#include "report/rundir.h"

enum { DEEPEST = 4, SUMS_LIMIT = 1 << 20 }; /* levels; bytes */

int sr_run_is_finished(const json_t *run)
{
    return strcmp(sr_json_text(json_object_get(run, "manifest"), "state"),
                  "finished") == 0;
}

/* ---- which directories ---- */

static bool is_run(const char *path, struct sr_arena *arena)
{
    return sr_file_exists(sr_file_join(arena, path, "manifest.json"));
}

static int levels(const char *below, const char *top)
{
    int n = 0;
    for (const char *p = below + strlen(top); *p; p++)
        n += *p == '/';
    return n;
}

/* Paths are kept, and told, as JSON. */
static enum sr_status push(json_t *list, const char *path, struct sr_err *err)
{
    if (json_array_append_new(list, json_string(path)) == 0)
        return SR_OK;
    return sr_fail(err, SR_EUSAGE, "%s: the name is no UTF-8", path);
}

/* The path once: all of runs/ has runs/latest too, which is one of the others.
 */
static enum sr_status add_path(json_t *found, const char *path,
                               struct sr_err *err)
{
    char *real = realpath(path, NULL);
    const char *at = real ? real : path;
    json_t *have;
    size_t i;
    bool known = false;
    json_array_foreach (found, i, have) {
        known = known || strcmp(json_string_value(have), at) == 0;
    }
    const enum sr_status status = known ? SR_OK : push(found, at, err);
    free(real);
    return status;
}

/* Put the directories in `path` behind the others in the queue. */
static enum sr_status queue_below(json_t *queue, const char *path,
                                  struct sr_arena *arena, struct sr_err *err)
{
    const char *const *names;
    int n;
    SR_TRY(sr_file_list(path, SR_ERESOURCE, arena, &names, &n, err));
    for (int i = 0; i < n; i++) {
        const char *below = sr_file_join(arena, path, names[i]);
        if (names[i][0] != '.' && sr_file_is_dir(below) &&
            !sr_file_leads_back(below, arena))
            SR_TRY(push(queue, below, err));
    }
    return SR_OK;
}

/* Breadth first: the queue grows while it is gone through. */
static enum sr_status find_below(const char *top, struct sr_arena *arena,
                                 json_t *found, json_t *queue,
                                 struct sr_err *err)
{
    const size_t before = json_array_size(found);
    SR_TRY(push(queue, top, err));
    for (size_t i = 0; i < json_array_size(queue); i++) {
        const char *path = json_string_value(json_array_get(queue, i));
        if (is_run(path, arena))
            SR_TRY(add_path(found, path, err));
        else if (levels(path, top) < DEEPEST)
            SR_TRY(queue_below(queue, path, arena, err));
    }
    if (json_array_size(found) == before && !is_run(top, arena) &&
        !sr_open_jobs_is_sweep(top, arena))
        return sr_fail(err, SR_EUSAGE,
                       "%s is not a run: it has no manifest.json, and no "
                       "directory in it has one",
                       top);
    return SR_OK;
}

static int by_text(const void *left, const void *right)
{
    const json_t *const *a = left, *const *b = right;
    return strcmp(json_string_value(*a), json_string_value(*b));
}

/* Those from the first-th on by their paths: a link may have come first. */
static void sort_from(json_t *found, size_t first, struct sr_arena *arena)
{
    const size_t n = json_array_size(found) - first;
    json_t **paths = SR_TAKE(arena, n, json_t *);
    for (size_t i = 0; i < n; i++)
        paths[i] = json_incref(json_array_get(found, first + i));
    qsort(paths, n, sizeof *paths, by_text);
    for (size_t i = 0; i < n; i++)
        json_array_set_new(found, first + i, paths[i]);
}

static enum sr_status find_all(int n, char *const *path, struct sr_arena *arena,
                               json_t *found, struct sr_err *err)
{
    for (int i = 0; i < n; i++) {
        const char *top = sr_file_trim(arena, path[i]);
        if (!sr_file_is_dir(top))
            return sr_fail(err, SR_EUSAGE,
                           "%s is not a run: there is no such directory", top);
        const size_t before = json_array_size(found);
        json_t *queue = json_array();
        const enum sr_status status = find_below(top, arena, found, queue, err);
        json_decref(queue);
        SR_TRY(status);
        sort_from(found, before, arena);
    }
    return SR_OK;
}

/* ---- one run ---- */

static void add_problem(json_t *run, const struct sr_err *err)
{
    json_array_append_new(json_object_get(run, "problems"),
                          sr_json_foreign(err->text));
}

static bool is_accuracy(const json_t *proportion)
{
    const json_t *a = json_object_get(proportion, "accuracy");
    return json_is_number(a) && json_number_value(a) >= 0 &&
           json_number_value(a) <= 1;
}

/* An evaluation whose numbers can be used; what is not, says err. */
static enum sr_status check_eval(const json_t *eval, const char *path,
                                 struct sr_err *err)
{
    json_t *attack;
    size_t i;
    if (json_integer_value(json_object_get(eval, "images")) < 1)
        return sr_fail(err, SR_EDATA, "%s: \"images\" is no positive number",
                       path);
    if (!is_accuracy(json_object_get(eval, "clean")))
        return sr_fail(err, SR_EDATA, "%s: clean has no accuracy in [0, 1]",
                       path);
    json_array_foreach (json_object_get(eval, "attacks"), i, attack) {
        if (!is_accuracy(json_object_get(attack, "robust")))
            return sr_fail(err, SR_EDATA,
                           "%s: attack %zu has no robust accuracy in [0, 1]",
                           path, i + 1);
    }
    return SR_OK;
}

/* The file in dir that the checksums give this sum; NULL when there is none. */
static const char *file_of_sum(const char *dir, const char *sums,
                               const char *sum, struct sr_arena *arena)
{
    const char *name = strstr(sums, sum);
    if (!name)
        return NULL;
    name += strlen(sum);
    name += strspn(name, " *");
    return sr_file_join(
        arena, dir,
        sr_arena_format(arena, "%.*s", (int)strcspn(name, "/\r\n"), name));
}

/* Two names of one checkpoint are one file. */
static bool is_first_look(json_t *run, const char *path)
{
    json_t *checked = json_object_get(run, "checked");
    char *place = realpath(path, NULL);
    const char *key = place ? place : path;
    const bool first = !json_object_get(checked, key);
    if (first)
        json_object_set_new(checked, key, json_true());
    free(place);
    return first;
}

/* The weights of a figure must be those that stand there, or the run is no
 * proof of it; each file is looked at once. */
static void check_weights(json_t *run, const char *path, const char *sum)
{
    char is[SR_SHA256_TEXT];
    struct sr_err damage;
    if (!is_first_look(run, path))
        return;
    enum sr_status status = sr_sha256_file(path, SR_EDATA, is, &damage);
    if (status == SR_OK && strcmp(is, sum) != 0)
        status = sr_fail(&damage, SR_EDATA,
                         "%s is damaged, so figures of it cannot be made "
                         "again: its SHA-256 is not that in SHA256SUMS",
                         path);
    if (status != SR_OK)
        add_problem(run, &damage);
}

/* Is it of weights that the run's checkpoint no longer holds?  A checkpoint
 * lists the checksums of its files; where it is gone nobody knows. */
static bool is_stale(json_t *run, const json_t *eval, struct sr_arena *arena)
{
    const json_t *network = json_object_get(eval, "network");
    const char *sum = sr_json_text(network, "sha256");
    const char *name = sr_json_text(network, "checkpoint");
    const char *dir = sr_arena_format(arena, "%s/checkpoints/%s",
                                      sr_json_text(run, "path"), name);
    struct sr_err damage;
    unsigned char *bytes;
    size_t size;
    if (!*sum || !*name || !sr_file_is_dir(dir))
        return false;
    if (sr_file_read(sr_file_join(arena, dir, "SHA256SUMS"), SUMS_LIMIT,
                     SR_EDATA, arena, &bytes, &size, &damage) != SR_OK) {
        if (is_first_look(run, dir))
            add_problem(run, &damage);
        return false;
    }
    const char *file = file_of_sum(dir, (const char *)bytes, sum, arena);
    if (file)
        check_weights(run, file, sum);
    return !file;
}

static void keep_eval(json_t *run, json_t *eval, const char *path,
                      struct sr_arena *arena)
{
    if (is_stale(run, eval, arena))
        json_array_append_new(json_object_get(run, "stale"),
                              sr_json_foreign(sr_file_name(path)));
    else
        json_array_append(json_object_get(run, "evals"), eval);
}

/* Only of the test images: those others have seen more or less. */
static enum sr_status read_eval(json_t *run, const char *path,
                                struct sr_arena *arena, struct sr_err *err)
{
    json_t *eval;
    SR_TRY(sr_json_read(path, SR_EDATA, &eval, err));
    enum sr_status status = SR_OK;
    if (strcmp(sr_json_text(eval, "schema"), "satrun.eval/1") == 0 &&
        strcmp(sr_json_text(eval, "split"), "test") == 0) {
        status = check_eval(eval, path, err);
        if (status == SR_OK)
            keep_eval(run, eval, path, arena);
    } else if (!*sr_json_text(eval, "schema")) {
        status = sr_fail(err, SR_EDATA, "%s: has no \"schema\"", path);
    }
    json_decref(eval);
    return status;
}

static enum sr_status read_evals(json_t *run, const char *path,
                                 struct sr_arena *arena, struct sr_err *err)
{
    const char *dir = sr_file_join(arena, path, "eval");
    const char *const *names;
    struct sr_err damage;
    int n;
    if (!sr_file_is_dir(dir))
        return SR_OK;
    SR_TRY(sr_file_list(dir, SR_ERESOURCE, arena, &names, &n, err));
    for (int i = 0; i < n; i++)
        if (sr_text_ends_in(names[i], ".json") &&
            read_eval(run, sr_file_join(arena, dir, names[i]), arena,
                      &damage) != SR_OK)
            add_problem(run, &damage);
    return SR_OK;
}

/* A run without metrics.jsonl has no epochs; that is for its state to say. */
static void read_epochs(json_t *run, const char *path)
{
    struct sr_err damage = {0}, skipped = {0};
    json_t *lines, *line;
    size_t i;
    const enum sr_status status =
        sr_metrics_read(path, &lines, &skipped, &damage);
    if (status == SR_ERESOURCE)
        add_problem(run, &damage);
    if (*skipped.text)
        add_problem(run, &skipped);
    if (status != SR_OK)
        return;
    json_array_foreach (lines, i, line) {
        if (strcmp(sr_json_text(line, "kind"), "epoch") == 0)
            json_array_append(json_object_get(run, "epochs"), line);
    }
    json_decref(lines);
}

static void add_settings(json_t *run, const char *path, struct sr_arena *arena)
{
    const json_t *manifest = json_object_get(run, "manifest");
    json_t *settings = json_object(), *value;
    const char *key;
    json_object_foreach (json_object_get(manifest, "settings"), key, value) {
        if (json_is_string(value))
            json_object_set(settings, key, value);
    }
    if (strcmp(sr_json_text(settings, "model.arch"), "sequential") == 0) {
        const char *layers = sr_resolved_layers(path, arena);
        if (*layers && sr_text_is_clean(layers))
            json_object_set_new(settings, "model.layers", json_string(layers));
    }
    json_object_set_new(run, "settings", settings);
}

/* Figures are of what was trained, which is what the manifest says. */
static void check_config(json_t *run, const char *path, struct sr_arena *arena)
{
    const json_t *settings =
        json_object_get(json_object_get(run, "manifest"), "settings");
    const char *change = sr_resolved_change(path, settings, arena);
    if (change)
        json_array_append_new(
            json_object_get(run, "doubts"),
            sr_json_foreign(sr_arena_format(
                arena,
                "%s/config.yaml has been changed since the run "
                "began: %s. This report goes by the run's manifest.json.",
                path, change)));
}

static enum sr_status read_run(const char *path, struct sr_arena *arena,
                               json_t *runs, struct sr_err *err)
{
    struct sr_err damage;
    json_t *manifest = NULL;
    json_t *run =
        json_pack("{s:s, s:s, s:{}, s:[], s:[], s:[], s:[], s:[], s:{}}", "run",
                  sr_file_name(path), "path", path, "manifest", "evals",
                  "stale", "epochs", "problems", "doubts", "checked");
    json_array_append_new(runs, run);
    if (sr_rundir_manifest(path, &manifest, &damage) != SR_OK)
        add_problem(run, &damage);
    else if (!json_is_object(manifest))
        json_array_append_new(
            json_object_get(run, "problems"),
            json_sprintf("%s/manifest.json is no JSON object", path));
    else
        json_object_set(run, "manifest", manifest);
    json_decref(manifest);
    add_settings(run, path, arena);
    check_config(run, path, arena);
    const size_t before = json_array_size(json_object_get(run, "problems"));
    read_epochs(run, path);
    if (before > 0)
        return SR_OK; /* figures of nobody knows what */
    return read_evals(run, path, arena, err);
}

enum sr_status sr_runs_read(int n, char *const *path, struct sr_arena *arena,
                            json_t **runs, struct sr_err *err)
{
    json_t *found = json_array(), *made = json_array();
    enum sr_status status = find_all(n, path, arena, found, err);
    for (size_t i = 0; i < json_array_size(found) && status == SR_OK; i++)
        status = read_run(json_string_value(json_array_get(found, i)), arena,
                          made, err);
    json_decref(found);
    if (status == SR_OK)
        *runs = made;
    else
        json_decref(made);
    return status;
}
