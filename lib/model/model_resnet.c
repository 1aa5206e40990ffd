/* ResNets of basic blocks for small images: a 3x3 stem without pooling, stages
 * that halve the image and double the channels.
 *
 * resnet_cifar: depth 6 n + 2, three stages from 16 channels, shortcuts without
 *               parameters (option A)
 * resnet:       depth 18 and 34, four stages from 64 channels, 1x1
 *               convolutions as shortcuts
 * Names as in the public checkpoints: conv1, bn1, layer1.0.conv1, ...,
 * layer2.0.shortcut.0, linear. */
#include "model/model_list.h"

/* Makes x fit to be added to a block's output. */
typedef int shortcut_fn(struct sr_builder *b, int x, const char *block, int out,
                        int stride);

static int option_a(struct sr_builder *b, int x, const char *block, int out,
                    int stride)
{
    return sr_build_node(
        b, &(struct sr_node){.op = &sr_op_shortcut,
                             .name = sr_build_name(b, "%s.shortcut", block),
                             .input = {x},
                             .u.shortcut = {stride, out}});
}

static int option_b(struct sr_builder *b, int x, const char *block, int out,
                    int stride)
{
    x = sr_build_conv(b, x, sr_build_name(b, "%s.shortcut.0", block), out, 1,
                      stride, 0);
    return sr_build_bnorm(b, x, sr_build_name(b, "%s.shortcut.1", block));
}

static int basic_block(struct sr_builder *b, int x, const char *block, int out,
                       int stride, shortcut_fn *shortcut)
{
    const bool fits = stride == 1 && sr_build_channels(b, x) == out;
    int y = sr_build_conv(b, x, sr_build_name(b, "%s.conv1", block), out, 3,
                          stride, 1);
    y = sr_build_bnorm(b, y, sr_build_name(b, "%s.bn1", block));
    y = sr_build_act(b, y, sr_build_name(b, "%s.act1", block), NULL);
    y = sr_build_conv(b, y, sr_build_name(b, "%s.conv2", block), out, 3, 1, 1);
    y = sr_build_bnorm(b, y, sr_build_name(b, "%s.bn2", block));
    y = sr_build_add(b, y, fits ? x : shortcut(b, x, block, out, stride),
                     sr_build_name(b, "%s.add", block));
    return sr_build_act(b, y, sr_build_name(b, "%s.act2", block), NULL);
}

static int network(struct sr_builder *b, int stages, const int *blocks,
                   int width, shortcut_fn *shortcut)
{
    int x = sr_build_normalize(b, 0);
    x = sr_build_conv(b, x, "conv1", width, 3, 1, 1);
    x = sr_build_bnorm(b, x, "bn1");
    x = sr_build_act(b, x, "act1", NULL);
    for (int stage = 0; stage < stages; stage++)
        for (int i = 0; i < blocks[stage]; i++)
            x = basic_block(b, x, sr_build_name(b, "layer%d.%d", stage + 1, i),
                            width << stage, stage > 0 && i == 0 ? 2 : 1,
                            shortcut);
    x = sr_build_globalpool(b, x, "pool");
    return sr_build_linear(b, x, "linear", b->problem->classes, true);
}

int sr_build_resnet_cifar(struct sr_builder *b)
{
    const int n = (b->size - 2) / 6;
    return network(b, 3, (const int[]){n, n, n}, 16, option_a);
}

int sr_build_resnet(struct sr_builder *b)
{
    static const int of_18[] = {2, 2, 2, 2}, of_34[] = {3, 4, 6, 3};
    return network(b, 4, b->size == 18 ? of_18 : of_34, 64, option_b);
}
