/* satrun watch: a run, as it goes, in a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "base/stop.h"
#include "report/rundir.h"
#include "watch_frame.h"

struct flags {
    bool once;
    double every;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_BOOL(struct flags, once, "false",
            "print it once; also when stdout is no terminal"),
    SR_REAL(struct flags, every, "1", 0.1, 3600, "seconds",
            "how often to look"),
    {.key = NULL}
};
/* clang-format on */

/* The other screen of a terminal, and no cursor: what stood there comes back
 * when it is left. */
static const char enter[] = "\033[?1049h\033[?25l",
                  leave[] = "\033[?25h\033[?1049l";

static bool takes_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8");
    }
    return false;
}

static bool is_screen(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static void sleep_for(double seconds)
{
    const time_t whole = (time_t)seconds;
    const struct timespec time = {whole,
                                  (long)(1e9 * (seconds - (double)whole))};
    nanosleep(&time, NULL); /* a signal ends it, and is asked for */
}

/* As many lines of the text as the terminal has, from its corner. */
static void show(const struct sr_frame *frame, int lines)
{
    fputs("\033[H", stdout);
    const char *p = frame->text;
    for (int i = 1; *p && i < lines; i++) {
        const int length = (int)strcspn(p, "\n");
        printf("%.*s\033[K\n", length, p);
        p += length + 1;
    }
    fputs("\033[J", stdout);
    fflush(stdout);
}

/* Until the run is over or somebody wants to stop; the last picture stays. */
static enum sr_status follow(const struct sr_call *call, struct sr_frame *frame,
                             struct sr_err *err)
{
    const struct flags *flags = call->flags;
    enum sr_status status = SR_OK;
    sr_stop_watch_silently();
    fputs(enter, stdout);
    while (!sr_stop_wanted()) {
        struct winsize size = {.ws_row = 24, .ws_col = 80};
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
        frame->columns = size.ws_col > 0 ? size.ws_col : 80;
        struct sr_arena *arena = sr_arena_new(NULL);
        status = sr_frame_draw(frame, arena, err);
        const bool goes_on = status == SR_OK && !frame->over;
        if (goes_on)
            show(frame, size.ws_row > 0 ? size.ws_row : 24);
        sr_arena_free(arena);
        frame->text = NULL;
        if (!goes_on)
            break;
        sleep_for(flags->every);
    }
    fputs(leave, stdout);
    return status;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_frame frame = {.utf8 = takes_utf8()};
    char *path;
    SR_TRY(sr_rundir_find(call->words ? call->word[0] : NULL, call->arena,
                          &path, err));
    frame.run = path;
    if (!flags->once && is_screen())
        SR_TRY(follow(call, &frame, err));
    SR_TRY(sr_frame_draw(&frame, call->arena, err));
    fputs(frame.text, stdout);
    if (*frame.skipped.text)
        return sr_fail(err, SR_EDATA, "%s; left out", frame.skipped.text);
    return SR_OK;
}

const struct sr_cmd sr_cmd_watch = {
    .name = "watch",
    .summary = "follow a run in the terminal: losses, accuracies, time left",
    .usage = "[RUN] [--once] [--every SECONDS]",
    .details = "The newest run if none is named; from its files, so it may be "
               "the run of another\nprocess, or of another machine. Ctrl-C "
               "ends it and leaves the run alone. A run whose\nprocess is gone "
               "without a word has died.",
    .examples = "  satrun watch\n"
                "  satrun watch runs/mine --every 5\n"
                "  satrun watch runs/mine --once\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 1,
    .run = run,
};
