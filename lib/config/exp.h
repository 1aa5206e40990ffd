/* config/exp.h - an experiment: one YAML file as structs.
 *
 * The rooms own their option rows; this one fills them.  Rules that span rooms
 * live here too ("step_size <= 2 epsilon").
 */
#ifndef SR_CONFIG_EXP_H
#define SR_CONFIG_EXP_H

#include "attack/attack.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "config/fill.h"
#include "config/problems.h"
#include "data/data.h"
#include "engine/engine.h"
#include "eval/eval.h"
#include "model/model.h"
#include "report/events.h"
#include "train/train.h"

struct sr_exp_opts {
    const char *name; /* of the run directory: letters, digits, - _ . */
    long long seed;
};

struct sr_exp {
    struct sr_exp_opts top;
    struct sr_data_opts data;
    struct sr_model_opts model;
    struct sr_activation_opts activation;
    struct sr_attack_opts attack;
    struct sr_train_opts train;
    struct sr_eval_opts eval;
    struct sr_engine_opts engine;
    struct sr_logging_opts logging;

    struct sr_activation acts; /* activation, resolved                  */
    struct sr_src layers_at;   /* of model.layers; path NULL: not given  */
    struct sr_keys keys;       /* every key, and where its value is from */
};

/* Offsets into struct sr_exp; ends with rows NULL. */
extern const struct sr_section sr_sections[];

/* Read the file (NULL: defaults alone), what it extends (`extends: FILE`,
 * relative to the file it stands in), and the key=value arguments; later ones
 * win.  Everything wrong is collected in one pass; n > 0 means failure
 * and *exp is then not usable.  From ARENA. */
void sr_exp_read(const char *path, int overrides, char *const *override,
                 struct sr_arena *arena, struct sr_exp **exp,
                 struct sr_problems *problems);

/* Give model.mean and model.std, where the config leaves them open, the
 * data set's own values, one for each of `channels`. */
void sr_exp_normalise(struct sr_exp *exp, int channels, const double *mean,
                      const double *std);

/* Print one problem as "path:line:col: error: text" with the source line and a
 * caret under the place, into a text from ARENA. */
char *sr_exp_explain(const struct sr_err *problem, int overrides,
                     char *const *override, struct sr_arena *arena);

/* How a config is written down: complete and without comments; complete, with
 * where each value came from; what somebody wrote alone, with what it is. */
enum sr_dump { SR_DUMP_PLAIN, SR_DUMP_ORIGINS, SR_DUMP_HELP };

/* The effective config as YAML; reading it back gives the same experiment.
 * From ARENA. */
char *sr_exp_dump(const struct sr_exp *exp, enum sr_dump how,
                  struct sr_arena *arena);

/* SHA-256 over every setting that decides the weights: two runs with the same
 * hash are the same run.  Leaves out name, threads and logging, and eval's but
 * where train.patience lets validation end the run. */
void sr_exp_hash(const struct sr_exp *exp, struct sr_arena *arena,
                 char text[SR_SHA256_TEXT]);

/* The same over what makes the network, model.* and activation.*, but not over
 * where its weights are from: with the same weights two such networks compute
 * the same. */
void sr_exp_hash_network(const struct sr_exp *exp, struct sr_arena *arena,
                         char text[SR_SHA256_TEXT]);

/* Is this key ("train.lr") part of sr_exp_hash? */
bool sr_exp_decides(const struct sr_exp *exp, const char *name);

#endif
