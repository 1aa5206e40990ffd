#define _DEFAULT_SOURCE /* realpath */
#include "report/open_jobs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "sweep/job.h"

enum { NAMES = 12, LINE = 2048 }; /* told of a state; bytes */

/* ---- which sweeps ---- */

bool sr_open_jobs_is_sweep(const char *dir, struct sr_arena *arena)
{
    return sr_file_exists(sr_file_join(arena, dir, "index.tsv")) &&
           sr_file_exists(sr_file_join(arena, dir, "sweep.json"));
}

/* The directory is added once, by its real path, if it is a sweep's. */
static void add_sweep(json_t *dirs, const char *dir, struct sr_arena *arena)
{
    char *real = realpath(dir, NULL);
    if (real && sr_open_jobs_is_sweep(real, arena))
        json_object_set_new_nocheck(dirs, real, json_true());
    free(real);
}

/* Runs are in DIR/runs/. */
static const char *sweep_of(const char *run, struct sr_arena *arena)
{
    return sr_file_dir(arena, sr_file_dir(arena, run));
}

json_t *sr_open_jobs_sweeps(int n, char *const *path, const json_t *runs,
                            struct sr_arena *arena)
{
    json_t *dirs = json_object(), *run;
    size_t i;
    for (int k = 0; k < n; k++)
        add_sweep(dirs, path[k], arena);
    json_array_foreach (runs, i, run) {
        add_sweep(dirs, sweep_of(sr_json_text(run, "path"), arena), arena);
    }
    return dirs;
}

/* Were all runs of the sweep read that there are? */
static bool is_whole(const struct sr_sweep *sweep, const json_t *runs,
                     struct sr_arena *arena)
{
    json_t *run;
    size_t i;
    for (int k = 0; k < sweep->jobs; k++) {
        const char *path = sr_sweep_run(sweep, &sweep->job[k], arena);
        bool found =
            !sr_file_exists(sr_file_join(arena, path, "manifest.json"));
        json_array_foreach (runs, i, run) {
            found = found || strcmp(sr_json_text(run, "path"), path) == 0;
        }
        if (!found)
            return false;
    }
    return true;
}

/* As the user would write it: without the working directory before it. */
static const char *from_here(const char *dir)
{
    char here[4096];
    const size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    if (n == 0 || strncmp(dir, here, n) != 0)
        return dir;
    return dir[n] == '/' ? dir + n + 1 : dir[n] == '\0' ? "." : dir;
}

/* ---- its jobs ---- */

/* In the order they are told in. */
static const struct {
    const char *state, *told;
} states[] = {
    {"failed", NULL},
    {"damaged", NULL},
    {"waiting", "not begun"},
    {"put back", "put back by a retry, waiting to go on"},
    {"interrupted", "stopped, with a checkpoint to go on from"},
    {"died", "left by a process that died"},
    {"running", "running now"},
};
enum { STATES = sizeof states / sizeof *states };

static json_t *open_job(const struct sr_job *job, const char *state,
                        const char *what)
{
    return json_pack("{s:i, s:o, s:s, s:o}", "job", job->number, "name",
                     sr_json_foreign(job->name), "state", state, "what",
                     sr_json_foreign(what));
}

static const char *told(const char *state)
{
    int i = 0;
    while (strcmp(states[i].state, state) != 0) /* one of them it is */
        i++;
    return states[i].told;
}

static const char *reason_of(const struct sr_job_state *state)
{
    return *state->error ? state->error : "it left no word";
}

static const char *word_for(const struct sr_job_state *state, double age)
{
    if (state->phase == SR_JOB_WAITING && state->seconds > 0)
        return "put back";
    if (state->phase == SR_JOB_RUNNING && !sr_job_is_alive(state, age))
        return "died";
    return sr_job_phase_name((int)state->phase);
}

/* NULL for a job that is done.  The caller owns it. */
static json_t *look_at(const struct sr_sweep *sweep, const struct sr_job *job)
{
    struct sr_job_state state;
    struct sr_err err;
    double age;
    if (sr_job_read(sweep, job, &state, &age, &err) != SR_OK)
        return open_job(job, "damaged", err.text);
    if (state.phase == SR_JOB_DONE)
        return NULL;
    if (state.phase == SR_JOB_FAILED)
        return open_job(job, "failed", reason_of(&state));
    const char *word = word_for(&state, age);
    return open_job(job, word, told(word));
}

static void add_problem(json_t *problems, const struct sr_err *err,
                        struct sr_arena *arena)
{
    const char *text = err->at.line > 0
                           ? sr_arena_format(arena, "%s:%d: %s", err->at.path,
                                             err->at.line, err->text)
                           : err->text;
    json_array_append_new(problems, sr_json_foreign(text));
}

static void add_open(json_t *list, const char *dir, const json_t *runs,
                     struct sr_arena *arena, json_t *problems)
{
    struct sr_sweep *sweep;
    struct sr_err err;
    if (sr_sweep_read(dir, arena, &sweep, &err) != SR_OK) {
        add_problem(problems, &err, arena);
        return;
    }
    if (!is_whole(sweep, runs, arena))
        return;
    json_t *open = json_array();
    for (int i = 0; i < sweep->jobs; i++) {
        json_t *job = look_at(sweep, &sweep->job[i]);
        if (job)
            json_array_append_new(open, job);
    }
    if (json_array_size(open) > 0)
        json_array_append_new(list,
                              json_pack("{s:o, s:i, s:O}", "sweep",
                                        sr_json_foreign(from_here(dir)), "jobs",
                                        sweep->jobs, "open", open));
    json_decref(open);
}

json_t *sr_open_jobs(int n, char *const *path, const json_t *runs,
                     struct sr_arena *arena, json_t *problems)
{
    json_t *list = json_array();
    json_t *dirs = sr_open_jobs_sweeps(n, path, runs, arena);
    json_t *value;
    const char *dir;
    json_object_foreach (dirs, dir, value) {
        add_open(list, dir, runs, arena, problems);
    }
    json_decref(dirs);
    return list;
}

const char *sr_open_jobs_failure(const char *path, struct sr_arena *arena)
{
    const char *dir = sweep_of(path, arena);
    struct sr_sweep *sweep;
    struct sr_job_state state;
    struct sr_err ignored; /* a damaged sweep is told of as a whole */
    if (!sr_open_jobs_is_sweep(dir, arena) ||
        sr_sweep_read(dir, arena, &sweep, &ignored) != SR_OK)
        return NULL;
    for (int i = 0; i < sweep->jobs; i++) {
        const struct sr_job *job = &sweep->job[i];
        if (strcmp(sr_sweep_run(sweep, job, arena), path) == 0 &&
            sr_job_read(sweep, job, &state, NULL, &ignored) == SR_OK &&
            state.phase == SR_JOB_FAILED)
            return sr_arena_text(arena, reason_of(&state));
    }
    return NULL;
}

/* ---- telling ---- */

static int count(const json_t *sweep, const char *state)
{
    json_t *job;
    size_t i;
    int n = 0;
    json_array_foreach (json_object_get(sweep, "open"), i, job) {
        n += strcmp(sr_json_text(job, "state"), state) == 0;
    }
    return n;
}

const char *sr_open_jobs_head(const json_t *sweep, struct sr_arena *arena)
{
    const char *dir = sr_json_text(sweep, "sweep");
    const int open = (int)json_array_size(json_object_get(sweep, "open"));
    const int jobs = (int)json_integer_value(json_object_get(sweep, "jobs"));
    const char *head = sr_arena_format(
        arena, "The sweep %s is not complete: %d of its %d job%s %s not done.",
        dir, open, jobs, jobs == 1 ? "" : "s", open == 1 ? "is" : "are");
    if (count(sweep, "failed") > 0)
        head = sr_arena_format(arena,
                               "%s 'satrun sweep retry %s' puts back what "
                               "failed.",
                               head, dir);
    if (count(sweep, "running") < open)
        head = sr_arena_format(
            arena, "%s 'satrun sweep run %s' works on all that is left.", head,
            dir);
    return head;
}

/* "3 not begun: 4 relu-seed1, 5 silu-seed0, 6 silu-seed1" */
static void add_state(json_t *lines, const json_t *sweep, int which)
{
    char text[LINE];
    const char *state = states[which].state;
    const int n = count(sweep, state);
    json_t *job;
    size_t i;
    int k = 0;
    snprintf(text, sizeof text, "%d %s: ", n, states[which].told);
    json_array_foreach (json_object_get(sweep, "open"), i, job) {
        if (strcmp(sr_json_text(job, "state"), state) != 0 || k++ >= NAMES)
            continue;
        sr_text_add(text, sizeof text, "%s%lld %s", k > 1 ? ", " : "",
                    json_integer_value(json_object_get(job, "job")),
                    sr_json_text(job, "name"));
    }
    if (n > NAMES)
        sr_text_add(text, sizeof text, " and %d more", n - NAMES);
    sr_text_clean(text); /* a letter may have been cut */
    if (n > 0)
        json_array_append_new(lines, json_string(text));
}

/* Each failed for a reason of its own. */
static void add_each(json_t *lines, const json_t *sweep, const char *state)
{
    json_t *job;
    size_t i;
    json_array_foreach (json_object_get(sweep, "open"), i, job) {
        if (strcmp(sr_json_text(job, "state"), state) == 0)
            json_array_append_new(
                lines,
                json_sprintf("%s: %lld %s: %s", state,
                             json_integer_value(json_object_get(job, "job")),
                             sr_json_text(job, "name"),
                             sr_json_text(job, "what")));
    }
}

json_t *sr_open_jobs_lines(const json_t *sweep)
{
    json_t *lines = json_array();
    for (int i = 0; i < STATES; i++) {
        if (states[i].told)
            add_state(lines, sweep, i);
        else
            add_each(lines, sweep, states[i].state);
    }
    return lines;
}
