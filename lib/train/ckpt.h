/* train/ckpt.h - checkpoints: complete or not there at all.
 *
 *   checkpoints/step-00000391-epoch-001/  model.safetensors optim.safetensors
 *                                         ema.safetensors where there is an
 *                                         average; state.json SHA256SUMS
 *               last -> the newest        best -> highest robust accuracy
 *
 * Method   everything is written and synced in NAME.tmp, the sums last, then
 *          NAME.tmp is renamed; links are replaced by renaming; only then are
 *          older ones deleted.  Kept are the newest two and the best.  Loading
 *          checks the sums and falls back to the one before.
 * Layout   names sort by age: an epoch's end is after its last step
 */
#ifndef SR_TRAIN_CKPT_H
#define SR_TRAIN_CKPT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "model/model.h"
#include "train/average.h"

enum { SR_CKPT_NAME = 64 };

/* The best validation so far. */
struct sr_best {
    int64_t epoch;           /* counted from 1; 0: none yet     */
    double clean, robust;    /* accuracy, 0..1                  */
    char name[SR_CKPT_NAME]; /* of its checkpoint               */
};

/* Where a run is: with the weights, their average and the momentum, all there
 * is to save. */
struct sr_train_state {
    char config[65];       /* hash of the settings                         */
    int64_t epoch;         /* complete epochs                              */
    int64_t step;          /* steps done of the next one; when it is all of
                              them, its validation is still to come        */
    int64_t steps;         /* since the start of the run                   */
    int64_t metrics_bytes; /* of metrics.jsonl that belong to this         */
    double loss_sum;       /* over the images of the epoch under way, ...  */
    int64_t correct, seen; /* ... correct ones and how many                */
    int64_t skipped;       /* ... and how many that are damaged            */
    struct sr_best best;
};

/* What is saved, and where. */
struct sr_ckpt {
    const char *dir; /* .../checkpoints */
    struct sr_model *model;
    float *momentum;            /* [model->trainable] */
    struct sr_average *average; /* NULL: there is none */
    int batch;                  /* images of a step */
    float *perturbation;        /* [batch][h][w][c]; NULL: there is none */
    struct sr_log *log;
    struct sr_arena *scratch;
};

/* Floats of a perturbation; 0 where there is none. */
size_t sr_ckpt_pixels(const struct sr_ckpt *c);

/* Bytes on disk of as many checkpoints as are ever there at once. */
double sr_ckpt_most_bytes(const struct sr_ckpt *c);

/* Is there room for as many checkpoints as are ever there at once?  Better
 * asked before the first epoch than told after it.  Fails with SR_ERESOURCE. */
enum sr_status sr_ckpt_check_room(const struct sr_ckpt *c, struct sr_err *err);

/* The name a checkpoint of this state has. */
void sr_ckpt_name(const struct sr_train_state *state, char name[SR_CKPT_NAME]);

/* Save.  Fails: SR_EDIVERGED, before anything is written, when a weight is not
 * finite; SR_ERESOURCE, with all older checkpoints as they were. */
enum sr_status sr_ckpt_save(const struct sr_ckpt *c,
                            const struct sr_train_state *state,
                            struct sr_err *err);

/* Load the newest intact checkpoint; *found is false, and nothing changed,
 * where there is none.  Damaged ones that are newer are reported, renamed to
 * damaged-NAME and passed over.  Fails: SR_ECONFIG when it was made with other
 * settings than the hash `config` stands for; as sr_ckpt_check. */
enum sr_status sr_ckpt_load(const struct sr_ckpt *c, const char *config,
                            struct sr_train_state *state, bool *found,
                            struct sr_err *err);

/* Could a run go on with the checkpoints of this directory, or begin where it
 * has none?  Changes nothing.
 *   average   is one part of each?
 * Fails with SR_EWEIGHTS, saying of each what is wrong, when there are only
 * damaged ones, those set aside earlier included. */
enum sr_status sr_ckpt_check(const char *dir, bool average,
                             struct sr_arena *scratch, struct sr_err *err);

/* Is this file of a checkpoint as it was written?  Fails with SR_EWEIGHTS. */
enum sr_status sr_ckpt_check_file(const char *path, struct sr_arena *scratch,
                                  struct sr_err *err);

#endif
