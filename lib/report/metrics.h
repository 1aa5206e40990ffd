/* report/metrics.h - metrics.jsonl read back: the course of a run.
 *
 * A line is an object; what it holds in groups, {"train": {"loss": 1}}, is
 * flat here, {"train.loss": 1}, so that a line is a row of table.h and each
 * number has a name.
 */
#ifndef SR_REPORT_METRICS_H
#define SR_REPORT_METRICS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* A new object without groups; those below the fourth level are left out.  The
 * caller owns it. */
json_t *sr_metrics_flat(const json_t *line);

/* *rows: an array with the lines of <run>/metrics.jsonl, flat, in their order.
 * A line that is no JSON object is damage and left out, and so is a last one
 * without its end in a run that is finished; one that is not is writing that
 * line, or was killed while it did.  The caller owns it.
 *   skipped  names the first damaged line, and how many more there are; its
 *            text is empty for none; NULL allowed
 * Fails: SR_EUSAGE when there is no such file; SR_ERESOURCE.  Damage is no
 * failure. */
enum sr_status sr_metrics_read(const char *run, json_t **rows,
                               struct sr_err *skipped, struct sr_err *err);

#endif
