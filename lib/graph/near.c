#include "graph/near.h"

#include <string.h>

#include "engine/conv_patch.h"
#include "engine/tail.h"
#include "graph/unit.h"

enum { MOST_FLOATS = 1 << 18 }; /* kept of an image: 1 MB */

static size_t floats_of(const struct sr_graph *graph, int i)
{
    return sr_shape_floats(graph->node[i].out);
}

/* ---- how far it goes ---- */

static bool is_read_later(const struct sr_graph *graph, int i)
{
    for (int k = i + 2; k < graph->nodes; k++)
        for (int in = 0; in < graph->node[k].inputs; in++)
            if (graph->node[k].input[in] == i)
                return true;
    return false;
}

static bool fits(const struct sr_graph *graph, int i)
{
    const struct sr_node *node = &graph->node[i];
    const bool is_unit = node->op == &sr_op_conv &&
                         !(node->parts & (SR_PART_BNORM | SR_PART_ADD)) &&
                         sr_conv_patch_fits(graph->engine, &node->u.conv.g);
    return node->input[0] == i - 1 && !is_read_later(graph, i - 1) &&
           (i == 1 ? node->op == &sr_op_normalize : is_unit);
}

static size_t seen_floats(const struct sr_conv *g)
{
    const struct sr_patch seen =
        sr_conv_patch_seen(g, (struct sr_patch){0, 0, g->oh, g->ow});
    return (size_t)seen.h * (size_t)seen.w * (size_t)g->c_in;
}

static void grow(size_t *most, size_t floats)
{
    if (*most < floats)
        *most = floats;
}

static size_t work_floats(const struct sr_near *near)
{
    return (2 * near->patch_floats + near->seen_floats + 15) / 16 * 16;
}

void sr_near_open(const struct sr_graph *graph, struct sr_arena *arena,
                  struct sr_near *near)
{
    struct sr_near found = {0};
    double macs = 0;
    for (int i = 1; i < graph->nodes - 1 && fits(graph, i); i++) {
        const struct sr_conv *g = &graph->node[i].u.conv.g;
        found.depth = i;
        found.kept_floats += floats_of(graph, i);
        grow(&found.patch_floats, floats_of(graph, i));
        if (i > 1) {
            grow(&found.seen_floats, seen_floats(g));
            macs += sr_conv_macs(g);
        }
    }
    *near = (struct sr_near){0};
    if (found.kept_floats > MOST_FLOATS || 2 * macs <= sr_graph_macs(graph))
        return;
    *near = found;
    near->work = SR_TAKE(
        arena, (size_t)sr_par_threads(graph->engine->par) * work_floats(near),
        float);
}

/* ---- one image ---- */

/* Some pixels of a node's output, dense. */
struct part {
    struct sr_patch at;
    float *v;
};

static int larger(int a, int b) { return a > b ? a : b; }
static int smaller(int a, int b) { return a < b ? a : b; }

/* Write those that are in `at`, whose pixels `to` are. */
static void put(const struct part *p, int c, struct sr_patch at, float *to)
{
    const int top = larger(p->at.top, at.top);
    const int bottom = smaller(p->at.top + p->at.h, at.top + at.h);
    const int left = larger(p->at.left, at.left);
    const int cols = smaller(p->at.left + p->at.w, at.left + at.w) - left;
    for (int y = top; y < bottom && cols > 0; y++)
        memcpy(to + ((y - at.top) * at.w + left - at.left) * c,
               p->v + ((y - p->at.top) * p->at.w + left - p->at.left) * c,
               (size_t)(cols * c) * sizeof *to);
}

static void put_in_all(const struct part *p, struct sr_shape s, float *all)
{
    put(p, s.c, (struct sr_patch){0, 0, s.h, s.w}, all);
}

static void put_zeros(float *to, int pixels, int c)
{
    if (pixels > 0)
        memset(to, 0, (size_t)(pixels * c) * sizeof *to);
}

/* Row y of `all`, columns of `at`, zeros where there are none. */
static void see_row(struct sr_shape shape, const float *all, int y,
                    const struct sr_patch *at, float *to)
{
    const int c = shape.c, right = at->left + at->w;
    const int from = larger(at->left, 0), past = smaller(right, shape.w);
    if (y < 0 || y >= shape.h || from >= past) {
        put_zeros(to, at->w, c);
        return;
    }
    put_zeros(to, from - at->left, c);
    memcpy(to + (from - at->left) * c, all + (y * shape.w + from) * c,
           (size_t)((past - from) * c) * sizeof *to);
    put_zeros(to + (past - at->left) * c, right - past, c);
}

/* What is seen in `at`: the kept values, and over them the new ones. */
static void see(struct sr_shape shape, const float *kept, const struct part *p,
                struct sr_patch at, float *to)
{
    for (int y = 0; y < at.h; y++)
        see_row(shape, kept, at.top + y, &at, to + y * at.w * shape.c);
    put(p, shape.c, at, to);
}

static struct sr_tail tail_of(const struct sr_node *node)
{
    struct sr_tail tail = {.c = node->out.c};
    if (node->parts & SR_PART_ACT) {
        tail.act = node->u.act.activation.act[SR_ROLE_FORWARD];
        sr_unit_act_params(node, SR_ROLE_FORWARD, tail.act_p);
    }
    return tail;
}

/* Node i's new outputs `next`, from those of the node before it. */
static void compute(const struct sr_graph *graph, int i, const float *kept,
                    const struct part *p, const struct part *next, float *seen)
{
    const struct sr_node *node = &graph->node[i];
    const struct sr_conv *g = &node->u.conv.g;
    const struct sr_param *bias = node->p[SR_SLOT_BIAS];
    const struct sr_tail tail = tail_of(node);
    see(node->in[0], kept, p, sr_conv_patch_seen(g, next->at), seen);
    sr_conv_patch_forward(graph->engine, g, next->at, seen, node->packed,
                          bias ? bias->value : NULL, next->v);
    sr_tail_forward(graph->engine, &tail,
                    (size_t)next->at.h * (size_t)next->at.w, next->v, NULL,
                    next->v, NULL);
}

static void normalize(const struct sr_node *node, const float *x,
                      const struct part *p)
{
    const int c = node->out.c;
    for (int y = 0; y < p->at.h; y++)
        sr_normalize_pixels(&node->u.normalize, (size_t)p->at.w, c,
                            x + ((p->at.top + y) * node->out.w + p->at.left) *
                                    c,
                            p->v + y * p->at.w * c);
}

/* Outputs of the last node that change when x does in a window; all nodes' are
 * kept, if wanted. */
static struct part follow(const struct sr_graph *graph,
                          const struct sr_near *near, const float *x,
                          struct sr_patch window, bool keep, float *kept,
                          float *work)
{
    struct part p = {window, work};
    normalize(&graph->node[1], x, &p);
    for (int i = 1;; i++) {
        if (keep)
            put_in_all(&p, graph->node[i].out, kept);
        if (i == near->depth)
            return p;
        const struct part next = {
            sr_conv_patch_seeing(&graph->node[i + 1].u.conv.g, p.at),
            work + (size_t)(i % 2) * near->patch_floats};
        if (next.at.h > 0)
            compute(graph, i + 1, kept, &p, &next,
                    work + 2 * near->patch_floats);
        kept += floats_of(graph, i);
        p = next;
    }
}

/* ---- all images ---- */

struct near_job {
    const struct sr_graph *graph;
    const struct sr_near *near;
    const struct sr_neighbour *image;
    float *y;
};

static void near_piece(void *of, int i, int worker)
{
    const struct near_job *j = of;
    const struct sr_neighbour *image = &j->image[i];
    const size_t count = floats_of(j->graph, j->near->depth);
    const float *last = image->kept + j->near->kept_floats - count;
    float *y = j->y + (size_t)i * count;
    float *work = j->near->work + (size_t)worker * work_floats(j->near);

    if (image->renewed.h > 0)
        follow(j->graph, j->near, image->base, image->renewed, true,
               image->kept, work);
    const struct part p = follow(j->graph, j->near, image->x, image->news,
                                 false, image->kept, work);
    memcpy(y, last, count * sizeof *y);
    put_in_all(&p, j->graph->node[j->near->depth].out, y);
}

void sr_near_forward(const struct sr_graph *graph, const struct sr_near *near,
                     int n, const struct sr_neighbour *image, float *y)
{
    struct near_job job = {graph, near, image, y};
    sr_par_run(graph->engine->par, n, near_piece, &job);
}
