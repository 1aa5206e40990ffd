/* The fast gradient sign method: one step of PGD from the image itself to the
 * border of the ball.  Goodfellow, Shlens and Szegedy 2015, "Explaining and
 * harnessing adversarial examples". */
#include "attack/attack_list.h"
#include "attack/pgd.h"

static void settle(struct sr_attack_opts *o)
{
    o->steps = 1;
    o->step_size = o->epsilon;
    o->restarts = 1;
    o->random_start = false;
}

const struct sr_attack sr_attack_fgsm = {
    .name = "fgsm",
    .form = "fgsm",
    .source = "Goodfellow et al. 2015",
    .settle = settle,
    .run = sr_pgd_run,
};
