/* train/state.h - the files of a checkpoint that are not the model's.
 */
#ifndef SR_TRAIN_STATE_H
#define SR_TRAIN_STATE_H

#include "train/ckpt.h"

/* state.json.  Written atomically.  Reading fails with SR_EWEIGHTS, naming the
 * member that is missing or of the wrong kind. */
enum sr_status sr_train_state_write(const struct sr_train_state *state,
                                    const char *path, struct sr_err *err);
enum sr_status sr_train_state_read(const char *path,
                                   struct sr_train_state *state,
                                   struct sr_err *err);

/* optim.safetensors: the momentum of every trained parameter under the
 * parameter's name and, where there is one, the `perturbation` of free
 * training.  Reading fails with SR_EWEIGHTS for a tensor missing, unexpected or
 * misshapen, and changes nothing then. */
enum sr_status sr_optim_write(const struct sr_ckpt *c, const char *path,
                              struct sr_err *err);
enum sr_status sr_optim_read(const struct sr_ckpt *c, const char *path,
                             struct sr_err *err);

#endif
