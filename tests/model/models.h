/* tests/model/models.h - models for the tests of this room. */
#ifndef SR_TESTS_MODEL_MODELS_H
#define SR_TESTS_MODEL_MODELS_H

#include <math.h>

#include "../graph/nets.h"
#include "model/layers.h"
#include "model/model.h"

static inline struct sr_activation models_activation(const char *forward)
{
    struct sr_activation_opts opts;
    struct sr_activation made;
    struct sr_err err;
    sr_opt_defaults(sr_activation_rows, &opts);
    opts.forward = forward;
    SR_GOOD(sr_activation_resolve(&opts, &made, &err), err);
    return made;
}

static inline struct sr_model_opts *models_opts(const char *arch)
{
    struct sr_model_opts *opts =
        SR_TAKE(sr_test_arena(), 1, struct sr_model_opts);
    sr_opt_defaults(sr_model_rows, opts);
    opts->arch = arch;
    return opts;
}

/* A layer of the list with its defaults; the caller sets the rest. */
static inline struct sr_layer models_layer(const char *kind)
{
    struct sr_layer layer = {0};
    int i = 0;
    while (sr_layer_kind_at(i) && strcmp(sr_layer_kind_name(i), kind) != 0)
        i++;
    ck_assert_ptr_nonnull(sr_layer_kind_at(i));
    layer.kind = sr_layer_kind_at(i);
    layer.at = (struct sr_src){"net.yaml", 7, 9};
    sr_opt_defaults(layer.kind->rows, &layer);
    return layer;
}

static inline struct sr_model_opts *models_sequence(const struct sr_layer *list,
                                                    int n)
{
    struct sr_model_opts *opts = models_opts("sequential");
    struct sr_layers *layers = SR_TAKE(sr_test_arena(), 1, struct sr_layers);
    *layers = (struct sr_layers){n, list};
    opts->layers = layers;
    return opts;
}

/* One layer of every kind: 0 conv, 1 batchnorm, 2 activation, 3 maxpool,
 * 4 conv "second", 5 activation of its own, 6 avgpool, 7 flatten, 8 linear,
 * for 8x8 images of 3 channels and 10 classes. */
static inline struct sr_model_opts *models_all_kinds(void)
{
    static struct sr_layer list[9];
    const char *kinds[] = {"conv",    "batchnorm", "activation",
                           "maxpool", "conv",      "activation",
                           "avgpool", "flatten",   "linear"};
    for (int i = 0; i < 9; i++)
        list[i] = models_layer(kinds[i]);
    list[0].out = 6;
    list[0].kernel = 3;
    list[0].padding = 1;
    list[3].kernel = 2;
    list[4].out = 4;
    list[4].kernel = 3;
    list[4].padding = 1;
    list[4].groups = 2;
    list[4].name = "second";
    list[5].activation.forward = "gelu";
    list[6].kernel = 2;
    list[8].out = 10;
    return models_sequence(list, 9);
}

static inline enum sr_status models_try(const struct sr_model_opts *opts,
                                        const char *activation,
                                        struct sr_problem problem, int batch,
                                        struct sr_model **model,
                                        struct sr_err *err)
{
    const struct sr_activation a = models_activation(activation);
    return sr_model_build(opts, &a, &problem, batch,
                          SR_WANT_INPUT | SR_WANT_WEIGHTS, nets_engine(),
                          sr_test_arena(), model, err);
}

static inline struct sr_model *models_build(const struct sr_model_opts *opts,
                                            const char *activation,
                                            struct sr_problem problem,
                                            int batch)
{
    struct sr_model *model;
    struct sr_err err;
    SR_GOOD(models_try(opts, activation, problem, batch, &model, &err), err);
    sr_model_init(model, 1);
    return model;
}

/* What is small enough to build often. */
static inline struct sr_model *models_small(void)
{
    return models_build(models_all_kinds(), "silu",
                        (struct sr_problem){8, 8, 3, 10, {0}, {0}}, 4);
}

#endif
