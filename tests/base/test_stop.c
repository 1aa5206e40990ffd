#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "test.h"

START_TEST(nothing_is_wanted_at_first)
{
    sr_stop_watch();
    ck_assert(!sr_stop_wanted());
    ck_assert_int_eq(sr_stop_signal(), 0);
}
END_TEST

START_TEST(each_signal_is_remembered)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1, SIGXCPU};
    sr_stop_watch();
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(raise(numbers[i]), 0);
        ck_assert(sr_stop_wanted());
        ck_assert_int_eq(sr_stop_signal(), numbers[i]);
    }
    raise(SIGTERM); /* as often as it likes */
}
END_TEST

START_TEST(a_second_interrupt_ends_at_once)
{
    sr_stop_watch();
    raise(SIGTERM);
    raise(SIGINT);
    ck_assert_int_eq(sr_stop_signal(), SIGINT);
    raise(SIGINT);
    ck_abort_msg("still here");
}
END_TEST

START_TEST(a_closed_pipe_is_an_error_not_a_death)
{
    int ends[2];
    sr_stop_watch();
    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    ck_assert_int_eq(write(ends[1], "x", 1), -1);
    ck_assert_int_eq(errno, EPIPE);
    ck_assert(!sr_stop_wanted());
}
END_TEST

SR_SUITE(base_stop)
{
    Suite *suite = sr_suite(
        "base/stop",
        (const TTest *[]){nothing_is_wanted_at_first, each_signal_is_remembered,
                          a_closed_pipe_is_an_error_not_a_death, NULL});
    sr_suite_exit(suite, a_second_interrupt_ends_at_once, 130);
    return suite;
}
