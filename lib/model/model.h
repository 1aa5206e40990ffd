/* model/model.h - networks: built from a config, loaded, saved, run.
 *
 * A model is a static graph of operations with named parameters.  Names and
 * layouts of the parameters are PyTorch's (facts in lib/README.md), so that
 * weights go both ways unchanged.  The first node divides by the mean and
 * deviation of the data: callers deal in [0, 1] only.
 */
#ifndef SR_MODEL_MODEL_H
#define SR_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "attack/attack.h"
#include "attack/oracle.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/opt.h"
#include "engine/act.h"
#include "engine/engine.h"
#include "graph/op.h"   /* sr_role, sr_activation, sr_param */
#include "graph/plan.h" /* sr_want */

/* What a load lets pass. */
struct sr_load_opts {
    bool partial;    /* tensors that do not fit: they are told of, and the
                        others are loaded                                  */
    bool reset_head; /* a last layer for another number of classes: the
                        model's keeps its values                           */
};

/* The `model.` keys of a config. */
struct sr_model_opts {
    const char *arch;             /* a row of model_list.h                    */
    struct sr_reals mean, std;    /* of the data, per channel; empty: the data
                                     set's own                                */
    long long depth;              /* layers; 0: the network's own (size.h)  */
    struct sr_ints blocks;        /* of each stage; empty: its own          */
    double width, depth_factor;   /* of channels, of blocks; NaN: its own  */
    double dropout, drop_connect; /* shares; NaN: its own                */
    double bn_eps, bn_momentum;   /* of batch norms; NaN: its own        */
    long long groups, group_width; /* of bottlenecks; 0: its own             */
    const char *weights; /* safetensors to start from; "": none           */
    struct sr_load_opts load;       /* how they are loaded       */
    const struct sr_layers *layers; /* arch: sequential only (layers.h)      */
};
extern const struct sr_opt sr_model_rows[];

/* The `activation.` keys.  NULL names and NaN alphas mean "as forward" or "the
 * activation's own" until sr_activation_resolve has filled them in. */
struct sr_activation_opts {
    const char *forward;
    struct {
        const char *attack, *update;
    } backward;
    double alpha; /* for all three roles ... */
    struct {
        double forward, attack, update;
    } alphas; /* ... or one by one */
};
extern const struct sr_opt sr_activation_rows[];

/* Names to rows, and every field of opts to what it stands for: alpha is then
 * NaN and alphas hold one number for each role whose function takes one.
 * Fails with SR_ECONFIG: an alpha outside its activation's range, a learned
 * activation as a slope only. */
enum sr_status sr_activation_resolve(struct sr_activation_opts *opts,
                                     struct sr_activation *activation,
                                     struct sr_err *err);

/* "silu"; "relu, attack slope softplus(10), update slope softplus(10)".
 * Written to text, cut at size. */
void sr_activation_text(const struct sr_activation *activation, char *text,
                        size_t size);

/* What the network is for. */
struct sr_problem {
    int h, w, c, classes;
    double mean[4], std[4]; /* usual normalisation of the data set; std[0] 0:
                               it has none, and x goes in as it is          */
};

struct sr_model {
    const struct sr_model_opts *opts;
    struct sr_activation activation;
    struct sr_problem problem;
    float mean[4], std[4]; /* the normalisation in use, per channel */
    int batch;             /* most images a pass may have */
    int params;
    struct sr_param *param;  /* [params], in state_dict order */
    float *values, *grads;   /* all trainable ones in one piece each, and ... */
    size_t trainable;        /* ... how many floats that is                   */
    int64_t batches_tracked; /* num_batches_tracked of every batch norm       */
    struct sr_net *net;      /* private: graph, plans, memory                */
};

/* Build the network opts->arch names.  From ARENA: parameters, gradients and
 * one block for all passes.  Nothing is allocated after this.
 *   wants   which backward passes there will be: memory is planned for these
 * Fails with SR_ECONFIG, naming the layer and both sizes that do not fit. */
enum sr_status sr_model_build(const struct sr_model_opts *opts,
                              const struct sr_activation *activation,
                              const struct sr_problem *problem, int batch,
                              unsigned wants, const struct sr_engine *engine,
                              struct sr_arena *arena, struct sr_model **model,
                              struct sr_err *err);

/* The same without memory: names, shapes and counts of the parameters are
 * there, their values are not, and it cannot run.  For what is too large to
 * build just to look at.
 *   engine   may be NULL */
enum sr_status sr_model_outline(const struct sr_model_opts *opts,
                                const struct sr_activation *activation,
                                const struct sr_problem *problem,
                                const struct sr_engine *engine,
                                struct sr_arena *arena, struct sr_model **model,
                                struct sr_err *err);

/* Do the keys fit the architecture?  Fails as sr_model_build, with the key at
 * the start of the sentence. */
enum sr_status sr_model_check(const struct sr_model_opts *opts,
                              struct sr_err *err);

/* Weights as PyTorch would draw them for this architecture (distribution, not
 * numbers), keyed by seed and parameter. */
void sr_model_init(struct sr_model *model, uint64_t seed);

/* Must be called whenever parameters have changed: packs weights. */
void sr_model_changed(struct sr_model *model);

/* What one pass does. */
struct sr_pass {
    enum sr_want want; /* the backward pass that will follow           */
    enum sr_bn_mode batchnorm;
    enum sr_role role;    /* whose slope a backward uses                  */
    const uint64_t *drop; /* [n] a key for each image, by which dropout and
                             stochastic depth choose; NULL: the network is
                             whole.  Borrowed until the last backward     */
};

/* z [n][classes] = logits of x [n][h][w][c].  With running statistics an
 * image's logits, and its gradient after that, are the same bits in any batch,
 * place in it, model->batch and number of threads. */
void sr_model_forward(struct sr_model *model, const struct sr_pass *pass, int n,
                      const float *x, float *z);

/* After a forward with the same pass: SR_WANT_INPUT fills gx (NULL otherwise),
 * SR_WANT_WEIGHTS adds to the gradients of every parameter. */
void sr_model_backward(struct sr_model *model, int n, const float *dz,
                       float *gx);

void sr_model_zero_grads(struct sr_model *model);

/* The first node, in forward order, whose output of the last forward is not
 * finite; NULL when all are.  For the message of a diverged run. */
const char *sr_model_first_nonfinite(const struct sr_model *model, int n);

/* The model as an attack sees it, with the given pass, which wants the
 * gradient of the input or none.  Borrowed from the model. */
struct sr_oracle sr_model_oracle(struct sr_model *model,
                                 const struct sr_pass *pass);

/* safetensors.  Load: tensors are matched by name as names.h says;
 * num_batches_tracked may be missing.
 *   how   NULL: everything has to fit
 * Fails with SR_EWEIGHTS, listing missing, unexpected and misshapen tensors,
 * and changes nothing then; with how->partial only if nothing fits.  Where the
 * file says another activation, normalisation, architecture or input than the
 * model has, log gets a warning that names both.  Save writes atomically. */
enum sr_status sr_model_load(struct sr_model *model, const char *path,
                             const struct sr_load_opts *how, struct sr_log *log,
                             struct sr_err *err);
enum sr_status sr_model_save(const struct sr_model *model, const char *path,
                             struct sr_err *err);

/* Trainable numbers; multiply-adds of one image's forward pass; bytes of the
 * planned block, and of the weights as packed for the kernels. */
size_t sr_model_parameters(const struct sr_model *model);
double sr_model_macs(const struct sr_model *model);
size_t sr_model_block_bytes(const struct sr_model *model);
size_t sr_model_packed_bytes(const struct sr_model *model);

/* The i-th convolution or fully connected layer, in the order they run: its
 * name and its geometry, NULL past the last.  Borrowed. */
struct sr_model_conv {
    const char *name;
    const struct sr_conv *g;
};
struct sr_model_conv sr_model_conv_at(const struct sr_model *model, int i);

/* The table behind `satrun show models`. */
struct sr_arch {
    const char *name, *help, *source;
};
const struct sr_arch *sr_arch_at(int i); /* NULL past the last */
const char *sr_arch_name(int i);         /* an sr_words_fn     */

/* "depth=28 width=10": the `model.` keys that change the size of the i-th
 * architecture, and what they are if left out. */
void sr_arch_size(int i, char *text, size_t bytes);

#endif
