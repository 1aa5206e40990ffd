/* Activation: the forward function, and for each role the slope its backward
 * uses; a unit of one part.  A learned activation's parameters are a node's own
 * or one set of the whole graph, whose gradient every site then adds to. */
#include "graph/op_list.h"
#include "graph/unit.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    struct sr_act_op *u = &node->u.act;
    (void)err;
    for (int r = 0; r < SR_ROLES; r++)
        u->p[r][0] = (float)u->activation.alpha[r];
    node->out = node->in[0];
    node->parts = SR_PART_ACT;
    return SR_OK;
}

static int params(const struct sr_node *node,
                  struct sr_param_wish wish[SR_NODE_PARAMS])
{
    const int learned = node->u.act.activation.act[SR_ROLE_FORWARD]->learned;
    wish[0] = (struct sr_param_wish){"weight", SR_PARAM_ACT, 1, {learned}};
    return learned > 0;
}

const struct sr_op sr_op_act = {
    .name = "activation",
    .inputs = 1,
    .slot = SR_SLOT_ACT,
    .reads_x = {SR_READS_FOR_W},
    .in_place = true,
    .shape = shape,
    .params = params,
    .saved = sr_unit_saved,
    .scratch = sr_unit_scratch,
    .forward = sr_unit_forward,
    .backward = sr_unit_backward,
};
