/* Every network against PyTorch (proof: golden): logits and the gradient of the
 * input, in inference mode.
 *
 * scripts/make_golden_nets.py ran torchvision's classes, and small twins where
 * torchvision has none, in float64 on weights and images drawn by formula. */
#include "../golden.h"
#include "base/rng.h"
#include "base/text.h"
#include "models.h"

enum { IMAGES = 2, CLASSES = 10 };

struct net {
    const char *name;
    int side, channels, seed, offset;
    json_t *settings; /* {key of model.: text} */
};

static struct net net_at(const struct golden *golden, size_t i)
{
    struct net net;
    const json_t *nets = json_object_get(golden->doc, "nets");
    ck_assert_int_eq(json_unpack(json_array_get(nets, i), "{ss so si si si si}",
                                 "name", &net.name, "settings", &net.settings,
                                 "side", &net.side, "channels", &net.channels,
                                 "seed", &net.seed, "offset", &net.offset),
                     0);
    return net;
}

static void set_options(struct sr_model_opts *opts, json_t *settings)
{
    const char *key;
    json_t *text;
    char why[512];
    json_object_foreach (settings, key, text) {
        const struct sr_opt *row = sr_model_rows;
        while (row->key && strcmp(row->key, key) != 0)
            row++;
        ck_assert_msg(row->key && sr_opt_set(row, opts, json_string_value(text),
                                             why, sizeof why),
                      "%s", key);
    }
}

static struct sr_model *build(const struct golden *golden,
                              const struct net *net)
{
    const struct sr_activation a = models_activation("silu");
    const struct sr_problem problem = {net->side, net->side, net->channels,
                                       CLASSES,   {0},       {0}};
    struct sr_model_opts *opts = models_opts(net->name);
    struct sr_model *model;
    struct sr_err err;
    set_options(opts, net->settings);
    opts->mean = golden_reals(golden, "mean");
    opts->std = golden_reals(golden, "std");
    opts->mean.n = opts->std.n = net->channels;
    SR_GOOD(sr_model_build(opts, &a, &problem, IMAGES, SR_WANT_INPUT,
                           nets_engine(), sr_test_arena(), &model, &err),
            err);
    for (int i = 0; i < model->params; i++)
        golden_draw_param(&model->param[i], i, (uint64_t)net->seed);
    sr_model_changed(model);
    return model;
}

/* In [-1, 1). */
static void draw_dz(const struct net *net, float *dz)
{
    const uint64_t key =
        sr_rng_key((uint64_t)net->seed, SR_RNG_TEST, DRAW_DZ, 0, 0);
    for (uint64_t i = 0; i < IMAGES * CLASSES; i++)
        dz[i] = 2 * sr_rng_uniform(key, i) - 1;
}

START_TEST(computes_as_pytorch_does)
{
    struct golden golden;
    golden_open("nets", &golden);
    const struct net net = net_at(&golden, (size_t)_i);
    const size_t pixels =
        (size_t)net.side * (size_t)net.side * (size_t)net.channels;
    struct sr_model *model = build(&golden, &net);
    const struct sr_pass pass = {.want = SR_WANT_INPUT, .role = SR_ROLE_ATTACK};
    float *x = noise(IMAGES * pixels, 1), *dx = noise(IMAGES * pixels, 2);
    float *z = noise(IMAGES * CLASSES, 3), *dz = noise(IMAGES * CLASSES, 4);
    double *wide = SR_TAKE(sr_test_arena(), IMAGES * pixels, double);
    for (int i = 0; i < IMAGES; i++)
        golden_draw_image(pixels, (uint64_t)net.seed, i,
                          x + (size_t)i * pixels);
    draw_dz(&net, dz);
    sr_model_forward(model, &pass, IMAGES, x, z);
    sr_model_backward(model, IMAGES, dz, dx);

    golden.next = golden.first + net.offset;
    golden_check_numbers(
        &golden, sr_arena_format(sr_test_arena(), "%s: logits", net.name),
        IMAGES * CLASSES, z);
    for (size_t i = 0; i < IMAGES * pixels; i++)
        wide[i] = (double)dx[i];
    golden_check_tensor(&golden, net.name, "the input's gradient",
                        IMAGES * pixels, wide, 0, 0);
    golden_close(&golden);
}
END_TEST

/* A network in the table has its numbers, but for the one without a form. */
START_TEST(every_network_is_there)
{
    struct golden golden;
    golden_open("nets", &golden);
    const json_t *nets = json_object_get(golden.doc, "nets");
    for (int i = 0; sr_arch_at(i); i++) {
        bool found = strcmp(sr_arch_name(i), "sequential") == 0;
        for (size_t k = 0; k < json_array_size(nets); k++)
            found |= strcmp(net_at(&golden, k).name, sr_arch_name(i)) == 0;
        ck_assert_msg(found, "tests/golden/nets.json has no %s",
                      sr_arch_name(i));
    }
    golden_close(&golden);
}
END_TEST

/* One test each: a failure names its network, memory is given back. */
static int count_nets(void)
{
    int n = 0;
    while (sr_arch_at(n))
        n++;
    return n - 1; /* without sequential */
}

SR_SUITE(model_golden_nets)
{
    Suite *suite = sr_suite("model/golden_nets",
                            (const TTest *[]){every_network_is_there, NULL});
    TCase *each = tcase_create("computes_as_pytorch_does");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, computes_as_pytorch_does, 0, count_nets());
    suite_add_tcase(suite, each);
    return suite;
}
