/* eval/warnings.h - signs that a number says more about the attack than about
 * the network.  They are told, and are never an error.
 *
 * Source   the flags of AutoAttack's authors (fra31/auto-attack, checks.py):
 *          the same signs at the same thresholds
 */
#ifndef SR_EVAL_WARNINGS_H
#define SR_EVAL_WARNINGS_H

#include "eval/eval.h"

/* The network's logits z [n][classes] of the images x. */
struct sr_look {
    int n, classes;
    const float *x, *z;
    const int *y;
};

/* Probabilities in place of logits: the slope of a saturated softmax vanishes.
 */
void sr_warn_outputs(struct sr_warnings *w, const struct sr_look *look);

/* Asked again, it says something else: attacks need the mean of several
 * gradients. */
void sr_warn_random(struct sr_warnings *w, const struct sr_look *look,
                    struct sr_oracle *f, struct sr_arena *scratch);

/* At images that are right the slope of the difference of logits ratio (of the
 * margin, where the ratio is not defined) is exactly 0.
 *   f  whose last forward was x, and which has gradients */
void sr_warn_slopes(struct sr_warnings *w, const struct sr_look *look,
                    struct sr_oracle *f, struct sr_arena *scratch);

/* eval->looked: all of these, where one of the attacks is a sequence: a closer
 * look at the first images of all, before hours of work, and the same ones for
 * every share.  Fails: SR_EDATA, SR_STOPPED. */
enum sr_status sr_warn_look(const struct sr_eval_opts *opts,
                            const struct sr_data *data, struct sr_model *model,
                            struct sr_eval *eval, struct sr_arena *scratch,
                            struct sr_err *err);

/* A sequence without some of its attacks is not the one that is published. */
void sr_warn_left_out(struct sr_warnings *w,
                      const struct sr_eval_attack *attack, int classes);

/* What another look has said. */
void sr_warn_again(struct sr_warnings *w, const struct sr_warnings *before);

/* Square, which sees no gradient, breaks what gradient attacks could not: more
 * than 0.2 % of all images. */
void sr_warn_square(struct sr_warnings *w, const struct sr_eval_attack *attack,
                    int images);

#endif
