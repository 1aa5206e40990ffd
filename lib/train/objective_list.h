/* train/objective_list.h - what a training step can minimise, one row each.
 *
 * name     : what train.method calls it; its step is sr_step_<name>
 * measures : which accuracy its training images give: of clean or robust images
 * loss, start, batchnorm : attack.loss, attack.start and attack.batchnorm where
 *            a config leaves them open: those of the authors' code
 * replays  : is each batch trained on train.replays times in a row?
 * formula  : shown by `satrun show methods`; x' = attack(x), f are logits, p
 *            probabilities
 * source   : who defined it
 *
 * A row needs one thing to build: sr_step_<name> in objective_<name>.c.
 */
#define SR_OBJECTIVE_LIST(SR_OBJECTIVE)                                        \
    SR_OBJECTIVE(standard, "clean", "ce", "uniform", "inference", false,       \
                 "CE(f(x), y)", "-")                                           \
    SR_OBJECTIVE(adversarial, "robust", "ce", "uniform", "inference", false,   \
                 "CE(f(x'), y)", "Madry et al. 2018")                          \
    SR_OBJECTIVE(mixed, "mixed", "ce", "uniform", "inference", false,          \
                 "CE(f(x'), y), clean_share of the batch left as it is",       \
                 "Kurakin et al. 2017")                                        \
    SR_OBJECTIVE(both, "robust", "ce", "uniform", "inference", false,          \
                 "w CE(f(x), y) + (1 - w) CE(f(x'), y), w = clean_share",      \
                 "Goodfellow et al. 2015")                                     \
    SR_OBJECTIVE(trades, "robust", "kl", "normal", "inference", false,         \
                 "CE(f(x), y) + beta KL(p(x) || p(x'))", "Zhang et al. 2019")  \
    SR_OBJECTIVE(mart, "robust", "ce", "normal", "inference", false,           \
                 "BCE(p(x'), y) + beta (1 - p_y(x)) KL(p(x) || p(x'))",        \
                 "Wang et al. 2020")                                           \
    SR_OBJECTIVE(free, "robust", "ce", "uniform", "train", true,               \
                 "CE(f(x + d), y), d climbing along with each step",           \
                 "Shafahi et al. 2019")
