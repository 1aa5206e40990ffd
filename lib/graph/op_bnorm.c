/* Batch normalisation: a unit of one part. */
#include "graph/op_list.h"
#include "graph/unit.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    (void)err;
    node->out = node->in[0];
    node->parts = SR_PART_BNORM;
    return SR_OK;
}

static int params(const struct sr_node *node,
                  struct sr_param_wish wish[SR_NODE_PARAMS])
{
    const int c = node->in[0].c;
    wish[0] = (struct sr_param_wish){"weight", SR_PARAM_NORM, 1, {c}};
    wish[1] = (struct sr_param_wish){"bias", SR_PARAM_NORM, 1, {c}};
    wish[2] = (struct sr_param_wish){"running_mean", SR_PARAM_BUFFER, 1, {c}};
    wish[3] = (struct sr_param_wish){"running_var", SR_PARAM_BUFFER, 1, {c}};
    return 4;
}

const struct sr_op sr_op_bnorm = {
    .name = "batchnorm",
    .inputs = 1,
    .slot = SR_SLOT_GAMMA,
    .reads_x = {SR_READS_FOR_X_BATCH | SR_READS_FOR_W},
    .in_place = true,
    .shape = shape,
    .params = params,
    .saved = sr_unit_saved,
    .scratch = sr_unit_scratch,
    .forward = sr_unit_forward,
    .backward = sr_unit_backward,
};
