/* Time in a plan: node i runs forward at i and backward at 2 nodes - i; the
 * logits are handed over at `nodes`, and 2 nodes is the end. */
#include "graph/plan.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

/* A stretch of the block, with everything that shares it. */
struct buffer {
    size_t floats;
    int first, last; /* times, both inclusive */
    size_t offset;
};

struct planner {
    const struct sr_graph *graph;
    struct sr_plan *plan;
    int nodes, end;
    bool *needed;     /* [nodes] is the gradient of this value computed? */
    bool *kept;       /* [nodes] does a backward read this value?        */
    bool *written;    /* [nodes] has its gradient a writer already?      */
    int *last_reader; /* [nodes] in forward order                        */
    int buffers;
    struct buffer *buffer;
    /* Numbers of buffers, or NONE. */
    int *y, *dy, *saved, (*part)[SR_NODE_INPUTS];
};

/* 64 bytes */
static size_t rounded(size_t floats) { return (floats + 15) / 16 * 16; }

static size_t value_floats(const struct planner *p, int value)
{
    return (size_t)p->plan->images * sr_shape_floats(p->graph->node[value].out);
}

static int add_buffer(struct planner *p, size_t floats, int first, int last)
{
    p->buffer[p->buffers] = (struct buffer){rounded(floats), first, last, 0};
    return p->buffers++;
}

static void extend(struct planner *p, int buffer, int last)
{
    if (p->buffer[buffer].last < last)
        p->buffer[buffer].last = last;
}

/* A gradient is needed where parameters, or a wanted image, lie behind it. */
static void find_needed(struct planner *p)
{
    const bool weights = p->plan->want & SR_WANT_WEIGHTS;
    p->needed[0] = p->plan->want & SR_WANT_INPUT;
    for (int i = 1; i < p->nodes; i++) {
        const struct sr_node *node = &p->graph->node[i];
        struct sr_places *at = &p->plan->at[i];
        p->needed[i] = weights && node->params > 0;
        for (int k = 0; k < node->inputs; k++) {
            at->wants[k] = p->needed[node->input[k]];
            p->needed[i] |= at->wants[k];
        }
    }
}

static bool reads_x(const struct planner *p, int i, int k)
{
    const struct sr_node *node = &p->graph->node[i];
    const struct sr_places *at = &p->plan->at[i];
    const unsigned reads = node->reads_x[k];
    unsigned of_interest = 0;
    if (at->wants[0] || at->wants[1])
        of_interest |= SR_READS_FOR_X;
    if (of_interest && p->plan->batch)
        of_interest |= SR_READS_FOR_X_BATCH;
    if ((p->plan->want & SR_WANT_WEIGHTS) && node->params > 0)
        of_interest |= SR_READS_FOR_W;
    return reads & of_interest;
}

static void find_readers(struct planner *p)
{
    for (int i = 1; i < p->nodes; i++) {
        const struct sr_node *node = &p->graph->node[i];
        for (int k = 0; k < node->inputs; k++) {
            p->plan->at[i].keeps[k] = reads_x(p, i, k);
            p->last_reader[node->input[k]] = i;
            p->kept[node->input[k]] |= p->plan->at[i].keeps[k];
        }
    }
    p->last_reader[p->nodes - 1] = p->nodes;
}

static bool reads_twice(const struct sr_node *node)
{
    return node->inputs == 2 && node->input[0] == node->input[1];
}

/* The output takes its input's place when nobody reads that any more. */
static void add_output(struct planner *p, int i)
{
    const struct sr_node *node = &p->graph->node[i];
    const int x = node->input[0];
    const int last = p->kept[i] ? p->end : p->last_reader[i];
    SR_REQUIRE(p->last_reader[i] > i); /* a layer whose output is unused */

    if (node->op->in_place && x != 0 && !p->kept[x] && p->last_reader[x] == i &&
        !reads_twice(node)) {
        p->y[i] = p->y[x];
        extend(p, p->y[i], last);
    } else {
        p->y[i] = add_buffer(p, value_floats(p, i), i, last);
    }
    if (node->op->saved)
        p->saved[i] = add_buffer(p,
                                 node->op->saved(node, p->plan->images,
                                                 p->plan->want, p->plan->batch),
                                 i, p->plan->want ? p->end : i);
}

/* Node i's backward: where the gradient of input k goes.  The first writer of
 * a value's gradient writes it in place, the others beside it, to be added. */
static void add_gradient(struct planner *p, int i, int k, bool over_dy)
{
    const int x = p->graph->node[i].input[k], now = p->end - i;
    const bool first = !p->written[x];
    p->written[x] = true;
    if (!first) {
        p->part[i][k] =
            over_dy ? p->dy[i] : add_buffer(p, value_floats(p, x), now, now);
    } else if (x != 0 && over_dy) {
        p->dy[x] = p->dy[i];
        extend(p, p->dy[x], p->end - x);
    } else if (x != 0) {
        p->dy[x] = add_buffer(p, value_floats(p, x), now, p->end - x);
    }
}

static void add_gradients(struct planner *p, int i)
{
    const struct sr_node *node = &p->graph->node[i];
    bool over_dy = node->op->in_place;
    for (int k = 0; k < node->inputs; k++) {
        if (!p->plan->at[i].wants[k])
            continue;
        add_gradient(p, i, k, over_dy);
        over_dy = false; /* one of them only */
    }
}

static void add_buffers(struct planner *p)
{
    const int last = p->nodes - 1;
    for (int i = 1; i < p->nodes; i++)
        add_output(p, i);
    if (p->needed[last])
        p->dy[last] =
            add_buffer(p, value_floats(p, last), p->nodes, p->end - last);
    for (int i = last; i > 0; i--)
        if (p->needed[i])
            add_gradients(p, i);
}

static bool together(const struct buffer *a, const struct buffer *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static int larger_first(const void *left, const void *right)
{
    const struct buffer *a = *(struct buffer *const *)left;
    const struct buffer *b = *(struct buffer *const *)right;
    if (a->floats != b->floats)
        return a->floats < b->floats ? 1 : -1;
    return a < b ? -1 : a > b; /* their order in the array, for repeatability */
}

/* The lowest offset at which b meets none of the n placed ones, which are in
 * order of offset. */
static size_t lowest_gap(const struct buffer *b, struct buffer *const *placed,
                         int n)
{
    size_t offset = 0;
    for (int i = 0; i < n; i++) {
        if (!together(b, placed[i]))
            continue;
        if (placed[i]->offset >= offset + b->floats)
            break;
        if (offset < placed[i]->offset + placed[i]->floats)
            offset = placed[i]->offset + placed[i]->floats;
    }
    return offset;
}

static void place(struct planner *p, struct sr_arena *scratch)
{
    struct buffer **order = SR_TAKE(scratch, p->buffers, struct buffer *);
    struct buffer **placed = SR_TAKE(scratch, p->buffers, struct buffer *);
    for (int i = 0; i < p->buffers; i++)
        order[i] = &p->buffer[i];
    qsort(order, (size_t)p->buffers, sizeof(struct buffer *), larger_first);

    for (int n = 0; n < p->buffers; n++) {
        struct buffer *b = order[n];
        b->offset = lowest_gap(b, placed, n);
        int i = n;
        for (; i > 0 && placed[i - 1]->offset > b->offset; i--)
            placed[i] = placed[i - 1];
        placed[i] = b;
        if (p->plan->floats < b->offset + b->floats)
            p->plan->floats = b->offset + b->floats;
    }
}

static size_t offset_of(const struct planner *p, int buffer)
{
    return buffer == NONE ? SR_NOWHERE : p->buffer[buffer].offset;
}

static void write_places(struct planner *p)
{
    for (int i = 0; i < p->nodes; i++) {
        struct sr_places *at = &p->plan->at[i];
        at->y = offset_of(p, p->y[i]);
        at->dy = offset_of(p, p->dy[i]);
        at->saved = offset_of(p, p->saved[i]);
        for (int k = 0; k < SR_NODE_INPUTS; k++)
            at->part[k] = offset_of(p, p->part[i][k]);
    }
}

static void add_scratch(struct sr_plan *plan, const struct sr_graph *graph)
{
    size_t most = 0;
    for (int i = 1; i < graph->nodes; i++) {
        const struct sr_node *node = &graph->node[i];
        if (!node->op->scratch)
            continue;
        const size_t floats =
            node->op->scratch(graph->engine, node, plan->images);
        if (most < floats)
            most = floats;
    }
    plan->scratch = plan->floats;
    plan->floats += rounded(most);
}

static int *numbers(struct sr_arena *arena, int n)
{
    int *number = SR_TAKE(arena, n, int);
    for (int i = 0; i < n; i++)
        number[i] = NONE;
    return number;
}

void sr_plan_make(const struct sr_graph *graph, unsigned want, bool batch,
                  int images, struct sr_arena *arena, struct sr_plan *plan)
{
    const int nodes = graph->nodes;
    *plan = (struct sr_plan){.want = want,
                             .batch = batch,
                             .images = images,
                             .at = SR_TAKE(arena, nodes, struct sr_places)};
    const struct sr_mark mark = sr_arena_mark(arena);
    struct planner p = {
        .graph = graph,
        .plan = plan,
        .nodes = nodes,
        .end = 2 * nodes,
        .needed = SR_TAKE(arena, nodes, bool),
        .kept = SR_TAKE(arena, nodes, bool),
        .written = SR_TAKE(arena, nodes, bool),
        .last_reader = SR_TAKE(arena, nodes, int),
        /* a node has at most y, saved, dy and two parts */
        .buffer = SR_TAKE(arena, 5 * nodes, struct buffer),
        .y = numbers(arena, nodes),
        .dy = numbers(arena, nodes),
        .saved = numbers(arena, nodes),
        .part = (int(*)[SR_NODE_INPUTS])numbers(arena, SR_NODE_INPUTS * nodes),
    };
    find_needed(&p);
    find_readers(&p);
    add_buffers(&p);
    place(&p, arena);
    write_places(&p);
    sr_arena_release(arena, mark);
    add_scratch(plan, graph);
}
