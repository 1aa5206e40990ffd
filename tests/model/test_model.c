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

struct expected {
    size_t parameters;
    struct sr_problem problem;
    char hash[SR_SHA256_TEXT];
};

/* The line of expected.txt about this network. */
static struct expected expected_of(const char *name)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    struct expected e = {0};
    struct sr_problem *p = &e.problem;
    SR_GOOD(sr_file_read("tests/model/expected.txt", 1 << 20, SR_EDATA,
                         sr_test_arena(), &bytes, &size, &err),
            err);
    const char *start = sr_arena_format(sr_test_arena(), "\n%s ", name);
    const char *line = strstr((char *)bytes, start);
    ck_assert_msg(line, "%s is not in expected.txt", name);
    ck_assert_int_eq(sscanf(line + strlen(start), "%zu %dx%dx%d %d %64s",
                            &e.parameters, &p->h, &p->w, &p->c, &p->classes,
                            e.hash),
                     6);
    return e;
}

static struct sr_model_opts *opts_of(const char *name)
{
    return strcmp(name, "sequential") == 0 ? models_all_kinds()
                                           : models_opts(name);
}

/* Without memory, because some have a hundred million parameters. */
START_TEST(names_shapes_and_counts)
{
    const struct sr_activation a = models_activation("silu");
    for (int i = 0; sr_arch_at(i); i++) {
        const char *name = sr_arch_name(i);
        const struct expected e = expected_of(name);
        struct sr_model *model;
        struct sr_err err;
        char hash[SR_SHA256_TEXT];
        SR_GOOD(sr_model_outline(opts_of(name), &a, &e.problem, nets_engine(),
                                 sr_test_arena(), &model, &err),
                err);
        const char *text = listing(model);
        sr_sha256(text, strlen(text), hash);
        ck_assert_msg(sr_model_parameters(model) == e.parameters &&
                          strcmp(hash, e.hash) == 0,
                      "not in expected.txt:\n%s %zu %dx%dx%d %d %s", name,
                      sr_model_parameters(model), e.problem.h, e.problem.w,
                      e.problem.c, e.problem.classes, hash);
    }
}
END_TEST

/* A step along the gradient, so short that the loss should fall by a thousandth
 * of itself, lowers it by that much: between half and three halves, because it
 * is curved and has rounding errors of up to a ten-thousandth. */
static void check_step(struct sr_model *model, const char *name)
{
    enum { N = 2 };
    const struct sr_pass pass = {.want = SR_WANT_WEIGHTS,
                                 .batchnorm = SR_BN_TRAIN,
                                 .role = SR_ROLE_UPDATE};
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
    const double slope = pow(sr_vec_norm2(model->trainable, model->grads), 2);
    const double fall = 1e-3 * (double)(before[0] + before[1]);
    sr_vec_axpy(model->trainable, (float)(-fall / slope), model->grads,
                model->values);
    sr_model_changed(model);
    sr_model_forward(model, &pass, N, x, z);
    sr_loss(SR_LOSS_CE, N, classes, z, y, after, NULL);
    const double fell = (double)(before[0] - after[0]) + before[1] - after[1];
    ck_assert_msg(fabs(fell / fall - 1) < 0.5,
                  "%s: the loss fell by %g, not by %g", name, fell, fall);
    ck_assert_ptr_null(sr_model_first_nonfinite(model, N));
    ck_assert_int_eq(model->batches_tracked, 2);
}

/* The large ones with a quarter of their channels and a third of the pixels:
 * what they are made of stays the same. */
START_TEST(every_model_builds_and_steps)
{
    for (int i = 0; sr_arch_at(i); i++) {
        struct sr_model_opts *opts = opts_of(sr_arch_name(i));
        struct sr_problem problem = expected_of(sr_arch_name(i)).problem;
        problem.classes = 10;
        if (problem.h > 64)
            problem.h = problem.w = 64;
        if (expected_of(sr_arch_name(i)).parameters > 2000000)
            opts->width = 0.25;
        check_step(models_build(opts, "silu", problem, 2), sr_arch_name(i));
    }
}
END_TEST

/* The lists of published networks, entry by entry. */
START_TEST(state_dicts_are_the_published_ones)
{
    static const struct {
        const char *file, *arch;
        int classes, depth;
        double width;
    } cases[] = {
        {"sd_rb_resnet18", "resnet18", 10, 0, 1},
        {"sd_resnet18", "resnet18_imagenet", 1000, 0, 1},
        {"sd_resnet34", "resnet34_imagenet", 1000, 0, 1},
        {"sd_resnet50", "resnet50", 1000, 0, 1},
        {"sd_resnext50_32x4d", "resnext50_32x4d", 1000, 0, 1},
        {"sd_resnext101_32x8d", "resnext101_32x8d", 1000, 0, 1},
        {"sd_wide_resnet50_2", "wide_resnet50_2", 1000, 0, 1},
        {"sd_rb_preact18", "preactresnet18", 10, 0, 1},
        {"sd_rb_wrn_28_10", "wrn_28_10", 10, 0, 10},
        {"sd_rb_wrn_16_4", "wrn_28_10", 10, 16, 4},
        {"sd_dm_wrn_28_10_swish", "wrn_28_10_dm", 10, 0, 10},
        {"sd_efficientnet_b0", "efficientnet_b0", 1000, 0, 1},
        {"sd_efficientnet_b1", "efficientnet_b1", 1000, 0, 1},
    };
    const struct sr_activation a = models_activation("relu");
    if (!sr_test_data("facts/state_dict"))
        SR_SKIP("no facts/state_dict under SATRUN_DATA");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sr_problem problem = {32,  32, 3, cases[i].classes,
                                           {0}, {0}};
        struct sr_model_opts *opts = models_opts(cases[i].arch);
        struct sr_model *model;
        unsigned char *bytes;
        size_t size;
        struct sr_err err;
        const char *path = sr_test_data(sr_arena_format(
            sr_test_arena(), "facts/state_dict/%s.txt", cases[i].file));
        opts->depth = cases[i].depth;
        opts->width = cases[i].width;
        ck_assert_ptr_nonnull(path);
        SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                             &size, &err),
                err);
        SR_GOOD(sr_model_outline(opts, &a, &problem, nets_engine(),
                                 sr_test_arena(), &model, &err),
                err);
        ck_assert_str_eq(listing(model), (char *)bytes);
    }
}
END_TEST

/* Each name has the other library's beside it, line by line of the list of
 * timm's, torchvision's and the shape. */
START_TEST(efficientnets_have_the_names_of_two_libraries)
{
    static const char *const archs[] = {"tf_efficientnet_b0",
                                        "efficientnet_b0"};
    const char *path = sr_test_data(
        "facts/state_dict/map_efficientnet_b0_timm_torchvision.tsv");
    const struct sr_activation a = models_activation("silu");
    const struct sr_problem imagenet = {224, 224, 3, 1000, {0}, {0}};
    if (!path)
        SR_SKIP("no facts/state_dict under SATRUN_DATA");
    for (int own = 0; own < 2; own++) {
        struct sr_model *model;
        struct sr_err err;
        char name[2][100];
        int found = 0;
        SR_GOOD(sr_model_outline(models_opts(archs[own]), &a, &imagenet,
                                 nets_engine(), sr_test_arena(), &model, &err),
                err);
        FILE *file = fopen(path, "r");
        ck_assert_ptr_nonnull(file);
        while (fscanf(file, "%99s %99s %*[^\n]", name[0], name[1]) == 2) {
            if (strstr(name[0], "num_batches_tracked"))
                continue;
            ck_assert_str_eq(model->param[found].name, name[own]);
            ck_assert_str_eq(model->param[found].alias, name[!own]);
            found++;
        }
        fclose(file);
        ck_assert_int_eq(found, model->params);
    }
}
END_TEST

/* What all layers share is none of theirs. */
START_TEST(a_shared_parameter_has_one_name)
{
    const struct sr_problem problem = {8, 8, 3, 10, {0}, {0}};
    struct sr_model_opts *opts = models_opts("efficientnet_b0");
    opts->width = 0.1;
    const struct sr_model *model = models_build(opts, "psilu", problem, 1);
    int shared = 0;
    for (int i = 0; i < model->params; i++)
        if (strcmp(model->param[i].name, "activation.weight") == 0) {
            ck_assert_ptr_null(model->param[i].alias);
            shared++;
        } else {
            ck_assert_ptr_nonnull(model->param[i].alias);
        }
    ck_assert_int_eq(shared, 1);
}
END_TEST

static float running_mean_after_a_batch(double momentum)
{
    struct sr_model_opts *opts = models_opts("resnet20");
    const struct sr_pass pass = {.batchnorm = SR_BN_TRAIN};
    float z[20];
    opts->bn_momentum = momentum;
    struct sr_model *model = models_build(opts, "relu", cifar, 2);
    sr_model_forward(model, &pass, 2, noise(2 * 32 * 32 * 3, 1), z);
    ck_assert_str_eq(model->param[3].name, "bn1.running_mean");
    return model->param[3].value[0];
}

START_TEST(momentum_of_batch_norm)
{
    const float usual = running_mean_after_a_batch(NAN);
    ck_assert(usual != 0 && usual == running_mean_after_a_batch(0.1));
    ck_assert_float_eq_tol(running_mean_after_a_batch(0.01), usual / 10,
                           1e-6f * fabsf(usual));
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
    check_step(model, "resnet20 with pssilu");
}
END_TEST

SR_SUITE(model_model)
{
    return sr_suite("model/model",
                    (const TTest *[]){
                        names_shapes_and_counts, every_model_builds_and_steps,
                        state_dicts_are_the_published_ones,
                        efficientnets_have_the_names_of_two_libraries,
                        a_shared_parameter_has_one_name, momentum_of_batch_norm,
                        multiply_adds_of_resnet20, convolutions_of_resnet18,
                        unknown_names_list_the_known,
                        normalisation_comes_from_config_or_data,
                        normalisation_must_fit_the_channels,
                        learned_activations, learned_activations_step, NULL});
}
