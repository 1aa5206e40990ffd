/* The board of a log on a terminal: what stands on the screen in the end. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "test.h"

enum { ROWS = 12, COLUMNS = 40 };

/* A terminal that knows as much as a board needs. */
struct screen {
    int rows, columns, row, column;
    char at[ROWS][COLUMNS + 1];
};

static void line_feed(struct screen *s)
{
    if (s->row + 1 < s->rows) {
        s->row++;
        return;
    }
    memmove(s->at[0], s->at[1], (size_t)(s->rows - 1) * sizeof s->at[0]);
    memset(s->at[s->rows - 1], ' ', (size_t)s->columns);
}

static void erase_line(struct screen *s, int row, int from)
{
    memset(s->at[row] + from, ' ', (size_t)(s->columns - from));
}

/* text is behind ESC [; returns what follows. */
static const char *obey(struct screen *s, const char *text)
{
    char *end;
    const long n = strtol(text, &end, 10);
    switch (*end) {
    case 'A': s->row = s->row > n ? s->row - (int)n : 0; break;
    case 'K': erase_line(s, s->row, s->column); break;
    case 'J':
        erase_line(s, s->row, s->column);
        for (int r = s->row + 1; r < s->rows; r++)
            erase_line(s, r, 0);
        break;
    default: ck_abort_msg("ESC [ %ld %c is not known", n, *end);
    }
    return end + 1;
}

static void show(struct screen *s, const char *text)
{
    while (*text) {
        const char c = *text++;
        if (c == '\r')
            s->column = 0;
        else if (c == '\n')
            line_feed(s);
        else if (c == '\033')
            text = obey(s, text + 1);
        else {
            ck_assert_int_lt(s->column, s->columns); /* it would wrap */
            s->at[s->row][s->column++] = c;
        }
    }
}

/* The lines, without the spaces at their ends and the empty ones below. */
static const char *lines(struct screen *s)
{
    char *text = SR_TAKE(sr_test_arena(), ROWS * (COLUMNS + 2), char);
    size_t used = 0;
    for (int r = 0; r < s->rows; r++) {
        int n = s->columns;
        while (n > 0 && s->at[r][n - 1] == ' ')
            n--;
        used += (size_t)sprintf(text + used, "%.*s\n", n, s->at[r]);
    }
    while (used > 1 && text[used - 2] == '\n')
        text[--used] = '\0';
    return text;
}

/* stderr becomes a terminal of this size; -1: there are none here. */
static int open_terminal(struct screen *s, int rows, int columns)
{
    const struct winsize size = {.ws_row = (unsigned short)rows,
                                 .ws_col = (unsigned short)columns};
    const int other = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (other < 0 || grantpt(other) != 0 || unlockpt(other) != 0)
        return -1;
    const int file = open(ptsname(other), O_RDWR | O_NOCTTY);
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    ck_assert_int_eq(ioctl(STDERR_FILENO, TIOCSWINSZ, &size), 0);
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    *s = (struct screen){.rows = rows, .columns = columns};
    for (int r = 0; r < rows; r++)
        erase_line(s, r, 0);
    return other;
}

static const char *seen(struct screen *s, int other)
{
    char *text = SR_TAKE(sr_test_arena(), 1 << 16, char);
    ssize_t some;
    for (size_t n = 0; (some = read(other, text + n, (1 << 16) - 1 - n)) > 0;)
        n += (size_t)some;
    show(s, text);
    return lines(s);
}

/* Until it is drawn. */
static void draw(struct sr_log *log, const char *board)
{
    sr_log_board(log, board);
    while (!sr_log_board_due(log))
        ;
    sr_log_progress(log, "square", 1, 9, "");
}

START_TEST(stands_above_the_bar_and_stays)
{
    struct screen s;
    const int other = open_terminal(&s, ROWS, COLUMNS);
    if (other < 0)
        SR_SKIP("no pseudo-terminals here");
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    ck_assert(sr_log_has_board(log));
    sr_log_say(log, "before");
    draw(log, "head\na 1\n");
    ck_assert_str_eq(seen(&s, other), "before\nhead\na 1\nsquare  1/9\n");
    draw(log, "head\na 22\n");
    ck_assert_str_eq(seen(&s, other), "before\nhead\na 22\nsquare  1/9\n");
    draw(log, "head\na\nb 1\n"); /* longer, and shorter in a line */
    ck_assert_str_eq(seen(&s, other), "before\nhead\na\nb 1\nsquare  1/9\n");
    draw(log, "head\n");
    ck_assert_str_eq(seen(&s, other), "before\nhead\nsquare  1/9\n");
    sr_log_warn(log, "odd");
    ck_assert_str_eq(seen(&s, other), "before\nwarning: odd\n");
    draw(log, "head\na 3\n");
    ck_assert_str_eq(seen(&s, other),
                     "before\nwarning: odd\nhead\na 3\nsquare  1/9\n");
    sr_log_board(log, "head\na 4\n");
    sr_log_board_end(log);
    sr_log_say(log, "after");
    sr_log_close(log);
    ck_assert_str_eq(seen(&s, other),
                     "before\nwarning: odd\nhead\na 4\nafter\n");
}
END_TEST

/* At the lower end of the screen everything moves up. */
START_TEST(scrolls)
{
    struct screen s;
    const int other = open_terminal(&s, 5, COLUMNS);
    if (other < 0)
        SR_SKIP("no pseudo-terminals here");
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    for (int i = 0; i < 9; i++)
        sr_log_say(log, "%d", i);
    for (int i = 0; i < 3; i++)
        draw(log, "head\na\n");
    ck_assert_str_eq(seen(&s, other), "7\n8\nhead\na\nsquare  1/9\n");
    sr_log_board_end(log);
    sr_log_close(log);
    ck_assert_str_eq(seen(&s, other), "7\n8\nhead\na\n");
}
END_TEST

START_TEST(is_cut_to_the_width_and_left_out_where_it_is_too_high)
{
    struct screen s;
    const int other = open_terminal(&s, 4, 8);
    if (other < 0)
        SR_SKIP("no pseudo-terminals here");
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    draw(log, "head that is long\na\n");
    draw(log, "head that is long\na\n");
    ck_assert_str_eq(seen(&s, other), "head th\na\nsquare\n");
    draw(log, "a\nb\nc\nd\n"); /* and the bar: five lines */
    ck_assert_str_eq(seen(&s, other), "square\n");
    sr_log_close(log);
    ck_assert_str_eq(seen(&s, other), "\n");
}
END_TEST

/* Ctrl-C says a sentence below the bar: the board stays where it is. */
START_TEST(stays_when_told_to_stop)
{
    struct screen s;
    const int other = open_terminal(&s, ROWS, COLUMNS);
    if (other < 0)
        SR_SKIP("no pseudo-terminals here");
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    sr_stop_watch_silently();
    draw(log, "head\na 1\n");
    raise(SIGINT);
    fputs("\nstopping\n", stderr);
    draw(log, "head\na 2\n");
    sr_log_board_end(log);
    sr_log_say(log, "stopped");
    sr_log_close(log);
    ck_assert_str_eq(seen(&s, other),
                     "head\na 1\nsquare  1/9\nstopping\nstopped\n");
}
END_TEST

/* Names from files must not steer the terminal: the screen knows no ESC ]. */
START_TEST(control_characters_are_replaced)
{
    struct screen s;
    const int other = open_terminal(&s, ROWS, COLUMNS);
    if (other < 0)
        SR_SKIP("no pseudo-terminals here");
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    draw(log, "a\033]0;b\a\r\tc\177\nd\n");
    ck_assert_str_eq(seen(&s, other), "a?]0;b???c?\nd\nsquare  1/9\n");
    sr_log_board_end(log);
    sr_log_close(log);
    ck_assert_str_eq(seen(&s, other), "a?]0;b???c?\nd\n");
}
END_TEST

START_TEST(is_nothing_in_a_log)
{
    const char *path = sr_test_file("stderr", "", 0);
    char text[64] = "";
    const int file = open(path, O_RDWR | O_APPEND);
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    struct sr_log *log = sr_log_open(SR_PROGRESS_AUTO);
    ck_assert(!sr_log_has_board(log));
    sr_log_board(log, "head\n");
    sr_log_progress(log, "square", 1, 9, "");
    sr_log_board_end(log);
    sr_log_say(log, "said");
    sr_log_close(log);
    ck_assert_int_eq((int)pread(file, text, sizeof text - 1, 0), 5);
    ck_assert_str_eq(text, "said\n");
}
END_TEST

SR_SUITE(base_log_board)
{
    return sr_suite(
        "base/log_board",
        (const TTest *[]){stands_above_the_bar_and_stays, scrolls,
                          is_cut_to_the_width_and_left_out_where_it_is_too_high,
                          stays_when_told_to_stop,
                          control_characters_are_replaced, is_nothing_in_a_log,
                          NULL});
}
