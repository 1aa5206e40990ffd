/* model/size.h - how large a network is, and what else of it is a number: what
 * its row in model_list.h says, changed by the `model.` keys.
 *
 * A row gives only the numbers its builder has a use for; the others stay 0,
 * and a key for one of those is an error rather than without effect.
 */
#ifndef SR_MODEL_SIZE_H
#define SR_MODEL_SIZE_H

#include "model/model.h"

enum { SR_STAGES = 8 };

struct sr_size {
    int blocks[SR_STAGES]; /* residual blocks (VGG: convolutions) of each
                              stage, 0 after the last                       */
    int rest;              /* not 0: its name counts layers, 6 n + rest for n
                              blocks in each of three stages; model.depth says
                              how many, else model.blocks                   */
    double width;          /* factor of the channels                        */
    double depth_factor;   /* of the blocks of each stage, rounded up       */
    int groups;            /* of the 3x3 filters of bottlenecks, and ...    */
    int group_width;       /* ... channels of a group where 64 come in;
                              0: no bottlenecks                             */
    double dropout;        /* share of the numbers among the last layers    */
    double drop_connect;   /* share of the images that skip the last block;
                              in proportion fewer those before it           */
    double bn_eps, bn_momentum; /* of batch norms; 0 in a row: PyTorch's    */
};

/* *size = own with what opts set.
 *   arch   of the row, for messages
 * Fails with SR_ECONFIG: a key this network has no use for; a depth or a number
 * of stages it cannot have.  The sentence starts with the key. */
enum sr_status sr_size_resolve(const char *arch, const struct sr_size *own,
                               const struct sr_model_opts *opts,
                               struct sr_size *size, struct sr_err *err);

int sr_size_stages(const struct sr_size *size);

/* "depth=28 width=10": the keys and what they are if left out. */
void sr_size_text(const struct sr_size *size, char *text, size_t bytes);

#endif
