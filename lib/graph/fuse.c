#include "graph/fuse.h"

#include "graph/unit.h"

/* For every node: how many read it, the last of them, and the node it has been
 * joined to, itself if none. */
struct links {
    int *readers, *reader, *home;
};

static struct links links_of(const struct sr_graph *graph)
{
    struct sr_arena *arena = graph->arena;
    struct links l = {SR_TAKE(arena, graph->nodes, int),
                      SR_TAKE(arena, graph->nodes, int),
                      SR_TAKE(arena, graph->nodes, int)};
    for (int i = 0; i < graph->nodes; i++) {
        l.home[i] = i;
        for (int k = 0; k < graph->node[i].inputs; k++) {
            l.readers[graph->node[i].input[k]]++;
            l.reader[graph->node[i].input[k]] = i;
        }
    }
    return l;
}

static bool learns(const struct sr_node *node)
{
    return node->parts & SR_PART_ACT && node->params > 0;
}

/* All of next's parts come after all of node's, and what comes first in next
 * reads node i: the other input is an addition's alone. */
static bool joins(const struct sr_graph *graph, int i, int j)
{
    const struct sr_node *node = &graph->node[i], *next = &graph->node[j];
    const unsigned lowest = next->parts & -next->parts;
    return node->parts && next->parts && node->parts < lowest &&
           (lowest == SR_PART_ADD || next->input[0] == i) && !learns(node) &&
           !learns(next);
}

/* node's parts go before next's, under node's name; next keeps its place in the
 * order, because the other input of an addition may stand between them. */
static void join(struct sr_graph *graph, int i, int j)
{
    struct sr_node *node = &graph->node[i], *next = &graph->node[j];
    struct sr_node joined = *node;
    joined.out = next->out;
    joined.parts |= next->parts;
    joined.params += next->params;
    if (next->parts & SR_PART_BNORM)
        joined.u.bnorm = next->u.bnorm;
    if (next->parts & SR_PART_ACT)
        joined.u.act = next->u.act;
    for (int k = 0; k < SR_NODE_PARAMS; k++)
        if (next->param[k] >= 0)
            joined.param[k] = next->param[k];
    if (next->parts & SR_PART_ADD) {
        const int k = next->input[0] == i ? 1 : 0;
        joined.inputs = 2;
        joined.input[1] = next->input[k];
        joined.in[1] = next->in[k];
    }
    joined.reads_x[1] = sr_unit_reads_other(&joined);
    *next = joined;
}

static bool may_join(const struct sr_graph *graph, const struct links *l, int i)
{
    const int next = l->reader[i];
    return l->readers[i] == 1 && l->home[next] == next && joins(graph, i, next);
}

static void join_onwards(struct sr_graph *graph, struct links *l, int i)
{
    const char *last = NULL;
    int at = i;
    while (may_join(graph, l, at)) {
        const int next = l->reader[at];
        last = graph->node[next].name;
        join(graph, at, next);
        l->home[at] = next;
        at = next;
    }
    if (last)
        graph->node[at].label = sr_arena_format(graph->arena, "%s to %s",
                                                graph->node[at].name, last);
}

/* Leave out the nodes that were joined to others. */
static void close_gaps(struct sr_graph *graph, const struct links *l)
{
    int *number = SR_TAKE(graph->arena, graph->nodes, int);
    int n = 0;
    for (int i = 0; i < graph->nodes; i++) {
        if (l->home[i] != i)
            continue;
        struct sr_node *node = &graph->node[n];
        if (n != i)
            *node = graph->node[i];
        for (int k = 0; k < node->inputs; k++)
            node->input[k] = number[node->input[k]];
        number[i] = n++;
    }
    graph->nodes = n;
}

void sr_graph_fuse(struct sr_graph *graph)
{
    struct links l = links_of(graph);
    for (int i = 1; i < graph->nodes; i++)
        if (l.home[i] == i)
            join_onwards(graph, &l, i);
    close_gaps(graph, &l);
}
