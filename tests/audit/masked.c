#include "audit/masked.h"

#include "base/file.h"
#include "eval/little.h"
#include "model/layers.h"
#include "test.h"

enum { LEVELS = 16, LAYERS = 16 };

static struct sr_layers *list(void)
{
    struct sr_layers *all = SR_TAKE(sr_test_arena(), 1, struct sr_layers);
    all->layer = SR_TAKE(sr_test_arena(), LAYERS, struct sr_layer);
    return all;
}

static struct sr_layer *add(struct sr_layers *all, const char *kind,
                            const char *name, long long out)
{
    struct sr_layer *layer = SR_TAKE(sr_test_arena(), 1, struct sr_layer);
    struct sr_layer *at;
    int i = 0;
    while (strcmp(sr_layer_kind_name(i), kind) != 0)
        i++;
    layer->kind = sr_layer_kind_at(i);
    sr_opt_defaults(layer->kind->rows, layer);
    layer->name = name;
    layer->out = out;
    ck_assert_int_lt(all->n, LAYERS);
    memcpy(&at, &all->layer, sizeof at);
    at[all->n] = *layer;
    return &at[all->n++];
}

static void add_conv(struct sr_layers *all, const char *name, long long out,
                     long long kernel, long long stride)
{
    struct sr_layer *conv = add(all, "conv", name, out);
    conv->kernel = kernel;
    conv->stride = stride;
    conv->padding = kernel / 2;
}

/* Two sigmoids: the slope of one is at least 1e-38, of both together 0. */
static void add_quantiser(struct sr_layers *all)
{
    static const char *const names[] = {"threshold", "again"};
    for (int i = 0; i < 2; i++) {
        add_conv(all, names[i], LEVELS, 1, 1);
        add(all, "activation", NULL, 0)->activation.forward = "sigmoid";
    }
    add_conv(all, "level", 1, 1, 1);
}

static struct sr_layers *layers(enum mask mask)
{
    struct sr_layers *all = list();
    if (mask == QUANTISED)
        add_quantiser(all);
    add_conv(all, "conv1", 16, 3, 1);
    add(all, "activation", NULL, 0);
    add_conv(all, "conv2", 32, 3, 2);
    add(all, "activation", NULL, 0);
    add_conv(all, "conv3", 32, 3, 2);
    add(all, "activation", NULL, 0);
    add(all, "flatten", NULL, 0);
    add(all, "linear", "fc1", 100);
    add(all, "activation", NULL, 0);
    add(all, "linear", "fc2", 10);
    return all;
}

static const struct sr_engine *engine(void)
{
    static struct sr_engine one;
    const struct sr_engine_opts opts = {.threads = 2};
    struct sr_err err;
    if (!one.par)
        SR_GOOD(sr_engine_open(&opts, &one, &err), err);
    return &one;
}

static struct sr_model *build(enum mask mask)
{
    struct sr_arena *a = sr_test_arena();
    struct sr_model_opts *opts = SR_TAKE(a, 1, struct sr_model_opts);
    const struct sr_problem problem = {.h = 28, .w = 28, .c = 1, .classes = 10};
    struct sr_activation_opts names;
    struct sr_activation activation;
    struct sr_model *model;
    struct sr_err err;

    sr_opt_defaults(sr_model_rows, opts);
    sr_opt_defaults(sr_activation_rows, &names);
    names.forward = mask == NO_SLOPE ? "relu" : "silu";
    names.backward.attack = mask == NO_SLOPE ? "sigmoid" : NULL;
    SR_GOOD(sr_activation_resolve(&names, &activation, &err), err);
    opts->arch = "sequential";
    opts->layers = layers(mask);
    SR_GOOD(sr_model_build(opts, &activation, &problem, 64, SR_WANT_INPUT,
                           engine(), a, &model, &err),
            err);
    return model;
}

static struct sr_param *param(struct sr_model *model, const char *name)
{
    int i = 0;
    while (strcmp(model->param[i].name, name) != 0)
        ck_assert_int_lt(++i, model->params);
    return &model->param[i];
}

static void scale(struct sr_model *model, const char *name, float by)
{
    struct sr_param *p = param(model, name);
    for (size_t i = 0; i < p->count; i++)
        p->value[i] *= by;
}

/* 1e5 (x - (k + 1/2) / 16), a sigmoid, 1e3 (s - 1/2), a sigmoid, the mean. */
static void set_quantiser(struct sr_model *model)
{
    float *again = param(model, "again.weight")->value;
    for (int k = 0; k < LEVELS; k++) {
        param(model, "threshold.weight")->value[k] = 1e5F;
        param(model, "threshold.bias")->value[k] =
            -1e5F * ((float)k + 0.5f) / LEVELS;
        for (int i = 0; i < LEVELS; i++)
            again[k * LEVELS + i] = i == k ? 1e3F : 0;
        param(model, "again.bias")->value[k] = -500;
        param(model, "level.weight")->value[k] = 1.0f / LEVELS;
    }
    param(model, "level.bias")->value[0] = 0;
}

/* ReLU is homogeneous: a first layer times s, and the biases of the following,
 * make all outputs s times as large, and the last layer undoes it. */
static void steepen(struct sr_model *model, float s)
{
    scale(model, "conv1.weight", s);
    scale(model, "conv1.bias", s);
    scale(model, "conv2.bias", s);
    scale(model, "conv3.bias", s);
    scale(model, "fc1.bias", s);
    scale(model, "fc2.weight", 1 / s);
}

struct sr_model *masked_net(enum mask mask)
{
    const char *path = sr_test_data("golden/fashion-cnn-silu.safetensors");
    const struct sr_load_opts partly = {.partial = true};
    struct sr_err err;

    if (!path)
        return NULL;
    struct sr_model *model = build(mask);
    sr_model_init(model, 1);
    SR_GOOD(sr_model_load(model, path, mask == QUANTISED ? &partly : NULL,
                          little_log(), &err),
            err);
    if (mask == LOUD) {
        scale(model, "fc2.weight", 1000);
        scale(model, "fc2.bias", 1000);
    }
    if (mask == NO_SLOPE)
        steepen(model, 1e4F);
    if (mask == QUANTISED)
        set_quantiser(model);
    sr_model_changed(model);
    return model;
}

struct sr_data *masked_data(void)
{
    struct sr_data_opts *opts =
        SR_TAKE(sr_test_arena(), 1, struct sr_data_opts);
    struct sr_data *data;
    struct sr_err err;

    sr_opt_defaults(sr_data_rows, opts);
    opts->dataset = "fashion-mnist";
    opts->path = "/usr/share/datasets/fashion-mnist";
    if (!sr_file_exists(opts->path))
        return NULL;
    SR_GOOD(sr_data_open(opts, 1, NULL, sr_test_arena(), &data, &err), err);
    return data;
}
