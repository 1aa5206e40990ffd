/* cmd/run_place.h - how far the training of a run is.
 */
#ifndef SR_RUN_PLACE_H
#define SR_RUN_PLACE_H

#include <stdbool.h>

#include "base/arena.h"

/* Where the last line of metrics.jsonl is: epochs, of which the one under way
 * counts by its steps once an epoch has told how many there are. */
struct sr_run_place {
    long long epoch, epochs; /* under way, from 1; 0: not known */
    double share;            /* of the whole, 0..1              */
    bool finished;           /* its evaluation included         */
};

/* All 0 for a run that has not begun, or whose manifest cannot be read. */
struct sr_run_place sr_run_place(const char *run, struct sr_arena *arena);

#endif
