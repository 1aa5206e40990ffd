/* train/objective_list.h - what a training step can minimise, one row each.
 *
 * name     : what train.method calls it; its step is sr_step_<name>
 * measures : which accuracy its training images give: of clean or robust images
 * formula  : shown by `satrun show methods`
 * source   : who defined it
 *
 * A row needs one thing to build: sr_step_<name> in objective_<name>.c.
 */
#define SR_OBJECTIVE_LIST(SR_OBJECTIVE)                                        \
    SR_OBJECTIVE(standard, "clean", "CE(f(x), y)", "-")                        \
    SR_OBJECTIVE(adversarial, "robust",                                        \
                 "CE(f(x'), y), x' = attack(x) within epsilon",                \
                 "Madry et al. 2018")
