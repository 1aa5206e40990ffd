/* train/trainer.h - what a trainer holds; private to this room.
 *
 *   begin.c     sets it up and resumes
 *   step.c      one step: gradients, the look at them, the update
 *   loop.c      one epoch: steps, checkpoints, the end of the epoch
 *   validate.c  accuracy between epochs, and which checkpoint is best
 */
#ifndef SR_TRAIN_TRAINER_H
#define SR_TRAIN_TRAINER_H

#include "data/loader.h"
#include "train/average.h"
#include "train/ckpt.h"
#include "train/objective.h"
#include "train/sgd.h"
#include "train/train.h"

struct sr_trainer {
    struct sr_training with;
    struct sr_arena *arena;
    const struct sr_objective *objective;
    struct sr_oracle oracle;
    struct sr_sgd sgd;
    struct sr_average average; /* values NULL: there is none        */
    struct sr_ckpt ckpt;
    struct sr_train_state state; /* of ckpt.h: where the run is       */
    int64_t per_epoch, steps;    /* steps in an epoch, in the run     */

    int *order;               /* [images] of the epoch under way   */
    struct sr_loader *loader; /* NULL without data                 */
    struct sr_batch images;   /* of the step under way             */
    int64_t images_of;        /* which batch of the epoch; -1: none */
    struct sr_step step;      /* the last one, and its room        */
    double lr, grad_norm;     /* of the last one, not clipped      */

    double saved_at, began_at; /* seconds: checkpoint, this epoch   */
    double waited;             /* seconds of this epoch, for images */
    double pace;               /* seconds a step, smoothed; 0: none */
    char saved[SR_CKPT_NAME];  /* the newest checkpoint, "" for none */
};

/* How many steps in a row are made on a batch. */
static inline int64_t sr_trainer_replays(const struct sr_trainer *t)
{
    return t->objective->replays ? t->with.opts->replays : 1;
}

/* The epoch under way, counted from 1: what draws are keyed by, so that none
 * has the 0 of evaluation. */
static inline int64_t sr_trainer_epoch(const struct sr_trainer *t)
{
    return t->state.epoch + 1;
}

/* Accuracy after an epoch, on the validation images or, without them, the test
 * images: of the weights and, where there is one, of their average.  Fails as
 * sr_eval_run. */
struct sr_accuracy {
    double clean, robust; /* 0..1 */
    double seconds;
};
struct sr_validation {
    bool done, averaged; /* false: none was due; there is no average */
    int images;
    struct sr_accuracy weights, average;
    const char *split;
};
enum sr_status sr_trainer_validate(struct sr_trainer *t,
                                   struct sr_validation *v, struct sr_err *err);

/* What the run is judged by: the average where there is one. */
const struct sr_accuracy *sr_trainer_judged(const struct sr_validation *v);

/* Is this the best so far, by robust and then by clean accuracy?  Of equals
 * the first stays. */
bool sr_trainer_is_best(const struct sr_best *best,
                        const struct sr_accuracy *found);

#endif
