#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/loss.h"
#include "models.h"

static const struct sr_problem cifar = {32, 32, 3, 10, {0}, {0}};

/* "name<tab>dtype<tab>[shape]", as in PyTorch's state_dict, batch norms with
 * the counter that is written when the model is saved. */
static char *listing(const struct sr_model *model)
{
    const size_t size = 100 * (size_t)(model->params + 1) * 2;
    char *text = SR_TAKE(sr_test_arena(), size, char);
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *p = &model->param[i];
        const char *var = strstr(p->name, "running_var");
        sr_text_add(text, size, "%s\tfloat32\t[", p->name);
        for (int k = 0; k < p->rank; k++)
            sr_text_add(text, size, "%s%d", k ? ", " : "", p->shape[k]);
        sr_text_add(text, size, "]\n");
        if (var)
            sr_text_add(text, size, "%.*snum_batches_tracked\tint64\t[]\n",
                        (int)(var - p->name), p->name);
    }
    return text;
}

/* expected.txt has the line this model deserves. */
static void check_line(const struct sr_model *model, const char *name)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    char hash[SR_SHA256_TEXT];
    const char *text = listing(model);
    SR_GOOD(sr_file_read("tests/model/expected.txt", 1 << 20, SR_EDATA,
                         sr_test_arena(), &bytes, &size, &err),
            err);
    sr_sha256(text, strlen(text), hash);
    const char *line = sr_arena_format(sr_test_arena(), "\n%s %zu %d %s\n",
                                       name, sr_model_parameters(model),
                                       model->problem.classes, hash);
    ck_assert_msg(strstr((char *)bytes, line), "not in expected.txt:%s", line);
}

/* One step of gradient descent along the gradient lowers the loss. */
static void check_step(struct sr_model *model, float rate)
{
    enum { N = 2 };
    const struct sr_pass pass = {SR_WANT_WEIGHTS, SR_BN_BATCH, true,
                                 SR_ROLE_UPDATE};
    const int y[N] = {3, 8}, classes = model->problem.classes;
    const size_t pixels = (size_t)model->problem.h * (size_t)model->problem.w *
                          (size_t)model->problem.c;
    const float *x = noise(N * pixels, 1);
    float *z = noise(N * (size_t)classes, 2),
          *dz = noise(N * (size_t)classes, 3);
    float before[N], after[N];
    sr_model_forward(model, &pass, N, x, z);
    sr_loss(SR_LOSS_CE, N, classes, z, y, before, dz);
    sr_model_zero_grads(model);
    sr_model_backward(model, N, dz, NULL);
    sr_vec_axpy(model->trainable, -rate, model->grads, model->values);
    sr_model_changed(model);
    sr_model_forward(model, &pass, N, x, z);
    sr_loss(SR_LOSS_CE, N, classes, z, y, after, NULL);
    ck_assert_float_lt(after[0] + after[1], before[0] + before[1]);
    ck_assert_ptr_null(sr_model_first_nonfinite(model, N));
    ck_assert_int_eq(model->batches_tracked, 2);
}

START_TEST(every_model_builds_and_steps)
{
    for (int i = 0; sr_arch_at(i); i++) {
        const char *name = sr_arch_name(i);
        struct sr_model_opts *opts = strcmp(name, "sequential") == 0
                                         ? models_all_kinds()
                                         : models_opts(name);
        struct sr_model *model = models_build(opts, "silu", cifar, 2);
        check_line(model, name);
        check_step(model, 1e-3f);
    }
}
END_TEST

/* RobustBench's CIFAR ResNet-18, entry by entry. */
START_TEST(resnet18_is_the_one_of_robustbench)
{
    const char *path = sr_test_data("facts/state_dict/sd_rb_resnet18.txt");
    if (!path)
        SR_SKIP("no facts/state_dict under SATRUN_DATA");
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    struct sr_model *model =
        models_build(models_opts("resnet18"), "relu", cifar, 1);
    ck_assert_str_eq(listing(model), (char *)bytes);
}
END_TEST

/* Nine 3x3 taps for each input channel, output channel and output pixel. */
START_TEST(multiply_adds_of_resnet20)
{
    struct sr_model *model =
        models_build(models_opts("resnet20"), "relu", cifar, 1);
    const double stem = 32 * 32 * 27 * 16.0, one = 32 * 32 * 144 * 16.0;
    const double two = 16 * 16 * 32 * (144.0 + 5 * 288);
    const double three = 8 * 8 * 64 * (288.0 + 5 * 576);
    ck_assert_double_eq(sr_model_macs(model),
                        stem + 6 * one + two + three + 640);
}
END_TEST

/* The list of convolutions is the one that multiply-adds are counted from. */
START_TEST(convolutions_of_resnet18)
{
    struct sr_model *model =
        models_build(models_opts("resnet18"), "relu", cifar, 1);
    struct sr_model_conv conv;
    double macs = 0;
    int n = 0;
    for (; (conv = sr_model_conv_at(model, n)).g; n++)
        macs += sr_conv_macs(conv.g);
    ck_assert_int_eq(n, 1 + 16 + 3 + 1); /* stem, body, shortcuts, linear */
    ck_assert_double_eq(macs, sr_model_macs(model));
    ck_assert_str_eq(sr_model_conv_at(model, 0).name, "conv1");
    ck_assert_str_eq(sr_model_conv_at(model, n - 1).name, "linear");
    ck_assert_int_eq(sr_model_conv_at(model, n - 1).g->c_in, 512);
    ck_assert_ptr_null(sr_model_conv_at(model, n).name);
}
END_TEST

START_TEST(unknown_names_list_the_known)
{
    struct sr_model *model;
    struct sr_err err;
    SR_BAD(models_try(models_opts("resnet19"), "relu", cifar, 1, &model, &err),
           err, SR_ECONFIG, "no model 'resnet19'; there are: resnet20,");
}
END_TEST

static float first_normalised(const struct sr_model_opts *opts,
                              struct sr_problem problem)
{
    const struct sr_model *model = models_build(opts, "relu", problem, 1);
    return (1 - model->mean[1]) / model->std[1];
}

/* Numbers of the config, else of the data set, else none; one number is for
 * all channels. */
START_TEST(normalisation_comes_from_config_or_data)
{
    struct sr_model_opts *opts = models_all_kinds();
    struct sr_problem problem = {8, 8, 3, 10, {0}, {0}};
    ck_assert_float_eq(first_normalised(opts, problem), 1);
    problem.mean[1] = 0.5;
    for (int i = 0; i < 3; i++)
        problem.std[i] = 0.25;
    ck_assert_float_eq(first_normalised(opts, problem), 2);
    opts->mean = (struct sr_reals){1, {0.75}};
    ck_assert_float_eq(first_normalised(opts, problem), 1);
    opts->std = (struct sr_reals){3, {1, 0.125, 1}};
    ck_assert_float_eq(first_normalised(opts, problem), 2);
}
END_TEST

START_TEST(normalisation_must_fit_the_channels)
{
    struct sr_model_opts *opts = models_opts("resnet20");
    struct sr_model *model;
    struct sr_err err;
    opts->std = (struct sr_reals){2, {1, 1}};
    SR_BAD(models_try(opts, "relu", cifar, 1, &model, &err), err, SR_ECONFIG,
           "model.std has 2 numbers for images of 3 channels");
}
END_TEST

/* A learned SmoothReLU has a parameter a site, PSSiLU one set in all. */
START_TEST(learned_activations)
{
    const size_t plain = sr_model_parameters(
        models_build(models_opts("resnet20"), "relu", cifar, 1));
    const struct sr_model *sites =
        models_build(models_opts("resnet20"), "smoothrelu_learned", cifar, 1);
    const struct sr_model *shared =
        models_build(models_opts("resnet20"), "pssilu", cifar, 1);
    ck_assert_uint_eq(sr_model_parameters(sites), plain + 19);
    ck_assert_uint_eq(sr_model_parameters(shared), plain + 2);
}
END_TEST

START_TEST(learned_activations_step)
{
    struct sr_model *model =
        models_build(models_opts("resnet20"), "pssilu", cifar, 2);
    check_step(model, 1e-3f);
}
END_TEST

SR_SUITE(model_model)
{
    return sr_suite(
        "model/model",
        (const TTest *[]){every_model_builds_and_steps,
                          resnet18_is_the_one_of_robustbench,
                          multiply_adds_of_resnet20, convolutions_of_resnet18,
                          unknown_names_list_the_known,
                          normalisation_comes_from_config_or_data,
                          normalisation_must_fit_the_channels,
                          learned_activations, learned_activations_step, NULL});
}
