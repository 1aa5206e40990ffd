/* tests/train/trainers.h - a small training run without a data set. */
#ifndef SR_TESTS_TRAIN_TRAINERS_H
#define SR_TESTS_TRAIN_TRAINERS_H

#include "model/models.h"
#include "train/trainer.h"

enum { TRAINER_BATCH = 4, TRAINER_PIXELS = 8 * 8 * 3 };

/* Everything a trainer borrows, and four images. */
struct training {
    struct sr_train_opts train;
    struct sr_attack_opts attack;
    struct sr_model *model;
    struct sr_trainer *trainer;
    float *x;
    int y[TRAINER_BATCH];
    uint64_t id[TRAINER_BATCH];
};

static inline struct training *training_defaults(void)
{
    struct training *t = SR_TAKE(sr_test_arena(), 1, struct training);
    sr_opt_defaults(sr_train_rows, &t->train);
    sr_opt_defaults(sr_attack_rows, &t->attack);
    t->train.batch_size = TRAINER_BATCH;
    t->train.lr = 0.01;
    t->model = models_small();
    t->x = noise(TRAINER_BATCH * TRAINER_PIXELS, 11);
    for (int i = 0; i < TRAINER_BATCH * TRAINER_PIXELS; i++)
        t->x[i] = (t->x[i] + 1) / 2;
    for (int i = 0; i < TRAINER_BATCH; i++) {
        t->y[i] = 3 * i % 10;
        t->id[i] = (uint64_t)i;
    }
    return t;
}

static inline void training_begin(struct training *t)
{
    struct sr_err err;
    const struct sr_training with = {
        .opts = &t->train, .attack = &t->attack, .seed = 1, .model = t->model};
    SR_GOOD(sr_train_begin(&with, sr_test_arena(), &t->trainer, &err), err);
}

static inline enum sr_status training_step(struct training *t, double *loss,
                                           struct sr_err *err)
{
    return sr_train_step(t->trainer, TRAINER_BATCH, t->x, t->y, t->id, loss,
                         err);
}

#endif
