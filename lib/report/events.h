/* report/events.h - metrics as event files for TensorBoard: scalars only.
 *
 * metrics.jsonl is the one truth.  An event file is made from all of its lines
 * when it is opened and then follows them, so a run that was killed and resumed
 * has each step once; a file of before is removed, and the new one tells a
 * TensorBoard that has read it to forget it (SessionLog START at step 0).
 *
 * Layout   record = u64 bytes | masked CRC of these 8 | data | masked CRC of
 *          data, little endian; data = a protobuf of tensorflow/core/util/
 *          event.proto: 1 wall time, 2 step, 3 version, 5 summary, 7 session
 * Method   CRC-32C (Castagnoli), rotated by 15 and moved by 0xa282ead8
 * Tags     "<kind>/<name>" with / for the dots of the name: step/loss,
 *          epoch/train/loss, epoch/test/robust
 */
#ifndef SR_REPORT_EVENTS_H
#define SR_REPORT_EVENTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/opt.h"

/* The `logging.` keys: what else a run leaves. */
struct sr_logging_opts {
    bool tensorboard;
};
extern const struct sr_opt sr_logging_rows[];

/* One record of a file.  Tags of more than 200 bytes are cut. */
enum { SR_EVENT_MAX = 320 };
struct sr_event {
    size_t size;
    unsigned char bytes[SR_EVENT_MAX];
};

/* The first record of a file; `wall` in seconds of Unix. */
void sr_event_version(double wall, struct sr_event *event);
/* "The process has (re)started": whatever is known from step 0 on is void. */
void sr_event_start(double wall, struct sr_event *event);
void sr_event_scalar(double wall, int64_t step, const char *tag, float value,
                     struct sr_event *event);

struct sr_events;

/* Make the directory, remove the event files in it that this made before, and
 * begin a new one with these rows [array, as sr_metrics_read has them].  From
 * ARENA, to be closed.  Fails with SR_ERESOURCE; nothing is open then. */
enum sr_status sr_events_open(const char *directory, const json_t *rows,
                              struct sr_arena *arena, struct sr_events **events,
                              struct sr_err *err);

/* Add the numbers of a flat row, at its "step" and "time" (0 where it has
 * none); a row is in the file when this returns.  Fails with SR_ERESOURCE. */
enum sr_status sr_events_add(struct sr_events *events, const json_t *row,
                             struct sr_err *err);

void sr_events_close(struct sr_events *events); /* NULL is allowed */

#endif
