#include "eval/eval.h"

_Static_assert((int)SR_BACKWARD_FORWARD == SR_ROLE_FORWARD &&
                   (int)SR_BACKWARD_ATTACK == SR_ROLE_ATTACK &&
                   (int)SR_BACKWARD_UPDATE == SR_ROLE_UPDATE,
               "craft.c compares them");

const char *sr_backward_name(int i)
{
    static const char *const words[] = {
        [SR_BACKWARD_FORWARD] = "forward",
        [SR_BACKWARD_ATTACK] = "attack",
        [SR_BACKWARD_UPDATE] = "update",
        [SR_BACKWARD_WORST] = "worst",
    };
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

const char *sr_split_word(int i)
{
    static const char *const words[] = {[SR_TRAIN] = "train",
                                        [SR_VALIDATION] = "validation",
                                        [SR_TEST] = "test"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

/* An evaluation leaves the running statistics alone. */
static const char *bn_mode_word(int i)
{
    return i < SR_BN_TRAIN ? sr_bn_mode_name(i) : NULL;
}

/* clang-format off */
const struct sr_opt sr_eval_rows[] = {
    SR_WORDS(struct sr_eval_opts, attack, "pgd-10",
             "attacks, each on every image: fgsm, pgd-10, pgd-50x10 (50 steps, "
             "10 restarts), autoattack, ..."),
    SR_ROW(struct sr_eval_opts, "norm", how.norm, SR_OPT_ENUM, "linf", 0, 0, "",
           sr_norm_name, "how the size of a perturbation is measured"),
    SR_ROW(struct sr_eval_opts, "epsilon", how.epsilon, SR_OPT_REAL, "8/255",
           0, 1000, "of the pixel range", NULL, "radius of the ball"),
    SR_ROW(struct sr_eval_opts, "step_size", how.step_size, SR_OPT_REAL,
           "2/255", 0, 1000, "of the pixel range", NULL, "length of one step"),
    SR_ROW(struct sr_eval_opts, "restarts", how.restarts, SR_OPT_INT, "1", 1,
           1000, "", NULL,
           "independent starts of attacks whose word does not say"),
    SR_ROW(struct sr_eval_opts, "random_start", how.random_start, SR_OPT_BOOL,
           "true", 0, 0, "", NULL,
           "start from a random point of the ball, not from the image"),
    SR_ROW(struct sr_eval_opts, "targeted", how.targeted, SR_OPT_BOOL, "false",
           0, 0, "", NULL,
           "towards the class after the true one, not away from the true one"),
    SR_ROW(struct sr_eval_opts, "targets", how.targets, SR_OPT_INT, "0", 0,
           1000000, "classes", NULL,
           "how many classes apgd-t and fab-t lead to, the likeliest first; 0: "
           "9, as their authors"),
    SR_ROW(struct sr_eval_opts, "keep", how.keep, SR_OPT_ENUM, "last", 0, 0, "",
           sr_keep_name,
           "the iterate to judge: the last, or the one of highest loss"),
    SR_ROW(struct sr_eval_opts, "loss", how.loss, SR_OPT_ENUM, "ce", 0, 0, "",
           sr_attack_loss_name,
           "what the attack climbs: cross-entropy, the logit margin, the "
           "divergence from the prediction for the image, or the margin over "
           "the spread of the largest logits"),
    SR_ROW(struct sr_eval_opts, "batchnorm", how.batchnorm, SR_OPT_ENUM,
           "inference", 0, 0, "", bn_mode_word,
           "statistics of batch normalisation in the attack's passes"),
    SR_ENUM(struct sr_eval_opts, backward, "forward", sr_backward_name,
            "whose slope the attack sees; worst: each, keeping what breaks"),
    SR_ENUM(struct sr_eval_opts, split, "test", sr_split_word,
            "which images to evaluate"),
    SR_INT(struct sr_eval_opts, batch_size, "128", 1, 65536, "images",
           "images at a time, in training no more than train.batch_size; "
           "changes no result"),
    SR_INT(struct sr_eval_opts, limit, "0", 0, 2147483647, "images",
           "first so many images of the split; 0: all"),
    SR_INT(struct sr_eval_opts, every, "1", 0, 1000000, "epochs",
           "epochs of training between validations; 0: only at the end"),
    SR_BOOL(struct sr_eval_opts, sanity, "true",
            "check that attacks behave as attacks must; a violation is an "
            "error"),
    {0},
};
/* clang-format on */
