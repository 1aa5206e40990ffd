#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "test.h"

/* What stderr gets between capture() and captured(). */
static const char *captured_path;

static void capture(void)
{
    captured_path = sr_test_file("stderr", "", 0);
    const int file = open(captured_path, O_WRONLY | O_APPEND);
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    close(file);
}

static const char *contents(const char *path)
{
    struct sr_err err;
    unsigned char *bytes;
    size_t size;
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    return (const char *)bytes;
}

static const char *captured(void) { return contents(captured_path); }

/* stderr becomes a terminal; returns the other end of it. */
static int capture_terminal(void)
{
    const int other = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (other < 0 || grantpt(other) != 0 || unlockpt(other) != 0)
        return -1;
    const int file = open(ptsname(other), O_RDWR | O_NOCTTY);
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    return other;
}

static const char *from_terminal(int other)
{
    char *text = SR_TAKE(sr_test_arena(), 1 << 16, char);
    ssize_t some;
    for (size_t n = 0; (some = read(other, text + n, (1 << 16) - 1 - n)) > 0;)
        n += (size_t)some;
    return text;
}

static int count(const char *text, char letter)
{
    int n = 0;
    for (; *text; text++)
        n += *text == letter;
    return n;
}

static void colour_free_environment(void)
{
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
    setenv("TERM", "xterm", 1);
}

/* Report progress without a pause for that long, and once after it; returns
 * the seconds it took. */
static double busy(struct sr_log *log, double seconds)
{
    const double begin = sr_clock_seconds();
    double passed = 0;
    for (int64_t i = 0; passed < seconds; i++) {
        passed = sr_clock_seconds() - begin;
        sr_log_progress(log, "epoch 1/9", i, 1 << 30, "loss 1.2");
    }
    return sr_clock_seconds() - begin;
}

START_TEST(a_pipe_gets_plain_lines)
{
    colour_free_environment();
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    sr_log_say(log, "epoch %d", 1);
    busy(log, 0.05); /* far from 30 seconds: nothing */
    sr_log_warn(log, "odd");
    sr_log_close(log);
    ck_assert_str_eq(captured(), "epoch 1\nwarning: odd\n");
}
END_TEST

START_TEST(none_is_silent_about_progress)
{
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_NONE);
    busy(log, 0.15);
    sr_log_progress_end(log);
    sr_log_say(log, "done");
    sr_log_close(log);
    ck_assert_str_eq(captured(), "done\n");
}
END_TEST

START_TEST(a_bar_is_redrawn_ten_times_a_second_and_erased)
{
    colour_free_environment();
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_BAR);
    const double seconds = busy(log, 0.45);
    sr_log_say(log, "said");
    const char *text = captured();
    /* each draw, and the two returns that erase the last */
    ck_assert_double_le(count(text, '\r'), 10 * seconds + 2);
    ck_assert_int_ge(count(text, '\r'), 1 + 2);
    ck_assert_int_eq(count(text, '\033'), 0);
    ck_assert_ptr_nonnull(strstr(text, "epoch 1/9  "));
    ck_assert_ptr_nonnull(strstr(text, "/1073741824  loss 1.2  "));
    ck_assert_ptr_nonnull(strstr(text, " left"));
    ck_assert_str_eq(strrchr(text, '\r'), "\rsaid\n");
    sr_log_close(log);
}
END_TEST

START_TEST(terminals_get_a_bar_and_colour_unless_dumb)
{
    colour_free_environment();
    const int other = capture_terminal();
    if (other < 0)
        SR_SKIP("no pseudo-terminals here");
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    sr_log_warn(log, "odd");
    busy(log, 0.15);
    sr_log_close(log);
    const char *text = from_terminal(other);
    ck_assert_ptr_nonnull(strstr(text, "\033[33mwarning:\033[0m odd"));
    ck_assert_ptr_nonnull(strstr(text, "\repoch 1/9"));

    setenv("TERM", "dumb", 1);
    log = sr_log_open(SR_PROGRESS_AUTO);
    sr_log_warn(log, "odd");
    busy(log, 0.15);
    sr_log_close(log);
    text = from_terminal(other);
    ck_assert_int_eq(count(text, '\033'), 0);
    ck_assert_ptr_null(strstr(text, "epoch"));
}
END_TEST

START_TEST(colour_by_the_environment)
{
    static const struct {
        const char *no_color, *force;
        int wanted;
    } cases[] = {{"", "", 0},   {"", "1", 1},  {"", "0", 0},
                 {"1", "1", 0}, {"0", "1", 0}, {"1", "", 0}};
    int coloured = 0;
    capture();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("NO_COLOR", cases[i].no_color, 1);
        setenv("CLICOLOR_FORCE", cases[i].force, 1);
        struct sr_log *log = sr_log_open(SR_PROGRESS_NONE);
        sr_log_warn(log, "odd");
        sr_log_close(log);
        coloured += cases[i].wanted;
        ck_assert_int_eq(count(captured(), '\033'), 2 * coloured);
    }
}
END_TEST

START_TEST(names_cannot_steer_the_terminal)
{
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_BAR);
    sr_log_say(log, "%s", "\033[2Jevil\n\rname\x7f");
    sr_log_warn(log, "%s", "\033[2J");
    sr_log_close(log);
    ck_assert_str_eq(captured(), "?[2Jevil??name?\nwarning: ?[2J\n");
}
END_TEST

START_TEST(the_file_gets_stamped_lines_and_no_progress)
{
    struct sr_err err;
    const char *path = sr_test_file("log.txt", "before\n", 7);
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_BAR);
    sr_log_say(log, "early");
    SR_GOOD(sr_log_attach(log, path, &err), err);
    sr_log_say(log, "late");
    busy(log, 0.15);
    sr_log_warn(log, "odd");
    const char *text = contents(path);
    sr_log_close(log);
    ck_assert_int_eq(strncmp(text, "before\n2", 8), 0);
    ck_assert_int_eq(count(text, '\n'), 3);
    ck_assert_ptr_nonnull(strstr(text, "Z late\n"));
    ck_assert_ptr_nonnull(strstr(text, "Z warning: odd\n"));
    ck_assert_ptr_null(strstr(text, "early"));
}
END_TEST

START_TEST(a_file_that_fails_is_said_once)
{
    struct sr_err err;
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_NONE);
    SR_BAD(sr_log_attach(log, "/nonexistent/log", &err), err, SR_ERESOURCE,
           "/nonexistent/log");
    SR_GOOD(sr_log_attach(log, "/dev/full", &err), err);
    sr_log_say(log, "a");
    sr_log_say(log, "b");
    sr_log_close(log);
    ck_assert_str_eq(captured(), "a\nwarning: the log file cannot be written "
                                 "any more: No space left on device\nb\n");
}
END_TEST

START_TEST(long_lines_are_cut)
{
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_BAR);
    sr_log_say(log, "%s", text);
    const double end = sr_clock_seconds() + 0.15;
    while (sr_clock_seconds() < end)
        sr_log_progress(log, text, 1, 2, text);
    sr_log_close(log);
    ck_assert_uint_lt(strlen(captured()), 3000);
}
END_TEST

START_TEST(quiet_leaves_warnings_and_the_file)
{
    struct sr_err err;
    const char *path = sr_test_file("log.txt", "", 0);
    capture();
    struct sr_log *log = sr_log_open(SR_PROGRESS_BAR);
    SR_GOOD(sr_log_attach(log, path, &err), err);
    sr_log_quiet(log);
    sr_log_say(log, "talk");
    sr_log_progress(log, "step", 1, 2, "");
    sr_log_warn(log, "beware");
    sr_log_close(log);
    ck_assert_ptr_nonnull(strstr(captured(), "beware"));
    ck_assert_int_eq(count(captured(), '\n'), 1);
    ck_assert_ptr_nonnull(strstr(contents(path), " talk\n"));
    ck_assert_ptr_nonnull(strstr(contents(path), "warning: beware\n"));
}
END_TEST

SR_SUITE(base_log)
{
    return sr_suite("base/log",
                    (const TTest *[]){
                        a_pipe_gets_plain_lines, none_is_silent_about_progress,
                        a_bar_is_redrawn_ten_times_a_second_and_erased,
                        terminals_get_a_bar_and_colour_unless_dumb,
                        colour_by_the_environment,
                        names_cannot_steer_the_terminal,
                        the_file_gets_stamped_lines_and_no_progress,
                        a_file_that_fails_is_said_once, long_lines_are_cut,
                        quiet_leaves_warnings_and_the_file, NULL});
}
