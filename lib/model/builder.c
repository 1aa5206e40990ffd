#include "model/builder.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { NAME_SIZE = 256 };

const char *sr_build_name(struct sr_builder *b, const char *format, ...)
{
    char name[NAME_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return sr_arena_text(b->graph->arena, name);
}

int sr_build_node(struct sr_builder *b, const struct sr_node *node)
{
    int value = 0;
    if (b->status == SR_OK)
        b->status = sr_graph_append(b->graph, node, &value, b->err);
    return value;
}

int sr_build_channels(const struct sr_builder *b, int value)
{
    return b->graph->node[value].out.c;
}

void sr_build_alias(struct sr_builder *b, int value, const char *alias)
{
    if (b->status == SR_OK)
        sr_graph_alias(b->graph, value, alias);
}

int sr_build_wide(const struct sr_builder *b, int channels)
{
    const long wide = lround(b->size.width * channels);
    return wide < 1 ? 1 : (int)wide;
}

/* One number serves all channels. */
static int check_counts(struct sr_builder *b, const char *key,
                        const struct sr_reals *list)
{
    const int c = b->problem->c;
    if (list->n == 0 || list->n == 1 || list->n == c)
        return 1;
    b->status = sr_fail(b->err, SR_ECONFIG,
                        "model.%s has %d numbers for images of %d channel%s",
                        key, list->n, c, c == 1 ? "" : "s");
    return 0;
}

int sr_build_normalize(struct sr_builder *b, int x)
{
    const struct sr_reals *mean = &b->opts->mean, *std = &b->opts->std;
    const bool known = b->problem->std[0] > 0;
    struct sr_normalize u = {0};
    if (!check_counts(b, "mean", mean) || !check_counts(b, "std", std))
        return 0;
    for (int i = 0; i < b->problem->c && i < SR_CHANNELS_NORMALIZED; i++) {
        const double usual_mean = known ? b->problem->mean[i] : 0;
        const double usual_std = known ? b->problem->std[i] : 1;
        u.mean[i] =
            (float)(mean->n ? mean->v[mean->n == 1 ? 0 : i] : usual_mean);
        u.std[i] = (float)(std->n ? std->v[std->n == 1 ? 0 : i] : usual_std);
    }
    return sr_build_node(b, &(struct sr_node){.op = &sr_op_normalize,
                                              .name = "normalize",
                                              .input = {x},
                                              .u.normalize = u});
}

int sr_build_any_conv(struct sr_builder *b, int x, const char *name,
                      const struct sr_conv_op *conv)
{
    return sr_build_node(
        b, &(struct sr_node){
               .op = &sr_op_conv, .name = name, .input = {x}, .u.conv = *conv});
}

int sr_build_conv(struct sr_builder *b, int x, const char *name, int out,
                  int kernel, int stride, int pad)
{
    const struct sr_conv g = {.c_out = out,
                              .kh = kernel,
                              .kw = kernel,
                              .stride = stride,
                              .groups = 1};
    return sr_build_any_conv(b, x, name, &(struct sr_conv_op){g, pad, false});
}

int sr_build_bnorm(struct sr_builder *b, int x, const char *name)
{
    const struct sr_bnorm_op u = {(float)b->size.bn_eps,
                                  (float)b->size.bn_momentum};
    return sr_build_node(
        b, &(struct sr_node){
               .op = &sr_op_bnorm, .name = name, .input = {x}, .u.bnorm = u});
}

int sr_build_linear(struct sr_builder *b, int x, const char *name, int out,
                    bool bias)
{
    const struct sr_conv g = {.c_out = out};
    return sr_build_node(b, &(struct sr_node){.op = &sr_op_linear,
                                              .name = name,
                                              .input = {x},
                                              .u.conv = {g, 0, bias}});
}

int sr_build_add(struct sr_builder *b, int x, int shortcut, const char *name)
{
    return sr_build_node(b, &(struct sr_node){.op = &sr_op_add,
                                              .name = name,
                                              .input = {x, shortcut}});
}

int sr_build_scale(struct sr_builder *b, int x, int gate, const char *name)
{
    return sr_build_node(b, &(struct sr_node){.op = &sr_op_scale,
                                              .name = name,
                                              .input = {x, gate}});
}

int sr_build_drop(struct sr_builder *b, int x, const char *name, double rate,
                  bool images)
{
    const struct sr_drop u = {(float)rate, images, b->drops++};
    if (rate == 0)
        return x;
    return sr_build_node(
        b, &(struct sr_node){
               .op = &sr_op_drop, .name = name, .input = {x}, .u.drop = u});
}

int sr_build_maxpool(struct sr_builder *b, int x, const char *name, int kernel,
                     int stride, int pad)
{
    const struct sr_pool g = {.k = kernel, .stride = stride, .pad = pad};
    return sr_build_node(
        b, &(struct sr_node){
               .op = &sr_op_maxpool, .name = name, .input = {x}, .u.pool = g});
}

int sr_build_globalpool(struct sr_builder *b, int x, const char *name)
{
    return sr_build_node(
        b,
        &(struct sr_node){.op = &sr_op_globalpool, .name = name, .input = {x}});
}

int sr_build_flatten(struct sr_builder *b, int x, const char *name)
{
    return sr_build_node(
        b, &(struct sr_node){.op = &sr_op_flatten, .name = name, .input = {x}});
}

static int shared_param(struct sr_builder *b, const struct sr_act *act)
{
    const struct sr_param_wish wish = {
        "weight", SR_PARAM_ACT, 1, {act->learned}};
    if (b->shared < 0 && b->status == SR_OK)
        b->status = sr_graph_add_param(b->graph, "activation.weight", &wish,
                                       &b->shared, b->err);
    return b->shared;
}

int sr_build_act(struct sr_builder *b, int x, const char *name,
                 const struct sr_activation *own)
{
    struct sr_node node = {
        .op = &sr_op_act,
        .name = name,
        .input = {x},
        .u.act.activation = own ? *own : *b->activation,
    };
    const struct sr_act *act = node.u.act.activation.act[SR_ROLE_FORWARD];
    if (!own && act->learned && !act->each_site) {
        node.params = 1;
        node.param[0] = shared_param(b, act);
    }
    return sr_build_node(b, &node);
}
