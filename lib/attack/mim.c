/* The momentum iterative method: PGD from the image itself whose steps follow
 * the sum of all gradients so far, each at length 1.  It is the attack whose
 * images fool other networks best.  Dong et al. 2018, "Boosting adversarial
 * attacks with momentum", algorithm 1 (decay factor 1; for L2 eq. 8). */
#include "attack/attack_list.h"
#include "attack/pgd.h"

static void settle(struct sr_attack_opts *o)
{
    o->decay = 1;
    o->restarts = 1;
    o->random_start = false;
}

const struct sr_attack sr_attack_mim = {
    .name = "mim",
    .form = "mim-STEPS",
    .source = "Dong et al. 2018",
    .number = SR_NUMBER_NEEDED,
    .settle = settle,
    .run = sr_pgd_run,
};
