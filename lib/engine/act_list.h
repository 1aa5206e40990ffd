/* engine/act_list.h - every activation, one row each.
 *
 * name     : what configs, checkpoints and reports call it
 * learned  : how many parameters are trained with the weights
 * alpha    : A(default, smallest, largest) where the user's alpha is used,
 *            NO_ALPHA where it is not
 * start    : what the learned parameters start from, and how many sets of them
 *            a network has: ONE_SET(a, b) or EACH_SITE(a, b); NONE
 * formula  : shown by `satrun show activations`
 * source   : who defined it
 *
 * A row needs NAME_value and NAME_slope in engine/kern/acts.h, NAME_param as
 * well when something is learned, and a row of double twins in
 * tests/engine/act_ref.h; leaving one out does not compile.  Configs, help,
 * gradient checks and the tests per instruction set read this list.
 */
// clang-format off
#define SR_ACT_LIST(SR_ACT)                                                    \
    SR_ACT(relu, 0, NO_ALPHA, NONE, "max(x, 0)",                               \
           "Nair and Hinton 2010")                                             \
    SR_ACT(softplus, 0, A(10, 1e-3, 1e4), NONE, "log(1 + exp(alpha x)) / alpha", \
           "Xie et al. 2020, eq. 2")                                           \
    SR_ACT(silu, 0, NO_ALPHA, NONE, "x / (1 + exp(-x))",                       \
           "Elfwing et al. 2018")                                              \
    SR_ACT(gelu, 0, NO_ALPHA, NONE, "x Phi(x), Phi the normal distribution",   \
           "Hendrycks and Gimpel 2016")                                        \
    SR_ACT(gelu_tanh, 0, NO_ALPHA, NONE,                                       \
           "x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2",                  \
           "Hendrycks and Gimpel 2016; code of Xie et al. 2020")               \
    SR_ACT(elu, 0, A(1, 1e-3, 1e3), NONE,                                      \
           "x for x > 0, alpha (exp(x) - 1) below",                            \
           "Clevert et al. 2016; Xie et al. 2020, eq. 4")                      \
    SR_ACT(celu, 0, A(1, 1e-3, 1e3), NONE,                                     \
           "x for x > 0, alpha (exp(x / alpha) - 1) below",                    \
           "Barron 2017")                                                      \
    SR_ACT(smoothrelu, 0, A(400, 1e-3, 1e6), NONE,                             \
           "x - log(1 + alpha x) / alpha for x > 0, 0 below",                  \
           "Xie et al. 2020, section 4; alpha is their start")                 \
    SR_ACT(smoothrelu_learned, 1, NO_ALPHA, EACH_SITE(20, 0),                  \
           "smoothrelu with alpha = a^2, a learned at every site",             \
           "code of Xie et al. 2020, resnet_model.py")                         \
    SR_ACT(mish, 0, NO_ALPHA, NONE, "x tanh(log(1 + exp(x)))",                 \
           "Misra 2019")                                                       \
    SR_ACT(leaky_relu, 0, A(0.01, 0, 1), NONE,                                 \
           "x for x > 0, alpha x below",                                       \
           "Maas et al. 2013")                                                 \
    SR_ACT(psilu, 1, NO_ALPHA, ONE_SET(1, 0), "x sigmoid(|a| x), a learned",   \
           "Dai et al. 2021")                                                  \
    SR_ACT(pssilu, 2, NO_ALPHA, ONE_SET(1, 1e-8),                              \
           "x (sigmoid(|a| x) - |b|) / (1 - |b|), a and b learned",            \
           "Dai et al. 2021; starts of RobustBench's copy")                    \
    SR_ACT(psoftplus, 1, NO_ALPHA, ONE_SET(1, 0),                              \
           "log(1 + exp(|a| x)) / |a|, a learned",                             \
           "Dai et al. 2021")                                                  \
    SR_ACT(squareplus, 0, NO_ALPHA, NONE, "(x + sqrt(x^2 + 4)) / 2",           \
           "Barron 2021")                                                      \
    SR_ACT(sigmoid, 0, NO_ALPHA, NONE, "1 / (1 + exp(-x))",                   \
           "the gates of Hu et al. 2018")                                      \
    SR_ACT(identity, 0, NO_ALPHA, NONE, "x", "")
// clang-format on
