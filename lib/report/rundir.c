#define _DEFAULT_SOURCE /* realpath */
#include "report/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "report/events.h"
#include "report/metrics.h"

static const char MANIFEST[] = "manifest.json";

/* ---- opening ---- */

static enum sr_status lock(const char *path, int *held, struct sr_err *err)
{
    SR_TRY(sr_lock_try(path, held, err));
    if (*held < 0)
        return sr_fail(err, SR_EUSAGE,
                       "another process is working in this run: it holds %s",
                       path);
    return SR_OK;
}

/* The first thing in path that no run of ours can have left there before its
 * manifest was written; NULL when there is none. */
static const char *stranger(const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], "lock") != 0 &&
            strcmp(names[i], "metrics.jsonl") != 0 &&
            strncmp(names[i], MANIFEST, strlen(MANIFEST)) != 0)
            return names[i];
    return NULL;
}

/* A directory that is none of ours is not written to, let alone cleared. */
static enum sr_status check_ours(const char *path, struct sr_arena *arena,
                                 struct sr_err *err)
{
    const char *const *names;
    int n;
    SR_TRY(sr_file_list(path, SR_ERESOURCE, arena, &names, &n, err));
    const char *found = stranger(names, n);
    if (found && !sr_file_exists(sr_file_join(arena, path, MANIFEST)))
        return sr_fail(err, SR_EUSAGE,
                       "%s is not empty and not a run: it has %s and no %s",
                       path, found, MANIFEST);
    return SR_OK;
}

static enum sr_status remove_half_written(const char *path,
                                          struct sr_arena *arena,
                                          struct sr_err *err)
{
    const char *const *names;
    int n;
    SR_TRY(sr_file_list(path, SR_ERESOURCE, arena, &names, &n, err));
    for (int i = 0; i < n; i++)
        if (sr_text_ends_in(names[i], ".tmp"))
            SR_TRY(
                sr_file_remove_tree(sr_file_join(arena, path, names[i]), err));
    return SR_OK;
}

/* What was torn off in the middle of a line becomes a line of its own, or the
 * next one would be lost with it. */
static enum sr_status end_torn_line(int file, const char *metrics,
                                    struct sr_err *err)
{
    const off_t size = lseek(file, 0, SEEK_END);
    char last;
    if (size < 1 || pread(file, &last, 1, size - 1) != 1 || last == '\n')
        return SR_OK;
    if (write(file, "\n", 1) != 1)
        return sr_fail_errno(err, SR_ERESOURCE, "append to", metrics);
    return SR_OK;
}

enum sr_status sr_rundir_open(const char *path, struct sr_arena *arena,
                              struct sr_rundir *run, struct sr_err *err)
{
    int held;
    path = sr_file_trim(arena, path);
    SR_TRY(sr_file_mkdir(path, err));
    SR_TRY(check_ours(path, arena, err));
    SR_TRY(lock(sr_file_join(arena, path, "lock"), &held, err));
    const char *metrics = sr_file_join(arena, path, "metrics.jsonl");
    const int file =
        open(metrics, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    enum sr_status status = SR_OK;
    if (file < 0)
        status = sr_fail_errno(err, SR_ERESOURCE, "open", metrics);
    else
        status = remove_half_written(path, arena, err);
    if (status == SR_OK)
        status = end_torn_line(file, metrics, err);
    if (status != SR_OK) {
        if (file >= 0)
            close(file);
        sr_lock_release(held);
        return status;
    }
    *run = (struct sr_rundir){path, held, file, NULL};
    return SR_OK;
}

void sr_rundir_close(struct sr_rundir *run)
{
    sr_events_close(run->events);
    close(run->metrics);
    sr_lock_release(run->lock);
    run->events = NULL;
    run->metrics = run->lock = -1;
}

bool sr_rundir_is_held(const char *path)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    struct sr_err ignored; /* held, or not ours to open: somebody's */
    const char *file = sr_file_join(arena, path, "lock");
    int own;
    const bool there = sr_file_exists(file);
    const bool free = there && lock(file, &own, &ignored) == SR_OK;
    if (free)
        sr_lock_release(own);
    sr_arena_free(arena);
    return there && !free;
}

char *sr_rundir_file(const struct sr_rundir *run, const char *name,
                     struct sr_arena *arena)
{
    return sr_file_join(arena, run->path, name);
}

/* ---- finding ---- */

char *sr_rundir_new_path(const char *root, const char *name,
                         struct sr_arena *arena)
{
    char now[32];
    sr_clock_utc(1, now, sizeof now);
    char *path = sr_arena_format(arena, "%s/%s-%s", root, name, now);
    const char *first = path;
    for (int i = 2; sr_file_exists(path); i++)
        path = sr_arena_format(arena, "%s-%d", first, i);
    return path;
}

static bool is(const json_t *manifest, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(manifest, key));
    return text && strcmp(text, value) == 0;
}

/* Is this directory a run of that name (and config, unless NULL) that has come
 * to its end, or has not? */
static bool is_meant(const char *path, const char *name,
                     const char *config_hash, bool finished)
{
    struct sr_err ignored; /* a damaged manifest is no reason to fail here */
    json_t *manifest;
    if (sr_rundir_manifest(path, &manifest, &ignored) != SR_OK)
        return false;
    const bool found = is(manifest, "name", name) &&
                       (!config_hash || is(manifest, "config", config_hash)) &&
                       is(manifest, "state", "finished") == finished;
    json_decref(manifest);
    return found;
}

static double changed_at(const char *path)
{
    struct stat is;
    if (stat(path, &is) != 0)
        return 0;
    return (double)is.st_mtim.tv_sec + 1e-9 * (double)is.st_mtim.tv_nsec;
}

static char *find_newest(const char *root, const char *name,
                         const char *config_hash, bool finished,
                         struct sr_arena *arena)
{
    struct sr_err ignored; /* no directory of runs, no unfinished one */
    const char *const *names;
    const char *prefix = sr_arena_format(arena, "%s-", name);
    char *newest = NULL;
    int n;
    double when = -1;
    if (sr_file_list(root, SR_ERESOURCE, arena, &names, &n, &ignored) != SR_OK)
        return NULL;
    for (int i = 0; i < n; i++) {
        char *path = sr_file_join(arena, root, names[i]);
        if (strncmp(names[i], prefix, strlen(prefix)) != 0 ||
            !is_meant(path, name, config_hash, finished))
            continue;
        const double at = changed_at(sr_file_join(arena, path, MANIFEST));
        if (at >= when) {
            when = at;
            newest = path;
        }
    }
    return newest;
}

char *sr_rundir_find_unfinished(const char *root, const char *name,
                                const char *config_hash, struct sr_arena *arena)
{
    return find_newest(root, name, config_hash, false, arena);
}

char *sr_rundir_find_finished(const char *root, const char *name,
                              const char *config_hash, struct sr_arena *arena)
{
    return find_newest(root, name, config_hash, true, arena);
}

/* What a link in `root` says to lead to `path`: its name if it is in there. */
static char *link_target(const char *root, const char *path,
                         struct sr_arena *arena)
{
    char *real = realpath(path, NULL), *home = realpath(root, NULL);
    const size_t length = home ? strlen(home) : 0;
    const char *target = real ? real : path;
    if (real && home && strncmp(real, home, length) == 0 &&
        real[length] == '/' && !strchr(real + length + 1, '/'))
        target = real + length + 1;
    char *copy = sr_arena_text(arena, target);
    free(real);
    free(home);
    return copy;
}

enum sr_status sr_rundir_set_latest(const char *root, const char *path,
                                    struct sr_err *err)
{
    SR_TRY(sr_file_mkdir(root, err));
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status =
        sr_file_link(link_target(root, path, arena),
                     sr_file_join(arena, root, "latest"), err);
    sr_arena_free(arena);
    return status;
}

/* What a run is called in results must not move on with the link that it was
 * found by. */
static char *behind_link(const char *path, struct sr_arena *arena)
{
    char target[4096];
    const ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return sr_arena_text(arena, path);
    target[n] = '\0';
    return sr_file_join(arena, sr_file_dir(arena, path), target);
}

enum sr_status sr_rundir_find(const char *run, struct sr_arena *arena,
                              char **path, struct sr_err *err)
{
    const char *wanted = run && *run ? run : "runs/latest";
    if (!sr_file_exists(sr_file_join(arena, wanted, MANIFEST)))
        return sr_fail(err, SR_EUSAGE,
                       run && *run ? "%s is not a run: it has no %s"
                                   : "there is no %s with a %s yet: train "
                                     "something, or name a run",
                       wanted, MANIFEST);
    *path = behind_link(wanted, arena);
    return SR_OK;
}

/* ---- metrics.jsonl ---- */

/* One write a line: a line is whole or absent, whoever reads meanwhile.  A
 * short write is cut off again. */
static enum sr_status append(struct sr_rundir *run, const char *line,
                             size_t size, struct sr_err *err)
{
    const int64_t before = (int64_t)lseek(run->metrics, 0, SEEK_END);
    ssize_t got;
    do
        got = write(run->metrics, line, size);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)size)
        return SR_OK;
    if (got >= 0)
        errno = ENOSPC;
    sr_fail_errno(err, SR_ERESOURCE, "append to metrics.jsonl in", run->path);
    if (before >= 0 && ftruncate(run->metrics, (off_t)before) != 0)
        return err->status; /* the half line is cut on resuming */
    return err->status;
}

/* Of the line as it is written, with its nine digits, so that an event file
 * made of metrics.jsonl later is the same. */
static enum sr_status add_event(struct sr_rundir *run, const char *line,
                                size_t size, struct sr_err *err)
{
    json_t *row;
    if (!run->events)
        return SR_OK;
    SR_TRY(sr_json_parse(line, size, "a metric", SR_EINTERNAL, &row, err));
    json_t *flat = sr_metrics_flat(row);
    const enum sr_status status = sr_events_add(run->events, flat, err);
    json_decref(flat);
    json_decref(row);
    return status;
}

enum sr_status sr_rundir_metric(struct sr_rundir *run, json_t *row,
                                struct sr_err *err)
{
    char line[4096];
    json_object_set_new(row, "time", json_integer((json_int_t)time(NULL)));
    const size_t size = json_dumpb(row, line, sizeof line - 1,
                                   JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(row);
    SR_REQUIRE(size > 0 && size < sizeof line);
    line[size] = '\n';
    SR_TRY(append(run, line, size + 1, err));
    return add_event(run, line, size, err);
}

enum sr_status sr_rundir_tensorboard(struct sr_rundir *run,
                                     struct sr_arena *arena,
                                     struct sr_err *skipped, struct sr_err *err)
{
    json_t *rows;
    SR_TRY(sr_metrics_read(run->path, &rows, skipped, err));
    const enum sr_status status = sr_events_open(
        sr_rundir_file(run, "tb", arena), rows, arena, &run->events, err);
    json_decref(rows);
    return status;
}

int64_t sr_rundir_metrics_size(struct sr_rundir *run)
{
    fsync(run->metrics); /* a failure shows when the next line is written */
    return (int64_t)lseek(run->metrics, 0, SEEK_END);
}

enum sr_status sr_rundir_metrics_cut(struct sr_rundir *run, int64_t size,
                                     struct sr_err *err)
{
    if (sr_rundir_metrics_size(run) < size)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s/metrics.jsonl is shorter than when the checkpoint "
                       "was written (%lld bytes)",
                       run->path, (long long)size);
    if (ftruncate(run->metrics, (off_t)size) != 0 || fsync(run->metrics) != 0)
        return sr_fail_errno(err, SR_ERESOURCE, "cut metrics.jsonl in",
                             run->path);
    return SR_OK;
}

/* ---- manifest.json ---- */

static enum sr_status update(const char *path, json_t *members,
                             struct sr_err *err)
{
    json_t *manifest = NULL;
    if (sr_file_exists(path))
        SR_TRY(sr_json_read(path, SR_ERESOURCE, &manifest, err));
    else
        manifest = json_pack("{s:s}", "schema", "satrun.run/1");
    json_object_update(manifest, members);
    const enum sr_status status = sr_json_write(path, manifest, err);
    json_decref(manifest);
    return status;
}

enum sr_status sr_rundir_note_all(struct sr_rundir *run, json_t *members,
                                  struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status =
        update(sr_rundir_file(run, MANIFEST, arena), members, err);
    json_decref(members);
    sr_arena_free(arena);
    return status;
}

enum sr_status sr_rundir_manifest(const char *path, json_t **manifest,
                                  struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status = sr_json_read(
        sr_file_join(arena, path, MANIFEST), SR_ERESOURCE, manifest, err);
    sr_arena_free(arena);
    return status;
}
