/* What the methods of training cannot do, told before they are asked to. */
#include <string.h>

#include "train/train.h"

enum sr_status sr_train_check_method(const struct sr_train_opts *opts,
                                     const struct sr_attack_opts *attack,
                                     const struct sr_activation *activation,
                                     struct sr_err *err)
{
    (void)attack;
    (void)activation;
    if (strcmp(opts->method, "mart") == 0 && opts->label_smoothing > 0)
        return sr_fail(
            err, SR_ECONFIG,
            "train.label_smoothing: the loss of mart has no smoothed "
            "form");
    return SR_OK;
}
