/* Activation: the forward function, and for each role the slope its backward
 * uses.  A learned activation's parameters are a node's own or one set of the
 * whole graph, whose gradient every site then adds to. */
#include "engine/act.h"
#include "graph/op_list.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    struct sr_act_op *u = &node->u.act;
    (void)err;
    for (int r = 0; r < SR_ROLES; r++)
        u->p[r][0] = (float)u->activation.alpha[r];
    node->out = node->in[0];
    return SR_OK;
}

static int params(const struct sr_node *node,
                  struct sr_param_wish wish[SR_NODE_PARAMS])
{
    const int learned = node->u.act.activation.act[SR_ROLE_FORWARD]->learned;
    wish[0] = (struct sr_param_wish){"weight", SR_PARAM_ACT, 1, {learned}};
    return learned > 0;
}

static const float *parameters(const struct sr_node *node, enum sr_role role)
{
    const struct sr_act *act = node->u.act.activation.act[role];
    return act->learned ? node->p[0]->value : node->u.act.p[role];
}

static size_t count(const struct sr_op_call *call)
{
    return (size_t)call->n * sr_shape_floats(call->node->out);
}

static void forward(const struct sr_op_call *call)
{
    const struct sr_node *node = call->node;
    sr_act_forward(call->engine, node->u.act.activation.act[SR_ROLE_FORWARD],
                   parameters(node, SR_ROLE_FORWARD), count(call), call->x[0],
                   call->y);
}

/* Parameters first: dx may lie where dy does. */
static void backward(const struct sr_op_call *call)
{
    const struct sr_node *node = call->node;
    const struct sr_act *forward_act =
        node->u.act.activation.act[SR_ROLE_FORWARD];
    if (call->weights && forward_act->learned)
        sr_act_backward_p(call->engine, forward_act,
                          parameters(node, SR_ROLE_FORWARD), count(call),
                          call->x[0], call->dy, node->p[0]->grad);
    if (call->dx[0])
        sr_act_backward(call->engine, node->u.act.activation.act[call->role],
                        parameters(node, call->role), count(call), call->x[0],
                        call->dy, call->dx[0]);
}

const struct sr_op sr_op_act = {
    .name = "activation",
    .inputs = 1,
    .reads_x = SR_READS_FOR_X | SR_READS_FOR_W,
    .in_place = true,
    .shape = shape,
    .params = params,
    .forward = forward,
    .backward = backward,
};
