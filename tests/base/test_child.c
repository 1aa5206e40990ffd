#include "test.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"

/* This program as a child is the test runner: asked for a suite that is not
 * there it lists them and exits with 2. */
static char *const unknown_suite[] = {(char *)"run_tests",
                                      (char *)"no/such/suite", NULL};

static struct sr_ending wait_for_end(void)
{
    const struct timespec nap = {.tv_nsec = 10000000};
    struct sr_ending end;
    while (!sr_child_ended(&end))
        nanosleep(&nap, NULL);
    return end;
}

START_TEST(it_runs_and_its_words_are_kept)
{
    struct sr_err err;
    unsigned char *text;
    size_t size;
    pid_t pid;
    const char *output = sr_test_file("output", "before\n", 7);
    SR_GOOD(sr_child_start(unknown_suite, output, -1, &pid, &err), err);
    const struct sr_ending end = wait_for_end();
    ck_assert_int_eq(end.pid, pid);
    ck_assert_int_eq(end.signal, 0);
    ck_assert_int_eq(end.code, 2);
    SR_GOOD(sr_file_read(output, 1 << 20, SR_EDATA, sr_test_arena(), &text,
                         &size, &err),
            err);
    ck_assert(strncmp((char *)text, "before\n", 7) == 0);
    ck_assert_ptr_nonnull(strstr((char *)text, "no/such/suite"));
}
END_TEST

START_TEST(any_child_can_be_asked_to_stop)
{
    struct sr_ending end;
    signal(SIGTERM, SIG_DFL); /* Check has a handler, which children inherit */
    const pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    ck_assert(!sr_child_ended(&end));
    ck_assert(sr_child_is_alive(pid));
    sr_child_stop(pid);
    end = wait_for_end();
    ck_assert_int_eq(end.pid, pid);
    ck_assert_int_eq(end.signal, SIGTERM);
    ck_assert(!sr_child_is_alive(pid));
    ck_assert(!sr_child_is_alive(0));
}
END_TEST

START_TEST(nowhere_to_write_is_told)
{
    struct sr_err err;
    pid_t pid;
    SR_BAD(sr_child_start(unknown_suite, "/nonexistent/output", -1, &pid, &err),
           err, SR_ERESOURCE, "/nonexistent/output");
}
END_TEST

SR_SUITE(base_child)
{
    return sr_suite("base/child",
                    (const TTest *[]){it_runs_and_its_words_are_kept,
                                      any_child_can_be_asked_to_stop,
                                      nowhere_to_write_is_told, NULL});
}
