/* Every op of op_list.h against the definition of its gradient: for directions
 * v, (f(x + h v) - f(x - h v)) / 2h = <gradient, v>, signs included, where
 * f = <y, dy>.  For an op that is linear this holds for any h, so h = 1 makes
 * it the adjoint identity, which only rounding disturbs; the others get a
 * small h and the tolerance of its square. */
#include <math.h>

#include "base/rng.h"
#include "nets.h"

enum { N = 3, DIRECTIONS = 3 };

/* What a case checks beside the gradient of x. */
static const struct op_case {
    const char *why;
    const struct sr_op *op;
    struct sr_shape in, out;
    struct sr_node node; /* geometry */
    const char *act;
    float h;
    bool batch, spread;
    bool pooled; /* the second input is one pixel                      */
    bool drops;  /* the pass has keys for it                           */
} cases[] = {
    /* clang-format off */
    { "channels differ", &sr_op_normalize, {3, 2, 3}, {3, 2, 3},
      { .u.normalize = {{0.1f, 0.2f, 0.3f}, {0.5f, 2, 1}} }, .h = 1 },
    { "stride, padding, bias", &sr_op_conv, {5, 6, 4}, {3, 3, 6},
      { .u.conv = {{ .c_out = 6, .kh = 3, .kw = 3, .stride = 2, .groups = 1 }, 1, true} }, .h = 1 },
    { "groups, no bias", &sr_op_conv, {4, 3, 4}, {4, 3, 6},
      { .u.conv = {{ .c_out = 6, .kh = 3, .kw = 3, .stride = 1, .groups = 2 }, 1, false} }, .h = 1 },
    { "depthwise", &sr_op_conv, {4, 4, 5}, {3, 3, 5},
      { .u.conv = {{ .c_out = 5, .kh = 2, .kw = 2, .stride = 1, .groups = 5 }, 0, true} }, .h = 1 },
    { "with bias", &sr_op_linear, {1, 1, 7}, {1, 1, 5},
      { .u.conv = {{ .c_out = 5 }, 0, true} }, .h = 1 },
    { "running statistics", &sr_op_bnorm, {3, 2, 4}, {3, 2, 4},
      { .u.bnorm = {1e-5f, 0.1f} }, .h = 1 },
    { "batch statistics", &sr_op_bnorm, {3, 4, 4}, {3, 4, 4},
      { .u.bnorm = {1e-5f, 0.1f} }, .h = 1e-2f, .batch = true },
    { "nothing learned", &sr_op_act, {3, 3, 2}, {3, 3, 2}, {0}, "silu", .h = 1e-2f },
    { "two learned", &sr_op_act, {3, 3, 2}, {3, 3, 2}, {0}, "pssilu", .h = 1e-2f },
    { "two inputs", &sr_op_add, {3, 3, 2}, {3, 3, 2}, {0}, .h = 1 },
    { "a pixel of gates", &sr_op_scale, {3, 4, 5}, {3, 4, 5}, {0}, .h = 1,
      .pooled = true },
    { "in evaluation", &sr_op_drop, {3, 4, 5}, {3, 4, 5},
      { .u.drop = {0.4f, false, 1} }, .h = 1 },
    { "single numbers", &sr_op_drop, {3, 4, 5}, {3, 4, 5},
      { .u.drop = {0.4f, false, 1} }, .h = 1, .drops = true },
    { "whole images", &sr_op_drop, {3, 4, 5}, {3, 4, 5},
      { .u.drop = {0.4f, true, 1} }, .h = 1, .drops = true },
    { "overlap and padding", &sr_op_avgpool, {5, 4, 3}, {3, 2, 3},
      { .u.pool = { .k = 3, .stride = 2, .pad = 1 } }, .h = 1 },
    { "overlap and padding", &sr_op_maxpool, {5, 4, 3}, {3, 2, 3},
      { .u.pool = { .k = 3, .stride = 2, .pad = 1 } }, .h = 1e-2f, .spread = true },
    { "all pixels", &sr_op_globalpool, {3, 5, 4}, {1, 1, 4}, {0}, .h = 1 },
    { "overlap and repetition", &sr_op_adaptivepool, {5, 2, 3}, {3, 4, 3},
      { .u.pool = { .oh = 3, .ow = 4 } }, .h = 1 },
    { "channels slowest", &sr_op_flatten, {2, 3, 4}, {1, 1, 24}, {0}, .h = 1 },
    { "odd size halved", &sr_op_shortcut, {5, 4, 3}, {3, 2, 7},
      { .u.shortcut = {2, 7} }, .h = 1 },
    /* clang-format on */
};
enum { CASES = sizeof cases / sizeof *cases };

struct bench {
    const struct op_case *c;
    struct sr_graph *graph;
    struct sr_node *node;
    size_t nx[SR_NODE_INPUTS], ny;
    float *x[SR_NODE_INPUTS], *y, *dy, *dx[SR_NODE_INPUTS], *saved, *scratch;
};

/* Distinct numbers at least 0.1 apart: the largest stays the largest. */
static float *spread(size_t n)
{
    float *x = noise(n, 1);
    for (size_t i = 0; i < n; i++)
        x[i] = 0.1f * (float)((i * 7919) % n);
    return x;
}

static struct bench make(const struct op_case *c)
{
    const struct sr_engine *e = nets_engine();
    struct bench b = {.c = c};
    struct sr_node node = c->node;
    if (c->act)
        node.u.act.activation = nets_activation(c->act);
    b.graph = sr_graph_new(e, c->in, sr_test_arena());
    int other = 0;
    if (c->pooled)
        other = nets_append(b.graph, &sr_op_globalpool, "other", 0, 0,
                            (struct sr_node){0});
    const int value = nets_append(b.graph, c->op, "layer", 0, other, node);
    sr_graph_finish(b.graph);
    nets_fill(b.graph, 50);

    b.node = &b.graph->node[value];
    b.ny = N * sr_shape_floats(b.node->out);
    for (int k = 0; k < SR_NODE_INPUTS; k++) {
        const int from = k == 0 ? 0 : other;
        b.nx[k] = N * sr_shape_floats(b.graph->node[from].out);
        b.x[k] = c->spread ? spread(b.nx[k]) : noise(b.nx[k], 2 + (uint64_t)k);
        b.dx[k] = noise(b.nx[k], 4 + (uint64_t)k);
    }
    b.y = noise(b.ny, 6);
    b.dy = noise(b.ny, 7);
    b.saved = noise(c->op->saved ? c->op->saved(b.node, N, 3, c->batch) : 1, 8);
    b.scratch = noise(c->op->scratch ? c->op->scratch(e, b.node, N) : 1, 9);
    return b;
}

static struct sr_op_call call_of(const struct bench *b)
{
    static const uint64_t keys[N] = {3, 1, 4};
    struct sr_op_call call = {
        .engine = nets_engine(),
        .node = b->node,
        .n = N,
        .batch = b->c->batch,
        .role = SR_ROLE_UPDATE,
        .drop = b->c->drops ? keys : NULL,
        .x = {b->x[0], b->x[1]},
        .y = b->y,
        .saved = b->saved,
        .scratch = b->scratch,
    };
    return call;
}

/* <y, dy> with the parameters and inputs as they are, on the way to the
 * gradients wanted. */
static double value(const struct bench *b, unsigned want)
{
    struct sr_op_call call = call_of(b);
    call.want = want;
    sr_graph_pack(b->graph);
    b->c->op->forward(&call);
    return sr_vec_dot(b->ny, b->y, b->dy);
}

/* dx and, added, the parameters' gradients.  What the op may not read is NULL,
 * dy is a copy because it may be spoiled. */
static void backward(const struct bench *b, bool weights)
{
    float *dy = noise(b->ny, 10);
    struct sr_op_call call = call_of(b);
    unsigned reads = SR_READS_FOR_X | (b->c->batch ? SR_READS_FOR_X_BATCH : 0) |
                     (weights ? SR_READS_FOR_W : 0);
    const unsigned want =
        weights ? SR_WANT_INPUT | SR_WANT_WEIGHTS : SR_WANT_INPUT;
    value(b, want); /* saved is of this x */
    memcpy(dy, b->dy, b->ny * sizeof *dy);
    call.y = NULL;
    call.dy = dy;
    call.want = want;
    for (int k = 0; k < SR_NODE_INPUTS; k++) {
        call.dx[k] = b->dx[k];
        if (!(b->node->reads_x[k] & reads))
            call.x[k] = NULL;
    }
    b->c->op->backward(&call);
}

/* d value / d t of moving a [n] by t along direction, which is then undone. */
static double slope(const struct bench *b, float *a, size_t n,
                    const float *direction)
{
    const float h = b->c->h;
    float *old = noise(n, 11);
    memcpy(old, a, n * sizeof *a);
    sr_vec_axpy(n, h, direction, a);
    const double up = value(b, SR_WANT_LOGITS);
    memcpy(a, old, n * sizeof *a);
    sr_vec_axpy(n, -h, direction, a);
    const double down = value(b, SR_WANT_LOGITS);
    memcpy(a, old, n * sizeof *a);
    return (up - down) / (2 * (double)h);
}

/* Rounding is within 1e-5 of the largest the product could be: sums of under
 * 100 terms of 6e-8 each; with a small h it is divided by h, and h^2 times a
 * third derivative of a few units comes on top. */
static void check_gradient(const struct bench *b, float *a, size_t n,
                           const float *gradient, const char *what)
{
    for (uint64_t i = 0; i < DIRECTIONS; i++) {
        const float *v = noise(n, 20 + i);
        const double got = sr_vec_dot(n, gradient, v);
        const double want = slope(b, a, n, v);
        const double scale = sr_vec_norm2(n, gradient) * sr_vec_norm2(n, v) +
                             sr_vec_norm2(b->ny, b->dy);
        const double h = (double)b->c->h;
        const double tolerance = h < 1 ? 10 * h * h : 1e-5;
        ck_assert_msg(fabs(got - want) <= tolerance * scale,
                      "%s (%s), %s: %g, expected %g", b->c->op->name, b->c->why,
                      what, got, want);
    }
}

START_TEST(every_op_has_a_case)
{
    static const struct sr_op *const ops[] = {
#define SR_OP(name) &sr_op_##name,
        SR_OP_LIST(SR_OP)
#undef SR_OP
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        int found = 0;
        for (int k = 0; k < CASES; k++)
            found += cases[k].op == ops[i];
        ck_assert_msg(found > 0, "%s has no case here", ops[i]->name);
    }
}
END_TEST

START_TEST(shapes_follow_the_rule)
{
    for (int i = 0; i < CASES; i++) {
        const struct bench b = make(&cases[i]);
        ck_assert_int_eq(b.node->out.h, cases[i].out.h);
        ck_assert_int_eq(b.node->out.w, cases[i].out.w);
        ck_assert_int_eq(b.node->out.c, cases[i].out.c);
    }
}
END_TEST

START_TEST(gradient_of_the_input)
{
    for (int i = 0; i < CASES; i++) {
        const struct bench b = make(&cases[i]);
        backward(&b, false);
        for (int k = 0; k < cases[i].op->inputs; k++)
            check_gradient(&b, b.x[k], b.nx[k], b.dx[k], "input");
    }
}
END_TEST

START_TEST(gradients_of_the_parameters)
{
    for (int i = 0; i < CASES; i++) {
        const struct bench b = make(&cases[i]);
        backward(&b, true);
        for (int k = 0; k < b.graph->params; k++) {
            const struct sr_param *p = &b.graph->param[k];
            if (p->grad)
                check_gradient(&b, p->value, p->count, p->grad, p->name);
        }
    }
}
END_TEST

/* The gradients are what is there plus what was computed: once more doubles
 * them, exactly, but for one rounding of the sum. */
START_TEST(gradients_of_the_parameters_are_added)
{
    for (int i = 0; i < CASES; i++) {
        const struct bench b = make(&cases[i]);
        const size_t n = b.graph->trainable;
        float *once = noise(n, 30);
        backward(&b, true);
        memcpy(once, b.graph->grads, n * sizeof *once);
        backward(&b, true);
        for (size_t j = 0; j < n; j++)
            ck_assert_float_eq_tol(b.graph->grads[j], 2 * once[j],
                                   1e-5f * (1 + fabsf(once[j])));
    }
}
END_TEST

START_TEST(parameters_are_left_alone_unless_wanted)
{
    for (int i = 0; i < CASES; i++) {
        const struct bench b = make(&cases[i]);
        const size_t bytes = b.graph->trainable * sizeof(float);
        float *before = noise(b.graph->trainable, 31);
        memcpy(b.graph->grads, before, bytes);
        backward(&b, false);
        ck_assert_int_eq(memcmp(b.graph->grads, before, bytes), 0);
    }
}
END_TEST

/* An op that says in_place gives the same with y on x and dx on dy. */
START_TEST(in_place_changes_nothing)
{
    for (int i = 0; i < CASES; i++) {
        const struct bench b = make(&cases[i]);
        if (!cases[i].op->in_place)
            continue;
        backward(&b, false);
        float *x = noise(b.nx[0], 32), *d = noise(b.ny, 33);
        memcpy(x, b.x[0], b.nx[0] * sizeof *x);
        memcpy(d, b.dy, b.ny * sizeof *d);

        struct sr_op_call call = call_of(&b);
        call.want = SR_WANT_INPUT;
        call.x[0] = x;
        call.y = x;
        cases[i].op->forward(&call);
        ck_assert_int_eq(memcmp(x, b.y, b.ny * sizeof *x), 0);

        call.x[0] = b.x[0];
        call.dy = d;
        call.dx[0] = d;
        cases[i].op->backward(&call);
        ck_assert_int_eq(memcmp(d, b.dx[0], b.nx[0] * sizeof *d), 0);
    }
}
END_TEST

/* ReLU forward, softplus(10)'s slope for the attack, SiLU's for the update. */
START_TEST(each_role_has_its_slope)
{
    static const char *const slopes[SR_ROLES] = {"relu", "softplus", "silu"};
    const struct op_case c = {
        .op = &sr_op_act, .in = {3, 3, 2}, .act = "relu", .h = 1};
    struct bench b = make(&c);
    float *want = noise(b.nx[0], 40);
    const float ten = 10;
    for (int r = 0; r < SR_ROLES; r++) {
        b.node->u.act.activation.act[r] = nets_act(slopes[r]);
        b.node->u.act.p[r][0] = ten;
        struct sr_op_call call = call_of(&b);
        call.role = (enum sr_role)r;
        call.want = SR_WANT_INPUT;
        call.dy = b.dy;
        call.dx[0] = b.dx[0];
        c.op->forward(&call);
        c.op->backward(&call);
        sr_act_slope(call.engine, nets_act(slopes[r]), &ten, b.nx[0], b.x[0],
                     want);
        for (size_t i = 0; i < b.nx[0]; i++)
            ck_assert(b.dx[0][i] == b.dy[i] * want[i]);
        for (size_t i = 0; i < b.ny; i++)
            ck_assert(b.y[i] == (b.x[0][i] > 0 ? b.x[0][i] : 0));
    }
}
END_TEST

/* Running statistics move only with track, by momentum 0.1, and the variance
 * that enters is the unbiased one. */
START_TEST(running_statistics)
{
    const struct op_case c = {.op = &sr_op_bnorm,
                              .in = {2, 2, 1},
                              .out = {2, 2, 1},
                              .node.u.bnorm = {1e-5f, 0.1f},
                              .h = 1,
                              .batch = true};
    const struct bench b = make(&c);
    float *mean = b.node->p[SR_SLOT_MEAN]->value,
          *var = b.node->p[SR_SLOT_VAR]->value;
    const float mean0 = *mean, var0 = *var;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < b.nx[0]; i++)
        sum += (double)b.x[0][i];
    const double m = sum / (double)b.nx[0];
    for (size_t i = 0; i < b.nx[0]; i++)
        squares += ((double)b.x[0][i] - m) * ((double)b.x[0][i] - m);

    value(&b, SR_WANT_LOGITS);
    ck_assert(*mean == mean0 && *var == var0);
    struct sr_op_call call = call_of(&b);
    call.track = true;
    c.op->forward(&call);
    ck_assert_double_eq_tol((double)*mean, 0.9 * (double)mean0 + 0.1 * m, 1e-6);
    ck_assert_double_eq_tol(
        (double)*var,
        0.9 * (double)var0 + 0.1 * squares / (double)(b.nx[0] - 1), 1e-6);
}
END_TEST

enum { DROPPED = 5000, NUMBERS = 60 };

/* What the op makes of images of ones. */
static float *drop(bool images, int number, int n, const uint64_t *keys)
{
    const struct op_case c = {.op = &sr_op_drop,
                              .in = {3, 4, 5},
                              .node.u.drop = {0.4f, images, number}};
    const struct bench b = make(&c);
    float *x = noise((size_t)n * NUMBERS, 41);
    float *y = noise((size_t)n * NUMBERS, 42);
    for (int i = 0; i < n * NUMBERS; i++)
        x[i] = 1;
    struct sr_op_call call = {.engine = nets_engine(),
                              .node = b.node,
                              .n = n,
                              .drop = keys,
                              .x = {x},
                              .y = y};
    c.op->forward(&call);
    return y;
}

static uint64_t *drop_keys(void)
{
    uint64_t *keys = SR_TAKE(sr_test_arena(), DROPPED, uint64_t);
    for (uint64_t i = 0; i < DROPPED; i++)
        keys[i] = sr_rng_key(1, SR_RNG_TEST, i, 0, 0);
    return keys;
}

/* A share of `rate` is gone and the rest is worth 1 / (1 - rate).  The share of
 * 5000 images is off by more than five deviations sqrt(0.4 0.6 / 5000) once in
 * a million draws. */
START_TEST(drop_keeps_its_share)
{
    for (int images = 0; images < 2; images++) {
        const float *y = drop(images, 7, DROPPED, drop_keys());
        int gone = 0;
        for (int i = 0; i < DROPPED * NUMBERS; i++) {
            const float first = y[i / NUMBERS * NUMBERS];
            gone += y[i] == 0;
            ck_assert(y[i] == 0 || fabsf(y[i] - 1 / 0.6f) < 1e-6f);
            ck_assert(!images || y[i] == first);
        }
        ck_assert_double_eq_tol((double)gone / (DROPPED * NUMBERS), 0.4,
                                5 * sqrt(0.4 * 0.6 / DROPPED));
    }
}
END_TEST

/* What an image loses belongs to its key and to the node, not to its place. */
START_TEST(drop_is_keyed)
{
    const uint64_t *keys = drop_keys();
    const size_t image = NUMBERS * sizeof(float), all = DROPPED * image;
    for (int images = 0; images < 2; images++) {
        const float *y = drop(images, 7, DROPPED, keys);
        const float *alone = drop(images, 7, 1, keys + 99);
        ck_assert_mem_eq(alone, y + 99 * NUMBERS, image);
        ck_assert_mem_eq(drop(images, 7, DROPPED, keys), y, all);
        ck_assert_mem_ne(drop(images, 8, DROPPED, keys), y, all);
    }
}
END_TEST

SR_SUITE(graph_ops)
{
    return sr_suite(
        "graph/ops",
        (const TTest *[]){
            every_op_has_a_case, shapes_follow_the_rule, gradient_of_the_input,
            gradients_of_the_parameters, gradients_of_the_parameters_are_added,
            parameters_are_left_alone_unless_wanted, in_place_changes_nothing,
            each_role_has_its_slope, running_statistics, drop_keeps_its_share,
            drop_is_keyed, NULL});
}
