/* The shortcut without parameters (He et al. 2016, section 4.2, option A):
 * every stride-th pixel, the new channels zero.  As in the public CIFAR
 * ResNets half of the new channels come before the old ones, half after. */
#include <string.h>

#include "graph/op_list.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const struct sr_shape in = node->in[0];
    const int stride = node->u.shortcut.stride, c = node->u.shortcut.channels;
    if (c < in.c || (c - in.c) % 2)
        return sr_fail(err, SR_ECONFIG,
                       "a shortcut of %d channels cannot be padded evenly to "
                       "%d",
                       in.c, c);
    SR_REQUIRE(stride > 0);
    node->out = (struct sr_shape){(in.h + stride - 1) / stride,
                                  (in.w + stride - 1) / stride, c};
    return SR_OK;
}

/* First float of the input pixel behind output pixel (i, r, q). */
static size_t source(const struct sr_node *node, int i, int r, int q)
{
    const struct sr_shape in = node->in[0];
    const int stride = node->u.shortcut.stride;
    const size_t row = (size_t)i * (size_t)in.h + (size_t)(r * stride);
    return (row * (size_t)in.w + (size_t)(q * stride)) * (size_t)in.c;
}

static void forward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const struct sr_node *node = call->node;
    const size_t count = sr_shape_floats(node->out);
    const size_t c_in = (size_t)node->in[0].c, c = (size_t)node->out.c;
    float *y = call->y + (size_t)i * count;
    (void)worker;
    memset(y, 0, count * sizeof *y);
    y += (c - c_in) / 2;
    for (int r = 0; r < node->out.h; r++)
        for (int q = 0; q < node->out.w; q++, y += c)
            memcpy(y, call->x[0] + source(node, i, r, q), c_in * sizeof *y);
}

static void backward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const struct sr_node *node = call->node;
    const size_t count = sr_shape_floats(node->out);
    const size_t c_in = (size_t)node->in[0].c, c = (size_t)node->out.c;
    const float *dy = call->dy + (size_t)i * count + (c - c_in) / 2;
    float *dx = call->dx[0];
    (void)worker;
    memset(dx + source(node, i, 0, 0), 0,
           sr_shape_floats(node->in[0]) * sizeof *dx);
    for (int r = 0; r < node->out.h; r++)
        for (int q = 0; q < node->out.w; q++, dy += c)
            memcpy(dx + source(node, i, r, q), dy, c_in * sizeof *dx);
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

const struct sr_op sr_op_shortcut = {
    .name = "shortcut",
    .inputs = 1,
    .shape = shape,
    .forward = forward,
    .backward = backward,
};
