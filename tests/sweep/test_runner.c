#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/stop.h"
#include "sweep/fake_job.h"
#include "sweep/runner.h"

/* Jobs that do what fake_job.h says, one evaluation each, and how work on them
 * ended. */
struct work {
    struct sr_sweep *sweep;
    struct sr_runner_opts opts;
    struct sr_err err;
};

static struct work make(int jobs, const char *const *what)
{
    static char *words[] = {(char *)"eval.attack=fgsm"};
    static const char *const names[] = {"a", "b", "c", "d"};
    const struct sr_settings eval = {.n = 1, .word = words};
    struct sr_frozen frozen[4];
    struct work w = {.opts = {.at_once = 1,
                              .threads = 1,
                              .retries = 1,
                              .program = (char *)"run_tests"}};
    const char *dir = sr_file_join(sr_test_arena(), sr_test_dir(), "sweep");
    for (int i = 0; i < jobs; i++)
        frozen[i] = (struct sr_frozen){names[i], "last", "", what[i]};
    SR_GOOD(sr_sweep_write(dir, jobs, frozen, 1, &eval, json_object(), &w.err),
            w.err);
    SR_GOOD(sr_sweep_read(dir, sr_test_arena(), &w.sweep, &w.err), w.err);
    return w;
}

static enum sr_status work(struct work *w)
{
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    struct sr_log *log = sr_log_open(SR_PROGRESS_NONE);
    const enum sr_status status =
        sr_sweep_work(w->sweep, &w->opts, log, &w->err);
    sr_log_close(log);
    return status;
}

static struct sr_job_state state_of(const struct work *w, int i)
{
    struct sr_job_state state;
    struct sr_err err;
    SR_GOOD(sr_job_read(w->sweep, &w->sweep->job[i], &state, NULL, &err), err);
    return state;
}

static void is_in(const struct work *w, int i, enum sr_job_phase phase)
{
    const struct sr_job_state state = state_of(w, i);
    ck_assert_msg(state.phase == phase, "job %d is %s, not %s: %s", i,
                  sr_job_phase_name((int)state.phase),
                  sr_job_phase_name((int)phase), state.error);
}

START_TEST(all_steps_of_all_jobs)
{
    static const char *const what[] = {"exit 0", "exit 0", "exit 0"};
    struct work w = make(3, what);
    SR_GOOD(work(&w), w.err);
    for (int i = 0; i < 3; i++) {
        is_in(&w, i, SR_JOB_DONE);
        ck_assert_int_eq(state_of(&w, i).step, 2);
    }
}
END_TEST

/* Doing it again would change nothing; the others go on. */
START_TEST(a_job_that_cannot_work_is_not_tried_again)
{
    static const char *const what[] = {"fail 3 1", "exit 0"};
    struct work w = make(2, what);
    SR_BAD(work(&w), w.err, SR_ECONFIG,
           "1 of 2 jobs failed, the first a: the fake was told to fail 3; when "
           "that is mended, 'satrun sweep retry");
    is_in(&w, 0, SR_JOB_FAILED);
    ck_assert_int_eq(state_of(&w, 0).exit_code, 3);
    is_in(&w, 1, SR_JOB_DONE);
}
END_TEST

START_TEST(what_its_settings_spoil_needs_other_settings)
{
    static const char *const what[] = {"exit 6"};
    struct work w = make(1, what);
    SR_BAD(work(&w), w.err, SR_EDIVERGED,
           "the fake was told to exit 6; the settings of a sweep are frozen");
}
END_TEST

START_TEST(a_job_without_room_is_tried_again)
{
    static const char *const what[] = {"fail 7 1", "fail 7 2"};
    struct work w = make(2, what);
    SR_BAD(work(&w), w.err, SR_ERESOURCE, "1 of 2 jobs failed, the first b");
    is_in(&w, 0, SR_JOB_DONE);
    ck_assert_str_eq(state_of(&w, 0).error, "");
    is_in(&w, 1, SR_JOB_FAILED);
    ck_assert_int_eq(state_of(&w, 1).tries, 2);
}
END_TEST

START_TEST(a_job_that_is_killed_is_tried_again)
{
    static const char *const what[] = {"signal 9"};
    struct work w = make(1, what);
    w.opts.retries = 2;
    SR_BAD(work(&w), w.err, SR_EINTERNAL, "ended by signal 9");
    is_in(&w, 0, SR_JOB_FAILED);
    ck_assert_int_eq(state_of(&w, 0).tries, 3);
    ck_assert_int_eq(state_of(&w, 0).signal, 9);
}
END_TEST

START_TEST(as_many_at_once_as_asked_for)
{
    static const char *const what[] = {"meet 2", "meet 2"};
    struct work w = make(2, what);
    w.opts.at_once = 2;
    SR_GOOD(work(&w), w.err);
}
END_TEST

START_TEST(and_no_more)
{
    static const char *const what[] = {"alone", "alone", "alone"};
    struct work w = make(3, what);
    SR_GOOD(work(&w), w.err);
}
END_TEST

/* ---- someone else's jobs ---- */

static int claim(const struct work *w, int i)
{
    struct sr_job_state state;
    struct sr_err err;
    int lock;
    SR_GOOD(sr_job_claim(w->sweep, &w->sweep->job[i], &lock, &state, &err),
            err);
    return lock;
}

START_TEST(a_job_that_is_held_is_left_to_its_holder)
{
    static const char *const what[] = {"exit 0", "exit 0"};
    struct work w = make(2, what);
    const int lock = claim(&w, 0);
    ck_assert_int_ge(lock, 0);
    SR_GOOD(work(&w), w.err);
    is_in(&w, 0, SR_JOB_WAITING);
    is_in(&w, 1, SR_JOB_DONE);
    sr_lock_release(lock);
}
END_TEST

/* The child that holds it for a while ends as one that the runner does not
 * know, which is nothing to it. */
START_TEST(the_only_one_is_waited_for)
{
    static const char *const what[] = {"exit 0", "exit 0"};
    const struct timespec while_ = {.tv_nsec = 300000000};
    struct work w = make(2, what);
    int told[2];
    char byte;
    ck_assert_int_eq(pipe(told), 0);
    if (fork() == 0) {
        byte = claim(&w, 0) >= 0 ? 'y' : 'n';
        if (write(told[1], &byte, 1) != 1)
            _exit(1);
        nanosleep(&while_, NULL);
        _exit(0);
    }
    ck_assert_int_eq((int)read(told[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
    w.opts.only = &w.sweep->job[0];
    SR_GOOD(work(&w), w.err);
    is_in(&w, 0, SR_JOB_DONE);
    is_in(&w, 1, SR_JOB_WAITING);
}
END_TEST

/* ---- asked to stop ---- */

/* A child that sends its parent SIGTERM once job i says something. */
static void stop_when_at_work(const struct work *w, int i)
{
    const struct timespec nap = {.tv_nsec = 10000000};
    const char *log =
        sr_sweep_file(w->sweep, &w->sweep->job[i], "log.txt", sr_test_arena());
    const pid_t parent = getpid();
    if (fork() != 0)
        return;
    for (int n = 0; n < 1000 && sr_file_size(log) <= 0; n++)
        nanosleep(&nap, NULL);
    kill(parent, SIGTERM);
    _exit(0);
}

START_TEST(asked_to_stop_it_lets_its_children_save)
{
    static const char *const what[] = {"wait", "wait", "exit 0"};
    struct work w = make(3, what);
    w.opts.at_once = 2;
    sr_stop_watch();
    stop_when_at_work(&w, 1);
    SR_BAD(work(&w), w.err, SR_STOPPED, "all running jobs saved");
    is_in(&w, 0, SR_JOB_INTERRUPTED);
    is_in(&w, 1, SR_JOB_INTERRUPTED);
    is_in(&w, 2, SR_JOB_WAITING);
}
END_TEST

/* Between fork and exec a child has the handlers of its parent, which would
 * swallow the wish: it waits until there is someone to hear it. */
START_TEST(a_child_hears_what_it_is_told_at_once)
{
    static const char *const what[] = {"wait"};
    const struct timespec nap = {.tv_nsec = 1000000};
    const struct work w = make(1, what);
    struct sr_arena *a = sr_test_arena();
    char *const words[] = {
        w.opts.program,
        (char *)"train",
        sr_sweep_file(w.sweep, &w.sweep->job[0], "config.yaml", a),
        (char *)"--run",
        sr_sweep_run(w.sweep, &w.sweep->job[0], a),
        NULL};
    sr_stop_watch();
    for (int i = 0; i < 20; i++) {
        struct sr_ending end;
        struct sr_err err;
        pid_t pid;
        SR_GOOD(sr_child_start(words, "/dev/null", -1, &pid, &err), err);
        sr_child_stop(pid);
        while (!sr_child_ended(&end))
            nanosleep(&nap, NULL);
        ck_assert_int_eq(end.pid, pid);
        ck_assert_msg(end.signal == SIGTERM || end.code == SR_STOPPED,
                      "time %d: code %d", i, end.code);
    }
}
END_TEST

SR_SUITE(sweep_runner)
{
    return sr_suite(
        "sweep/runner",
        (const TTest *[]){
            all_steps_of_all_jobs, a_job_that_cannot_work_is_not_tried_again,
            what_its_settings_spoil_needs_other_settings,
            a_job_without_room_is_tried_again,
            a_job_that_is_killed_is_tried_again, as_many_at_once_as_asked_for,
            and_no_more, a_job_that_is_held_is_left_to_its_holder,
            the_only_one_is_waited_for, asked_to_stop_it_lets_its_children_save,
            a_child_hears_what_it_is_told_at_once, NULL});
}
