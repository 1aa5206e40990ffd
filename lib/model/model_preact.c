/* Networks of pre-activation blocks for small images: batch norm and activation
 * stand before each convolution, so that the sum goes on untouched (He et al.
 * 2016b).
 *
 * preact       four stages from 64 channels, as RobustBench's PreActBlock: the
 *              shortcut takes the block's input as it is, and the last sum goes
 *              to the classifier as it is
 * preact_v2    as in the paper and RobustBench's PreActBlockV2: the shortcut
 *              takes what is activated, and the last sum is, too
 * wrn          Wide-ResNet-d-k (Zagoruyko and Komodakis 2016), three stages
 * from 16 k channels behind a stem of 16; as in TRADES and RobustBench wrn_dm
 * the same as in Gowal et al. 2020: other names, and TensorFlow's padding where
 * the stride is 2, which sees other pixels
 *
 * A shortcut is a 1x1 convolution where the shape changes and nothing where it
 * does not. */
#include "model/model_list.h"

/* Where the families differ.  A block is called <stage><s><block><i>, what is
 * in it <norm><k> and <conv><k>; s and k count from `first`. */
struct family {
    int first;
    const char *stage, *block, *norm, *conv, *shortcut;
    const char *stem, *last, *head; /* last NULL: no batch norm at the end */
    bool shortcut_activated;
    int pad; /* of a block's first convolution */
};

/* Where a block stands. */
struct block {
    const char *name;
    int out, stride;
};

static int norm_act(struct sr_builder *b, int x, const struct family *family,
                    const struct block *block, int i)
{
    const int k = family->first + i;
    x = sr_build_bnorm(
        b, x, sr_build_name(b, "%s.%s%d", block->name, family->norm, k));
    return sr_build_act(b, x, sr_build_name(b, "%s.act%d", block->name, k),
                        NULL);
}

static int residual(struct sr_builder *b, int x, const struct family *family,
                    const struct block *block)
{
    const bool fits =
        block->stride == 1 && sr_build_channels(b, x) == block->out;
    const int activated = norm_act(b, x, family, block, 0);
    const char *conv = family->conv;
    int y = sr_build_conv(
        b, activated,
        sr_build_name(b, "%s.%s%d", block->name, conv, family->first),
        block->out, 3, block->stride, family->pad);
    y = norm_act(b, y, family, block, 1);
    y = sr_build_conv(
        b, y, sr_build_name(b, "%s.%s%d", block->name, conv, family->first + 1),
        block->out, 3, 1, 1);
    if (!fits)
        x = sr_build_conv(
            b, family->shortcut_activated ? activated : x,
            sr_build_name(b, "%s.%s", block->name, family->shortcut),
            block->out, 1, block->stride, 0);
    return sr_build_add(b, y, x, sr_build_name(b, "%s.add", block->name));
}

/* A stem of that many channels, and stages of `width` and more. */
static int network(struct sr_builder *b, const struct family *family, int stem,
                   int width)
{
    int x = sr_build_normalize(b, 0);
    x = sr_build_conv(b, x, family->stem, stem, 3, 1, 1);
    for (int s = 0; s < sr_size_stages(&b->size); s++)
        for (int i = 0; i < b->size.blocks[s]; i++) {
            const struct block block = {
                sr_build_name(b, "%s%d%s%d", family->stage, family->first + s,
                              family->block, i),
                width << s, s > 0 && i == 0 ? 2 : 1};
            x = residual(b, x, family, &block);
        }
    if (family->last) {
        x = sr_build_bnorm(b, x, family->last);
        x = sr_build_act(b, x, "act", NULL);
    }
    x = sr_build_globalpool(b, x, "pool");
    return sr_build_linear(b, x, family->head, b->problem->classes, true);
}

int sr_build_preact(struct sr_builder *b)
{
    static const struct family family = {1,        "layer",      ".",     "bn",
                                         "conv",   "shortcut.0", "conv1", NULL,
                                         "linear", false,        1};
    const int width = sr_build_wide(b, 64);
    return network(b, &family, width, width);
}

int sr_build_preact_v2(struct sr_builder *b)
{
    static const struct family family = {1,        "layer",      ".",     "bn",
                                         "conv",   "shortcut.0", "conv1", "bn",
                                         "linear", true,         1};
    const int width = sr_build_wide(b, 64);
    return network(b, &family, width, width);
}

int sr_build_wrn(struct sr_builder *b)
{
    static const struct family family = {
        1,       "block", ".layer.", "bn", "conv", "convShortcut",
        "conv1", "bn1",   "fc",      true, 1};
    return network(b, &family, 16, sr_build_wide(b, 16));
}

int sr_build_wrn_dm(struct sr_builder *b)
{
    static const struct family family = {
        0,        "layer.",   ".block.",   "batchnorm_",
        "conv_",  "shortcut", "init_conv", "batchnorm",
        "logits", true,       SR_PAD_SAME};
    return network(b, &family, 16, sr_build_wide(b, 16));
}
