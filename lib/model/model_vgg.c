/* VGG with batch norm (Simonyan and Zisserman 2015, configuration D): stages of
 * 3x3 convolutions, each halved by a maximum, and a classifier.  `blocks` are
 * the convolutions of each stage: 1,1,2,2,2 is VGG-11.
 *
 * vgg        torchvision's: pooling to 7x7, three linear layers with dropout
 *            between them
 * vgg_cifar  for small images: one linear layer
 *
 * Layers are numbered as torch.nn.Sequential does, activations and pools
 * included: features.0 is a convolution, features.1 its batch norm. */
#include "model/model_list.h"

enum { FIRST = 64, DOUBLINGS = 3, POOLED = 7, HIDDEN = 4096 };

/* The next layer's name. */
static const char *feature(struct sr_builder *b, int *number)
{
    return sr_build_name(b, "features.%d", (*number)++);
}

static int unit(struct sr_builder *b, int x, int out, int *number)
{
    const struct sr_conv g = {
        .c_out = out, .kh = 3, .kw = 3, .stride = 1, .groups = 1};
    x = sr_build_any_conv(b, x, feature(b, number),
                          &(struct sr_conv_op){g, 1, true});
    x = sr_build_bnorm(b, x, feature(b, number));
    return sr_build_act(b, x, feature(b, number), NULL);
}

static int features(struct sr_builder *b)
{
    const int width = sr_build_wide(b, FIRST);
    int x = sr_build_normalize(b, 0), number = 0;
    for (int s = 0; s < sr_size_stages(&b->size); s++) {
        const int out = width << (s < DOUBLINGS ? s : DOUBLINGS);
        for (int i = 0; i < b->size.blocks[s]; i++)
            x = unit(b, x, out, &number);
        x = sr_build_maxpool(b, x, feature(b, &number), 2, 2, 0);
    }
    return x;
}

int sr_build_vgg(struct sr_builder *b)
{
    const int hidden = sr_build_wide(b, HIDDEN);
    int x = sr_build_node(
        b, &(struct sr_node){.op = &sr_op_adaptivepool,
                             .name = "avgpool",
                             .input = {features(b)},
                             .u.pool = {.oh = POOLED, .ow = POOLED}});
    x = sr_build_flatten(b, x, "flatten");
    x = sr_build_linear(b, x, "classifier.0", hidden, true);
    x = sr_build_act(b, x, "classifier.1", NULL);
    x = sr_build_drop(b, x, "classifier.2", b->size.dropout, false);
    x = sr_build_linear(b, x, "classifier.3", hidden, true);
    x = sr_build_act(b, x, "classifier.4", NULL);
    x = sr_build_drop(b, x, "classifier.5", b->size.dropout, false);
    return sr_build_linear(b, x, "classifier.6", b->problem->classes, true);
}

int sr_build_vgg_cifar(struct sr_builder *b)
{
    const int x = sr_build_globalpool(b, features(b), "avgpool");
    return sr_build_linear(b, x, "classifier", b->problem->classes, true);
}
