/* eval/examples.h - adversarial images, kept to be looked at.
 *
 * Unlike sr_eval_run this attacks every image, those that are misclassified
 * without it too, and keeps what comes out.
 *
 * Layout   clean, adversarial [n][h][w][c] in [0, 1]; probabilities
 *          [n][classes], the softmax of the logits in inference mode
 */
#ifndef SR_EVAL_EXAMPLES_H
#define SR_EVAL_EXAMPLES_H

#include "eval/eval.h"

/* What a network says to an image. */
struct sr_saying {
    int class;        /* of the largest logit                */
    float confidence; /* its probability; NaN when undefined */
    bool right;
};

struct sr_examples {
    int n;
    size_t pixels; /* of one image */
    struct sr_eval_attack attack;
    float *clean, *adversarial;
    struct sr_saying *before,
        *after;         /* [n] of the clean, the adversarial one */
    int *label, *index; /* [n] index: position in the files */
    double *distance;   /* [n] in the attack's norm         */
};

/* Attack the first opts->limit images (0: all) of the split with opts->attack,
 * which must list one attack.  From ARENA.
 * Fails: SR_EUSAGE for another number of attacks; SR_EVERIFY, SR_STOPPED,
 * SR_EDATA as sr_eval_run. */
enum sr_status sr_eval_examples(const struct sr_eval_opts *opts, uint64_t seed,
                                struct sr_data *data, struct sr_model *model,
                                struct sr_log *log, struct sr_arena *arena,
                                struct sr_examples *examples,
                                struct sr_err *err);

/* Choose `want` images worth showing, in pick [want]: images the attack changed
 * from right to wrong, one of each class first, then more of them, then others;
 * each time in the order of the files.  Returns how many there are. */
int sr_eval_pick(const struct sr_examples *examples, int want, int *pick,
                 struct sr_arena *scratch);

#endif
