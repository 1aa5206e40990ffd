#include "models.h"
#include "model/size.h"

static const struct sr_problem small = {32, 32, 3, 10, {0}, {0}};

static struct sr_model_opts *with(const char *arch, const char *key,
                                  const char *text)
{
    struct sr_model_opts *opts = models_opts(arch);
    const struct sr_opt *row = sr_model_rows;
    char why[512];
    while (strcmp(row->key, key) != 0)
        row++;
    ck_assert_msg(sr_opt_set(row, opts, text, why, sizeof why), "%s", why);
    return opts;
}

static size_t parameters(const struct sr_model_opts *opts)
{
    const struct sr_activation a = models_activation("relu");
    struct sr_model *model;
    struct sr_err err;
    SR_GOOD(sr_model_outline(opts, &a, &small, nets_engine(), sr_test_arena(),
                             &model, &err),
            err);
    return sr_model_parameters(model);
}

/* Each network of a family is another with other settings. */
START_TEST(one_network_becomes_another)
{
    static const struct {
        const char *arch, *key, *text, *is;
    } cases[] = {
        {"resnet20", "depth", "56", "resnet56"},
        {"resnet110", "depth", "20", "resnet20"},
        {"resnet18", "blocks", "3,4,6,3", "resnet34"},
        {"resnet152", "blocks", "[3, 4, 23, 3]", "resnet101"},
        {"resnet50", "group_width", "128", "wide_resnet50_2"},
        {"resnext50_32x4d", "group_width", "8", "resnext50_32x8d"},
        {"resnet50", "width", "1", "resnet50"},
        {"wrn_28_10", "depth", "34", "wrn_34_10"},
        {"efficientnet_b0", "depth_factor", "1.1", "efficientnet_b1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_uint_eq(
            parameters(with(cases[i].arch, cases[i].key, cases[i].text)),
            parameters(models_opts(cases[i].is)));
    struct sr_model_opts *next = with("resnet50", "groups", "32");
    next->group_width = 4;
    ck_assert_uint_eq(parameters(next),
                      parameters(models_opts("resnext50_32x4d")));
}
END_TEST

/* ResNet-8 of width w: a stem of 27 x 16w; in 9 x 16w x 16w, 1 + 1 for the
 * first stage, 2 + 4 and 8 + 16 for those of twice the channels; batch norms of
 * 2 for each of 3 x 16w + 2 x 32w + 2 x 64w channels; 10 (64w + 1). */
START_TEST(width_multiplies_channels)
{
    for (int w = 1; w <= 4; w++) {
        struct sr_model_opts *opts = with("resnet20", "depth", "8");
        opts->width = w;
        const size_t one = (size_t)w;
        const size_t filters = 432 * one + 2304 * one * one * (2 + 6 + 24);
        const size_t norms = 480 * one, linear = 640 * one + 10;
        ck_assert_uint_eq(parameters(opts), filters + norms + linear);
    }
    struct sr_model_opts *thin = with("resnet18", "width", "0.01");
    ck_assert_uint_gt(parameters(thin), 0); /* a channel at least */
}
END_TEST

static void expect(const struct sr_model_opts *opts, const char *says)
{
    struct sr_err err;
    SR_BAD(sr_model_check(opts, &err), err, SR_ECONFIG, says);
    struct sr_model *model;
    SR_BAD(models_try(opts, "relu", small, 1, &model, &err), err, SR_ECONFIG,
           says);
}

START_TEST(sizes_that_cannot_be)
{
    expect(with("resnet20", "depth", "21"),
           "model.depth: resnet20 has 6 n + 2 layers, such as 20 or 26, not "
           "21");
    expect(with("resnet20", "depth", "2"), "not 2");
    expect(with("resnet18", "depth", "34"),
           "model.depth: resnet18 does not take it; it takes model.blocks");
    expect(with("resnet20", "blocks", "3"),
           "model.blocks: resnet20 does not take it; it takes model.depth");
    expect(with("resnet50", "blocks", "3,4"),
           "model.blocks: 2 numbers for the 4 stages of resnet50");
    expect(with("resnet18", "groups", "2"),
           "model.groups: resnet18 does not take it, as it has no "
           "bottlenecks");
    expect(with("resnet18", "group_width", "8"), "model.group_width: resnet18");
    expect(with("resnet18", "depth_factor", "2"),
           "model.depth_factor: resnet18 does not take it");
    expect(with("resnet18", "dropout", "0.1"),
           "model.dropout: resnet18 does not take it");
    expect(with("vgg16_bn", "drop_connect", "0.1"),
           "model.drop_connect: vgg16_bn does not take it");
    expect(with("sequential", "width", "2"),
           "model.width: sequential does not take it");
    expect(with("sequential", "depth", "2"),
           "model.depth: sequential does not take it");
}
END_TEST

START_TEST(batch_norm_has_to_be_there)
{
    static const struct sr_problem mnist = {28, 28, 1, 10, {0}, {0}};
    struct sr_model *model;
    struct sr_err err;
    SR_BAD(models_try(with("small_cnn", "bn_momentum", "0.01"), "relu", mnist,
                      1, &model, &err),
           err, SR_ECONFIG, "model.bn_momentum: small_cnn has no batch norm");
    SR_BAD(models_try(with("small_cnn", "bn_eps", "0.01"), "relu", mnist, 1,
                      &model, &err),
           err, SR_ECONFIG, "model.bn_eps: small_cnn has no batch norm");
}
END_TEST

START_TEST(what_can_be_set_is_shown)
{
    static const char *const want[][2] = {
        {"resnet56", "depth=56 width=1"},
        {"resnet34", "blocks=[3,4,6,3] width=1"},
        {"resnext50_32x4d", "blocks=[3,4,6,3] width=1 groups=32 group_width=4"},
        {"efficientnet_b5", "blocks=[1,2,2,3,3,4,1] width=1.6 depth_factor=2.2 "
                            "dropout=0.4 drop_connect=0.2 bn_eps=0.001 "
                            "bn_momentum=0.01"},
        {"sequential", ""},
    };
    char text[160];
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        for (int i = 0; sr_arch_at(i); i++)
            if (strcmp(sr_arch_name(i), want[k][0]) == 0) {
                sr_arch_size(i, text, sizeof text);
                ck_assert_str_eq(text, want[k][1]);
            }
}
END_TEST

SR_SUITE(model_size)
{
    return sr_suite("model/size",
                    (const TTest *[]){
                        one_network_becomes_another, width_multiplies_channels,
                        sizes_that_cannot_be, batch_norm_has_to_be_there,
                        what_can_be_set_is_shown, NULL});
}
