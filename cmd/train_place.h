/* cmd/train_place.h - which run directory a training command means.
 */
#ifndef SR_TRAIN_PLACE_H
#define SR_TRAIN_PLACE_H

#include "setup.h"

/* Where runs are unless --run says otherwise. */
#define SR_RUNS "runs"

/* The flags of `satrun train`. */
struct sr_train_flags {
    const char *run; /* "" or NULL: left out */
    bool resume, new, keep_latest;
};

struct sr_train_place {
    const char *path;
    bool is_new;   /* nothing is there yet                           */
    bool finished; /* a run of the same settings that came to its end */
};

/* Without --run: the newest unfinished run of the same settings under runs/,
 * else (or with --new) a new one.  With --run: that one, whatever is there.
 * Fails: SR_EUSAGE when --resume has nothing to resume or contradicts --new;
 * SR_ECONFIG when the run was made with other settings, naming them. */
enum sr_status sr_train_place_choose(const struct sr_train_flags *flags,
                                     const struct sr_setup *setup,
                                     struct sr_train_place *place,
                                     struct sr_err *err);

#endif
