#include "graph/run.h"

#include <string.h>

#include "engine/vec.h"

void sr_run_open(struct sr_graph *graph, unsigned wants, int images,
                 struct sr_arena *arena, struct sr_run *run)
{
    *run = (struct sr_run){.graph = graph, .images = images};
    for (unsigned want = 0; want < SR_WANTS; want++) {
        if (want & ~wants)
            continue;
        for (int batch = 0; batch < 2; batch++) {
            struct sr_plan *plan = &run->plan[want][batch];
            sr_plan_make(graph, want, batch, images, arena, plan);
            if (run->floats < plan->floats)
                run->floats = plan->floats;
        }
    }
    run->block = SR_TAKE(arena, run->floats, float);
    sr_near_open(graph, arena, &run->near);
}

static const struct sr_plan *plan_of(const struct sr_run *run)
{
    const struct sr_plan *plan = &run->plan[run->pass.want][run->pass.batch];
    SR_REQUIRE(plan->images > 0); /* sr_run_open was not told of this want */
    return plan;
}

static float *at(const struct sr_run *run, size_t place)
{
    return place == SR_NOWHERE ? NULL : run->block + place;
}

static struct sr_op_call call_of(const struct sr_run *run, int i)
{
    const struct sr_plan *plan = plan_of(run);
    return (struct sr_op_call){
        .engine = run->graph->engine,
        .node = &run->graph->node[i],
        .n = run->n,
        .batch = run->pass.batch,
        .track = run->pass.track,
        .want = run->pass.want,
        .role = run->pass.role,
        .drop = run->pass.drop,
        .saved = at(run, plan->at[i].saved),
        .scratch = run->block + plan->scratch,
    };
}

static const float *value_of(const struct sr_run *run, int i)
{
    return i == 0 ? run->x : at(run, plan_of(run)->at[i].y);
}

static size_t count_of(const struct sr_run *run, int value)
{
    return (size_t)run->n * sr_shape_floats(run->graph->node[value].out);
}

static void forward_node(struct sr_run *run, int i, bool track)
{
    struct sr_op_call call = call_of(run, i);
    for (int k = 0; k < call.node->inputs; k++)
        call.x[k] = value_of(run, call.node->input[k]);
    call.y = at(run, plan_of(run)->at[i].y);
    call.track = track;
    call.node->op->forward(&call);
}

/* Nodes from `first` on, and what the last one says. */
static void forward_from(struct sr_run *run, int first, float *z)
{
    const int last = run->graph->nodes - 1;
    for (int i = first; i <= last; i++)
        forward_node(run, i, run->pass.track);
    memcpy(z, value_of(run, last), count_of(run, last) * sizeof *z);
}

void sr_run_forward(struct sr_run *run, const struct sr_run_pass *pass, int n,
                    const float *x, float *z)
{
    SR_REQUIRE(n > 0 && n <= run->images);
    run->pass = *pass;
    run->n = n;
    run->x = x;
    forward_from(run, 1, z);
}

void sr_run_forward_near(struct sr_run *run, const struct sr_run_pass *pass,
                         int n, const struct sr_neighbour *image, float *z)
{
    const int depth = run->near.depth;
    SR_REQUIRE(n > 0 && n <= run->images && depth > 0);
    SR_REQUIRE(pass->want == SR_WANT_LOGITS && !pass->batch && !pass->drop);
    run->pass = *pass;
    run->n = n;
    run->x = NULL;
    sr_near_forward(run->graph, &run->near, n, image,
                    at(run, plan_of(run)->at[depth].y));
    forward_from(run, depth + 1, z);
}

/* gx for the image, else the gradient's place in the block. */
static float *gradient_of(const struct sr_run *run, int value, float *gx)
{
    return value == 0 ? gx : at(run, plan_of(run)->at[value].dy);
}

static void backward_node(struct sr_run *run, int i, float *gx)
{
    const struct sr_places *places = &plan_of(run)->at[i];
    struct sr_op_call call = call_of(run, i);
    const struct sr_node *node = call.node;
    call.dy = at(run, places->dy);
    for (int k = 0; k < node->inputs; k++) {
        if (places->keeps[k])
            call.x[k] = value_of(run, node->input[k]);
        if (places->wants[k])
            call.dx[k] = places->part[k] != SR_NOWHERE
                             ? at(run, places->part[k])
                             : gradient_of(run, node->input[k], gx);
    }
    node->op->backward(&call);

    for (int k = 0; k < node->inputs; k++) {
        if (places->part[k] == SR_NOWHERE)
            continue;
        float *dx = gradient_of(run, node->input[k], gx);
        sr_vec_add(call.engine, count_of(run, node->input[k]), dx, call.dx[k],
                   dx);
    }
}

void sr_run_backward(struct sr_run *run, const float *dz, float *gx)
{
    const struct sr_plan *plan = plan_of(run);
    const int last = run->graph->nodes - 1;
    SR_REQUIRE(run->n > 0 && run->pass.want != SR_WANT_LOGITS);
    SR_REQUIRE(!(run->pass.want & SR_WANT_INPUT) == !gx);
    if (plan->at[last].dy == SR_NOWHERE) /* nothing that could be wanted */
        return;
    memcpy(at(run, plan->at[last].dy), dz, count_of(run, last) * sizeof *dz);
    for (int i = last; i > 0; i--)
        if (plan->at[i].dy != SR_NOWHERE)
            backward_node(run, i, gx);
}

const char *sr_run_first_nonfinite(struct sr_run *run)
{
    for (int i = 1; i < run->graph->nodes; i++) {
        const size_t count = count_of(run, i);
        forward_node(run, i, false);
        if (sr_vec_first_nonfinite(count, value_of(run, i)) < count)
            return run->graph->node[i].label;
    }
    return NULL;
}
