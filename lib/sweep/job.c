#include "sweep/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"

static const char STATE[] = "state.json", SCHEMA[] = "satrun.job/1";

const char *sr_job_phase_name(int i)
{
    static const char *const words[] = {
        [SR_JOB_WAITING] = "waiting",
        [SR_JOB_RUNNING] = "running",
        [SR_JOB_INTERRUPTED] = "interrupted",
        [SR_JOB_FAILED] = "failed",
        [SR_JOB_DONE] = "done",
    };
    return i >= 0 && i < SR_JOB_PHASES ? words[i] : NULL;
}

bool sr_job_is_over(enum sr_job_phase phase)
{
    return phase == SR_JOB_DONE || phase == SR_JOB_FAILED;
}

/* ---- who this is ---- */

static void sign(struct sr_job_state *state)
{
    struct utsname here;
    FILE *in = fopen("/proc/sys/kernel/random/boot_id", "r");
    state->boot[0] = state->host[0] = '\0';
    if (in) {
        if (fgets(state->boot, sizeof state->boot, in))
            state->boot[strcspn(state->boot, "\n")] = '\0';
        fclose(in);
    }
    if (uname(&here) == 0)
        snprintf(state->host, sizeof state->host, "%s", here.nodename);
    sr_text_clean(state->host);
    state->pid = getpid();
    sr_clock_utc(0, state->changed, sizeof state->changed);
}

bool sr_job_is_alive(const struct sr_job_state *state, double age)
{
    struct sr_job_state me;
    sign(&me);
    if (strcmp(state->host, me.host) != 0)
        return age < SR_JOB_SILENCE;
    return strcmp(state->boot, me.boot) == 0 &&
           sr_child_is_alive((pid_t)state->pid);
}

/* ---- state.json ---- */

static bool take_int(const json_t *from, const char *key, long long most,
                     long long *to)
{
    const json_t *value = json_object_get(from, key);
    *to = json_integer_value(value);
    return json_is_integer(value) && *to >= -1 && *to <= most;
}

static bool take_text(const json_t *from, const char *key, char *to,
                      size_t size)
{
    const char *text = json_string_value(json_object_get(from, key));
    snprintf(to, size, "%s", text ? text : "");
    sr_text_clean(to);
    return text != NULL;
}

static bool take_phase(const json_t *from, enum sr_job_phase *phase)
{
    char word[32];
    if (!take_text(from, "state", word, sizeof word))
        return false;
    for (int i = 0; i < SR_JOB_PHASES; i++)
        if (strcmp(word, sr_job_phase_name(i)) == 0) {
            *phase = (enum sr_job_phase)i;
            return true;
        }
    return false;
}

static bool take_numbers(const json_t *from, struct sr_job_state *s)
{
    long long step, tries, code, number;
    if (!take_int(from, "step", 1000000, &step) || step < 0 ||
        !take_int(from, "tries", 1000000, &tries) ||
        !take_int(from, "exit_code", 255, &code) ||
        !take_int(from, "signal", 127, &number) ||
        !take_int(from, "pid", 1LL << 30, &s->pid))
        return false;
    s->step = (int)step;
    s->tries = (int)tries;
    s->exit_code = (int)code;
    s->signal = (int)number;
    s->seconds = json_number_value(json_object_get(from, "seconds"));
    s->began = json_number_value(json_object_get(from, "began"));
    return s->seconds >= 0 && s->began >= 0;
}

static enum sr_status take_state(const json_t *from, const char *path,
                                 struct sr_job_state *s, struct sr_err *err)
{
    char schema[32];
    if (take_text(from, "schema", schema, sizeof schema) &&
        strcmp(schema, SCHEMA) == 0 && take_phase(from, &s->phase) &&
        take_numbers(from, s) &&
        take_text(from, "error", s->error, sizeof s->error) &&
        take_text(from, "host", s->host, sizeof s->host) &&
        take_text(from, "boot", s->boot, sizeof s->boot) &&
        take_text(from, "changed", s->changed, sizeof s->changed))
        return SR_OK;
    return sr_fail(err, SR_ECONFIG,
                   "%s: not a \"%s\" as satrun writes it; removed, the job "
                   "waits again and goes on from its checkpoint",
                   path, SCHEMA);
}

/* Clocks of machines differ: nothing lies in the future. */
static double seconds_from(double then)
{
    const double age = (double)time(NULL) - then;
    return age > 0 ? age : 0;
}

static double seconds_since(const char *path)
{
    struct stat is;
    return stat(path, &is) == 0 ? seconds_from((double)is.st_mtim.tv_sec) : 0;
}

double sr_job_seconds(const struct sr_job_state *state)
{
    return state->seconds +
           (state->phase == SR_JOB_RUNNING ? seconds_from(state->began) : 0);
}

static enum sr_status read_from(const char *path, struct sr_job_state *state,
                                double *age, struct sr_err *err)
{
    json_t *json;
    struct sr_job_state found = {.phase = SR_JOB_WAITING};
    if (age)
        *age = seconds_since(path);
    if (!sr_file_exists(path)) {
        *state = found;
        return SR_OK;
    }
    SR_TRY(sr_json_read(path, SR_ECONFIG, &json, err));
    const enum sr_status status = take_state(json, path, &found, err);
    json_decref(json);
    if (status == SR_OK)
        *state = found;
    return status;
}

enum sr_status sr_job_read(const struct sr_sweep *sweep,
                           const struct sr_job *job, struct sr_job_state *state,
                           double *age, struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status =
        read_from(sr_sweep_file(sweep, job, STATE, arena), state, age, err);
    sr_arena_free(arena);
    return status;
}

enum sr_status sr_job_write(const struct sr_sweep *sweep,
                            const struct sr_job *job,
                            struct sr_job_state *state, struct sr_err *err)
{
    sign(state);
    state->began = (double)time(NULL);
    struct sr_arena *arena = sr_arena_new(NULL);
    json_t *json = json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:i, s:f, s:f, s:s, s:s, s:I, s:s, s:s}",
        "schema", SCHEMA, "state", sr_job_phase_name((int)state->phase), "step",
        state->step, "tries", state->tries, "exit_code", state->exit_code,
        "signal", state->signal, "seconds", state->seconds, "began",
        state->began, "error", state->error, "host", state->host, "pid",
        (json_int_t)state->pid, "boot", state->boot, "changed", state->changed);
    SR_REQUIRE(json != NULL);
    const enum sr_status status =
        sr_json_write(sr_sweep_file(sweep, job, STATE, arena), json, err);
    json_decref(json);
    sr_arena_free(arena);
    return status;
}

/* Nobody hears of a failure: the next sign may reach them. */
void sr_job_beat(const struct sr_sweep *sweep, const struct sr_job *job)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    (void)utimensat(AT_FDCWD, sr_sweep_file(sweep, job, STATE, arena), NULL, 0);
    sr_arena_free(arena);
}

/* ---- claiming ---- */

/* The lock is ours, and so the one who held it is gone, unless that one is on a
 * machine that this lock does not reach. */
static bool is_taken(const struct sr_job_state *state, double age)
{
    struct sr_job_state me;
    sign(&me);
    return state->phase == SR_JOB_RUNNING &&
           strcmp(state->host, me.host) != 0 && age < SR_JOB_SILENCE;
}

/* What a process worked that was never told of as ended: up to its last sign
 * of life. */
static void count_lost(struct sr_job_state *state, double age)
{
    const double worked = seconds_from(state->began) - age;
    if (state->phase == SR_JOB_RUNNING && worked > 0)
        state->seconds += worked;
}

enum sr_status sr_job_claim(const struct sr_sweep *sweep,
                            const struct sr_job *job, int *lock,
                            struct sr_job_state *state, struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    double age;
    int held = -1;
    enum sr_status status =
        sr_lock_try(sr_sweep_file(sweep, job, "lock", arena), &held, err);
    sr_arena_free(arena);
    if (status == SR_OK)
        status = sr_job_read(sweep, job, state, &age, err);
    if (held >= 0 && (status != SR_OK || is_taken(state, age))) {
        sr_lock_release(held);
        held = -1;
    }
    if (status == SR_OK && held >= 0)
        count_lost(state, age);
    if (status == SR_OK)
        *lock = held;
    return status;
}

/* ---- log.txt ---- */

/* Before what the program says itself; whoever tells of it says it anew. */
static const char OWN[] = "satrun: error: ";

static bool tells_failure(const char *line)
{
    return strstr(line, "error: ") || strstr(line, "satrun: stopped: ");
}

void sr_job_first_error(const struct sr_sweep *sweep, const struct sr_job *job,
                        long offset, char *text, size_t size)
{
    char line[1024];
    bool found = false;
    struct sr_arena *arena = sr_arena_new(NULL);
    FILE *in = fopen(sr_sweep_file(sweep, job, "log.txt", arena), "r");
    sr_arena_free(arena);
    text[0] = '\0';
    if (!in)
        return;
    if (fseek(in, offset, SEEK_SET) != 0)
        rewind(in);
    while (!found && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\r\n")] = '\0';
        found = tells_failure(line);
        const size_t own =
            strncmp(line, OWN, strlen(OWN)) == 0 ? strlen(OWN) : 0;
        if (*line)
            snprintf(text, size, "%s", line + own);
    }
    fclose(in);
    sr_text_clean(text);
}
