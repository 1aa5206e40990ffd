/* eval/walk.h - the images of an evaluation, batch by batch and in their order:
 * what a look at all of them needs that is no attack.
 */
#ifndef SR_EVAL_WALK_H
#define SR_EVAL_WALK_H

#include "eval/eval.h"

struct sr_walk {
    const struct sr_data *data;
    const struct sr_split *split;
    struct sr_par *par;
    struct sr_share share;
    int images;  /* of the share                                  */
    int from, n; /* the batch at hand: images from .. from + n - 1 */
    int batch;   /* most images of one                            */
    float *x;    /* [batch][h][w][c]                              */
    int *label, *pos;
    uint64_t *id;
};

/* Before the first batch.  From ARENA. */
struct sr_walk sr_walk_begin(const struct sr_eval_opts *opts,
                             const struct sr_data *data, struct sr_model *model,
                             struct sr_arena *arena);

/* Go to the next batch; n is 0 behind the last.  Fails: SR_EDATA; SR_STOPPED
 * when asked to stop. */
enum sr_status sr_walk_step(struct sr_walk *walk, struct sr_err *err);

#endif
