/* Average pooling to a size that is given: PyTorch's AdaptiveAvgPool2d.  Row i
 * of n outputs is the mean of the rows [i h / n, (i + 1) h / n), rounded
 * outwards, so windows overlap where n does not divide h and repeat where it is
 * larger. */
#include <string.h>

#include "graph/op_list.h"

struct window {
    size_t first, last; /* without the last */
};

static struct window window(int i, int outputs, int inputs)
{
    const size_t from = (size_t)i * (size_t)inputs;
    const size_t n = (size_t)outputs;
    return (struct window){from / n, (from + (size_t)inputs + n - 1) / n};
}

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const struct sr_pool *g = &node->u.pool;
    (void)err;
    SR_REQUIRE(g->oh > 0 && g->ow > 0);
    node->out = (struct sr_shape){g->oh, g->ow, node->in[0].c};
    return SR_OK;
}

/* What an output pixel is the mean of. */
struct cell {
    struct window rows, columns;
    float share; /* of one input pixel */
};

static struct cell cell(const struct sr_node *node, int r, int q)
{
    const struct window rows = window(r, node->out.h, node->in[0].h);
    const struct window columns = window(q, node->out.w, node->in[0].w);
    const size_t pixels =
        (rows.last - rows.first) * (columns.last - columns.first);
    return (struct cell){rows, columns, 1 / (float)pixels};
}

static void mean(const struct sr_node *node, const struct cell *cell,
                 const float *x, float *y)
{
    const size_t c = (size_t)node->in[0].c, w = (size_t)node->in[0].w;
    memset(y, 0, c * sizeof *y);
    for (size_t r = cell->rows.first; r < cell->rows.last; r++)
        for (size_t q = cell->columns.first; q < cell->columns.last; q++)
            for (size_t k = 0; k < c; k++)
                y[k] += x[(r * w + q) * c + k];
    for (size_t k = 0; k < c; k++)
        y[k] *= cell->share;
}

static void spread(const struct sr_node *node, const struct cell *cell,
                   const float *dy, float *dx)
{
    const size_t c = (size_t)node->in[0].c, w = (size_t)node->in[0].w;
    for (size_t r = cell->rows.first; r < cell->rows.last; r++)
        for (size_t q = cell->columns.first; q < cell->columns.last; q++)
            for (size_t k = 0; k < c; k++)
                dx[(r * w + q) * c + k] += cell->share * dy[k];
}

static void forward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const struct sr_node *node = call->node;
    const float *x = call->x[0] + (size_t)i * sr_shape_floats(node->in[0]);
    float *y = call->y + (size_t)i * sr_shape_floats(node->out);
    (void)worker;
    for (int r = 0; r < node->out.h; r++)
        for (int q = 0; q < node->out.w; q++, y += node->out.c) {
            const struct cell of = cell(node, r, q);
            mean(node, &of, x, y);
        }
}

static void backward_image(void *job, int i, int worker)
{
    const struct sr_op_call *call = job;
    const struct sr_node *node = call->node;
    const size_t count = sr_shape_floats(node->in[0]);
    const float *dy = call->dy + (size_t)i * sr_shape_floats(node->out);
    float *dx = call->dx[0] + (size_t)i * count;
    (void)worker;
    memset(dx, 0, count * sizeof *dx);
    for (int r = 0; r < node->out.h; r++)
        for (int q = 0; q < node->out.w; q++, dy += node->out.c) {
            const struct cell of = cell(node, r, q);
            spread(node, &of, dy, dx);
        }
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

const struct sr_op sr_op_adaptivepool = {
    .name = "adaptivepool",
    .inputs = 1,
    .shape = shape,
    .forward = forward,
    .backward = backward,
};
