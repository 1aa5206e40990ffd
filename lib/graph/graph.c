#include "graph/graph.h"

#include <string.h>

/* Far above any network, far below what a size_t product could lose. */
#define MOST_FLOATS 1e12

/* The array again with room for one more; the old one stays in the arena,
 * which costs less than twice the final size. */
static void *grown(struct sr_arena *arena, const void *old, int count,
                   int *room, size_t size)
{
    if (count < *room)
        return (void *)old;
    *room = *room ? 2 * *room : 16;
    void *array = sr_arena_take(arena, (size_t)*room, size);
    if (count)
        memcpy(array, old, (size_t)count * size);
    return array;
}

struct sr_graph *sr_graph_new(const struct sr_engine *engine,
                              struct sr_shape image, struct sr_arena *arena)
{
    struct sr_graph *graph = SR_TAKE(arena, 1, struct sr_graph);
    graph->engine = engine;
    graph->arena = arena;
    graph->node =
        grown(arena, NULL, 0, &graph->nodes_room, sizeof *graph->node);
    graph->node[0] =
        (struct sr_node){.name = "image", .label = "image", .out = image};
    graph->nodes = 1;
    return graph;
}

static enum sr_status check_wish(const struct sr_graph *graph, const char *name,
                                 const struct sr_param_wish *wish,
                                 struct sr_err *err)
{
    double count = 1;
    for (int i = 0; i < wish->rank; i++)
        count *= wish->shape[i];
    if (!(count <= MOST_FLOATS))
        return sr_fail(err, SR_ECONFIG, "%s of %.0f numbers is too large", name,
                       count);
    for (int i = 0; i < graph->params; i++)
        if (strcmp(graph->param[i].name, name) == 0)
            return sr_fail(err, SR_ECONFIG, "there are two tensors named %s",
                           name);
    return SR_OK;
}

enum sr_status sr_graph_add_param(struct sr_graph *graph, const char *name,
                                  const struct sr_param_wish *wish, int *number,
                                  struct sr_err *err)
{
    SR_TRY(check_wish(graph, name, wish, err));
    graph->param = grown(graph->arena, graph->param, graph->params,
                         &graph->params_room, sizeof *graph->param);
    struct sr_param *param = &graph->param[graph->params];
    *param = (struct sr_param){.name = sr_arena_text(graph->arena, name),
                               .kind = wish->kind,
                               .rank = wish->rank,
                               .count = 1};
    for (int i = 0; i < wish->rank; i++) {
        param->shape[i] = wish->shape[i];
        param->count *= (size_t)wish->shape[i];
    }
    *number = graph->params++;
    return SR_OK;
}

static enum sr_status add_params(struct sr_graph *graph, struct sr_node *node,
                                 struct sr_err *err)
{
    struct sr_param_wish wish[SR_NODE_PARAMS] = {0};
    int number[SR_NODE_PARAMS];
    memcpy(number, node->param, sizeof number);
    for (int k = 0; k < SR_NODE_PARAMS; k++)
        node->param[k] = -1;
    const bool own = node->params == 0 && node->op->params;
    if (own)
        node->params = node->op->params(node, wish);
    for (int i = 0; i < node->params; i++) {
        const char *name =
            sr_arena_format(graph->arena, "%s.%s", node->name, wish[i].suffix);
        if (own)
            SR_TRY(sr_graph_add_param(graph, name, &wish[i], &number[i], err));
        node->param[(int)node->op->slot + i] = number[i];
    }
    return SR_OK;
}

static enum sr_status fill(struct sr_graph *graph, struct sr_node *node,
                           struct sr_err *err)
{
    node->inputs = node->op->inputs;
    memcpy(node->reads_x, node->op->reads_x, sizeof node->reads_x);
    for (int i = 0; i < node->inputs; i++) {
        SR_REQUIRE(node->input[i] >= 0 && node->input[i] < graph->nodes);
        node->in[i] = graph->node[node->input[i]].out;
    }
    SR_TRY(node->op->shape(node, err));
    const double floats =
        (double)node->out.h * (double)node->out.w * (double)node->out.c;
    if (!(floats <= MOST_FLOATS))
        return sr_fail(err, SR_ECONFIG, "%.0f numbers an image are too many",
                       floats);
    return add_params(graph, node, err);
}

enum sr_status sr_graph_append(struct sr_graph *graph,
                               const struct sr_node *node, int *value,
                               struct sr_err *err)
{
    struct sr_node new = *node;
    new.name = new.label = sr_arena_text(graph->arena, node->name);
    if (fill(graph, &new, err) != SR_OK)
        return sr_fail_within(err, "layer %s", new.name);

    graph->node = grown(graph->arena, graph->node, graph->nodes,
                        &graph->nodes_room, sizeof *graph->node);
    graph->node[graph->nodes] = new;
    *value = graph->nodes++;
    return SR_OK;
}

void sr_graph_alias(struct sr_graph *graph, int value, const char *alias)
{
    const struct sr_node *node = &graph->node[value];
    const size_t length = strlen(node->name);
    for (int k = 0; k < SR_NODE_PARAMS; k++) {
        if (node->param[k] < 0)
            continue;
        struct sr_param *param = &graph->param[node->param[k]];
        if (strncmp(param->name, node->name, length) == 0)
            param->alias = sr_arena_format(graph->arena, "%s%s", alias,
                                           param->name + length);
    }
}

/* One piece for all that train, so that the optimiser has one loop. */
static void take_params(struct sr_graph *graph)
{
    for (int i = 0; i < graph->params; i++)
        if (graph->param[i].kind != SR_PARAM_BUFFER)
            graph->trainable += graph->param[i].count;
    graph->values = SR_TAKE(graph->arena, graph->trainable, float);
    graph->grads = SR_TAKE(graph->arena, graph->trainable, float);

    size_t at = 0;
    for (int i = 0; i < graph->params; i++) {
        struct sr_param *param = &graph->param[i];
        if (param->kind == SR_PARAM_BUFFER) {
            param->value = SR_TAKE(graph->arena, param->count, float);
            continue;
        }
        param->value = graph->values + at;
        param->grad = graph->grads + at;
        at += param->count;
    }
}

void sr_graph_finish(struct sr_graph *graph)
{
    take_params(graph);
    for (int i = 1; i < graph->nodes; i++) {
        struct sr_node *node = &graph->node[i];
        for (int k = 0; k < SR_NODE_PARAMS; k++)
            if (node->param[k] >= 0)
                node->p[k] = &graph->param[node->param[k]];
        if (node->op->packed)
            node->packed = SR_TAKE(
                graph->arena, node->op->packed(graph->engine, node), float);
    }
}

void sr_graph_pack(struct sr_graph *graph)
{
    for (int i = 1; i < graph->nodes; i++)
        if (graph->node[i].op->pack)
            graph->node[i].op->pack(graph->engine, &graph->node[i]);
}

const struct sr_node *sr_graph_conv_at(const struct sr_graph *graph, int i)
{
    for (int k = 1; k < graph->nodes; k++)
        if (graph->node[k].op->conv && i-- == 0)
            return &graph->node[k];
    return NULL;
}

double sr_graph_macs(const struct sr_graph *graph)
{
    double macs = 0;
    const struct sr_node *node;
    for (int i = 0; (node = sr_graph_conv_at(graph, i)); i++)
        macs += sr_conv_macs(node->op->conv(node));
    return macs;
}

size_t sr_graph_packed_floats(const struct sr_graph *graph)
{
    size_t floats = 0;
    for (int i = 1; i < graph->nodes; i++)
        if (graph->node[i].op->packed)
            floats += graph->node[i].op->packed(graph->engine, &graph->node[i]);
    return floats;
}
