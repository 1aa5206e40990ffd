/* [h][w][c] to one row in PyTorch's order [c][h][w], so that weights trained
 * there mean the same here. */
#include "graph/op_list.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const size_t floats = sr_shape_floats(node->in[0]);
    if (floats > 1 << 30)
        return sr_fail(err, SR_ECONFIG, "%zu features are too many to flatten",
                       floats);
    node->out = (struct sr_shape){1, 1, (int)floats};
    return SR_OK;
}

static void forward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const size_t count = sr_shape_floats(call->node->out);
    const size_t c = (size_t)call->node->in[0].c, pixels = count / c;
    const float *x = call->x[0] + (size_t)i * count;
    float *y = call->y + (size_t)i * count;
    (void)worker;
    for (size_t p = 0; p < pixels; p++)
        for (size_t k = 0; k < c; k++)
            y[k * pixels + p] = x[p * c + k];
}

static void backward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const size_t count = sr_shape_floats(call->node->out);
    const size_t c = (size_t)call->node->in[0].c, pixels = count / c;
    const float *dy = call->dy + (size_t)i * count;
    float *dx = call->dx[0] + (size_t)i * count;
    (void)worker;
    for (size_t p = 0; p < pixels; p++)
        for (size_t k = 0; k < c; k++)
            dx[p * c + k] = dy[k * pixels + p];
}

static void forward(const struct sr_op_call *call)
{
    sr_par_run(call->engine->par, call->n, forward_image, (void *)call);
}

static void backward(const struct sr_op_call *call)
{
    if (call->dx[0])
        sr_par_run(call->engine->par, call->n, backward_image, (void *)call);
}

const struct sr_op sr_op_flatten = {
    .name = "flatten",
    .inputs = 1,
    .shape = shape,
    .forward = forward,
    .backward = backward,
};
