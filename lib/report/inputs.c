#define _DEFAULT_SOURCE /* realpath */
#include "report/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/open_jobs.h"

static bool is_in(const char *path, const char *dir)
{
    const size_t n = strlen(dir);
    return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* A page, or a chart with its numbers and script. */
static bool is_of_report(const char *path, struct sr_arena *arena)
{
    const char *dot = strrchr(path, '.');
    if (!dot || strchr(dot, '/'))
        return false;
    return strcmp(dot, ".html") == 0 ||
           sr_file_exists(
               sr_arena_format(arena, "%.*s.gp", (int)(dot - path), path));
}

static bool is_of_run(const char *path, const json_t *runs)
{
    json_t *run;
    size_t i;
    json_array_foreach (runs, i, run) {
        if (is_in(path, sr_json_text(run, "path")))
            return true;
    }
    return false;
}

static bool is_of_sweep(const char *path, int n, char *const *top,
                        const json_t *runs, struct sr_arena *arena)
{
    json_t *sweeps = sr_open_jobs_sweeps(n, top, runs, arena), *value;
    const char *dir;
    bool found = false;
    json_object_foreach (sweeps, dir, value) {
        found = found || is_in(path, sr_file_join(arena, dir, "jobs")) ||
                strcmp(path, sr_file_join(arena, dir, "index.tsv")) == 0 ||
                strcmp(path, sr_file_join(arena, dir, "sweep.json")) == 0;
    }
    json_decref(sweeps);
    return found;
}

enum sr_status sr_inputs_check(const struct sr_report *report, int n,
                               char *const *path, const char *output,
                               struct sr_arena *arena, struct sr_err *err)
{
    char *real = realpath(output, NULL);
    const char *at = real ? sr_arena_text(arena, real) : NULL;
    free(real);
    if (!at || is_of_report(at, arena) ||
        (!is_of_run(at, report->runs) &&
         !is_of_sweep(at, n, path, report->runs, arena)))
        return SR_OK; /* nothing is lost */
    return sr_file_check_kept(output, at, "report", err);
}
