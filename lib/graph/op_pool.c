/* Average, maximum and global pooling. */
#include "engine/pool.h"
#include "graph/op_list.h"

static enum sr_status window_shape(struct sr_node *node, struct sr_err *err)
{
    struct sr_pool *g = &node->u.pool;
    g->h = node->in[0].h;
    g->w = node->in[0].w;
    g->c = node->in[0].c;
    SR_TRY(sr_pool_shape(g, err));
    node->out = (struct sr_shape){g->oh, g->ow, g->c};
    return SR_OK;
}

static void average_forward(const struct sr_op_call *call)
{
    sr_pool_average_forward(call->engine, &call->node->u.pool, call->n,
                            call->x[0], call->y);
}

static void average_backward(const struct sr_op_call *call)
{
    if (call->dx[0])
        sr_pool_average_backward(call->engine, &call->node->u.pool, call->n,
                                 call->dy, call->dx[0]);
}

static void max_forward(const struct sr_op_call *call)
{
    sr_pool_max_forward(call->engine, &call->node->u.pool, call->n, call->x[0],
                        call->y);
}

static void max_backward(const struct sr_op_call *call)
{
    if (call->dx[0])
        sr_pool_max_backward(call->engine, &call->node->u.pool, call->n,
                             call->x[0], call->dy, call->dx[0]);
}

static enum sr_status global_shape(struct sr_node *node, struct sr_err *err)
{
    (void)err;
    node->out = (struct sr_shape){1, 1, node->in[0].c};
    return SR_OK;
}

static void global_forward(const struct sr_op_call *call)
{
    const struct sr_shape in = call->node->in[0];
    sr_pool_global_forward(call->engine, call->n, in.h * in.w, in.c, call->x[0],
                           call->y);
}

static void global_backward(const struct sr_op_call *call)
{
    const struct sr_shape in = call->node->in[0];
    if (call->dx[0])
        sr_pool_global_backward(call->engine, call->n, in.h * in.w, in.c,
                                call->dy, call->dx[0]);
}

const struct sr_op sr_op_avgpool = {
    .name = "avgpool",
    .inputs = 1,
    .shape = window_shape,
    .forward = average_forward,
    .backward = average_backward,
};

const struct sr_op sr_op_maxpool = {
    .name = "maxpool",
    .inputs = 1,
    .reads_x = {SR_READS_FOR_X},
    .shape = window_shape,
    .forward = max_forward,
    .backward = max_backward,
};

const struct sr_op sr_op_globalpool = {
    .name = "globalpool",
    .inputs = 1,
    .shape = global_shape,
    .forward = global_forward,
    .backward = global_backward,
};
