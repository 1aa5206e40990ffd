#include "base/log.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "base/text.h"

/* A line longer than LINE bytes is cut. */
enum { LINE = 2048, PACES = 31 };

static const double bar_every = 0.1, plain_every = 30; /* seconds */
static const double pace_over = 0.05; /* seconds a pace is measured over */

/* What is under way.  A pace is seconds per unit between two calls; the median
 * of the last ones ignores the step that waited for a checkpoint. */
struct progress {
    char what[128];
    double since; /* when `from` units were done */
    int64_t from;
    double pace[PACES];
    int64_t paces; /* measured so far */
};

struct sr_log {
    enum sr_progress how; /* never auto */
    bool colour, quiet;
    FILE *copy;
    double shown;  /* when progress was last printed */
    int on_screen; /* letters of the bar that stands there */
    int lines;     /* of the board above it                */
    char board[SR_LOG_BOARD];
    struct progress progress;
};

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return term && strcmp(term, "dumb") == 0;
}

/* no-color.org and bixense.com/clicolors. */
static bool wants_colour(void)
{
    if (is_set("NO_COLOR"))
        return false;
    const char *force = getenv("CLICOLOR_FORCE");
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return isatty(STDERR_FILENO) && !is_dumb();
}

struct sr_log *sr_log_open(enum sr_progress how)
{
    struct sr_log *log = calloc(1, sizeof *log);
    if (!log)
        sr_broken("out of memory", __FILE__, __LINE__);
    log->how = how;
    if (how == SR_PROGRESS_AUTO)
        log->how = isatty(STDERR_FILENO) && !is_dumb() ? SR_PROGRESS_BAR
                                                       : SR_PROGRESS_PLAIN;
    log->colour = wants_colour();
    log->shown = sr_clock_seconds();
    return log;
}

void sr_log_close(struct sr_log *log)
{
    if (!log)
        return;
    sr_log_progress_end(log);
    if (log->copy)
        fclose(log->copy);
    free(log);
}

void sr_log_quiet(struct sr_log *log)
{
    sr_log_progress_end(log);
    log->how = SR_PROGRESS_NONE;
    log->quiet = true;
}

enum sr_status sr_log_attach(struct sr_log *log, const char *path,
                             struct sr_err *err)
{
    FILE *copy = fopen(path, "a");
    if (!copy)
        return sr_fail_errno(err, SR_ERESOURCE, "open", path);
    if (log->copy)
        fclose(log->copy);
    log->copy = copy;
    return SR_OK;
}

/* The copy is given up, and said to be, rather than the run it describes. */
static void copy_line(struct sr_log *log, const char *kind, const char *line)
{
    char stamp[32];
    if (!log->copy)
        return;
    sr_clock_utc(0, stamp, sizeof stamp);
    if (fprintf(log->copy, "%s %s%s\n", stamp, kind, line) >= 0 &&
        fflush(log->copy) == 0)
        return;
    const int code = errno;
    fclose(log->copy);
    log->copy = NULL;
    fprintf(stderr, "warning: the log file cannot be written any more: %s\n",
            strerror(code));
}

/* The bar is overwritten with spaces: that works on every terminal.  A board
 * stays where somebody has pressed Ctrl-C: how far below it the cursor is now
 * is not known. */
static void erase_bar(struct sr_log *log)
{
    if (log->on_screen > 0)
        fprintf(stderr, "\r%*s\r", log->on_screen, "");
    if (log->lines > 0 && !sr_stop_wanted())
        fprintf(stderr, "\r\033[%dA\033[J", log->lines);
    log->on_screen = log->lines = 0;
}

/* Names from files must not steer the terminal.
 *   but  the one that may stay */
static void replace_control_characters(char *text, char but)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if ((*p < 32 && *p != (unsigned char)but) || *p == 127)
            *p = '?';
}

void sr_log_say(struct sr_log *log, const char *format, ...)
{
    char line[LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    replace_control_characters(line, '\t');
    erase_bar(log);
    if (!log->quiet)
        fprintf(stderr, "%s\n", line);
    copy_line(log, "", line);
}

void sr_log_note(struct sr_log *log, const char *format, ...)
{
    char line[LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    replace_control_characters(line, '\t');
    copy_line(log, "", line);
}

void sr_log_warn(struct sr_log *log, const char *format, ...)
{
    char line[LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    replace_control_characters(line, '\t');
    erase_bar(log);
    fprintf(stderr, "%swarning:%s %s\n", log->colour ? "\033[33m" : "",
            log->colour ? "\033[0m" : "", line);
    copy_line(log, "warning: ", line);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds per unit; 0 while nothing is known. */
static double median_pace(const struct progress *p)
{
    double sorted[PACES];
    const size_t n = (size_t)(p->paces < PACES ? p->paces : PACES);
    if (n == 0)
        return 0;
    memcpy(sorted, p->pace, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    return sorted[n / 2];
}

static void measure(struct progress *p, const char *what, int64_t done,
                    double now)
{
    if (strncmp(p->what, what, sizeof p->what - 1) != 0 || done < p->from) {
        memset(p, 0, sizeof *p);
        snprintf(p->what, sizeof p->what, "%s", what);
        p->since = now;
        p->from = done;
    }
    if (done == p->from || now - p->since < pace_over)
        return;
    p->pace[p->paces % PACES] = (now - p->since) / (double)(done - p->from);
    p->paces++;
    p->since = now;
    p->from = done;
}

static void describe(const struct progress *p, int64_t done, int64_t total,
                     const char *note, char *text, size_t size)
{
    const double pace = median_pace(p);
    snprintf(text, size, "%s  %lld/%lld", p->what, (long long)done,
             (long long)total);
    if (*note)
        sr_text_add(text, size, "  %s", note);
    if (pace > 0) {
        char eta[32];
        const int64_t left = total > done ? total - done : 0;
        sr_clock_span(pace * (double)left, eta, sizeof eta);
        if (pace > 1)
            sr_text_add(text, size, "  %.1f s each", pace);
        else
            sr_text_add(text, size, "  %.4g/s", 1 / pace);
        sr_text_add(text, size, "  %s left", eta);
    }
    replace_control_characters(text, '\t');
}

/* Letters a line may have: one wrapped line can not be taken back. */
static int screen_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        return size.ws_col - 1;
    return 79;
}

static int screen_height(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        return size.ws_row;
    return 24;
}

static int lines_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Over the one that stands there, where one does. */
static void draw_board(struct sr_log *log)
{
    const int width = screen_width();
    if (sr_stop_wanted())
        return;
    if (log->lines != lines_of(log->board))
        erase_bar(log);
    if (lines_of(log->board) >= screen_height())
        return;
    if (log->lines > 0)
        fprintf(stderr, "\r\033[%dA", log->lines);
    log->lines = 0;
    for (const char *at = log->board; *at; log->lines++) {
        const int length = (int)strcspn(at, "\n");
        fprintf(stderr, "%.*s\033[K\n", length < width ? length : width, at);
        at += at[length] ? length + 1 : length;
    }
}

static void draw_bar(struct sr_log *log, const char *text)
{
    const int before = log->on_screen;
    const int length = (int)strnlen(text, (size_t)screen_width());
    fprintf(stderr, "\r%.*s%*s", length, text,
            before > length ? before - length : 0, "");
    fflush(stderr);
    log->on_screen = length;
}

void sr_log_progress(struct sr_log *log, const char *what, int64_t done,
                     int64_t total, const char *note)
{
    char text[512];
    const double now = sr_clock_seconds();
    measure(&log->progress, what, done, now);
    const double every = log->how == SR_PROGRESS_BAR ? bar_every : plain_every;
    if (log->how == SR_PROGRESS_NONE || now - log->shown < every)
        return;
    log->shown = now;
    describe(&log->progress, done, total, note, text, sizeof text);
    if (log->how == SR_PROGRESS_BAR) {
        if (*log->board)
            draw_board(log);
        draw_bar(log, text);
    } else
        fprintf(stderr, "%s\n", text);
}

double sr_log_left(const struct sr_log *log, int64_t units)
{
    const double pace = median_pace(&log->progress);
    return pace > 0 ? pace * (double)units : (double)NAN;
}

bool sr_log_has_board(const struct sr_log *log)
{
    return log->how == SR_PROGRESS_BAR;
}

bool sr_log_board_due(const struct sr_log *log)
{
    return sr_log_has_board(log) &&
           sr_clock_seconds() - log->shown >= bar_every;
}

void sr_log_board(struct sr_log *log, const char *text)
{
    if (!sr_log_has_board(log))
        return;
    snprintf(log->board, sizeof log->board, "%s", text);
    replace_control_characters(log->board, '\n');
}

void sr_log_board_end(struct sr_log *log)
{
    erase_bar(log);
    if (*log->board && !sr_stop_wanted())
        fputs(log->board, stderr);
    sr_log_progress_end(log);
}

void sr_log_progress_end(struct sr_log *log)
{
    erase_bar(log);
    log->board[0] = '\0';
    memset(&log->progress, 0, sizeof log->progress);
}
