/* report/resolved.h - config.yaml of a run, as training wrote it.
 *
 * The manifest has the settings a network was trained with; the file beside it
 * is for people, who may edit it.  It is no YAML of any kind that is read here,
 * but the one that config/dump.c writes: a key a line, four blanks a level.
 */
#ifndef SR_REPORT_RESOLVED_H
#define SR_REPORT_RESOLVED_H

#include "base/arena.h"
#include "base/json.h"

/* The layers of a sequential network, which are no setting of one line: the
 * list below "    layers:", as text from ARENA; "" for none. */
const char *sr_resolved_layers(const char *run, struct sr_arena *arena);

/* The first thing in which the file is not these settings of the run at that
 * path, "it says train.lr 0.5, which was 0.1", from ARENA; NULL when there is
 * none, or no file. */
const char *sr_resolved_change(const char *run, const json_t *settings,
                               struct sr_arena *arena);

#endif
