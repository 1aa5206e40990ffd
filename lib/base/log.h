/* base/log.h - what the program says while it works, on stderr.
 *
 * Data goes to stdout, talk goes here.  On a terminal progress is one redrawn
 * line, at most ten times a second; in a log it is at most one plain line per
 * 30 seconds.  Everything said is also copied to the run's log.txt when one is
 * attached, progress excepted.
 *
 * Threads: used by the main thread only.
 */
#ifndef SR_BASE_LOG_H
#define SR_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct sr_log;

enum sr_progress {
    SR_PROGRESS_AUTO,
    SR_PROGRESS_BAR,
    SR_PROGRESS_PLAIN,
    SR_PROGRESS_NONE
};

/* auto: bar when stderr is a terminal that is not TERM=dumb, else plain. */
struct sr_log *sr_log_open(enum sr_progress how);
void sr_log_close(struct sr_log *log);

/* From now on only warnings reach stderr; the file gets every line as before.
 */
void sr_log_quiet(struct sr_log *log);

/* Copy every further line, with a UTC stamp, to the file (appended). */
enum sr_status sr_log_attach(struct sr_log *log, const char *path,
                             struct sr_err *err);

/* One line.  A bar on screen is erased first and redrawn by its next step. */
void sr_log_say(struct sr_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line for the file alone: what the user is told in another way. */
void sr_log_note(struct sr_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "warning: ..." in yellow where colour is allowed (terminal, no NO_COLOR). */
void sr_log_warn(struct sr_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `what` has done `done` of `total` units.  The line shows what, done/total,
 * `note` (may be ""), units a second and an ETA from the pace of this
 * progress; call as often as you like.  A new `what` text starts a new
 * measurement. */
void sr_log_progress(struct sr_log *log, const char *what, int64_t done,
                     int64_t total, const char *note);

/* Seconds that `units` more of what is under way will take at its pace; NaN
 * while nothing is known. */
double sr_log_left(const struct sr_log *log, int64_t units);

/* Progress is over: erase the bar, and a board with it. */
void sr_log_progress_end(struct sr_log *log);

enum { SR_LOG_BOARD = 8192 }; /* bytes of a board; a longer one is cut */

/* A board is a few lines that stand above the bar and are redrawn with it, cut
 * to the width; on a terminal that is not high enough the bar stands alone.
 *   text  lines, each ended by \n; copied
 * Does nothing where there is no bar to stand above.  The board is gone, like
 * the bar, after whatever else is said, until progress is next told. */
void sr_log_board(struct sr_log *log, const char *text);

/* Is there a terminal for boards?  Is it time to draw one? */
bool sr_log_has_board(const struct sr_log *log);
bool sr_log_board_due(const struct sr_log *log);

/* The board is what it will be: left behind as lines, without a bar. */
void sr_log_board_end(struct sr_log *log);

#endif
