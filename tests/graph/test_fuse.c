/* Joined layers against the same layers one by one: not one bit may change. */
#include "graph/fuse.h"

#include "nets.h"

enum { IMAGES = 3, CLASSES = 6 };

/* Chains that can be joined and some that cannot, 6x5 images of 4 channels:
 * pre-activation, a shortcut computed before and one after its branch, with
 * and without batch norm, a value read twice, an activation that learns. */
static struct sr_graph *mixture(void)
{
    static const struct sr_node none;
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){6, 5, 4},
                                      sr_test_arena());
    int x = nets_append(g, &sr_op_bnorm, "pre.bn", 0, 0, nets_bnorm());
    x = nets_append(g, &sr_op_act, "pre.act", x, 0, nets_act_node("gelu"));
    int s =
        nets_append(g, &sr_op_conv, "a.short", x, 0, nets_conv(8, 1, 2, 0, 1));
    int y =
        nets_append(g, &sr_op_conv, "a.conv", x, 0, nets_conv(8, 3, 2, 1, 0));
    y = nets_append(g, &sr_op_bnorm, "a.bn", y, 0, nets_bnorm());
    x = nets_append(g, &sr_op_add, "a.add", s, y, none);
    y = nets_append(g, &sr_op_conv, "b.conv", x, 0, nets_conv(8, 3, 1, 1, 0));
    y = nets_append(g, &sr_op_act, "b.act", y, 0, nets_act_node("psilu"));
    y = nets_append(g, &sr_op_bnorm, "b.bn", y, 0, nets_bnorm());
    s = nets_append(g, &sr_op_conv, "b.short", x, 0, nets_conv(8, 1, 1, 0, 0));
    s = nets_append(g, &sr_op_bnorm, "b.shortbn", s, 0, nets_bnorm());
    x = nets_append(g, &sr_op_add, "b.add", y, s, none);
    x = nets_append(g, &sr_op_act, "b.last", x, 0, nets_act_node("silu"));
    x = nets_append(g, &sr_op_add, "c.twice", x, x, none);
    x = nets_append(g, &sr_op_act, "c.act", x, 0, nets_act_node("elu"));
    x = nets_append(g, &sr_op_globalpool, "pool", x, 0, none);
    nets_append(g, &sr_op_linear, "linear", x, 0,
                nets_conv(CLASSES, 1, 1, 0, 1));
    return g;
}

/* A block so wide that its slopes are computed again, with a shortcut that is
 * read for that alone, and batch norm before a convolution. */
static struct sr_graph *wide(void)
{
    static const struct sr_node none;
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){4, 3, 4},
                                      sr_test_arena());
    int x =
        nets_append(g, &sr_op_conv, "stem", 0, 0, nets_conv(60, 1, 1, 0, 1));
    int y = nets_append(g, &sr_op_bnorm, "pre.bn", x, 0, nets_bnorm());
    y = nets_append(g, &sr_op_act, "pre.act", y, 0, nets_act_node("silu"));
    y = nets_append(g, &sr_op_conv, "conv", y, 0, nets_conv(60, 3, 1, 1, 0));
    y = nets_append(g, &sr_op_bnorm, "bn", y, 0, nets_bnorm());
    x = nets_append(g, &sr_op_add, "add", y, x, none);
    x = nets_append(g, &sr_op_act, "act", x, 0, nets_act_node("gelu"));
    x = nets_append(g, &sr_op_globalpool, "pool", x, 0, none);
    nets_append(g, &sr_op_linear, "linear", x, 0,
                nets_conv(CLASSES, 1, 1, 0, 1));
    return g;
}

/* Sums of a batch norm and a convolution without one, computed before it or
 * after: the convolution must not get the other's batch norm. */
static struct sr_graph *beside(void)
{
    static const struct sr_node none;
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){4, 3, 4},
                                      sr_test_arena());
    int s = nets_append(g, &sr_op_bnorm, "a.bn", 0, 0, nets_bnorm());
    int y =
        nets_append(g, &sr_op_conv, "a.conv", 0, 0, nets_conv(4, 3, 1, 1, 0));
    int x = nets_append(g, &sr_op_add, "a.add", y, s, none);
    y = nets_append(g, &sr_op_conv, "b.conv", x, 0, nets_conv(4, 1, 1, 0, 1));
    s = nets_append(g, &sr_op_bnorm, "b.bn", x, 0, nets_bnorm());
    x = nets_append(g, &sr_op_add, "b.add", y, s, none);
    x = nets_append(g, &sr_op_globalpool, "pool", x, 0, none);
    nets_append(g, &sr_op_linear, "linear", x, 0,
                nets_conv(CLASSES, 1, 1, 0, 1));
    return g;
}

static struct sr_graph *finished(struct sr_graph *g, bool fuse)
{
    if (fuse)
        sr_graph_fuse(g);
    sr_graph_finish(g);
    nets_fill(g, 90);
    return g;
}

static int find(const struct sr_graph *g, const char *name)
{
    for (int i = 0; i < g->nodes; i++)
        if (strcmp(g->node[i].label, name) == 0)
            return i;
    return -1;
}

START_TEST(what_is_joined)
{
    const struct sr_graph *g = finished(mixture(), true);
    static const char *const names[] = {"pre.bn to pre.act",
                                        "a.short to a.add",
                                        "a.conv to a.bn",
                                        "b.conv",
                                        "b.act",
                                        "b.bn to b.last",
                                        "b.short to b.shortbn",
                                        "c.twice to c.act",
                                        "pool",
                                        "linear"};
    ck_assert_int_eq(g->nodes, 1 + (int)(sizeof names / sizeof *names));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(find(g, names[i]) > 0, "no %s", names[i]);
    const struct sr_node *a = &g->node[find(g, "a.short to a.add")];
    ck_assert_int_eq(a->inputs, 2);
    ck_assert_int_eq(a->input[1], find(g, "a.conv to a.bn"));
}
END_TEST

/* What one kind of pass computes. */
struct result {
    float *z, *gx, *grads;
};

static struct result result_of(struct sr_graph *g, unsigned want, bool batch)
{
    const size_t pixels = IMAGES * sr_shape_floats(g->node[0].out);
    const struct sr_run_pass pass = {
        .want = want, .batch = batch, .role = SR_ROLE_ATTACK};
    struct result r = {noise(IMAGES * CLASSES, 1), noise(pixels, 2), g->grads};
    struct sr_run run;
    sr_run_open(g, want, IMAGES, sr_test_arena(), &run);
    memcpy(run.block, noise(run.floats, 3), run.floats * sizeof(float));
    memset(g->grads, 0, g->trainable * sizeof(float));
    sr_run_forward(&run, &pass, IMAGES, noise(pixels, 4), r.z);
    if (want != SR_WANT_LOGITS)
        sr_run_backward(&run, noise(IMAGES * CLASSES, 5),
                        want & SR_WANT_INPUT ? r.gx : NULL);
    return r;
}

static void expect_same_bits(struct sr_graph *(*net)(void))
{
    for (unsigned want = 0; want < SR_WANTS; want++)
        for (int batch = 0; batch < 2; batch++) {
            struct sr_graph *joined = finished(net(), true);
            struct sr_graph *single = finished(net(), false);
            const struct result a = result_of(joined, want, batch);
            const struct result b = result_of(single, want, batch);
            const size_t pixels = IMAGES * sr_shape_floats(joined->node[0].out);
            ck_assert_uint_eq(joined->trainable, single->trainable);
            ck_assert_mem_eq(a.z, b.z, IMAGES * CLASSES * sizeof *a.z);
            ck_assert_mem_eq(a.gx, b.gx, pixels * sizeof *a.gx);
            ck_assert_mem_eq(a.grads, b.grads,
                             joined->trainable * sizeof *a.grads);
        }
}

START_TEST(joining_changes_no_bit)
{
    expect_same_bits(mixture);
    expect_same_bits(nets_residual_layers);
    expect_same_bits(wide);
    expect_same_bits(beside);
}
END_TEST

SR_SUITE(graph_fuse)
{
    return sr_suite(
        "graph/fuse",
        (const TTest *[]){what_is_joined, joining_changes_no_bit, NULL});
}
