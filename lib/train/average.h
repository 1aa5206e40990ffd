/* train/average.h - the exponential moving average of the weights.
 *
 * A copy of every parameter that each step moves a little towards the weights.
 * It is what an evaluation looks at; training does not know of it.
 *
 * Method   after step t, counted from 1, with t0 = start in steps:
 *            average += (1 - d) (weights - average)
 *            d = 0 while t < t0: the average is the weights
 *            d = decay, or with ramp the smaller of it and
 *                (1 + t - t0) / (10 + t - t0)
 *          running statistics of batch norm: copied from the weights' as they
 *          are, or averaged like the weights
 * Source   the ramp: Gowal et al. 2020, "Uncovering the limits of adversarial
 *          training", as imrahulr/adversarial_robustness_pytorch has it, which
 *          copies the statistics; averaged ones are those of timm's ModelEma
 */
#ifndef SR_TRAIN_AVERAGE_H
#define SR_TRAIN_AVERAGE_H

#include "model/model.h"
#include "train/train.h"

struct sr_average {
    const struct sr_ema_opts *opts;
    double start;  /* steps */
    size_t count;  /* floats of all parameters, statistics included        */
    float *values; /* [count], in the order of model->param                */
};

/* The model's parameters as they are.  From ARENA. */
void sr_average_begin(struct sr_average *average,
                      const struct sr_ema_opts *opts, int64_t steps_per_epoch,
                      const struct sr_model *model, struct sr_arena *arena);

/* Begin again with the model's parameters as they are. */
void sr_average_reset(struct sr_average *average, const struct sr_model *model);

/* d of step `step`, counted from 1. */
double sr_average_decay(const struct sr_average *average, int64_t step);

/* What the step has done to the weights, averaged.  Threads: one parameter a
 * piece; the same bits for any count. */
void sr_average_update(struct sr_average *average,
                       const struct sr_engine *engine, int64_t step,
                       const struct sr_model *model);

/* Exchange average and weights, bit for bit; a second time is back again.
 * Whoever computes with the model then says sr_model_changed. */
void sr_average_swap(struct sr_average *average, struct sr_model *model);

#endif
