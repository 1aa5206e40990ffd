/* Convolution and the fully connected layer, which is a 1x1 convolution of a
 * 1x1 image whose weights PyTorch stores as [out][in]. */
#include "graph/op_list.h"
#include "graph/unit.h"

static enum sr_status conv_shape(struct sr_node *node, struct sr_err *err)
{
    struct sr_conv *g = &node->u.conv.g;
    g->c_in = node->in[0].c;
    g->h = node->in[0].h;
    g->w = node->in[0].w;
    SR_TRY(sr_conv_shape(g, node->u.conv.pad, err));
    node->out = (struct sr_shape){g->oh, g->ow, g->c_out};
    node->parts = SR_PART_CONV;
    return SR_OK;
}

static enum sr_status linear_shape(struct sr_node *node, struct sr_err *err)
{
    const struct sr_shape in = node->in[0];
    if (in.h != 1 || in.w != 1)
        return sr_fail(err, SR_ECONFIG,
                       "a linear layer takes a flat input, not %dx%d pixels of "
                       "%d channels; put a flatten or a globalpool before it",
                       in.h, in.w, in.c);
    node->u.conv.g = (struct sr_conv){
        .c_out = node->u.conv.g.c_out,
        .kh = 1,
        .kw = 1,
        .stride = 1,
        .groups = 1,
    };
    node->u.conv.pad = 0;
    return conv_shape(node, err);
}

static int add_bias(const struct sr_node *node, struct sr_param_wish *wish)
{
    wish[1] = (struct sr_param_wish){
        "bias", SR_PARAM_BIAS, 1, {node->u.conv.g.c_out}};
    return node->u.conv.bias ? 2 : 1;
}

static int conv_params(const struct sr_node *node,
                       struct sr_param_wish wish[SR_NODE_PARAMS])
{
    const struct sr_conv *g = &node->u.conv.g;
    wish[0] =
        (struct sr_param_wish){"weight",
                               SR_PARAM_WEIGHT,
                               4,
                               {g->c_out, g->c_in / g->groups, g->kh, g->kw}};
    return add_bias(node, wish);
}

static int linear_params(const struct sr_node *node,
                         struct sr_param_wish wish[SR_NODE_PARAMS])
{
    const struct sr_conv *g = &node->u.conv.g;
    wish[0] = (struct sr_param_wish){
        "weight", SR_PARAM_WEIGHT, 2, {g->c_out, g->c_in}};
    return add_bias(node, wish);
}

static size_t packed(const struct sr_engine *e, const struct sr_node *node)
{
    return sr_conv_packed_floats(e, &node->u.conv.g);
}

static void pack(const struct sr_engine *e, const struct sr_node *node)
{
    sr_conv_pack(e, &node->u.conv.g, node->p[0]->value, node->packed);
}

static const struct sr_conv *conv(const struct sr_node *node)
{
    return &node->u.conv.g;
}

const struct sr_op sr_op_conv = {
    .name = "conv",
    .inputs = 1,
    .slot = SR_SLOT_WEIGHT,
    .reads_x = {SR_READS_FOR_W},
    .shape = conv_shape,
    .params = conv_params,
    .saved = sr_unit_saved,
    .scratch = sr_unit_scratch,
    .packed = packed,
    .pack = pack,
    .forward = sr_unit_forward,
    .backward = sr_unit_backward,
    .conv = conv,
};

const struct sr_op sr_op_linear = {
    .name = "linear",
    .inputs = 1,
    .slot = SR_SLOT_WEIGHT,
    .reads_x = {SR_READS_FOR_W},
    .shape = linear_shape,
    .params = linear_params,
    .saved = sr_unit_saved,
    .scratch = sr_unit_scratch,
    .packed = packed,
    .pack = pack,
    .forward = sr_unit_forward,
    .backward = sr_unit_backward,
    .conv = conv,
};
