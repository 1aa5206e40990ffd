/* Images that differ little from known ones: by their windows they must get the
 * very numbers of a whole pass. */
#include "base/rng.h"
#include "graph/fuse.h"
#include "nets.h"

enum { IMAGES = 5, CLASSES = 6, ROUNDS = 30, LAYERS = 3 };

/* A stack of convolutions, each with an activation if that is named. */
static const struct net {
    const char *why;
    struct sr_shape image;
    struct {
        int out, k, stride, pad;
    } layer[LAYERS];
    const char *act;
    int depth; /* nodes that can be had by windows */
} nets[] = {
    {"grey, stride 2",
     {11, 9, 1},
     {{5, 3, 1, 1}, {18, 3, 2, 1}, {4, 3, 2, 1}},
     "silu",
     4},
    {"pixels that nobody sees",
     {12, 13, 3},
     {{4, 2, 3, 0}, {9, 2, 1, 1}},
     "gelu",
     3},
    {"a large filter, no activation", {9, 14, 2}, {{17, 7, 2, 3}}, NULL, 2},
    {"windows cut at every side",
     {3, 4, 3},
     {{40, 3, 1, 2}, {3, 3, 1, 1}},
     "softplus",
     3},
    {"outputs that see padding alone", {6, 6, 3}, {{4, 3, 1, 3}}, "silu", 0},
    {"most products after it", {6, 6, 1}, {{12, 1, 1, 0}}, "silu", 0},
};
enum { NETS = sizeof nets / sizeof *nets };

static struct sr_graph *build(const struct net *net)
{
    const struct sr_node normalize = {
        .u.normalize = {{0.4f, 0.5f, 0.6f, 0.1f}, {0.3f, 0.2f, 0.1f, 1}}};
    struct sr_graph *g =
        sr_graph_new(nets_engine(), net->image, sr_test_arena());
    int x = nets_append(g, &sr_op_normalize, "normalize", 0, 0, normalize);
    for (int i = 0; i < LAYERS && net->layer[i].out > 0; i++) {
        const char *name = sr_arena_format(sr_test_arena(), "conv%d", i);
        const char *act = sr_arena_format(sr_test_arena(), "act%d", i);
        x = nets_append(g, &sr_op_conv, name, x, 0,
                        nets_conv(net->layer[i].out, net->layer[i].k,
                                  net->layer[i].stride, net->layer[i].pad, 1));
        if (net->act)
            x = nets_append(g, &sr_op_act, act, x, 0, nets_act_node(net->act));
    }
    x = nets_append(g, &sr_op_flatten, "flat", x, 0, (struct sr_node){0});
    nets_append(g, &sr_op_linear, "linear", x, 0,
                nets_conv(CLASSES, 1, 1, 0, 1));
    sr_graph_fuse(g);
    sr_graph_finish(g);
    nets_fill(g, 100);
    return g;
}

static int below(uint64_t key, uint64_t i, int n)
{
    return (int)sr_rng_below(key, i, (uint64_t)n);
}

static struct sr_patch draw_window(struct sr_shape s, uint64_t key)
{
    const int top = below(key, 0, s.h), left = below(key, 1, s.w);
    return (struct sr_patch){top, left, 1 + below(key, 2, s.h - top),
                             1 + below(key, 3, s.w - left)};
}

static void change(struct sr_shape s, struct sr_patch at, uint64_t seed,
                   float *x)
{
    const float *other = noise(sr_shape_floats(s), seed);
    for (int y = at.top; y < at.top + at.h; y++) {
        const int row = (y * s.w + at.left) * s.c;
        memcpy(x + row, other + row, (size_t)(at.w * s.c) * sizeof *x);
    }
}

/* Windows are asked about; every other time the base then moves there. */
static void walk(const struct net *net, struct sr_run *run)
{
    const size_t pixels = sr_shape_floats(net->image);
    const struct sr_run_pass pass = {.want = SR_WANT_LOGITS};
    float *x = noise(IMAGES * pixels, 1), *base = noise(IMAGES * pixels, 1);
    float *got = noise(IMAGES * CLASSES, 2), *want = noise(IMAGES * CLASSES, 3);
    struct sr_neighbour image[IMAGES];
    for (int i = 0; i < IMAGES; i++)
        image[i] = (struct sr_neighbour){
            .x = x + (size_t)i * pixels,
            .base = base + (size_t)i * pixels,
            .renewed = {0, 0, net->image.h, net->image.w},
            .kept = noise(run->near.kept_floats, 4 + (uint64_t)i)};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < IMAGES; i++) {
            const uint64_t key = sr_rng_mix(round * IMAGES + (uint64_t)i + 1);
            image[i].news = draw_window(net->image, key);
            change(net->image, image[i].news, key, x + (size_t)i * pixels);
        }
        const int n = IMAGES - (int)(round % 2);
        sr_run_forward_near(run, &pass, n, image, got);
        sr_run_forward(run, &pass, n, x, want);
        for (int k = 0; k < n * CLASSES; k++)
            ck_assert_msg(got[k] == want[k], "%s: %g is not %g", net->why,
                          (double)got[k], (double)want[k]);
        for (int i = 0; i < n; i++) {
            const bool moves = (round + (uint64_t)i) % 2;
            float *from = moves ? x : base, *to = moves ? base : x;
            memcpy(to + (size_t)i * pixels, from + (size_t)i * pixels,
                   pixels * sizeof *x);
            image[i].renewed = moves ? image[i].news : (struct sr_patch){0};
        }
        for (int i = n; i < IMAGES; i++)
            memcpy(x + (size_t)i * pixels, base + (size_t)i * pixels,
                   pixels * sizeof *x);
    }
}

START_TEST(the_numbers_of_a_whole_pass)
{
    for (int i = 0; i < NETS; i++) {
        struct sr_run run;
        struct sr_graph *g = build(&nets[i]);
        sr_run_open(g, 0, IMAGES, sr_test_arena(), &run);
        memcpy(run.block, noise(run.floats, 6), run.floats * sizeof(float));
        ck_assert_msg(run.near.depth == nets[i].depth, "%s: %d nodes",
                      nets[i].why, run.near.depth);
        if (run.near.depth > 0)
            walk(&nets[i], &run);
    }
}
END_TEST

/* Shortcuts and batch norms need the whole. */
START_TEST(not_of_a_residual_network)
{
    struct sr_run run;
    sr_run_open(nets_residual(), 0, IMAGES, sr_test_arena(), &run);
    ck_assert_int_eq(run.near.depth, 0);
}
END_TEST

SR_SUITE(graph_near)
{
    return sr_suite("graph/near",
                    (const TTest *[]){the_numbers_of_a_whole_pass,
                                      not_of_a_residual_network, NULL});
}
