/* What the methods of training cannot do, told before they are asked to. */
#include <string.h>

#include "train/train.h"

static bool is(const struct sr_train_opts *opts, const char *method)
{
    return strcmp(opts->method, method) == 0;
}

static bool same_slope(const struct sr_activation *a)
{
    const struct sr_act *act = a->act[SR_ROLE_ATTACK];
    const double apart = a->alpha[SR_ROLE_ATTACK] - a->alpha[SR_ROLE_UPDATE];
    return act == a->act[SR_ROLE_UPDATE] &&
           (!act || !act->alphas || !(apart < 0 || apart > 0));
}

/* One pass gives both gradients. */
static enum sr_status check_free(const struct sr_attack_opts *attack,
                                 const struct sr_activation *activation,
                                 struct sr_err *err)
{
    if (attack->norm != SR_LINF)
        return sr_fail(err, SR_ECONFIG,
                       "attack.norm: free training is defined for linf");
    if (attack->loss != SR_LOSS_CE)
        return sr_fail(err, SR_ECONFIG,
                       "attack.loss: free training attacks with the loss it "
                       "trains with, ce");
    if (attack->batchnorm != SR_BN_TRAIN)
        return sr_fail(err, SR_ECONFIG,
                       "attack.batchnorm: free training has one pass for "
                       "attack and update, and batch norm is in mode train");
    if (!same_slope(activation))
        return sr_fail(err, SR_ECONFIG,
                       "activation.backward.attack: free training has one pass "
                       "for attack and update, so both have the same slope");
    return SR_OK;
}

enum sr_status sr_train_check_method(const struct sr_train_opts *opts,
                                     const struct sr_attack_opts *attack,
                                     const struct sr_activation *activation,
                                     struct sr_err *err)
{
    if ((is(opts, "mart") || is(opts, "free")) && opts->label_smoothing > 0)
        return sr_fail(err, SR_ECONFIG,
                       "train.label_smoothing: %s has no smoothed form",
                       opts->method);
    if (is(opts, "free"))
        return check_free(attack, activation, err);
    return SR_OK;
}
