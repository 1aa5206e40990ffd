/* train/objective.h - the table of objectives: what one step minimises.
 *
 * A step leaves the gradient of its objective, averaged over the batch, in the
 * parameters' gradients and says what the objective was.  It does not touch
 * the weights: loop.c looks at the numbers first.
 */
#ifndef SR_TRAIN_OBJECTIVE_H
#define SR_TRAIN_OBJECTIVE_H

#include "attack/attack.h"
#include "base/arena.h"
#include "model/model.h"

/* What a step works with. */
struct sr_step {
    struct sr_model *model;
    struct sr_oracle *oracle; /* the model as the attack sees it */
    const struct sr_attack_opts *attack;
    double label_smoothing;
    struct sr_attack_batch batch; /* the images, already augmented   */
    float *adv;                   /* room for as many images         */
    float *z, *dz, *value;        /* [n][classes] twice, [n]         */
    struct sr_arena *scratch;

    double loss; /* filled: mean over the batch     */
    int correct; /* filled: of the images trained on */
};

/* Fill the gradients (zero before), loss and correct.  Cannot fail: numbers
 * that are not finite are found by the caller. */
typedef void sr_step_fn(struct sr_step *step);

struct sr_objective {
    const char *name, *measures, *formula, *source;
    sr_step_fn *step;
};

const struct sr_objective *sr_objective_at(int i); /* NULL past the last */
const char *sr_objective_name(int i);              /* an sr_words_fn     */

/* The row called name, which the option rows have accepted. */
const struct sr_objective *sr_objective_find(const char *name);

/* For the objectives: forward x through the network as it is trained (batch
 * statistics, tracked), cross-entropy with label smoothing, and its gradient to
 * the weights.  Fills loss and correct. */
void sr_step_cross_entropy(struct sr_step *step, const float *x);

#define SR_OBJECTIVE(name, measures, formula, source) sr_step_fn sr_step_##name;
#include "train/objective_list.h"
SR_OBJECTIVE_LIST(SR_OBJECTIVE)
#undef SR_OBJECTIVE

#endif
