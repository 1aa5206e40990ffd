/* EfficientNet (Tan and Le 2019): seven stages of inverted bottlenecks, wider
 * and deeper by the factors of the size.
 *
 * A block widens its channels six times by a 1x1 convolution, filters each on
 * its own, scales each by a gate that looks at the averages of all (squeeze and
 * excitation), and comes back by a 1x1 convolution without activation.  While
 * an update is made images skip blocks (drop_connect).  All activations but the
 * gates' sigmoid are the network's.
 *
 * efficientnet     torchvision's: its names, the same padding on all sides
 * efficientnet_tf  as published: TensorFlow's padding, which for a stride of 2
 *                  has one zero more after the last pixel; timm's names
 *
 * Either may be loaded by the other's names: features.1.0.block.0.0 is
 * blocks.0.0.conv_dw. */
#include <math.h>

#include "model/model_list.h"

enum { STEM = 32, DIVISOR = 8, SQUEEZE = 4, HEAD = 4, STAGES = 7 };

static const struct stage {
    int widen, k, stride, out;
} stages[STAGES] = {
    {1, 3, 1, 16},  {6, 3, 2, 24},  {6, 5, 2, 40},  {6, 3, 2, 80},
    {6, 5, 1, 112}, {6, 5, 2, 192}, {6, 3, 1, 320},
};

/* Where the families differ. */
struct family {
    bool tensorflow; /* timm's names and TensorFlow's padding */
};

/* A layer's name in either library. */
struct names {
    const char *torchvision, *timm;
};

static const char *name_of(const struct family *f, const struct names *names)
{
    return f->tensorflow ? names->timm : names->torchvision;
}

/* x has just been appended. */
static int also_called(struct sr_builder *b, const struct family *f, int x,
                       const struct names *names)
{
    sr_build_alias(b, x, f->tensorflow ? names->torchvision : names->timm);
    return x;
}

/* The nearest multiple of 8, unless that takes more than a tenth away. */
static int rounded(double channels)
{
    const int near = DIVISOR * (int)(channels / DIVISOR + 0.5);
    const int at_least = near < DIVISOR ? DIVISOR : near;
    return at_least < 0.9 * channels ? at_least + DIVISOR : at_least;
}

static int wide(const struct sr_builder *b, int channels)
{
    return rounded(b->size.width * channels);
}

/* Convolution, batch norm, activation. */
struct unit {
    const char *torchvision;  /* .0 and .1 come behind it */
    const char *conv, *bnorm; /* timm's                   */
    int out, k, stride;
    bool depthwise, linear; /* linear: no activation */
};

static int unit(struct sr_builder *b, const struct family *f, int x,
                const struct unit *u)
{
    const struct names conv = {sr_build_name(b, "%s.0", u->torchvision),
                               u->conv},
                       bnorm = {sr_build_name(b, "%s.1", u->torchvision),
                                u->bnorm},
                       act = {sr_build_name(b, "%s.2", u->torchvision),
                              sr_build_name(b, "%s.act", u->bnorm)};
    const struct sr_conv g = {.c_out = u->out,
                              .kh = u->k,
                              .kw = u->k,
                              .stride = u->stride,
                              .groups = u->depthwise ? u->out : 1};
    const int pad = f->tensorflow ? SR_PAD_SAME : u->k / 2;
    x = sr_build_any_conv(b, x, name_of(f, &conv),
                          &(struct sr_conv_op){g, pad, false});
    also_called(b, f, x, &conv);
    x = sr_build_bnorm(b, x, name_of(f, &bnorm));
    also_called(b, f, x, &bnorm);
    if (u->linear)
        return x;
    x = sr_build_act(b, x, name_of(f, &act), NULL);
    return also_called(b, f, x, &act);
}

/* 1x1 with bias, of the one pixel of averages. */
static int gate_conv(struct sr_builder *b, const struct family *f, int x,
                     int out, const struct names *names)
{
    const struct sr_conv g = {
        .c_out = out, .kh = 1, .kw = 1, .stride = 1, .groups = 1};
    x = sr_build_any_conv(b, x, name_of(f, names),
                          &(struct sr_conv_op){g, 0, true});
    return also_called(b, f, x, names);
}

static int sigmoid(struct sr_builder *b, int x, const char *name)
{
    struct sr_activation own = {{NULL}, {0}};
    for (int r = 0; r < SR_ROLES && b->status == SR_OK; r++)
        b->status =
            sr_act_find("sigmoid", (struct sr_src){0}, &own.act[r], b->err);
    return b->status == SR_OK ? sr_build_act(b, x, name, &own) : 0;
}

/* Squeeze and excitation. */
static int excite(struct sr_builder *b, const struct family *f, int x,
                  int squeezed, const struct names *at)
{
    const char *tv = at->torchvision, *timm = at->timm;
    const struct names reduce = {sr_build_name(b, "%s.fc1", tv),
                                 sr_build_name(b, "%s.conv_reduce", timm)},
                       act = {sr_build_name(b, "%s.activation", tv),
                              sr_build_name(b, "%s.act1", timm)},
                       expand = {sr_build_name(b, "%s.fc2", tv),
                                 sr_build_name(b, "%s.conv_expand", timm)};
    const char *place = name_of(f, at);
    int gate = sr_build_globalpool(b, x, sr_build_name(b, "%s.avgpool", place));
    gate = gate_conv(b, f, gate, squeezed, &reduce);
    gate = sr_build_act(b, gate, name_of(f, &act), NULL);
    also_called(b, f, gate, &act);
    gate = gate_conv(b, f, gate, sr_build_channels(b, x), &expand);
    gate = sigmoid(b, gate, sr_build_name(b, "%s.gate", place));
    return sr_build_scale(b, x, gate, sr_build_name(b, "%s.scale", place));
}

/* Where a block stands. */
struct block {
    struct names at; /* "features.2.0.block", "blocks.1.0"  */
    int widen, k, stride, out;
    double drop; /* share of images that skip it */
};

/* torchvision counts the layers of a block, timm its batch norms. */
static int bottleneck(struct sr_builder *b, const struct family *f, int x,
                      const struct block *block)
{
    const char *tv = block->at.torchvision, *timm = block->at.timm;
    const int c = sr_build_channels(b, x), wider = rounded(c * block->widen);
    const bool widens = wider != c;
    int layer = 0, norm = 1, y = x;
    if (widens)
        y = unit(b, f, y,
                 &(struct unit){
                     .torchvision = sr_build_name(b, "%s.%d", tv, layer++),
                     .conv = sr_build_name(b, "%s.conv_pw", timm),
                     .bnorm = sr_build_name(b, "%s.bn%d", timm, norm++),
                     .out = wider,
                     .k = 1,
                     .stride = 1});
    y = unit(
        b, f, y,
        &(struct unit){.torchvision = sr_build_name(b, "%s.%d", tv, layer++),
                       .conv = sr_build_name(b, "%s.conv_dw", timm),
                       .bnorm = sr_build_name(b, "%s.bn%d", timm, norm++),
                       .out = wider,
                       .k = block->k,
                       .stride = block->stride,
                       .depthwise = true});
    y = excite(b, f, y, c < SQUEEZE ? 1 : c / SQUEEZE,
               &(struct names){sr_build_name(b, "%s.%d", tv, layer++),
                               sr_build_name(b, "%s.se", timm)});
    y = unit(
        b, f, y,
        &(struct unit){.torchvision = sr_build_name(b, "%s.%d", tv, layer),
                       .conv = sr_build_name(b, "%s.%s", timm,
                                             widens ? "conv_pwl" : "conv_pw"),
                       .bnorm = sr_build_name(b, "%s.bn%d", timm, norm),
                       .out = block->out,
                       .k = 1,
                       .stride = 1,
                       .linear = true});
    if (block->stride != 1 || block->out != c)
        return y;
    const char *place = name_of(f, &block->at);
    y = sr_build_drop(b, y, sr_build_name(b, "%s.drop", place), block->drop,
                      true);
    return sr_build_add(b, y, x, sr_build_name(b, "%s.add", place));
}

static int blocks_of(const struct sr_builder *b, int stage)
{
    return (int)ceil(b->size.depth_factor * b->size.blocks[stage]);
}

static int all_stages(struct sr_builder *b, const struct family *f, int x)
{
    int all = 0, before = 0;
    for (int s = 0; s < STAGES; s++)
        all += blocks_of(b, s);
    for (int s = 0; s < STAGES; s++)
        for (int i = 0; i < blocks_of(b, s); i++, before++)
            x = bottleneck(
                b, f, x,
                &(struct block){
                    .at = {sr_build_name(b, "features.%d.%d.block", s + 1, i),
                           sr_build_name(b, "blocks.%d.%d", s, i)},
                    .widen = stages[s].widen,
                    .k = stages[s].k,
                    .stride = i ? 1 : stages[s].stride,
                    .out = wide(b, stages[s].out),
                    .drop = b->size.drop_connect * before / all});
    return x;
}

static int network(struct sr_builder *b, const struct family *f)
{
    const struct unit stem = {.torchvision = "features.0",
                              .conv = "conv_stem",
                              .bnorm = "bn1",
                              .out = wide(b, STEM),
                              .k = 3,
                              .stride = 2};
    const struct unit head = {.torchvision = "features.8",
                              .conv = "conv_head",
                              .bnorm = "bn2",
                              .out = HEAD * wide(b, stages[STAGES - 1].out),
                              .k = 1,
                              .stride = 1};
    const struct names last = {"classifier.1", "classifier"};
    int x = sr_build_normalize(b, 0);
    x = unit(b, f, x, &stem);
    x = all_stages(b, f, x);
    x = unit(b, f, x, &head);
    x = sr_build_globalpool(b, x, "avgpool");
    x = sr_build_drop(b, x, "dropout", b->size.dropout, false);
    x = sr_build_linear(b, x, name_of(f, &last), b->problem->classes, true);
    return also_called(b, f, x, &last);
}

int sr_build_efficientnet(struct sr_builder *b)
{
    return network(b, &(struct family){.tensorflow = false});
}

int sr_build_efficientnet_tf(struct sr_builder *b)
{
    return network(b, &(struct family){.tensorflow = true});
}
