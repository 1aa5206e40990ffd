/* attack/attack.h - the table of attacks and what each is told.
 *
 * An attack fills adv with images near x that the classifier behind the oracle
 * gets wrong, if it can.  Everything random is keyed by the image's id, so the
 * result for an image depends neither on its batch nor on the threads.
 *
 * Units    pixels in [0, 1]; epsilon and step_size in the same units, for L2
 * and L1 as the length over all pixels of an image
 */
#ifndef SR_ATTACK_ATTACK_H
#define SR_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "attack/oracle.h"
#include "base/arena.h"
#include "base/opt.h"

enum sr_norm { SR_LINF, SR_L2, SR_L1, SR_NORMS };
enum sr_keep { SR_KEEP_LAST, SR_KEEP_WORST };
enum sr_start { SR_START_UNIFORM, SR_START_NORMAL };

/* Which mean and variance a batch norm uses. */
enum sr_bn_mode {
    SR_BN_INFERENCE, /* the running ones, constants                        */
    SR_BN_BATCH,     /* the batch's own                                    */
    SR_BN_TRAIN,     /* the batch's own, collected in the running ones: what
                        PyTorch calls train mode                           */
    SR_BN_MODES
};

/* The keys of `attack.` (the inner maximisation of training) and, with other
 * defaults, of `eval.`. */
struct sr_attack_opts {
    const char *name; /* a row of attack_list.h                         */
    int norm;         /* enum sr_norm                                   */
    double epsilon;   /* radius of the ball                             */
    double step_size;
    long long steps;
    long long restarts; /* independent starts; an image is robust when it
                           survives them all                              */
    bool random_start;  /* from a draw around x; otherwise from x         */
    int start;          /* enum sr_start: how that is drawn               */
    double start_std;   /* normal: standard deviation of every pixel      */
    bool start_outside; /* of [0, 1] until the first step, where the draw leads
                           there (code of Xie et al.)                     */
    double clean_start; /* probability that a training batch starts from x
                           all the same (Xie et al.: 0.2)                 */
    bool targeted;      /* towards the class after y (y + 1 mod classes)  */
    int keep;           /* enum sr_keep: the last iterate, which is what
                           the literature calls PGD-k, or the one of
                           highest loss                                   */
    int loss;           /* enum sr_loss                                   */
    int batchnorm;      /* enum sr_bn_mode, for whoever makes the oracle  */
    long long targets;  /* attacks that choose their targets: how many, the
                           likeliest classes but y first; 0 for the others */

    /* No keys: what a definition fixes. */
    double decay;  /* share of the gradients before that PGD keeps in its
                      direction: 1 is MIM                               */
    long long eot; /* passes a gradient is the mean of, for networks that
                      draw at random; 0 is 1                            */
};
extern const struct sr_opt sr_attack_rows[];

/* What to attack. */
struct sr_attack_batch {
    int n;              /* at most the oracle's batch                      */
    const float *x;     /* [n][h][w][c]                                    */
    const int *y;       /* [n] true labels                                 */
    const uint64_t *id; /* [n] what the draws are keyed by                 */
    uint64_t seed;
    uint64_t epoch;   /* 0 in evaluation; in training each epoch draws anew */
    uint64_t step;    /* for the batch-wide draw of clean_start          */
    uint64_t restart; /* which of the starts; sr_attack_run counts them  */
};

/* From start number b->restart, fill adv [n][h][w][c], inside the ball around x
 * and inside [0, 1].  Takes scratch from the arena and gives it back. */
typedef void sr_attack_fn(const struct sr_attack_opts *o, struct sr_oracle *f,
                          const struct sr_attack_batch *b, float *adv,
                          struct sr_arena *scratch);

/* Does the word end in -STEPS[xRESTARTS]? */
enum sr_number { SR_NUMBER_NONE, SR_NUMBER_NEEDED, SR_NUMBER_ALLOWED };

/* One of run and search is NULL.  `run` takes its steps with the whole batch at
 * once: what training needs, and what batch statistics are defined for.
 * `search` looks for one misclassified point an image, and is over when it has
 * it: for evaluation. */
struct sr_attack {
    const char *name;    /* "pgd" of the word "pgd-10"                     */
    const char *form;    /* "pgd-STEPS[xRESTARTS]"                         */
    const char *source;  /* paper                                          */
    int number;          /* enum sr_number                                 */
    long long steps;     /* when the word does not say                     */
    long long targets;   /* classes it leads to unless told; 0: to none    */
    int classes;         /* fewer have no meaning to it; 0: any number ... */
    const char *instead; /* ... and what to use then                       */
    void (*settle)(struct sr_attack_opts *o); /* set what its definition fixes,
                             whatever the user said; NULL: nothing           */
    sr_attack_fn *run;
    const struct sr_search *const *search; /* [SR_NORMS]; NULL: not for it */
};

const struct sr_attack *sr_attack_at(int i); /* NULL past the last */
const struct sr_attack *sr_attack_find(const char *name); /* of the above */

/* Does the attack ask for gradients, or for logits alone? */
bool sr_attack_asks_slopes(const struct sr_attack_opts *o);

/* The options as the attack they name runs with them. */
struct sr_attack_opts sr_attack_settled(const struct sr_attack_opts *o);

/* sr_words_fn of the attacks that can train, and of the enums of the options.
 */
const char *sr_attack_name(int i);
const char *sr_norm_name(int i);
const char *sr_start_name(int i);
const char *sr_keep_name(int i);
const char *sr_attack_loss_name(int i);
const char *sr_bn_mode_name(int i);

/* Read "fgsm", "pgd-10", "pgd-50x10": *o gets the name, the steps, the restarts
 * where the word says them, and what the attack's definition fixes; the rest
 * stays.
 * Fails with SR_ECONFIG, listing the forms there are. */
enum sr_status sr_attack_parse(const char *word, struct sr_src at,
                               struct sr_attack_opts *o, struct sr_err *err);

/* What no row can check alone; each fails with SR_ECONFIG.
 *   ball     an L-inf radius above 1, the whole pixel range, is a radius in
 *            levels of 255 that was meant to be divided
 *   loss     kl has no target, and no slope where it starts from x itself
 *   search   an attack that goes image by image has no batch statistics, leads
 *            away from y or to targets of its own, and may know some norms only
 *   classes  the losses of some attacks compare several logits */
enum sr_status sr_attack_check_ball(const struct sr_attack_opts *o,
                                    struct sr_err *err);
enum sr_status sr_attack_check_loss(const struct sr_attack_opts *o,
                                    struct sr_err *err);
enum sr_status sr_attack_check_search(const struct sr_attack_opts *o,
                                      struct sr_err *err);
enum sr_status sr_attack_check_classes(const struct sr_attack_opts *o,
                                       int classes, struct sr_err *err);

/* Run the attack that o->name names (a name the rows have accepted), from
 * o->restarts starts.  An image is attacked until a start breaks it, and that
 * adversarial image is returned; where none does, the one of highest loss.
 * With one start no query is made beyond the attack's own. */
void sr_attack_run(const struct sr_attack_opts *o, struct sr_oracle *f,
                   const struct sr_attack_batch *b, float *adv,
                   struct sr_arena *scratch);

/* What became of an image.  Attacks with `run` do not look at what they return
 * and leave the stage at -1; of a batch's queries each gets an equal share. */
enum { SR_PENDING = -2 }; /* in place of a stage: not done */
struct sr_found {
    int stage;      /* that broke it; -1: none did                           */
    long long step; /* points looked at by then, or in vain; 0: x was enough */
    uint64_t forwards, backwards; /* queries made for this image */
};

/* Told about once a batch how many images are done and how many of them are
 * broken; false asks to stop. */
struct sr_watch {
    void *of;
    bool (*look)(void *of, int done, int broken);
};

/* sr_attack_run for any number of images: the oracle gets full batches. */
struct sr_attack_job {
    const struct sr_attack_opts *o;
    const struct sr_attack_batch *b; /* n may be more than the oracle's batch */
    int n;                           /* images to attack: those of b at ...   */
    const int *which;                /* ... these places; NULL: all           */
    int stage;                       /* number to put into found              */
    float *adv;                      /* [b->n][h][w][c], filled for those     */
    struct sr_found *found;          /* [b->n], the same                      */
    const struct sr_watch *watch;    /* NULL: nobody                          */
};

/* Whoever looks sees `found` and `adv` of the images that are done as they will
 * stay; the stage of the others is SR_PENDING.
 * Returns false when the watch asked to stop; those are then lost. */
bool sr_attack_work(const struct sr_attack_job *job, struct sr_oracle *f,
                    struct sr_arena *scratch);

#endif
