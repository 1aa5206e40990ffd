/* PGD on the loss of Carlini and Wagner: the largest logit but y's less that of
 * y.  Its gradient does not vanish where the softmax saturates.  Carlini and
 * Wagner 2017, "Towards evaluating the robustness of neural networks", sec. V
 * (f_6, untargeted, kappa infinite); within a ball as of Madry et al. 2018,
 * sec. 5. */
#include "attack/attack_list.h"
#include "attack/pgd.h"

static void settle(struct sr_attack_opts *o) { o->loss = SR_LOSS_MARGIN; }

const struct sr_attack sr_attack_cw = {
    .name = "cw",
    .form = "cw-STEPS[xRESTARTS]",
    .source = "Carlini and Wagner 2017",
    .number = SR_NUMBER_NEEDED,
    .settle = settle,
    .run = sr_pgd_run,
};
