/* cmd/data_verbs.h - what `satrun data` does with an open data set.
 */
#ifndef SR_DATA_VERBS_H
#define SR_DATA_VERBS_H

#include "base/json.h"
#include "cmd.h"
#include "config/exp.h"
#include "data/data.h"

typedef enum sr_status sr_data_verb_fn(const struct sr_call *call,
                                       const struct sr_exp *exp,
                                       struct sr_data *data,
                                       struct sr_err *err);

/* Compare files, archives and numbers of images with the published ones, decode
 * every image once, print what was found.  Fails with SR_EVERIFY when something
 * differs or is damaged. */
sr_data_verb_fn sr_data_verify;

/* Print images, classes, sizes, and mean and deviation of the training images.
 * Fails with SR_EDATA when one is damaged. */
sr_data_verb_fn sr_data_stats;

/* Time how images become batches. */
sr_data_verb_fn sr_data_bench;

/* Print where the list of images is kept, which opening the data has made. */
sr_data_verb_fn sr_data_index;

/* {"schema", "dataset", "path", "hash"}: what the documents begin with.  The
 * caller owns it. */
json_t *sr_data_head(const char *schema, const struct sr_data *data);

#endif
