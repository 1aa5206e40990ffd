/* (x - mean) / std by channel, in float and in this order, as PyTorch code
 * does it: published accuracies depend on the last digit. */
#include "graph/op_list.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    if (node->in[0].c > SR_CHANNELS_NORMALIZED)
        return sr_fail(err, SR_ECONFIG,
                       "images of %d channels cannot be normalised; at most %d",
                       node->in[0].c, SR_CHANNELS_NORMALIZED);
    node->out = node->in[0];
    return SR_OK;
}

void sr_normalize_pixels(const struct sr_normalize *u, size_t pixels, int c,
                         const float *x, float *y)
{
    for (size_t p = 0; p < pixels; p++, x += c, y += c)
        for (int k = 0; k < c; k++)
            y[k] = (x[k] - u->mean[k]) / u->std[k];
}

static void forward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const struct sr_shape out = call->node->out;
    const size_t at = (size_t)i * sr_shape_floats(out);
    (void)worker;
    sr_normalize_pixels(&call->node->u.normalize, (size_t)out.h * (size_t)out.w,
                        out.c, call->x[0] + at, call->y + at);
}

static void backward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const struct sr_normalize *u = &call->node->u.normalize;
    const size_t count = sr_shape_floats(call->node->out);
    const size_t c = (size_t)call->node->out.c;
    const float *dy = call->dy + (size_t)i * count;
    float *dx = call->dx[0] + (size_t)i * count;
    (void)worker;
    for (size_t j = 0; j < count; j += c)
        for (size_t k = 0; k < c; k++)
            dx[j + k] = dy[j + k] / u->std[k];
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

const struct sr_op sr_op_normalize = {
    .name = "normalize",
    .inputs = 1,
    .in_place = true,
    .shape = shape,
    .forward = forward,
    .backward = backward,
};
