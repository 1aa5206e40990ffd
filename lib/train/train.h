/* train/train.h - training: what a step minimises, how long, how resumed.
 *
 * Everything a step does is a function of (config, seed, epoch, step): order of
 * the images, augmentation, attack noise, learning rate.  The state to save is
 * therefore the weights, their average, the momentum, the perturbation of free
 * training and the position; a run interrupted at any moment and resumed gives
 * the same bits as one never touched.
 */
#ifndef SR_TRAIN_TRAIN_H
#define SR_TRAIN_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "attack/attack.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/opt.h"
#include "data/data.h"
#include "eval/eval.h"
#include "model/model.h"
#include "report/rundir.h"

/* The `train.schedule.` keys.  Times are in epochs, fractions allowed; the rate
 * is a pure function of the step (sched.c). */
struct sr_schedule_opts {
    const char *name;           /* a row of the table in sched.c              */
    struct sr_reals milestones; /* piecewise: epochs */
    double factor;       /* piecewise: times this at each milestone     */
    double warmup;       /* epochs of linear rise before anything else  */
    double warmup_from;  /* the rate it rises from                      */
    double final;        /* cosine, linear: rate at the end; cyclic: lowest */
    double peak_at;      /* one-cycle, cyclic: share before the peak    */
    long long cycles;    /* cyclic: in the run                          */
    double start_factor; /* one-cycle: starts at lr / this              */
    double final_factor; /* one-cycle: ends at lr / start / this        */
    int anneal;          /* one-cycle: linear, cosine                   */
};

/* The `train.ema.` keys: average.h has the rule. */
struct sr_ema_opts {
    double decay; /* 0: no average */
    double start; /* epochs */
    bool ramp;
    int buffers; /* enum sr_buffers */
};

/* The `train.` keys. */
struct sr_train_opts {
    const char *method; /* a row of objective_list.h                   */
    long long epochs, batch_size;
    double lr, momentum;
    bool nesterov;
    double weight_decay;
    int decay;              /* enum sr_decay: what weight_decay shrinks    */
    double clip;            /* of the gradient's norm; 0: no clipping      */
    double label_smoothing; /* in the update, never in the attack          */
    double beta;        /* trades, mart: weight of the divergence          */
    double clean_share; /* mixed: of the batch; both: weight of its loss   */
    long long replays;  /* free: steps in a row on each batch              */
    bool track_clean;   /* of a step's two branches, is the clean one's
                           statistics collected by batch norm too?         */
    struct sr_schedule_opts schedule;
    struct sr_ema_opts ema;
    long long patience; /* epochs without a better validation; 0: any      */
    int result;         /* enum sr_result: what is evaluated at the end    */
    double checkpoint_every; /* seconds between checkpoints inside an epoch */
    long long log_every;     /* steps between lines of metrics.jsonl        */
};
extern const struct sr_opt sr_train_rows[];

/* What `decay`, `result`, `ema.buffers` and `schedule.anneal` may be. */
enum sr_decay { SR_DECAY_ALL, SR_DECAY_WEIGHTS, SR_DECAY_NO_NORM };
enum sr_buffers { SR_BUFFERS_COPIED, SR_BUFFERS_AVERAGED };
enum sr_result { SR_RESULT_LAST, SR_RESULT_BEST };
enum sr_anneal { SR_ANNEAL_LINEAR, SR_ANNEAL_COSINE };

/* All a training run needs; borrowed by the trainer.  Where single steps alone
 * are made, log, eval, rundir and config_hash may be NULL, and for
 * sr_train_step so may data (an epoch then counts as one step). */
struct sr_training {
    const struct sr_train_opts *opts;
    const struct sr_attack_opts *attack;
    const struct sr_eval_opts *eval;
    uint64_t seed;
    struct sr_data *data;
    struct sr_model *model;
    struct sr_rundir *rundir;
    struct sr_log *log;
    const char *config_hash; /* of the settings a resume may not change */
};

/* Can these settings train on this data at all?  For asking before a run
 * directory is made; sr_train_begin asks too.  Fails with SR_ECONFIG. */
enum sr_status sr_train_check(const struct sr_train_opts *opts,
                              const struct sr_data *data, struct sr_err *err);

/* What a method cannot be combined with: slopes, losses, norms it does not
 * know.  Fails with SR_ECONFIG, the key at the start of the sentence. */
enum sr_status sr_train_check_method(const struct sr_train_opts *opts,
                                     const struct sr_attack_opts *attack,
                                     const struct sr_activation *activation,
                                     struct sr_err *err);

struct sr_trainer;

/* Set up, and continue from the newest complete checkpoint of the run directory
 * if there is one.  From ARENA.
 * Fails: SR_EWEIGHTS for a damaged checkpoint with no older good one;
 * SR_ECONFIG when the checkpoint is of another config (which key differs);
 * SR_ERESOURCE.  There is nothing to end then. */
enum sr_status sr_train_begin(const struct sr_training *training,
                              struct sr_arena *arena,
                              struct sr_trainer **trainer, struct sr_err *err);

/* Give back what memory alone does not: the threads that load images.  After
 * sr_train_begin, before the data is closed. */
void sr_train_end(struct sr_trainer *trainer);

/* Steps of an epoch; bytes of all checkpoints that are ever there at once. */
int64_t sr_train_epoch_steps(const struct sr_trainer *trainer);
double sr_train_disk_bytes(const struct sr_trainer *trainer);

/* Are all epochs done, or has patience come to its end? */
bool sr_train_is_done(const struct sr_trainer *trainer);

/* One epoch, from wherever it was left: steps, validation, checkpoint.
 * Fails: SR_STOPPED when asked to stop, with a checkpoint on disk; SR_EDIVERGED
 * before a non-finite loss or gradient reaches the weights, naming the step and
 * the layer and leaving the last good checkpoint; SR_ERESOURCE; SR_EDATA. */
enum sr_status sr_train_epoch(struct sr_trainer *trainer, struct sr_err *err);

/* One step on the run's next images, as sr_train_epoch makes it; nothing is
 * written, validated or saved, and the last step of an epoch is followed by the
 * first of the next.  For timing.  Fails: SR_EDIVERGED; SR_EDATA. */
enum sr_status sr_train_next_step(struct sr_trainer *trainer,
                                  struct sr_err *err);

/* The learning rate of step `step` of `steps` with `steps_per_epoch`. */
double sr_train_lr(const struct sr_train_opts *opts, int64_t step,
                   int64_t steps, int64_t steps_per_epoch);

/* One step on the given images, no data set involved; what the golden tests
 * drive.  x [n][h][w][c], y, id [n]; *loss is the mean over the batch. */
enum sr_status sr_train_step(struct sr_trainer *trainer, int n, const float *x,
                             const int *y, const uint64_t *id, double *loss,
                             struct sr_err *err);

#endif
