#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "sweep/job.h"

static struct sr_sweep *make_sweep(void)
{
    static const struct sr_frozen one = {"a", "last", "", "x"};
    struct sr_sweep *s;
    struct sr_err err;
    const char *dir = sr_file_join(sr_test_arena(), sr_test_dir(), "sweep");
    SR_GOOD(sr_sweep_write(dir, 1, &one, 0, NULL, json_object(), &err), err);
    SR_GOOD(sr_sweep_read(dir, sr_test_arena(), &s, &err), err);
    return s;
}

static const char *file_of(const struct sr_sweep *s, const char *name)
{
    return sr_sweep_file(s, &s->job[0], name, sr_test_arena());
}

static void overwrite(const char *path, const char *text)
{
    struct sr_err err;
    SR_GOOD(sr_file_write(path, text, strlen(text), &err), err);
}

static struct sr_job_state read_state(const struct sr_sweep *s)
{
    struct sr_job_state state;
    struct sr_err err;
    SR_GOOD(sr_job_read(s, &s->job[0], &state, NULL, &err), err);
    return state;
}

/* The lock, or -1. */
static int claim(const struct sr_sweep *s)
{
    struct sr_job_state state;
    struct sr_err err;
    int lock = -2;
    SR_GOOD(sr_job_claim(s, &s->job[0], &lock, &state, &err), err);
    return lock;
}

START_TEST(what_is_written_is_read)
{
    const struct sr_sweep *s = make_sweep();
    struct sr_job_state state = read_state(s);
    struct sr_err err;
    double age = -1;
    ck_assert_int_eq(state.phase, SR_JOB_WAITING);
    ck_assert_int_eq(state.step, 0);
    state = (struct sr_job_state){.phase = SR_JOB_FAILED,
                                  .step = 2,
                                  .tries = 3,
                                  .exit_code = 7,
                                  .signal = 9,
                                  .seconds = 12.5,
                                  .error = "no \"room\""};
    SR_GOOD(sr_job_write(s, &s->job[0], &state, &err), err);
    SR_GOOD(sr_job_read(s, &s->job[0], &state, &age, &err), err);
    ck_assert_int_eq(state.phase, SR_JOB_FAILED);
    ck_assert_int_eq(state.step, 2);
    ck_assert_int_eq(state.tries, 3);
    ck_assert_int_eq(state.exit_code, 7);
    ck_assert_int_eq(state.signal, 9);
    ck_assert_double_eq(sr_job_seconds(&state), 12.5);
    ck_assert_str_eq(state.error, "no \"room\"");
    ck_assert_int_eq(state.pid, getpid());
    ck_assert(age >= 0 && age < 60);
    ck_assert(sr_job_is_alive(&state, 1e9)); /* this is it */
}
END_TEST

START_TEST(one_worker_at_a_time)
{
    const struct sr_sweep *s = make_sweep();
    const int first = claim(s);
    ck_assert_int_ge(first, 0);
    ck_assert_int_eq(claim(s), -1);
    sr_lock_release(first);
    const int second = claim(s);
    ck_assert_int_ge(second, 0);
    sr_lock_release(second);
}
END_TEST

/* Try for the job when `go` is closed, tell `told` how it went, and keep what
 * was got until `end` is closed. */
static _Noreturn void compete(const struct sr_sweep *s, const int *go,
                              const int *told, const int *end)
{
    char byte;
    close(go[1]);
    close(end[1]);
    if (read(go[0], &byte, 1) != 0)
        _exit(2);
    byte = claim(s) >= 0;
    if (write(told[1], &byte, 1) != 1 || read(end[0], &byte, 1) != 0)
        _exit(2);
    _exit(0);
}

START_TEST(of_many_at_once_one_gets_it)
{
    enum { MANY = 100 };
    const struct sr_sweep *s = make_sweep();
    int go[2], told[2], end[2], got = 0, how;
    ck_assert(pipe(go) == 0 && pipe(told) == 0 && pipe(end) == 0);
    for (int i = 0; i < MANY; i++)
        if (fork() == 0)
            compete(s, go, told, end);
    close(go[1]);
    for (int i = 0; i < MANY; i++) {
        char byte;
        ck_assert_int_eq((int)read(told[0], &byte, 1), 1);
        got += byte;
    }
    close(end[1]);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_gt(wait(&how), 0);
        ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    }
    ck_assert_int_eq(got, 1);
}
END_TEST

/* A runner that was killed says nothing more, and its lock is gone. */
START_TEST(a_dead_worker_leaves_the_job_to_others)
{
    const struct sr_sweep *s = make_sweep();
    int ready[2];
    char yes;
    ck_assert_int_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct sr_job_state state = {.phase = SR_JOB_RUNNING};
        struct sr_err err;
        const bool good =
            claim(s) >= 0 && sr_job_write(s, &s->job[0], &state, &err) == SR_OK;
        if (write(ready[1], good ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    ck_assert_int_eq((int)read(ready[0], &yes, 1), 1);
    ck_assert_int_eq(yes, 'y');
    struct sr_job_state state = read_state(s);
    ck_assert(sr_job_is_alive(&state, 0));
    ck_assert_int_eq(claim(s), -1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ck_assert(!sr_job_is_alive(&state, 0));
    const int lock = claim(s);
    ck_assert_int_ge(lock, 0);
    sr_lock_release(lock);
}
END_TEST

#define REST                                                                   \
    "\"step\": 0, \"tries\": 0, \"exit_code\": 0, \"signal\": 0, "             \
    "\"seconds\": 0, \"began\": 0, \"error\": \"\", \"pid\": 1, "              \
    "\"boot\": \"b\", \"changed\": \"c\""

/* Where locks of another machine do not reach, its signs of life count. */
START_TEST(a_worker_on_another_machine_is_believed_while_it_gives_signs)
{
    const struct sr_sweep *s = make_sweep();
    overwrite(file_of(s, "state.json"),
              "{\"schema\": \"satrun.job/1\", \"state\": \"running\", "
              "\"host\": \"elsewhere.example\", " REST "}");
    struct sr_job_state state = read_state(s);
    ck_assert(sr_job_is_alive(&state, SR_JOB_SILENCE - 1));
    ck_assert(!sr_job_is_alive(&state, SR_JOB_SILENCE + 1));
    ck_assert_int_eq(claim(s), -1);
    struct sr_err err;
    state.phase = SR_JOB_INTERRUPTED;
    SR_GOOD(sr_job_write(s, &s->job[0], &state, &err), err);
    const int lock = claim(s);
    ck_assert_int_ge(lock, 0);
    sr_lock_release(lock);
}
END_TEST

#define STATE(members) "{\"schema\": \"satrun.job/1\", " members "}"

/* One that was killed worked from when it began to its last sign of life. */
START_TEST(the_work_of_a_dead_process_counts)
{
    const struct sr_sweep *s = make_sweep();
    struct sr_job_state state = {.phase = SR_JOB_RUNNING, .seconds = 5};
    struct sr_err err;
    int lock;
    SR_GOOD(sr_job_write(s, &s->job[0], &state, &err), err);
    char *text = sr_arena_format(
        sr_test_arena(),
        STATE("\"state\": \"running\", \"host\": \"%s\", \"step\": 0, "
              "\"tries\": 0, \"exit_code\": 0, \"signal\": 0, "
              "\"seconds\": 5, \"began\": %f, \"error\": \"\", \"pid\": 1, "
              "\"boot\": \"b\", \"changed\": \"c\""),
        state.host, state.began - 100);
    overwrite(file_of(s, "state.json"), text);
    SR_GOOD(sr_job_claim(s, &s->job[0], &lock, &state, &err), err);
    ck_assert_int_ge(lock, 0);
    ck_assert_double_ge(state.seconds, 104);
    ck_assert_double_le(state.seconds, 107);
    sr_lock_release(lock);
}
END_TEST

START_TEST(a_damaged_state_is_told)
{
    static const char *const texts[] = {
        "",
        "[1]",
        "{}",
        "{\"schema\": \"satrun.job/2\", \"state\": \"done\", "
        "\"host\": \"h\", " REST "}",
        STATE("\"state\": \"finished\", \"host\": \"h\", " REST),
        STATE("\"state\": 3, \"host\": \"h\", " REST),
        STATE("\"state\": \"done\", " REST),
        STATE("\"state\": \"done\", \"host\": \"h\", \"step\": 1e3"),
        STATE("\"state\": \"done\", \"host\": \"h\", \"step\": -1"),
        STATE("\"state\": \"done\", \"host\": \"h\", \"step\": 1, \"step\": "
              "2"),
    };
    const struct sr_sweep *s = make_sweep();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sr_job_state state;
        struct sr_err err;
        int lock;
        overwrite(file_of(s, "state.json"), texts[i]);
        SR_BAD(sr_job_read(s, &s->job[0], &state, NULL, &err), err, SR_ECONFIG,
               "state.json");
        SR_BAD(sr_job_claim(s, &s->job[0], &lock, &state, &err), err,
               SR_ECONFIG, "state.json");
    }
    overwrite(file_of(s, "state.json"),
              STATE("\"state\": \"done\", \"host\": \"h\\u001b\", " REST));
    ck_assert_str_eq(read_state(s).host, "h?");
}
END_TEST

START_TEST(the_first_line_that_tells_of_an_error)
{
    const struct sr_sweep *s = make_sweep();
    const struct sr_job *job = &s->job[0];
    char text[64];
    sr_job_first_error(s, job, 0, text, sizeof text);
    ck_assert_str_eq(text, "");
    overwrite(file_of(s, "log.txt"),
              "satrun: error: old\nepoch 1\n\nx.yaml:1:2: error: first\r\n"
              "satrun: error: second\n");
    sr_job_first_error(s, job, 0, text, sizeof text);
    ck_assert_str_eq(text, "old");
    sr_job_first_error(s, job, 19, text, sizeof text);
    ck_assert_str_eq(text, "x.yaml:1:2: error: first");
    overwrite(file_of(s, "log.txt"), "one\ntwo\033[31m\xff\n\n");
    sr_job_first_error(s, job, 0, text, sizeof text);
    ck_assert_str_eq(text, "two?[31m?");
}
END_TEST

SR_SUITE(sweep_job)
{
    return sr_suite(
        "sweep/job",
        (const TTest *[]){
            what_is_written_is_read, one_worker_at_a_time,
            of_many_at_once_one_gets_it, a_dead_worker_leaves_the_job_to_others,
            a_worker_on_another_machine_is_believed_while_it_gives_signs,
            the_work_of_a_dead_process_counts, a_damaged_state_is_told,
            the_first_line_that_tells_of_an_error, NULL});
}
