#include "models.h"

static const struct sr_problem small = {8, 8, 3, 10, {0}, {0}};

/* torch.nn.Sequential's names: every layer counts, a name replaces the number.
 */
START_TEST(names_and_shapes)
{
    static const struct {
        const char *name;
        int rank, shape[4];
    } want[] = {
        {"0.weight", 4, {6, 3, 3, 3}},
        {"0.bias", 1, {6}},
        {"1.weight", 1, {6}},
        {"1.bias", 1, {6}},
        {"1.running_mean", 1, {6}},
        {"1.running_var", 1, {6}},
        {"second.weight", 4, {4, 3, 3, 3}},
        {"second.bias", 1, {4}},
        {"8.weight", 2, {10, 16}},
        {"8.bias", 1, {10}},
    };
    const struct sr_model *model = models_small();
    ck_assert_int_eq(model->params, sizeof want / sizeof *want);
    for (int i = 0; i < model->params; i++) {
        ck_assert_str_eq(model->param[i].name, want[i].name);
        ck_assert_int_eq(model->param[i].rank, want[i].rank);
        for (int k = 0; k < want[i].rank; k++)
            ck_assert_int_eq(model->param[i].shape[k], want[i].shape[k]);
    }
}
END_TEST

/* Every kind that layers.h lists has a builder. */
START_TEST(every_kind_is_built)
{
    struct sr_err err;
    struct sr_model *model;
    for (int i = 0; sr_layer_kind_at(i); i++) {
        struct sr_layer list[2] = {models_layer("flatten"),
                                   models_layer(sr_layer_kind_name(i))};
        list[1].out = list[1].kernel = 1;
        const enum sr_status built = models_try(models_sequence(list, 2),
                                                "silu", small, 1, &model, &err);
        ck_assert_int_eq(built, SR_ECONFIG); /* not 10 classes is all */
        ck_assert_msg(strstr(err.text, "the last layer"), "%s", err.text);
    }
}
END_TEST

/* One mistake in layer 0 of {conv, flatten, linear 10}. */
static void expect(struct sr_layer wrong, const char *piece)
{
    struct sr_layer list[3] = {wrong, models_layer("flatten"),
                               models_layer("linear")};
    struct sr_model *model;
    struct sr_err err;
    list[2].out = 10;
    SR_BAD(models_try(models_sequence(list, 3), "relu", small, 1, &model, &err),
           err, SR_ECONFIG, piece);
    ck_assert_str_eq(err.at.path, "net.yaml");
    ck_assert_int_eq(err.at.line, 7);
}

START_TEST(mistakes_name_layer_and_place)
{
    struct sr_layer conv = models_layer("conv"), pool = models_layer("maxpool");
    struct sr_layer act = models_layer("activation");
    expect(conv, "layer 0: a conv needs out and kernel");
    expect(pool, "layer 0: a pool needs kernel");
    expect(models_layer("linear"), "layer 0: a linear layer needs out");
    conv.out = 4;
    conv.kernel = 9;
    expect(conv, "layer 0: ");
    conv.kernel = 3;
    conv.groups = 2;
    expect(conv, "layer 0: ");
    conv.groups = 1;
    conv.name = "a b";
    expect(conv, "a name has 1 to 64");
    act.activation.alpha = 3;
    expect(act, "layer 0: slopes and alpha need a forward");
    act.activation.forward = "softplus";
    act.activation.alpha = 1e6;
    expect(act, "outside");
}
END_TEST

START_TEST(the_end_must_be_the_classes)
{
    struct sr_layer list[2] = {models_layer("globalpool"),
                               models_layer("linear")};
    struct sr_model *model;
    struct sr_err err;
    list[1].out = 7;
    SR_BAD(models_try(models_sequence(list, 2), "relu", small, 1, &model, &err),
           err, SR_ECONFIG,
           "the last layer, 1, gives 1x1 pixels of 7 channels, but the data "
           "set has 10 classes");
    SR_BAD(
        models_try(models_opts("sequential"), "relu", small, 1, &model, &err),
        err, SR_ECONFIG, "needs model.layers");
}
END_TEST

SR_SUITE(model_model_sequential)
{
    return sr_suite("model/model_sequential",
                    (const TTest *[]){names_and_shapes, every_kind_is_built,
                                      mistakes_name_layer_and_place,
                                      the_end_must_be_the_classes, NULL});
}
