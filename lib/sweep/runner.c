#include "sweep/runner.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/stop.h"
#include "base/text.h"
#include "sweep/slot.h"

enum { NAP_MS = 50, LOOK_SECONDS = 1 };

/* ---- taking jobs ---- */

/* A job that cannot be read stays as it is, and the others go on. */
static void set_aside(struct sr_runner *r, int i, const struct sr_err *err)
{
    sr_log_warn(r->log, "[%d/%d] %s is left out: %s", i + 1, r->sweep->jobs,
                r->sweep->job[i].name, err->text);
    if (r->damaged++ == 0)
        r->why = *err;
    r->settled[i] = true;
}

/* Someone holds the job.  Of the only one that is wanted the end is waited for,
 * and of others where nobody else does. */
static void leave_to_others(struct sr_runner *r, const struct sr_job *job,
                            const struct sr_job_state *state)
{
    const bool lost =
        state->phase == SR_JOB_RUNNING && !sr_job_is_alive(state, 0);
    r->left_over += r->opts->only || lost;
    if (!r->opts->only || r->waits)
        return;
    r->waits = true;
    sr_log_say(r->log, "[%d/%d] %s: someone else works on it; waiting",
               job->number, r->sweep->jobs, job->name);
}

/* Claim job i for the slot, unless somebody works on it or it is over. */
static void try_job(struct sr_runner *r, int i, struct sr_slot *s)
{
    struct sr_job *job = &r->sweep->job[i];
    struct sr_job_state state;
    struct sr_err err;
    int lock;
    if (sr_job_claim(r->sweep, job, &lock, &state, &err) != SR_OK) {
        set_aside(r, i, &err);
        return;
    }
    if (lock < 0) {
        leave_to_others(r, job, &state);
        return;
    }
    if (sr_job_is_over(state.phase) || state.step > r->sweep->evals) {
        r->settled[i] = true;
        sr_lock_release(lock);
        return;
    }
    *s = (struct sr_slot){.job = job, .state = state, .lock = lock};
}

static bool is_held(const struct sr_runner *r, const struct sr_job *job)
{
    for (int i = 0; i < r->opts->at_once; i++)
        if (r->slot[i].job == job)
            return true;
    return false;
}

/* The first job that can be had and that starts: one that fails at once leaves
 * the slot to the next. */
static enum sr_status take_job(struct sr_runner *r, struct sr_slot *s,
                               struct sr_err *err)
{
    r->left_over = 0;
    for (int i = 0; i < r->sweep->jobs && !s->job; i++) {
        const struct sr_job *job = &r->sweep->job[i];
        if (r->settled[i] || is_held(r, job) ||
            (r->opts->only && job != r->opts->only))
            continue;
        try_job(r, i, s);
        if (s->job)
            SR_TRY(sr_slot_start(r, s, err));
    }
    return SR_OK;
}

/* Looking through all jobs costs little, but not nothing. */
static enum sr_status fill_slots(struct sr_runner *r, bool changed,
                                 struct sr_err *err)
{
    const double now = sr_clock_seconds();
    if (!changed && now - r->looked < LOOK_SECONDS)
        return SR_OK;
    r->looked = now;
    for (int i = 0; i < r->opts->at_once && !r->stopping; i++)
        if (!r->slot[i].job)
            SR_TRY(take_job(r, &r->slot[i], err));
    return SR_OK;
}

/* ---- waiting ---- */

static int count_busy(const struct sr_runner *r)
{
    int n = 0;
    for (int i = 0; i < r->opts->at_once; i++)
        n += r->slot[i].job != NULL;
    return n;
}

/* A Ctrl-C reaches the children of a terminal as well as this; what is sent on
 * is SIGTERM, for a second SIGINT would end them at once. */
static void stop_children(struct sr_runner *r)
{
    r->stopping = true;
    for (int i = 0; i < r->opts->at_once; i++)
        if (r->slot[i].pid > 0)
            sr_child_stop(r->slot[i].pid);
}

static void stop_if_wanted(struct sr_runner *r)
{
    if (r->stopping || !sr_stop_wanted())
        return;
    stop_children(r);
    if (count_busy(r) > 0)
        sr_log_say(r->log, "stopping: waiting for %d job%s to save",
                   count_busy(r), count_busy(r) == 1 ? "" : "s");
}

static void give_signs(struct sr_runner *r)
{
    const double now = sr_clock_seconds();
    if (now - r->beat < SR_JOB_BEAT)
        return;
    r->beat = now;
    for (int i = 0; i < r->opts->at_once; i++)
        if (r->slot[i].job)
            sr_job_beat(r->sweep, r->slot[i].job);
}

static int count_settled(const struct sr_runner *r)
{
    int n = 0;
    for (int i = 0; i < r->sweep->jobs; i++)
        n += r->settled[i];
    return n;
}

/* Until all are done, if the others take as long as those done here; 0: nobody
 * knows yet. */
static double seconds_left(const struct sr_runner *r)
{
    if (r->finished == 0)
        return 0;
    const double usual = r->finished_seconds / r->finished;
    double left = usual * (r->sweep->jobs - count_settled(r));
    for (int i = 0; i < r->opts->at_once; i++) {
        const struct sr_slot *s = &r->slot[i];
        const double so_far = s->before + sr_clock_seconds() - s->since;
        if (s->job)
            left -= so_far < usual ? so_far : usual;
    }
    return left / r->opts->at_once;
}

/* The log's own pace would know nothing of the jobs under way: the numbers to
 * come and running change with each that ends, and so none is measured. */
static void show_progress(struct sr_runner *r)
{
    char what[96], span[32];
    const double left = r->opts->only ? 0 : seconds_left(r);
    const int busy = count_busy(r), over = count_settled(r);
    const int to_come = r->opts->only ? 0 : r->sweep->jobs - over - busy;
    sr_clock_span(left, span, sizeof span);
    snprintf(what, sizeof what, "%d running, %d to come, %s%s%sfinished", busy,
             to_come, left > 0 ? "about " : "", left > 0 ? span : "",
             left > 0 ? " to go, " : "");
    sr_log_progress(r->log, what, over, r->sweep->jobs, "");
}

/* Until something has happened, or might have: a signal cuts it short. */
static void nap(void)
{
    const struct timespec span = {.tv_nsec = NAP_MS * 1000000L};
    nanosleep(&span, NULL);
}

static struct sr_slot *find_slot(const struct sr_runner *r, pid_t pid)
{
    for (int i = 0; i < r->opts->at_once; i++)
        if (r->slot[i].job && r->slot[i].pid == pid)
            return &r->slot[i];
    return NULL;
}

/* Everything that has ended by now; slots may have new processes then. */
static enum sr_status end_steps(struct sr_runner *r, bool *any,
                                struct sr_err *err)
{
    struct sr_ending end;
    *any = false;
    while (sr_child_ended(&end)) {
        *any = true;
        struct sr_slot *s = find_slot(r, end.pid);
        if (s)
            SR_TRY(sr_slot_end(r, s, &end, err));
    }
    return SR_OK;
}

static enum sr_status work(struct sr_runner *r, struct sr_err *err)
{
    bool ended;
    r->looked = -LOOK_SECONDS;
    do {
        stop_if_wanted(r);
        SR_TRY(end_steps(r, &ended, err));
        SR_TRY(fill_slots(r, ended, err));
        give_signs(r);
        show_progress(r);
        nap();
    } while (count_busy(r) > 0 || (r->left_over > 0 && !r->stopping));
    return SR_OK;
}

/* Something here cannot go on: what it has started is not left behind. */
static void give_up(struct sr_runner *r)
{
    struct sr_ending end;
    struct sr_slot *s;
    struct sr_err ignored; /* the failure that led here is what to tell */
    stop_children(r);
    for (int i = 0; i < r->opts->at_once; i++)
        if (r->slot[i].job && r->slot[i].pid == 0)
            sr_slot_free(&r->slot[i]);
    while (count_busy(r) > 0) {
        while (sr_child_ended(&end))
            if ((s = find_slot(r, end.pid)))
                (void)sr_slot_end(r, s, &end, &ignored);
        nap();
    }
}

/* ---- how it went ---- */

struct tally {
    int phase[SR_JOB_PHASES];
    const struct sr_job *failed; /* the first one */
    struct sr_job_state how;     /* it stands     */
};

static void count_phases(const struct sr_runner *r, struct tally *t)
{
    struct sr_err ignored; /* was told of when it was set aside */
    for (int i = 0; i < r->sweep->jobs; i++) {
        struct sr_job_state state;
        const struct sr_job *job = &r->sweep->job[i];
        if (r->opts->only && job != r->opts->only)
            continue;
        if (sr_job_read(r->sweep, job, &state, NULL, &ignored) != SR_OK)
            continue;
        t->phase[state.phase]++;
        if (state.phase == SR_JOB_FAILED && !t->failed) {
            t->failed = job;
            t->how = state;
        }
    }
}

static enum sr_status failed_as(const struct tally *t)
{
    const int code = t->how.exit_code;
    return t->how.signal || code <= 0 || code > SR_EVERIFY
               ? SR_EINTERNAL
               : (enum sr_status)code;
}

static enum sr_status tell_failed(const struct sr_runner *r,
                                  const struct tally *t, struct sr_err *err)
{
    const enum sr_status status = failed_as(t);
    sr_fail(err, status, "%d of %d jobs failed, the first %s: %s",
            t->phase[SR_JOB_FAILED], r->sweep->jobs, t->failed->name,
            t->how.error);
    if (status == SR_EDIVERGED)
        sr_text_add(err->text, sizeof err->text,
                    "; the settings of a sweep are frozen: other ones, a lower "
                    "train.lr say, need another sweep");
    else
        sr_text_add(err->text, sizeof err->text,
                    "; when that is mended, 'satrun sweep retry %s' puts them "
                    "back",
                    r->sweep->dir);
    return status;
}

static enum sr_status conclude(const struct sr_runner *r, struct sr_err *err)
{
    struct tally t = {.failed = NULL};
    const int jobs = r->opts->only ? 1 : r->sweep->jobs;
    count_phases(r, &t);
    sr_log_progress_end(r->log);
    sr_log_say(r->log,
               "%d job%s: %d done, %d failed, %d interrupted, %d waiting, %d "
               "running elsewhere",
               jobs, jobs == 1 ? "" : "s", t.phase[SR_JOB_DONE],
               t.phase[SR_JOB_FAILED], t.phase[SR_JOB_INTERRUPTED],
               t.phase[SR_JOB_WAITING], t.phase[SR_JOB_RUNNING]);
    if (r->stopping &&
        t.phase[SR_JOB_INTERRUPTED] + t.phase[SR_JOB_WAITING] > 0)
        return sr_fail(err, SR_STOPPED,
                       "by signal %d, all running jobs saved: the same command "
                       "goes on",
                       sr_stop_signal());
    if (t.failed)
        return tell_failed(r, &t, err);
    if (r->damaged > 0)
        return sr_fail(err, r->why.status, "%d of %d jobs were left out: %s",
                       r->damaged, r->sweep->jobs, r->why.text);
    return SR_OK;
}

/* What is over already is not looked at again. */
static void find_settled(struct sr_runner *r)
{
    struct sr_job_state state;
    struct sr_err err;
    for (int i = 0; i < r->sweep->jobs; i++) {
        const struct sr_job *job = &r->sweep->job[i];
        if (r->opts->only && job != r->opts->only)
            continue;
        if (sr_job_read(r->sweep, job, &state, NULL, &err) != SR_OK)
            set_aside(r, i, &err);
        else
            r->settled[i] = sr_job_is_over(state.phase);
    }
}

enum sr_status sr_sweep_work(const struct sr_sweep *sweep,
                             const struct sr_runner_opts *opts,
                             struct sr_log *log, struct sr_err *err)
{
    struct sr_runner r = {.sweep = sweep, .opts = opts, .log = log};
    SR_REQUIRE(opts->at_once >= 1 && opts->threads >= 1);
    r.arena = sr_arena_new(NULL);
    r.slot = SR_TAKE(r.arena, opts->at_once, struct sr_slot);
    r.settled = SR_TAKE(r.arena, sweep->jobs, bool);
    find_settled(&r);
    enum sr_status status = work(&r, err);
    if (status == SR_OK)
        status = conclude(&r, err);
    else
        give_up(&r);
    sr_arena_free(r.arena);
    return status;
}
