/* tests/audit/masked.h - the Fashion-MNIST network of golden/, adversarially
 * trained, and what it can be made to look like without being more robust.
 */
#ifndef SR_TESTS_AUDIT_MASKED_H
#define SR_TESTS_AUDIT_MASKED_H

#include "data/data.h"
#include "model/model.h"

/* Ways to hide the gradient. */
enum mask {
    NO_MASK,
    LOUD,      /* the last layer times 1000                                   */
    NO_SLOPE,  /* ReLU, its attack slope that of a sigmoid so steep that it is
                  0: all but the last layer's outputs times 1e4               */
    QUANTISED, /* the input as the mean of 16 thresholds of each pixel        */
};

/* The network, or NULL where SATRUN_DATA has no weights. */
struct sr_model *masked_net(enum mask mask);

/* Fashion-MNIST, or NULL where it is not installed. */
struct sr_data *masked_data(void);

#endif
