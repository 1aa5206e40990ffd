#include "model/layers.h"

enum { MOST = 1 << 20 }; /* of anything a layer counts: catches slips */

/* clang-format off */
#define NAME SR_TEXT(struct sr_layer, name, "", "name of its weights; its number in the list if left out")
#define PADDING SR_INT(struct sr_layer, padding, "0", 0, MOST, "pixels", "zeros around the image")
#define POOL_KERNEL SR_INT(struct sr_layer, kernel, "0", 0, MOST, "pixels", "side of the window (required)")
#define POOL_STRIDE SR_INT(struct sr_layer, stride, "0", 0, MOST, "pixels", "step of the window; 0: as kernel")
#define OUT(what) SR_INT(struct sr_layer, out, "0", 0, MOST, "", what " (required)")
#define BIAS SR_BOOL(struct sr_layer, bias, "true", "add a learned constant to each output")
#define ACT(K, F, H) SR_ROW(struct sr_layer, K, activation.F, SR_OPT_NAME, "", 0, 0, "", sr_act_name, H)
#define ALPHA(K, F, H) SR_ROW(struct sr_layer, K, activation.F, SR_OPT_REAL, "", 0, 1e6, "", NULL, H)

static const struct sr_opt conv_rows[] = {
    OUT("filters"),
    SR_INT(struct sr_layer, kernel, "0", 0, MOST, "pixels", "side of a filter (required)"),
    SR_INT(struct sr_layer, stride, "1", 1, MOST, "pixels", "step of the filters"),
    PADDING,
    SR_INT(struct sr_layer, groups, "1", 1, MOST, "", "parts the channels are split into"),
    BIAS, NAME, {0},
};
static const struct sr_opt linear_rows[] = {
    OUT("features"), BIAS, NAME, {0},
};
static const struct sr_opt pool_rows[] = {
    POOL_KERNEL, POOL_STRIDE, PADDING, NAME, {0},
};
static const struct sr_opt activation_rows[] = {
    ACT("forward", forward, "its own function; the network's if left out"),
    ACT("backward.attack", backward.attack, "slope the attack sees; as forward if left out"),
    ACT("backward.update", backward.update, "slope the update sees; as forward if left out"),
    ALPHA("alpha", alpha, "sharpness; the function's own if left out"),
    ALPHA("alpha.forward", alphas.forward, "sharpness of the forward function"),
    ALPHA("alpha.attack", alphas.attack, "sharpness of the attack's slope"),
    ALPHA("alpha.update", alphas.update, "sharpness of the update's slope"),
    NAME, {0},
};
static const struct sr_opt name_rows[] = { NAME, {0} };

static const struct sr_layer_kind kinds[] = {
    { "conv",       "2-D convolution",                         conv_rows       },
    { "batchnorm",  "batch normalisation over channels",       name_rows       },
    { "activation", "the network's activation, or its own",    activation_rows },
    { "avgpool",    "average over a window, padding counted",  pool_rows       },
    { "maxpool",    "maximum over a window",                   pool_rows       },
    { "globalpool", "average over all pixels",                 name_rows       },
    { "flatten",    "to one row, channels first as in PyTorch", name_rows      },
    { "linear",     "fully connected",                         linear_rows     },
};
/* clang-format on */
enum { KINDS = sizeof kinds / sizeof *kinds };

const struct sr_layer_kind *sr_layer_kind_at(int i)
{
    return i >= 0 && i < KINDS ? &kinds[i] : NULL;
}

const char *sr_layer_kind_name(int i)
{
    return i >= 0 && i < KINDS ? kinds[i].name : NULL;
}
