#include "models.h"

static const struct sr_problem cifar = {32, 32, 3, 10, {0}, {0}};

static const struct sr_param *find(const struct sr_model *model,
                                   const char *name)
{
    for (int i = 0; i < model->params; i++)
        if (strcmp(model->param[i].name, name) == 0)
            return &model->param[i];
    ck_abort_msg("no %s", name);
}

static double deviation(const struct sr_param *p)
{
    return sr_vec_norm2(p->count, p->value) / sqrt((double)p->count);
}

/* The deviation of n normal numbers is off by 1 / sqrt(2 n): 0.5 % for the
 * 18,432 and more used here; five times that is allowed. */
START_TEST(filters_start_as_pytorch_draws_them)
{
    const struct sr_model *small =
        models_build(models_opts("resnet20"), "relu", cifar, 1);
    const struct sr_param *fan_in = find(small, "layer3.0.conv1.weight");
    ck_assert_double_eq_tol(deviation(fan_in) * sqrt(9 * 32 / 2.0), 1, 0.025);

    const struct sr_model *large =
        models_build(models_opts("resnet18"), "relu", cifar, 1);
    const struct sr_param *fan_out = find(large, "layer2.0.conv1.weight");
    ck_assert_double_eq_tol(deviation(fan_out) * sqrt(9 * 128 / 2.0), 1, 0.025);
    ck_assert_float_gt(sr_vec_norm_max(fan_out->count, fan_out->value),
                       3 * sqrtf(2 / (9 * 128.0f))); /* normal, not uniform */
}
END_TEST

/* Uniform within 1 / sqrt(fan_in): deviation bound / sqrt(3), never beyond. */
START_TEST(linear_layers_and_sequences_start_uniform)
{
    const struct sr_model *model =
        models_build(models_opts("resnet18"), "relu", cifar, 1);
    const struct sr_param *w = find(model, "linear.weight");
    const float bound = 1 / sqrtf(512);
    ck_assert_float_le(sr_vec_norm_max(w->count, w->value), bound);
    ck_assert_double_eq_tol(deviation(w) * sqrt(3 * 512), 1, 0.05);

    const struct sr_model *list = models_small();
    const struct sr_param *conv = find(list, "0.weight");
    ck_assert_float_le(sr_vec_norm_max(conv->count, conv->value),
                       1 / sqrtf(27));
    ck_assert_float_gt(sr_vec_norm_max(conv->count, conv->value),
                       0.9f / sqrtf(27));
}
END_TEST

/* Normal with deviation 0.01, off by 1 / sqrt(2 n) of it, and no biases. */
START_TEST(vgg_starts_as_torchvision_draws_it)
{
    struct sr_model_opts *opts = models_opts("vgg16_bn");
    opts->width = 1 / 16.0;
    const struct sr_model *model = models_build(opts, "relu", cifar, 1);
    const struct sr_param *w = find(model, "classifier.3.weight");
    ck_assert_double_eq_tol(deviation(w) / 0.01, 1, 0.025);
    const struct sr_param *filters = find(model, "features.40.weight");
    ck_assert_double_eq_tol(deviation(filters) * sqrt(9 * 32 / 2.0), 1, 0.04);
    const char *const biases[] = {"features.0.bias", "classifier.6.bias"};
    for (int i = 0; i < 2; i++)
        ck_assert_float_eq(sr_vec_norm_max(find(model, biases[i])->count,
                                           find(model, biases[i])->value),
                           0);
}
END_TEST

/* Filters normal with PyTorch's or TensorFlow's fan_out, in which a group's
 * filters are all or one; linear layers uniform within 1 / sqrt(10), and no
 * biases.  Of 48 x 25 filters the deviation is off by 2 %, five times that is
 * allowed. */
START_TEST(efficientnets_start_as_published)
{
    static const struct {
        const char *arch, *filters, *linear, *bias;
        double fan_out;
    } cases[] = {
        {"efficientnet_b0", "features.4.0.block.1.0.weight",
         "classifier.1.weight", "features.4.0.block.2.fc1.bias", 9 * 96},
        {"tf_efficientnet_b0", "blocks.3.0.conv_dw.weight", "classifier.weight",
         "blocks.3.0.se.conv_reduce.bias", 9},
    };
    for (int i = 0; i < 2; i++) {
        struct sr_model_opts *opts = models_opts(cases[i].arch);
        opts->width = 0.4;
        const struct sr_model *model = models_build(opts, "relu", cifar, 1);
        const struct sr_param *w = find(model, cases[i].filters);
        const struct sr_param *linear = find(model, cases[i].linear);
        const struct sr_param *bias = find(model, cases[i].bias);
        ck_assert_double_eq_tol(deviation(w) * sqrt(cases[i].fan_out / 2), 1,
                                0.1);
        ck_assert_float_le(sr_vec_norm_max(linear->count, linear->value),
                           1 / sqrtf(10));
        ck_assert_float_gt(sr_vec_norm_max(linear->count, linear->value),
                           0.99f / sqrtf(10));
        ck_assert_float_eq(sr_vec_norm_max(bias->count, bias->value), 0);
    }
}
END_TEST

START_TEST(batch_norm_starts_as_identity)
{
    const struct sr_model *model = models_small();
    const float want[] = {1, 0, 0, 1};
    const char *names[] = {"1.weight", "1.bias", "1.running_mean",
                           "1.running_var"};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 6; k++)
            ck_assert_float_eq(find(model, names[i])->value[k], want[i]);
}
END_TEST

START_TEST(learned_activations_start_as_their_row_says)
{
    const struct sr_model *model =
        models_build(models_opts("resnet20"), "pssilu", cifar, 1);
    const struct sr_param *p = find(model, "activation.weight");
    ck_assert_int_eq((int)p->count, 2);
    ck_assert_float_eq(p->value[0], 1);
    ck_assert_float_eq(p->value[1], 1e-8f);
}
END_TEST

START_TEST(the_seed_decides)
{
    struct sr_model *model = models_small();
    const size_t bytes = model->trainable * sizeof(float);
    float *first = noise(model->trainable, 1);
    memcpy(first, model->values, bytes);
    sr_model_init(model, 2);
    ck_assert_int_ne(memcmp(first, model->values, bytes), 0);
    sr_model_init(model, 1);
    ck_assert_int_eq(memcmp(first, model->values, bytes), 0);
}
END_TEST

SR_SUITE(model_init)
{
    return sr_suite(
        "model/init",
        (const TTest *[]){filters_start_as_pytorch_draws_them,
                          linear_layers_and_sequences_start_uniform,
                          vgg_starts_as_torchvision_draws_it,
                          efficientnets_start_as_published,
                          batch_norm_starts_as_identity,
                          learned_activations_start_as_their_row_says,
                          the_seed_decides, NULL});
}
