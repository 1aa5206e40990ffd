#include <string.h>

#include "engine/vec.h"
#include "graph/op_list.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const struct sr_shape a = node->in[0], b = node->in[1];
    if (a.h != b.h || a.w != b.w || a.c != b.c)
        return sr_fail(err, SR_ECONFIG,
                       "%dx%d pixels of %d channels cannot be added to %dx%d "
                       "pixels of %d",
                       a.h, a.w, a.c, b.h, b.w, b.c);
    node->out = a;
    return SR_OK;
}

static void forward(const struct sr_op_call *call)
{
    const size_t count = (size_t)call->n * sr_shape_floats(call->node->out);
    sr_vec_add(call->engine, count, call->x[0], call->x[1], call->y);
}

static void backward(const struct sr_op_call *call)
{
    const size_t count = (size_t)call->n * sr_shape_floats(call->node->out);
    for (int i = 0; i < 2; i++)
        if (call->dx[i] && call->dx[i] != call->dy)
            memcpy(call->dx[i], call->dy, count * sizeof(float));
}

const struct sr_op sr_op_add = {
    .name = "add",
    .inputs = 2,
    .in_place = true,
    .shape = shape,
    .forward = forward,
    .backward = backward,
};
