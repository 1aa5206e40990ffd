#include "sweep/slot.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "sweep/step_words.h"

/* "training", "evaluation 1 of 2". */
static const char *step_name(const struct sr_runner *r, int step)
{
    if (step == 0)
        return "training";
    return sr_arena_format(r->arena, "evaluation %d of %d", step,
                           r->sweep->evals);
}

static void say(const struct sr_runner *r, const struct sr_slot *s,
                const char *what)
{
    sr_log_say(r->log, "[%d/%d] %s: %s", s->job->number, r->sweep->jobs,
               s->job->name, what);
}

/* ---- the end of work on a job ---- */

void sr_slot_free(struct sr_slot *s)
{
    sr_lock_release(s->lock);
    *s = (struct sr_slot){.lock = -1};
}

/* Note how the job stands and let go of it. */
static enum sr_status leave(struct sr_runner *r, struct sr_slot *s,
                            enum sr_job_phase phase, struct sr_err *err)
{
    char text[640], span[32];
    const struct sr_job_state *state = &s->state;
    s->state.phase = phase;
    sr_clock_span(state->seconds, span, sizeof span);
    snprintf(text, sizeof text, "%s after %s%s%s",
             sr_job_phase_name((int)phase), span, *state->error ? ": " : "",
             state->error);
    const enum sr_status status =
        sr_job_write(r->sweep, s->job, &s->state, err);
    if (status == SR_OK)
        say(r, s, text);
    r->settled[s->job->number - 1] = sr_job_is_over(phase);
    if (phase == SR_JOB_DONE) {
        r->finished++;
        r->finished_seconds += state->seconds;
    }
    sr_slot_free(s);
    return status;
}

/* ---- a process for a step ---- */

static enum sr_status launch(struct sr_runner *r, struct sr_slot *s,
                             struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(r->arena);
    const char *output = sr_sweep_file(r->sweep, s->job, "log.txt", r->arena);
    const struct sr_step_of_job step = {.sweep = r->sweep,
                                        .job = s->job,
                                        .step = s->state.step,
                                        .threads = r->opts->threads,
                                        .program = r->opts->program};
    const int64_t size = sr_file_size(output);
    s->log_from = size > 0 ? (long)size : 0;
    s->state.phase = SR_JOB_RUNNING;
    s->before = s->state.seconds;
    s->since = sr_clock_seconds();
    enum sr_status status = sr_job_write(r->sweep, s->job, &s->state, err);
    if (status == SR_OK)
        status = sr_child_start(sr_step_words(&step, r->arena), output, s->lock,
                                &s->pid, err);
    if (status == SR_OK)
        say(r, s, step_name(r, s->state.step));
    sr_arena_release(r->arena, mark);
    return status;
}

/* A job whose config is not the frozen one any more has failed. */
enum sr_status sr_slot_start(struct sr_runner *r, struct sr_slot *s,
                             struct sr_err *err)
{
    struct sr_err why;
    if (sr_sweep_check(r->sweep, s->job, &why) == SR_OK)
        return launch(r, s, err);
    s->state.exit_code = (int)why.status;
    snprintf(s->state.error, sizeof s->state.error, "%.*s",
             (int)sizeof s->state.error - 1, why.text);
    return leave(r, s, SR_JOB_FAILED, err);
}

static enum sr_status step_done(struct sr_runner *r, struct sr_slot *s,
                                struct sr_err *err)
{
    s->state.step++;
    s->state.tries = 0;
    s->state.exit_code = s->state.signal = 0;
    s->state.error[0] = '\0';
    if (s->state.step > r->sweep->evals)
        return leave(r, s, SR_JOB_DONE, err);
    if (r->stopping)
        return leave(r, s, SR_JOB_INTERRUPTED, err);
    return sr_slot_start(r, s, err);
}

/* A shell's second Ctrl-C, or a system shutting down, ends a child at once: its
 * last checkpoint is what the job goes on from. */
static bool was_stopped(const struct sr_runner *r, const struct sr_ending *end)
{
    return end->code == SR_STOPPED ||
           (r->stopping && (end->signal || end->code > 128));
}

static bool may_pass(const struct sr_ending *end)
{
    return end->signal || end->code == SR_EINTERNAL ||
           end->code == SR_ERESOURCE;
}

static void note_failure(const struct sr_runner *r, struct sr_slot *s,
                         const struct sr_ending *end)
{
    struct sr_job_state *state = &s->state;
    state->exit_code = end->code;
    state->signal = end->signal;
    state->tries++;
    sr_job_first_error(r->sweep, s->job, s->log_from, state->error,
                       sizeof state->error);
    if (end->signal)
        snprintf(state->error, sizeof state->error, "ended by signal %d (%s)",
                 end->signal, strsignal(end->signal));
    else if (!*state->error)
        snprintf(state->error, sizeof state->error, "exit code %d", end->code);
}

static enum sr_status step_failed(struct sr_runner *r, struct sr_slot *s,
                                  const struct sr_ending *end,
                                  struct sr_err *err)
{
    note_failure(r, s, end);
    if (!may_pass(end) || s->state.tries > r->opts->retries)
        return leave(r, s, SR_JOB_FAILED, err);
    if (r->stopping)
        return leave(r, s, SR_JOB_INTERRUPTED, err);
    sr_log_warn(r->log, "[%d/%d] %s: try %d of %d: %s", s->job->number,
                r->sweep->jobs, s->job->name, s->state.tries,
                r->opts->retries + 1, s->state.error);
    return sr_slot_start(r, s, err);
}

enum sr_status sr_slot_end(struct sr_runner *r, struct sr_slot *s,
                           const struct sr_ending *end, struct sr_err *err)
{
    s->pid = 0;
    s->state.seconds = s->before + sr_clock_seconds() - s->since;
    if (was_stopped(r, end)) {
        s->state.error[0] = '\0';
        return leave(r, s, SR_JOB_INTERRUPTED, err);
    }
    if (end->code == 0 && !end->signal)
        return step_done(r, s, err);
    return step_failed(r, s, end, err);
}
