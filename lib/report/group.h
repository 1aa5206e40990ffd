/* report/group.h - runs that differ by their seed alone, as one row.
 *
 * Layout   a row of several runs has all their names in "runs", their seeds in
 *          "seeds", and in "run" its label (label.h).  Its figures are
 *            {"accuracy": mean, "sd": of the sample, "n": seeds,
 *             "accuracies": [of each run],
 *             "interval_95": [both chances], "interval_95_seeds": [...],
 *             "interval_95_images": [...]}
 *          see stats.h.  "repeats" and "repeats at" are the names and paths of
 *          the runs of another row, whose seeds it has once more.  A figure
 * that one run alone has stays as it is; one that not all have says "of":
 * "n=1", of how many it is
 */
#ifndef SR_REPORT_GROUP_H
#define SR_REPORT_GROUP_H

#include "base/arena.h"
#include "base/json.h"

/* rows [as row.h], those of one experiment joined, in the order of its first.
 * Joined are finished runs with the same settings, data, images, checkpoint and
 * use, of different seeds: a repetition with the same seed says nothing of the
 * spread and stays a row.  Every row has "seeds" afterwards.  The caller owns
 * it. */
json_t *sr_rows_grouped(const json_t *rows, struct sr_arena *arena);

#endif
