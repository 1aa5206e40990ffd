/* train/objective.h - the table of objectives: what one step minimises.
 *
 * A step leaves the gradient of its objective, averaged over the batch, in the
 * parameters' gradients and says what the objective was.  It does not touch
 * the weights: step.c looks at the numbers first.
 *
 * An objective that looks at clean and at adversarial images sends them through
 * the network one after the other.  The network keeps the values of one forward
 * pass, so a backward follows its own forward at once, and what depends on both
 * branches is computed from logits of a look before.  Gradients add up.
 */
#ifndef SR_TRAIN_OBJECTIVE_H
#define SR_TRAIN_OBJECTIVE_H

#include "attack/attack.h"
#include "base/arena.h"
#include "model/model.h"
#include "train/train.h"

/* What a step works with. */
struct sr_step {
    const struct sr_train_opts *opts;
    struct sr_model *model;
    struct sr_oracle *oracle; /* the model as the attack sees it */
    const struct sr_attack_opts *attack;
    struct sr_attack_batch batch; /* the images, already augmented   */
    float *adv;                   /* room for as many images         */
    float *z, *dz;                /* [n][classes], of adv            */
    float *clean_z, *clean_dz;    /* [n][classes], of batch.x        */
    float *value;                 /* [n]                             */
    uint64_t *drop; /* [n] keys of struct sr_pass, for all passes of the
                       step: a branch seen twice is the same network    */
    float *gx, *perturbation; /* room for as many images; NULL but where
                                 the objective replays; lives on          */
    struct sr_arena *scratch;

    double loss; /* filled: mean over the batch     */
    int correct; /* filled: of the images trained on */
};

/* Add to the gradients, to loss and to correct (zero before).  Cannot fail:
 * numbers that are not finite are found by the caller. */
typedef void sr_step_fn(struct sr_step *step);

struct sr_objective {
    const char *name, *measures;
    const char *loss, *start, *batchnorm; /* words of attack.*           */
    bool replays; /* trains on each batch train.replays times in a row */
    const char *formula, *source;
    sr_step_fn *step;
};

const struct sr_objective *sr_objective_at(int i); /* NULL past the last */
const char *sr_objective_name(int i);              /* an sr_words_fn     */

/* The row called name, which the option rows have accepted. */
const struct sr_objective *sr_objective_find(const char *name);

/* ---- for the objectives ---- */

/* step->adv = what the attack makes of the batch. */
void sr_step_attack(struct sr_step *step);

/* z = logits of x as the update sees them.
 *   want   SR_WANT_WEIGHTS when a backward follows, SR_WANT_LOGITS for a look
 */
void sr_step_forward(struct sr_step *step, enum sr_want want,
                     enum sr_bn_mode mode, const float *x, float *z);

/* The mode of the clean branch where there are two: train.track_clean. */
enum sr_bn_mode sr_step_clean_mode(const struct sr_step *step);

/* loss += weight * mean of value. */
void sr_step_add_loss(struct sr_step *step, double weight);

/* correct += how many of z say y. */
void sr_step_count(struct sr_step *step, const float *z);

/* Add the gradient of weight * the mean of value, dz being that of its sum, to
 * the parameters' gradients.  dz is spoiled.
 *   gx   that of the images, where the forward wanted it; else NULL */
void sr_step_backward(struct sr_step *step, double weight, float *dz,
                      float *gx);

/* All of it for weight * CE(f(x), y), with label smoothing: forward, loss and
 * backward, counted. */
void sr_step_cross_entropy(struct sr_step *step, double weight,
                           enum sr_bn_mode mode, const float *x);

#define SR_OBJECTIVE(name, measures, loss, start, batchnorm, replays, formula, \
                     source)                                                   \
    sr_step_fn sr_step_##name;
#include "train/objective_list.h"
SR_OBJECTIVE_LIST(SR_OBJECTIVE)
#undef SR_OBJECTIVE

#endif
