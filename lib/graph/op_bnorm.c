/* Batch normalisation.  In batch mode the batch's mean and variance are saved
 * for the backward: 2 c floats, mean first. */
#include "engine/bnorm.h"
#include "graph/op_list.h"

enum { GAMMA, BETA, MEAN, VAR };

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    (void)err;
    node->out = node->in[0];
    return SR_OK;
}

static int params(const struct sr_node *node,
                  struct sr_param_wish wish[SR_NODE_PARAMS])
{
    const int c = node->in[0].c;
    wish[GAMMA] = (struct sr_param_wish){"weight", SR_PARAM_NORM, 1, {c}};
    wish[BETA] = (struct sr_param_wish){"bias", SR_PARAM_NORM, 1, {c}};
    wish[MEAN] =
        (struct sr_param_wish){"running_mean", SR_PARAM_BUFFER, 1, {c}};
    wish[VAR] = (struct sr_param_wish){"running_var", SR_PARAM_BUFFER, 1, {c}};
    return 4;
}

static size_t saved(const struct sr_node *node, int n)
{
    (void)n;
    return 2 * (size_t)node->in[0].c;
}

static size_t scratch(const struct sr_engine *e, const struct sr_node *node,
                      int n)
{
    (void)e, (void)n;
    return sr_bnorm_scratch(node->in[0].c);
}

static size_t pixels(const struct sr_op_call *call)
{
    return (size_t)call->n * (size_t)call->node->in[0].h *
           (size_t)call->node->in[0].w;
}

static void forward(const struct sr_op_call *call)
{
    const struct sr_node *node = call->node;
    const int c = node->in[0].c;
    const float *mean = node->p[MEAN]->value, *var = node->p[VAR]->value;
    if (call->batch) {
        float *m = call->saved, *v = call->saved + c;
        sr_bnorm_statistics(call->engine, pixels(call), c, call->x[0], m, v,
                            call->scratch);
        /* One pixel has no unbiased variance. */
        if (call->track && pixels(call) > 1)
            sr_bnorm_update_running(pixels(call), c, node->u.bnorm.momentum, m,
                                    v, node->p[MEAN]->value,
                                    node->p[VAR]->value);
        mean = m;
        var = v;
    }
    sr_bnorm_forward(call->engine, pixels(call), c, call->x[0], mean, var,
                     node->p[GAMMA]->value, node->p[BETA]->value,
                     node->u.bnorm.eps, call->y, call->scratch);
}

static void backward(const struct sr_op_call *call)
{
    const struct sr_node *node = call->node;
    const int c = node->in[0].c;
    float *dgamma = call->weights ? node->p[GAMMA]->grad : NULL;
    float *dbeta = call->weights ? node->p[BETA]->grad : NULL;
    float *dx = call->dx[0] ? call->dx[0] : call->dy;
    if (call->batch)
        sr_bnorm_backward_batch(call->engine, pixels(call), c, call->x[0],
                                call->dy, call->saved, call->saved + c,
                                node->p[GAMMA]->value, node->u.bnorm.eps, dx,
                                dgamma, dbeta, call->scratch);
    else
        sr_bnorm_backward_running(
            call->engine, pixels(call), c, call->x[0], call->dy,
            node->p[MEAN]->value, node->p[VAR]->value, node->p[GAMMA]->value,
            node->u.bnorm.eps, dx, dgamma, dbeta, call->scratch);
}

const struct sr_op sr_op_bnorm = {
    .name = "batchnorm",
    .inputs = 1,
    .reads_x = SR_READS_FOR_X_BATCH | SR_READS_FOR_W,
    .in_place = true,
    .shape = shape,
    .params = params,
    .saved = saved,
    .scratch = scratch,
    .forward = forward,
    .backward = backward,
};
