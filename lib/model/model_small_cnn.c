/* The small network of TRADES (Zhang et al. 2019) for MNIST: four convolutions,
 * three linear layers, dropout after the first. */
#include "model/model_list.h"

static int conv_act(struct sr_builder *b, int x, int i, int channels)
{
    const struct sr_conv g = {.c_out = sr_build_wide(b, channels),
                              .kh = 3,
                              .kw = 3,
                              .stride = 1,
                              .groups = 1};
    x = sr_build_any_conv(b, x, sr_build_name(b, "feature_extractor.conv%d", i),
                          &(struct sr_conv_op){g, 0, true});
    return sr_build_act(b, x, sr_build_name(b, "feature_extractor.relu%d", i),
                        NULL);
}

static int linear_act(struct sr_builder *b, int x, int i)
{
    x = sr_build_linear(b, x, sr_build_name(b, "classifier.fc%d", i),
                        sr_build_wide(b, 200), true);
    return sr_build_act(b, x, sr_build_name(b, "classifier.relu%d", i), NULL);
}

int sr_build_small_cnn(struct sr_builder *b)
{
    int x = sr_build_normalize(b, 0);
    x = conv_act(b, conv_act(b, x, 1, 32), 2, 32);
    x = sr_build_maxpool(b, x, "feature_extractor.maxpool1", 2, 2, 0);
    x = conv_act(b, conv_act(b, x, 3, 64), 4, 64);
    x = sr_build_maxpool(b, x, "feature_extractor.maxpool2", 2, 2, 0);
    x = sr_build_flatten(b, x, "flatten");
    x = linear_act(b, x, 1);
    x = sr_build_drop(b, x, "classifier.drop", b->size.dropout, false);
    x = linear_act(b, x, 2);
    return sr_build_linear(b, x, "classifier.fc3", b->problem->classes, true);
}
