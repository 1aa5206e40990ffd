/* ResNets: a stem, stages of residual blocks that halve the image and double
 * the channels, an average, a linear layer.
 *
 * resnet_cifar     small images, three stages from 16 channels, shortcuts
 *                  without parameters (option A)
 * resnet           small images, four stages from 64 channels, 1x1 convolutions
 *                  as shortcuts; names as in RobustBench
 * resnet_imagenet  large images, the same stages behind a stem that divides
 *                  each side by 4; names as in torchvision
 *
 * A size with a group_width is of bottlenecks: 1x1, 3x3, 1x1 with four times
 * the channels behind it.  The stride is the 3x3's ("v1.5"), as in all public
 * weights.  ResNeXt and Wide-ResNet are bottlenecks of other widths:
 * Xie et al. 2017, Zagoruyko and Komodakis 2016.
 *
 * Names: conv1, bn1, layer1.0.conv1, ..., layer2.0.shortcut.0 or .downsample.0,
 * linear or fc. */
#include "model/model_list.h"

enum { EXPANSION = 4, USUAL_WIDTH = 64 };

/* Makes x fit to be added to a block's output. */
typedef int shortcut_fn(struct sr_builder *b, int x, const char *name, int out,
                        int stride);

/* Where the families differ. */
struct family {
    int width; /* of the first stage, for width 1 */
    bool large_images;
    shortcut_fn *fit;
    const char *shortcut, *head; /* names */
};

/* Where a block stands. */
struct block {
    const char *name;
    int width;  /* channels before the expansion */
    int stride; /* of its first 3x3              */
};

static int option_a(struct sr_builder *b, int x, const char *name, int out,
                    int stride)
{
    return sr_build_node(b, &(struct sr_node){.op = &sr_op_shortcut,
                                              .name = name,
                                              .input = {x},
                                              .u.shortcut = {stride, out}});
}

static int option_b(struct sr_builder *b, int x, const char *name, int out,
                    int stride)
{
    x = sr_build_conv(b, x, sr_build_name(b, "%s.0", name), out, 1, stride, 0);
    return sr_build_bnorm(b, x, sr_build_name(b, "%s.1", name));
}

/* The i-th convolution of a block and what follows it; the last activation
 * comes after the sum. */
static int conv_bnorm(struct sr_builder *b, int x, const struct block *block,
                      int i, const struct sr_conv *g)
{
    const struct sr_conv_op conv = {*g, g->kh / 2, false};
    x = sr_build_any_conv(b, x, sr_build_name(b, "%s.conv%d", block->name, i),
                          &conv);
    return sr_build_bnorm(b, x, sr_build_name(b, "%s.bn%d", block->name, i));
}

static int act(struct sr_builder *b, int x, const struct block *block, int i)
{
    return sr_build_act(b, x, sr_build_name(b, "%s.act%d", block->name, i),
                        NULL);
}

static struct sr_conv square(int out, int k, int stride, int groups)
{
    return (struct sr_conv){
        .c_out = out, .kh = k, .kw = k, .stride = stride, .groups = groups};
}

static int basic(struct sr_builder *b, int x, const struct block *block)
{
    const struct sr_conv first = square(block->width, 3, block->stride, 1);
    const struct sr_conv second = square(block->width, 3, 1, 1);
    x = act(b, conv_bnorm(b, x, block, 1, &first), block, 1);
    return conv_bnorm(b, x, block, 2, &second);
}

/* torchvision's int(width * group_width / 64) * groups. */
static int bottleneck(struct sr_builder *b, int x, const struct block *block)
{
    const struct sr_size *size = &b->size;
    const int inner =
        block->width * size->group_width / USUAL_WIDTH * size->groups;
    const struct sr_conv narrow = square(inner, 1, 1, 1);
    const struct sr_conv middle = square(inner, 3, block->stride, size->groups);
    const struct sr_conv widen = square(EXPANSION * block->width, 1, 1, 1);
    x = act(b, conv_bnorm(b, x, block, 1, &narrow), block, 1);
    x = act(b, conv_bnorm(b, x, block, 2, &middle), block, 2);
    return conv_bnorm(b, x, block, 3, &widen);
}

static int residual(struct sr_builder *b, int x, const struct family *family,
                    const struct block *block)
{
    const bool is_basic = b->size.group_width == 0;
    const int out = is_basic ? block->width : EXPANSION * block->width;
    const bool fits = block->stride == 1 && sr_build_channels(b, x) == out;
    int y = is_basic ? basic(b, x, block) : bottleneck(b, x, block);
    if (!fits)
        x = family->fit(
            b, x, sr_build_name(b, "%s.%s", block->name, family->shortcut), out,
            block->stride);
    y = sr_build_add(b, y, x, sr_build_name(b, "%s.add", block->name));
    return act(b, y, block, is_basic ? 2 : 3);
}

static int stem(struct sr_builder *b, const struct family *family, int width)
{
    int x = sr_build_normalize(b, 0);
    if (family->large_images)
        x = sr_build_conv(b, x, "conv1", width, 7, 2, 3);
    else
        x = sr_build_conv(b, x, "conv1", width, 3, 1, 1);
    x = sr_build_bnorm(b, x, "bn1");
    x = sr_build_act(b, x, "act1", NULL);
    return family->large_images ? sr_build_maxpool(b, x, "maxpool", 3, 2, 1)
                                : x;
}

static int network(struct sr_builder *b, const struct family *family)
{
    const int width = sr_build_wide(b, family->width);
    int x = stem(b, family, width);
    for (int stage = 0; stage < sr_size_stages(&b->size); stage++)
        for (int i = 0; i < b->size.blocks[stage]; i++) {
            const struct block block = {
                sr_build_name(b, "layer%d.%d", stage + 1, i), width << stage,
                stage > 0 && i == 0 ? 2 : 1};
            x = residual(b, x, family, &block);
        }
    x = sr_build_globalpool(b, x, "pool");
    return sr_build_linear(b, x, family->head, b->problem->classes, true);
}

int sr_build_resnet_cifar(struct sr_builder *b)
{
    return network(b,
                   &(struct family){16, false, option_a, "shortcut", "linear"});
}

int sr_build_resnet(struct sr_builder *b)
{
    return network(b,
                   &(struct family){64, false, option_b, "shortcut", "linear"});
}

int sr_build_resnet_imagenet(struct sr_builder *b)
{
    return network(b, &(struct family){64, true, option_b, "downsample", "fc"});
}
