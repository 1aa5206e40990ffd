/* tests/graph/nets.h - an engine, nodes and small networks for the tests of
 * graph and model. */
#ifndef SR_TESTS_GRAPH_NETS_H
#define SR_TESTS_GRAPH_NETS_H

#include "engine/vec.h"
#include "graph/run.h"
#include "test.h"

/* One engine a test process, with 2 threads. */
static inline const struct sr_engine *nets_engine(void)
{
    static struct sr_engine engine;
    struct sr_err err;
    if (!engine.kern) {
        const struct sr_engine_opts opts = {.threads = 2};
        SR_GOOD(sr_engine_open(&opts, &engine, &err), err);
    }
    return &engine;
}

static inline const struct sr_act *nets_act(const char *name)
{
    const struct sr_act *act;
    struct sr_err err;
    SR_GOOD(sr_act_find(name, (struct sr_src){0}, &act, &err), err);
    return act;
}

/* The same function for all roles, with its own alpha. */
static inline struct sr_activation nets_activation(const char *name)
{
    const struct sr_act *act = nets_act(name);
    return (struct sr_activation){{act, act, act},
                                  {act->alpha, act->alpha, act->alpha}};
}

static inline int nets_append(struct sr_graph *graph, const struct sr_op *op,
                              const char *name, int a, int b,
                              struct sr_node node)
{
    int value;
    struct sr_err err;
    node.op = op;
    node.name = name;
    node.input[0] = a;
    node.input[1] = b;
    SR_GOOD(sr_graph_append(graph, &node, &value, &err), err);
    return value;
}

static inline struct sr_node nets_conv(int out, int k, int stride, int pad,
                                       bool bias)
{
    return (struct sr_node){
        .u.conv = {
            {.c_out = out, .kh = k, .kw = k, .stride = stride, .groups = 1},
            pad,
            bias}};
}

static inline struct sr_node nets_bnorm(void)
{
    return (struct sr_node){.u.bnorm = {1e-5f, 0.1f}};
}

static inline struct sr_node nets_act_node(const char *name)
{
    return (struct sr_node){.u.act.activation = nets_activation(name)};
}

/* Parameters that make no op trivial: noise, variances in [0.5, 1.5]. */
static inline void nets_fill(struct sr_graph *graph, uint64_t seed)
{
    for (int i = 0; i < graph->params; i++) {
        struct sr_param *p = &graph->param[i];
        const bool variance = strstr(p->name, "running_var") != NULL;
        const float *x = noise(p->count, seed + (uint64_t)i);
        for (size_t j = 0; j < p->count; j++)
            p->value[j] = variance ? 1 + 0.5f * x[j] : x[j];
    }
    sr_graph_pack(graph);
}

/* conv, bn, act; a block whose input goes on beside it; a strided block with a
 * padded shortcut; pooling; logits.  7x5 images of 3 channels. */
static inline struct sr_graph *nets_residual_layers(void)
{
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){7, 5, 3},
                                      sr_test_arena());
    struct sr_node normalize = {
        .u.normalize = {{0.4f, 0.5f, 0.6f}, {0.3f, 0.2f, 0.1f}}};
    struct sr_node shortcut = {.u.shortcut = {2, 8}};
    int x = nets_append(g, &sr_op_normalize, "normalize", 0, 0, normalize);
    x = nets_append(g, &sr_op_conv, "conv1", x, 0, nets_conv(4, 3, 1, 1, 0));
    x = nets_append(g, &sr_op_bnorm, "bn1", x, 0, nets_bnorm());
    x = nets_append(g, &sr_op_act, "act1", x, 0, nets_act_node("silu"));
    int y =
        nets_append(g, &sr_op_conv, "a.conv", x, 0, nets_conv(4, 3, 1, 1, 0));
    y = nets_append(g, &sr_op_bnorm, "a.bn", y, 0, nets_bnorm());
    x = nets_append(g, &sr_op_add, "a.add", y, x, (struct sr_node){0});
    x = nets_append(g, &sr_op_act, "a.act", x, 0, nets_act_node("pssilu"));
    y = nets_append(g, &sr_op_conv, "b.conv", x, 0, nets_conv(8, 3, 2, 1, 0));
    y = nets_append(g, &sr_op_bnorm, "b.bn", y, 0, nets_bnorm());
    x = nets_append(g, &sr_op_shortcut, "b.shortcut", x, 0, shortcut);
    x = nets_append(g, &sr_op_add, "b.add", y, x, (struct sr_node){0});
    x = nets_append(g, &sr_op_act, "b.act", x, 0, nets_act_node("softplus"));
    x = nets_append(g, &sr_op_globalpool, "pool", x, 0, (struct sr_node){0});
    nets_append(g, &sr_op_linear, "linear", x, 0, nets_conv(6, 1, 1, 0, 1));
    return g;
}

static inline struct sr_graph *nets_residual(void)
{
    struct sr_graph *g = nets_residual_layers();
    sr_graph_finish(g);
    nets_fill(g, 100);
    return g;
}

#endif
