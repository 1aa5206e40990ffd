/* A planned pass against the same nodes run with memory of their own: the plan
 * may move values about, but not one bit of a result may change. */
#include <math.h>

#include "graph/fuse.h"
#include "nets.h"

enum { IMAGES = 4, CLASSES = 6 };

/* Every value and gradient in a place of its own. */
struct plain {
    const struct sr_graph *g;
    struct sr_run_pass pass;
    int n;
    float *y[64], *dy[64], *saved[64], *scratch;
    bool written[64];
};

static struct plain plain_new(const struct sr_graph *g, struct sr_run_pass pass,
                              int n)
{
    struct plain p = {.g = g, .pass = pass, .n = n};
    size_t scratch = 1;
    ck_assert_int_le(g->nodes, 64);
    for (int i = 0; i < g->nodes; i++) {
        const struct sr_node *node = &g->node[i];
        const size_t floats = (size_t)n * sr_shape_floats(node->out);
        p.y[i] = noise(floats, 1000 + (uint64_t)i);
        p.dy[i] = noise(floats, 2000 + (uint64_t)i);
        if (i > 0 && node->op->saved)
            p.saved[i] =
                noise(node->op->saved(node, n, pass.want, pass.batch), 3);
        if (i > 0 && node->op->scratch) {
            const size_t need = node->op->scratch(g->engine, node, n);
            scratch = scratch < need ? need : scratch;
        }
    }
    p.scratch = noise(scratch, 4);
    return p;
}

static struct sr_op_call plain_call(const struct plain *p, int i)
{
    const struct sr_node *node = &p->g->node[i];
    return (struct sr_op_call){
        .engine = p->g->engine,
        .node = node,
        .n = p->n,
        .batch = p->pass.batch,
        .want = p->pass.want,
        .role = p->pass.role,
        .x = {p->y[node->input[0]], p->y[node->input[1]]},
        .y = p->y[i],
        .saved = p->saved[i],
        .scratch = p->scratch,
    };
}

static void plain_backward_node(struct plain *p, int i)
{
    const struct sr_node *node = &p->g->node[i];
    struct sr_op_call call = plain_call(p, i);
    float *dx[SR_NODE_INPUTS];
    size_t count[SR_NODE_INPUTS];
    call.dy = p->dy[i];
    for (int k = 0; k < node->inputs; k++) {
        count[k] = (size_t)p->n * sr_shape_floats(node->in[k]);
        call.dx[k] = dx[k] = noise(count[k], 5);
    }
    node->op->backward(&call);
    for (int k = 0; k < node->inputs; k++) {
        const int x = node->input[k];
        if (p->written[x])
            sr_vec_add(p->g->engine, count[k], p->dy[x], dx[k], p->dy[x]);
        else
            memcpy(p->dy[x], dx[k], count[k] * sizeof(float));
        p->written[x] = true;
    }
}

static void plain_run(struct plain *p, const float *x, const float *dz)
{
    const int last = p->g->nodes - 1;
    memcpy(p->y[0], x,
           (size_t)p->n * sr_shape_floats(p->g->node[0].out) * sizeof *x);
    for (int i = 1; i <= last; i++) {
        const struct sr_op_call call = plain_call(p, i);
        call.node->op->forward(&call);
    }
    memcpy(p->dy[last], dz, (size_t)p->n * CLASSES * sizeof *dz);
    for (int i = last; i > 0 && p->pass.want != SR_WANT_LOGITS; i--)
        plain_backward_node(p, i);
}

static void same(const float *got, const float *want, size_t n,
                 const char *what, struct sr_run_pass pass)
{
    ck_assert_msg(memcmp(got, want, n * sizeof *got) == 0,
                  "%s differ: want %u, batch %d", what, pass.want, pass.batch);
}

/* One network, every kind of pass, a full batch and a smaller one. */
static void compare(struct sr_graph *g)
{
    const size_t pixels = sr_shape_floats(g->node[0].out);
    struct sr_run run;
    sr_run_open(g, SR_WANT_INPUT | SR_WANT_WEIGHTS, IMAGES, sr_test_arena(),
                &run);
    memcpy(run.block, noise(run.floats, 6), run.floats * sizeof(float));
    for (unsigned kind = 0; kind < SR_WANTS * 2 * 2; kind++) {
        const struct sr_run_pass pass = {
            .want = kind / 4, .batch = kind & 1, .role = SR_ROLE_UPDATE};
        const int n = kind & 2 ? IMAGES : IMAGES - 1;
        const float *x = noise((size_t)n * pixels, 7 + kind);
        const float *dz = noise((size_t)n * CLASSES, 8 + kind);
        float *z = noise((size_t)n * CLASSES, 9);
        float *gx =
            pass.want & SR_WANT_INPUT ? noise((size_t)n * pixels, 10) : NULL;
        float *want = noise(g->trainable, 11);

        memset(g->grads, 0, g->trainable * sizeof *want);
        struct plain p = plain_new(g, pass, n);
        plain_run(&p, x, dz);
        memcpy(want, g->grads, g->trainable * sizeof *want);
        memset(g->grads, 0, g->trainable * sizeof *want);

        sr_run_forward(&run, &pass, n, x, z);
        same(z, p.y[g->nodes - 1], (size_t)n * CLASSES, "logits", pass);
        if (pass.want == SR_WANT_LOGITS)
            continue;
        sr_run_backward(&run, dz, gx);
        same(g->grads, want, g->trainable, "parameters' gradients", pass);
        if (!gx)
            continue;
        same(gx, p.dy[0], (size_t)n * pixels, "input gradients", pass);
        memcpy(gx, noise((size_t)n * pixels, 12),
               (size_t)n * pixels * sizeof *gx);
        sr_run_backward(&run, dz, gx); /* and once more */
        same(gx, p.dy[0], (size_t)n * pixels, "second gradients", pass);
    }
}

START_TEST(a_residual_network) { compare(nets_residual()); }
END_TEST

static int pick(const struct sr_graph *g, uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)g->nodes);
}

/* Random networks of one shape, where any value may be used any number of
 * times; unused ones are added to the end.  Every fifth one is so wide that
 * slopes are computed again. */
static struct sr_graph *tangle(uint64_t seed)
{
    const int c = seed % 5 ? 4 : 60;
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){3, 3, c},
                                      sr_test_arena());
    uint64_t state = seed;
    bool used[64] = {0};
    for (int i = 1; i <= 16; i++) {
        const int kind = pick(g, &state) % 4, a = pick(g, &state);
        const int b = pick(g, &state);
        const char *name = sr_arena_format(sr_test_arena(), "n%d", i);
        used[a] = true;
        if (kind == 0)
            used[b] = true;
        if (kind == 0)
            nets_append(g, &sr_op_add, name, a, b, (struct sr_node){0});
        else if (kind == 1)
            nets_append(g, &sr_op_act, name, a, 0, nets_act_node("silu"));
        else if (kind == 2)
            nets_append(g, &sr_op_bnorm, name, a, 0, nets_bnorm());
        else
            nets_append(g, &sr_op_conv, name, a, 0, nets_conv(c, 3, 1, 1, 1));
    }
    int sum = 16;
    for (int i = 0; i < 16; i++)
        if (!used[i])
            sum =
                nets_append(g, &sr_op_add, "sum", sum, i, (struct sr_node){0});
    sum = nets_append(g, &sr_op_flatten, "flat", sum, 0, (struct sr_node){0});
    nets_append(g, &sr_op_linear, "linear", sum, 0,
                nets_conv(CLASSES, 1, 1, 0, 1));
    if (seed % 2) /* every other one with its layers joined */
        sr_graph_fuse(g);
    sr_graph_finish(g);
    nets_fill(g, 70);
    return g;
}

START_TEST(any_network)
{
    for (uint64_t seed = 1; seed <= 40; seed++)
        compare(tangle(seed));
}
END_TEST

/* In inference mode an image's logits and gradient are its own: they do not
 * depend on its neighbours. */
START_TEST(images_are_independent)
{
    struct sr_graph *g = nets_residual();
    const size_t pixels = sr_shape_floats(g->node[0].out);
    struct sr_run run;
    const struct sr_run_pass pass = {.want = SR_WANT_INPUT};
    sr_run_open(g, SR_WANT_INPUT, IMAGES, sr_test_arena(), &run);
    const float *x = noise(IMAGES * pixels, 1),
                *dz = noise(IMAGES * CLASSES, 2);
    float *z = noise(IMAGES * CLASSES, 3), *gx = noise(IMAGES * pixels, 4);
    float *z1 = noise(CLASSES, 5), *gx1 = noise(pixels, 6);
    sr_run_forward(&run, &pass, IMAGES, x, z);
    sr_run_backward(&run, dz, gx);
    sr_run_forward(&run, &pass, 1, x + 2 * pixels, z1);
    sr_run_backward(&run, dz + 2 * CLASSES, gx1);
    same(z1, z + 2 * CLASSES, CLASSES, "logits", pass);
    same(gx1, gx + 2 * pixels, pixels, "gradients", pass);
}
END_TEST

START_TEST(nothing_is_allocated_after_open)
{
    struct sr_graph *g = nets_residual();
    const size_t pixels = sr_shape_floats(g->node[0].out);
    struct sr_run run;
    sr_run_open(g, SR_WANT_WEIGHTS, IMAGES, sr_test_arena(), &run);
    const float *x = noise(IMAGES * pixels, 1),
                *dz = noise(IMAGES * CLASSES, 2);
    float *z = noise(IMAGES * CLASSES, 3);
    const uint64_t before = sr_arena_allocations();
    const struct sr_run_pass pass = {.want = SR_WANT_WEIGHTS, .batch = true};
    sr_run_forward(&run, &pass, IMAGES, x, z);
    sr_run_backward(&run, dz, NULL);
    ck_assert_uint_eq(sr_arena_allocations(), before);
}
END_TEST

START_TEST(the_first_layer_that_is_not_finite)
{
    struct sr_graph *g = nets_residual();
    const size_t pixels = sr_shape_floats(g->node[0].out);
    struct sr_run run;
    const struct sr_run_pass pass = {.want = SR_WANT_WEIGHTS, .batch = true};
    sr_run_open(g, SR_WANT_WEIGHTS, IMAGES, sr_test_arena(), &run);
    const float *x = noise(IMAGES * pixels, 1);
    float *z = noise(IMAGES * CLASSES, 3);
    sr_run_forward(&run, &pass, IMAGES, x, z);
    ck_assert_ptr_null(sr_run_first_nonfinite(&run));

    for (int i = 0; i < g->params; i++)
        if (strcmp(g->param[i].name, "a.bn.bias") == 0)
            g->param[i].value[1] = INFINITY;
    sr_run_forward(&run, &pass, IMAGES, x, z);
    ck_assert_str_eq(sr_run_first_nonfinite(&run), "a.bn");
}
END_TEST

SR_SUITE(graph_run)
{
    return sr_suite("graph/run",
                    (const TTest *[]){
                        a_residual_network, any_network, images_are_independent,
                        nothing_is_allocated_after_open,
                        the_first_layer_that_is_not_finite, NULL});
}
