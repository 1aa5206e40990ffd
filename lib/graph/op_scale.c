/* Channels of the first input times the one pixel of the second: the gates of
 * squeeze-and-excitation. */
#include "engine/scale.h"
#include "graph/op_list.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const struct sr_shape x = node->in[0], gate = node->in[1];
    if (gate.h != 1 || gate.w != 1 || gate.c != x.c)
        return sr_fail(err, SR_ECONFIG,
                       "%d channels cannot be scaled by %dx%d pixels of %d",
                       x.c, gate.h, gate.w, gate.c);
    node->out = x;
    return SR_OK;
}

static size_t scratch(const struct sr_engine *e, const struct sr_node *node,
                      int n)
{
    (void)e;
    return sr_scale_scratch(n, node->out.c);
}

static void forward(const struct sr_op_call *call)
{
    const struct sr_shape s = call->node->out;
    sr_scale_forward(call->engine, call->n, s.h * s.w, s.c, call->x[0],
                     call->x[1], call->y);
}

static void backward(const struct sr_op_call *call)
{
    const struct sr_shape s = call->node->out;
    sr_scale_backward(call->engine, call->n, s.h * s.w, s.c, call->x[0],
                      call->x[1], call->dy, call->dx[0], call->dx[1],
                      call->scratch);
}

const struct sr_op sr_op_scale = {
    .name = "scale",
    .inputs = 2,
    .reads_x = {SR_READS_FOR_X, SR_READS_FOR_X},
    .shape = shape,
    .scratch = scratch,
    .forward = forward,
    .backward = backward,
};
