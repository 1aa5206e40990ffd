/* graph/graph.h - a network as a list of nodes, built front to back.
 *
 * Nodes are appended in the order they run; shapes are inferred at once, so an
 * error names the layer that does not fit.  Value 0 is the image x, value i > 0
 * the output of node i; the last node's output are the logits.  When all nodes
 * are there, sr_graph_finish takes the memory of the parameters.
 */
#ifndef SR_GRAPH_GRAPH_H
#define SR_GRAPH_GRAPH_H

#include "base/arena.h"
#include "base/err.h"
#include "graph/op.h"
#include "graph/op_list.h"

struct sr_graph {
    const struct sr_engine *engine; /* borrowed */
    struct sr_arena *arena;
    int nodes;            /* including node 0, the image, which has no op */
    struct sr_node *node; /* [nodes] */
    int params;
    struct sr_param *param; /* [params], in state_dict order */
    float *values, *grads;  /* [trainable]: all that have a gradient */
    size_t trainable;
    int nodes_room, params_room; /* private */
};

/* An empty graph over images of the given shape.  From ARENA. */
struct sr_graph *sr_graph_new(const struct sr_engine *engine,
                              struct sr_shape image, struct sr_arena *arena);

/* Append a copy of node: op, name, input and u are the caller's, the rest is
 * filled here.  The name is copied.  The node gets parameters of its own named
 * "<name>.<suffix>", unless it comes with params > 0: those of the graph's
 * table that param names.
 *   value   filled with the new node's number
 * Fails with SR_ECONFIG: "layer <name>: <the sizes that do not fit>"; two
 * parameters of one name. */
enum sr_status sr_graph_append(struct sr_graph *graph,
                               const struct sr_node *node, int *value,
                               struct sr_err *err);

/* One more parameter, of no node of its own.
 *   param   filled with its number
 * Fails with SR_ECONFIG: there is one of that name; absurdly large. */
enum sr_status sr_graph_add_param(struct sr_graph *graph, const char *name,
                                  const struct sr_param_wish *wish, int *param,
                                  struct sr_err *err);

/* Another name for the layer of that value: its own parameters, not those that
 * it shares with others, may also be called "<alias>.<suffix>". */
void sr_graph_alias(struct sr_graph *graph, int value, const char *alias);

/* Take parameters, gradients and packed weights from the arena, all zero; no
 * append afterwards. */
void sr_graph_finish(struct sr_graph *graph);

/* Rearrange the weights for the kernels: after every change of them. */
void sr_graph_pack(struct sr_graph *graph);

/* The i-th node with a convolution in it (op->conv), in the order they run;
 * NULL past the last. */
const struct sr_node *sr_graph_conv_at(const struct sr_graph *graph, int i);

/* Floats of all packed weights. */
size_t sr_graph_packed_floats(const struct sr_graph *graph);

/* Multiply-adds of one image's forward pass. */
double sr_graph_macs(const struct sr_graph *graph);

#endif
