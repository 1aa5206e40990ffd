/* cmd/watch_frame.h - what is to be seen of a run at one moment, as text.
 *
 * From the files of the run alone: manifest.json, metrics.jsonl, log.txt and
 * the lock that its process holds.
 */
#ifndef SR_WATCH_FRAME_H
#define SR_WATCH_FRAME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct sr_frame {
    const char *run; /* its directory                                     */
    int columns;     /* lines are cut there; 0: never                     */
    bool utf8;       /* may a curve have letters that are not ASCII?      */
    bool over;       /* filled: nothing will change any more              */
    struct sr_err skipped; /* filled: as sr_metrics_read has it           */
    char *text; /* filled, from the arena: lines, ended by newlines  */
};

/* Fails: as the reading of the files does. */
enum sr_status sr_frame_draw(struct sr_frame *frame, struct sr_arena *arena,
                             struct sr_err *err);

#endif
