#include "model/init.h"

#include <math.h>

#include "base/rng.h"

static void fill(struct sr_param *param, float value)
{
    for (size_t i = 0; i < param->count; i++)
        param->value[i] = value;
}

static void normal(struct sr_param *param, uint64_t key, double deviation)
{
    for (size_t i = 0; i < param->count; i++)
        param->value[i] = (float)(deviation * sr_rng_normal(key, i));
}

static void uniform(struct sr_param *param, uint64_t key, double bound)
{
    for (size_t i = 0; i < param->count; i++)
        param->value[i] =
            (float)(bound * (2.0 * (double)sr_rng_uniform(key, i) - 1.0));
}

static uint64_t key_of(const struct sr_node *node, int k, uint64_t seed)
{
    return sr_rng_key(seed, SR_RNG_INIT, (uint64_t)node->param[k], 0, 0);
}

static bool is_efficientnet(enum sr_init init)
{
    return init == SR_INIT_EFFICIENTNET || init == SR_INIT_EFFICIENTNET_TF;
}

static void init_linear(const struct sr_node *node, enum sr_init init,
                        uint64_t key)
{
    const struct sr_conv *g = &node->u.conv.g;
    if (init == SR_INIT_VGG)
        normal(node->p[0], key, 0.01);
    else
        uniform(node->p[0], key,
                1 / sqrt(is_efficientnet(init) ? g->c_out : g->c_in));
}

/* PyTorch's fan_out is of all groups, TensorFlow's of one. */
static void init_filters(const struct sr_node *node, enum sr_init init,
                         uint64_t key)
{
    const struct sr_conv *g = &node->u.conv.g;
    const double taps = (double)g->kh * g->kw;
    const double fan_in = taps * g->c_in / g->groups;
    const double fan_out = taps * g->c_out;
    if (init == SR_INIT_UNIFORM)
        uniform(node->p[0], key, 1 / sqrt(fan_in));
    else if (init == SR_INIT_HE_FAN_IN)
        normal(node->p[0], key, sqrt(2 / fan_in));
    else if (init == SR_INIT_EFFICIENTNET_TF)
        normal(node->p[0], key, sqrt(2 * g->groups / fan_out));
    else
        normal(node->p[0], key, sqrt(2 / fan_out));
}

static void init_conv(const struct sr_node *node, enum sr_init init,
                      uint64_t seed)
{
    const struct sr_conv *g = &node->u.conv.g;
    const double fan_in = (double)g->kh * g->kw * g->c_in / g->groups;
    if (node->op == &sr_op_linear)
        init_linear(node, init, key_of(node, 0, seed));
    else
        init_filters(node, init, key_of(node, 0, seed));
    if (node->u.conv.bias && (init == SR_INIT_VGG || is_efficientnet(init)))
        fill(node->p[1], 0);
    else if (node->u.conv.bias)
        uniform(node->p[1], key_of(node, 1, seed), 1 / sqrt(fan_in));
}

static void init_bnorm(const struct sr_node *node)
{
    fill(node->p[SR_SLOT_GAMMA], 1);
    fill(node->p[SR_SLOT_BETA], 0);
    fill(node->p[SR_SLOT_MEAN], 0);
    fill(node->p[SR_SLOT_VAR], 1);
}

static void init_act(const struct sr_node *node)
{
    const struct sr_act *act = node->u.act.activation.act[SR_ROLE_FORWARD];
    for (int i = 0; i < act->learned; i++)
        node->p[SR_SLOT_ACT]->value[i] = (float)act->start[i];
}

void sr_init_graph(const struct sr_graph *graph, enum sr_init init,
                   uint64_t seed)
{
    for (int i = 1; i < graph->nodes; i++) {
        const struct sr_node *node = &graph->node[i];
        if (node->parts & SR_PART_CONV)
            init_conv(node, init, seed);
        if (node->parts & SR_PART_BNORM)
            init_bnorm(node);
        if (node->parts & SR_PART_ACT)
            init_act(node);
        SR_REQUIRE(node->parts || node->params == 0);
    }
}
