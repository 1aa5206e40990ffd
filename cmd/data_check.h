/* cmd/data_check.h - looking through all images of an open data set.
 */
#ifndef SR_DATA_CHECK_H
#define SR_DATA_CHECK_H

#include "cmd.h"
#include "config/exp.h"
#include "data/data.h"

/* Compare every file with the published one, decode every image once, print
 * what was found.  Fails with SR_EVERIFY when a file differs or an image is
 * damaged. */
enum sr_status sr_data_verify(const struct sr_call *call,
                              const struct sr_exp *exp, struct sr_data *data,
                              struct sr_err *err);

/* Print images, classes, and mean and deviation of the training images. */
enum sr_status sr_data_stats(const struct sr_call *call,
                             const struct sr_exp *exp, struct sr_data *data,
                             struct sr_err *err);

#endif
