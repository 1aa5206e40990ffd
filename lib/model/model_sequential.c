/* The list of layers of the config, front to back. */
#include <string.h>

#include "model/layers.h"
#include "model/model_list.h"

enum { MOST_NAME = 64 };

/* A layer's node and where its mistakes are. */
struct item {
    const struct sr_layer *layer;
    const char *name;
    int x;
};

typedef int append_fn(struct sr_builder *b, const struct item *item);

static int fail(struct sr_builder *b, const struct item *item, const char *what)
{
    if (b->status == SR_OK)
        b->status = sr_fail_at(b->err, item->layer->at, "layer %s: %s",
                               item->name, what);
    return 0;
}

static int conv(struct sr_builder *b, const struct item *item)
{
    const struct sr_layer *l = item->layer;
    if (l->out == 0 || l->kernel == 0)
        return fail(b, item, "a conv needs out and kernel");
    const struct sr_conv g = {.c_out = (int)l->out,
                              .kh = (int)l->kernel,
                              .kw = (int)l->kernel,
                              .stride = (int)l->stride,
                              .groups = (int)l->groups};
    return sr_build_any_conv(b, item->x, item->name,
                             &(struct sr_conv_op){g, (int)l->padding, l->bias});
}

static int linear(struct sr_builder *b, const struct item *item)
{
    if (item->layer->out == 0)
        return fail(b, item, "a linear layer needs out");
    return sr_build_linear(b, item->x, item->name, (int)item->layer->out,
                           item->layer->bias);
}

static int batchnorm(struct sr_builder *b, const struct item *item)
{
    return sr_build_bnorm(b, item->x, item->name);
}

static bool says_more(const struct sr_activation_opts *o)
{
    return o->backward.attack || o->backward.update || o->alpha == o->alpha ||
           o->alphas.forward == o->alphas.forward ||
           o->alphas.attack == o->alphas.attack ||
           o->alphas.update == o->alphas.update; /* NaN: not given */
}

static int activation(struct sr_builder *b, const struct item *item)
{
    struct sr_activation_opts own = item->layer->activation;
    struct sr_activation resolved;
    if (!own.forward && says_more(&own))
        return fail(b, item, "slopes and alpha need a forward beside them");
    if (!own.forward)
        return sr_build_act(b, item->x, item->name, NULL);
    if (b->status == SR_OK)
        b->status = sr_activation_resolve(&own, &resolved, b->err);
    return b->status == SR_OK ? sr_build_act(b, item->x, item->name, &resolved)
                              : 0;
}

static int pool(struct sr_builder *b, const struct item *item,
                const struct sr_op *op)
{
    const struct sr_layer *l = item->layer;
    if (l->kernel == 0)
        return fail(b, item, "a pool needs kernel");
    const struct sr_pool g = {.k = (int)l->kernel,
                              .stride =
                                  (int)(l->stride ? l->stride : l->kernel),
                              .pad = (int)l->padding};
    return sr_build_node(
        b, &(struct sr_node){
               .op = op, .name = item->name, .input = {item->x}, .u.pool = g});
}

static int avgpool(struct sr_builder *b, const struct item *item)
{
    return pool(b, item, &sr_op_avgpool);
}

static int maxpool(struct sr_builder *b, const struct item *item)
{
    return pool(b, item, &sr_op_maxpool);
}

static int globalpool(struct sr_builder *b, const struct item *item)
{
    return sr_build_globalpool(b, item->x, item->name);
}

static int flatten(struct sr_builder *b, const struct item *item)
{
    return sr_build_flatten(b, item->x, item->name);
}

/* In any order; a kind of layers.c without a row here breaks its test. */
static const struct {
    const char *kind;
    append_fn *append;
} rows[] = {
    {"conv", conv},
    {"linear", linear},
    {"batchnorm", batchnorm},
    {"activation", activation},
    {"avgpool", avgpool},
    {"maxpool", maxpool},
    {"globalpool", globalpool},
    {"flatten", flatten},
};

/* Names become part of files and messages. */
static bool is_good_name(const char *name)
{
    const size_t length = strlen(name);
    return length >= 1 && length <= MOST_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == length;
}

static int append(struct sr_builder *b, const struct item *item)
{
    if (!is_good_name(item->name))
        return fail(b, item,
                    "a name has 1 to 64 letters, digits, dots, _ and -");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].kind, item->layer->kind->name) == 0)
            return rows[i].append(b, item);
    SR_REQUIRE(!"a kind of layer that nobody builds");
    return 0;
}

int sr_build_sequential(struct sr_builder *b)
{
    const struct sr_layers *layers = b->opts->layers;
    if (!layers || layers->n == 0) {
        b->status = sr_fail(b->err, SR_ECONFIG,
                            "model.arch sequential needs model.layers");
        return 0;
    }
    int x = sr_build_normalize(b, 0);
    for (int i = 0; i < layers->n && b->status == SR_OK; i++) {
        const struct sr_layer *layer = &layers->layer[i];
        const bool named = layer->name && *layer->name;
        const struct item item = {
            .layer = layer,
            .name = named ? layer->name : sr_build_name(b, "%d", i),
            .x = x,
        };
        x = append(b, &item);
        if (b->status != SR_OK && b->err->at.line == 0)
            b->err->at = layer->at;
    }
    return x;
}
