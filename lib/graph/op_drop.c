/* Dropout (Srivastava et al. 2014) and stochastic depth (Huang et al. 2016,
 * "drop connect" in EfficientNet's code): in a pass that has keys for it a
 * share of the numbers, or of whole images, becomes 0, and the others are
 * divided by what is left; in all other passes nothing happens.  What an image
 * loses is a function of its key and of the node, so that a backward draws it
 * again. */
#include <string.h>

#include "base/rng.h"
#include "graph/op_list.h"

enum { NODE_SHIFT = 40 }; /* below it the number in the image */

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const float rate = node->u.drop.rate;
    if (!(rate >= 0 && rate < 1))
        return sr_fail(err, SR_ECONFIG,
                       "a share of %g cannot be dropped; it is from 0 to less "
                       "than 1",
                       (double)rate);
    node->out = node->in[0];
    return SR_OK;
}

/* from where it goes out of, to where it goes: forward or backward. */
struct job {
    const struct sr_op_call *call;
    const float *from;
    float *to;
};

static void run_image(void *argument, int i, int worker)
{
    const struct job *j = argument;
    const struct sr_drop *u = &j->call->node->u.drop;
    const size_t count = sr_shape_floats(j->call->node->out);
    const uint64_t key = j->call->drop[i];
    const uint64_t first = (uint64_t)u->number << NODE_SHIFT;
    const float kept = 1 / (1 - u->rate);
    const float *from = j->from + (size_t)i * count;
    float *to = j->to + (size_t)i * count;
    float factor = sr_rng_uniform(key, first) < u->rate ? 0 : kept;
    (void)worker;
    for (size_t k = 0; k < count; k++) {
        if (!u->images)
            factor = sr_rng_uniform(key, first + k) < u->rate ? 0 : kept;
        to[k] = factor * from[k];
    }
}

static void run(const struct sr_op_call *call, const float *from, float *to)
{
    struct job job = {call, from, to};
    const size_t count = sr_shape_floats(call->node->out);
    if (call->drop)
        sr_par_run(call->engine->par, call->n, run_image, &job);
    else if (to != from)
        memcpy(to, from, (size_t)call->n * count * sizeof *to);
}

static void forward(const struct sr_op_call *call)
{
    run(call, call->x[0], call->y);
}

static void backward(const struct sr_op_call *call)
{
    if (call->dx[0])
        run(call, call->dy, call->dx[0]);
}

const struct sr_op sr_op_drop = {
    .name = "drop",
    .inputs = 1,
    .in_place = true,
    .shape = shape,
    .forward = forward,
    .backward = backward,
};
