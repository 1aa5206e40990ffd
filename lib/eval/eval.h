/* eval/eval.h - clean and robust accuracy, every image counted once.
 *
 * Robust means: classified correctly, and no attack of the list found an image
 * in the ball that is not.  An image whose logits are not finite counts as
 * misclassified, so that broken arithmetic never looks robust.
 */
#ifndef SR_EVAL_EVAL_H
#define SR_EVAL_EVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "attack/sequence.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/opt.h"
#include "data/data.h"
#include "model/model.h"

/* The first three are those of enum sr_role.  worst attacks with each and keeps
 * what breaks an image: a network whose backward slope is not that of its
 * forward function must not look robust because its gradient is hidden. */
enum sr_backward {
    SR_BACKWARD_FORWARD,
    SR_BACKWARD_ATTACK,
    SR_BACKWARD_UPDATE,
    SR_BACKWARD_WORST,
};

/* Which images: those at the positions number - 1, number - 1 + of, ... of the
 * split, so that every share has its part of each class.  1 of 1, or nothing:
 * all of them. */
struct sr_share {
    int number, of;
};

/* Where what is done is kept, so that an evaluation that is interrupted goes on
 * there; see part.h. */
struct sr_eval_keep {
    const char *path;
    const json_t *about; /* how the result comes about; borrowed */
    bool named;          /* the user chose the path: what is there and is not of
                            this evaluation is refused, not replaced           */
    bool is_result;      /* it is what the evaluation is for, a share: that it
                            cannot be written in the end is a failure          */
    double seconds;     /* between two times of writing it                    */
    const char *images; /* the file for the images of all this (gallery.h);
                           NULL: they are not wanted                        */
};

/* The `eval.` keys.  An attack word such as pgd-10 sets name, steps and
 * restarts; the rest comes from these keys. */
struct sr_eval_opts {
    struct sr_wordlist attack; /* attack words; none: clean accuracy alone */
    struct sr_attack_opts how; /* norm, epsilon, step_size, random_start, keep,
                                  loss, batchnorm, targeted */
    int backward; /* enum sr_backward: whose slope an attack sees */
    int split;    /* enum sr_split_name                           */
    long long batch_size;
    long long limit; /* first so many images of the split; 0: all    */
    long long every; /* epochs between validations; 0: at the end    */
    bool sanity;     /* run the built-in checks                      */

    /* No key: attacks are made on this network and judged on the evaluated one
     * (transfer, Papernot et al. 2016); NULL: made on that one too. */
    struct sr_model *source;

    /* No keys either. */
    struct sr_share share;
    const struct sr_eval_keep *keep; /* NULL: nowhere */
    bool board; /* on a terminal, a table meanwhile that stays (board.h) */
};
extern const struct sr_opt sr_eval_rows[];
const char *sr_backward_name(int i); /* an sr_words_fn, as the next one */
const char *sr_split_word(int i);    /* "train", "validation", "test"   */

enum { SR_EVAL_ATTACKS = 16 };

/* One attack of a sequence, on the images that were left to it. */
struct sr_eval_stage {
    struct sr_attack_opts opts; /* as run              */
    int attacked, broken;
    uint64_t forwards, backwards; /* images sent through */
    double seconds;
};

struct sr_eval_attack {
    const char *word; /* "pgd-10", "autoattack"; borrowed from the options */
    int stages;       /* 1, or those of a sequence                         */
    struct sr_eval_stage stage[SR_STAGES];
    int robust; /* images correct under all of it             */
    const char *left_out[SR_STAGES]; /* attacks of the sequence that so few
                                        classes give no meaning; then NULL */
};

/* What one attack has made of one image so far. */
struct sr_outcome {
    int stages;      /* it has been through                            */
    int stage;       /* which broke it, the last of them; -1: none yet */
    long long step;  /* points looked at by then; 0: x itself          */
    int adversarial; /* class predicted after it; 0 while none broke it */
    float distance;  /* of its image, in its norm; the same            */
};

/* Per image, in the order of the split. */
struct sr_verdict {
    int index;        /* position in the data set's files             */
    int label, clean; /* true and predicted class                     */
    int right;        /* 1 when it is correct without an attack       */
    int robust;       /* 1 when it survived every attack as well      */
    int broken_by;    /* first attack that broke it; -1 none ...      */
    int stage;        /* ... and which of its stages                  */
    long long step;   /* points it had looked at by then; 0: x itself */
    int adversarial;  /* class predicted after that attack            */
    float distance;   /* of that attack's image, in its norm          */
};

/* See warnings.h. */
enum { SR_WARNINGS = 8 };
struct sr_warnings {
    int n;
    char text[SR_WARNINGS][192];
};

struct sr_eval {
    int images, clean, worst; /* counts of correct images */
    int attacks;
    struct sr_eval_attack attack[SR_EVAL_ATTACKS];
    struct sr_verdict *verdict; /* [images], from ARENA     */
    struct sr_warnings warnings;
    double seconds;

    /* What the above is derived from when all is done (tally.h). */
    struct sr_share share;
    int whole;                  /* images of all shares                     */
    int seen;                   /* the first so many verdicts have index,
                                   label, clean and right                   */
    struct sr_outcome *outcome; /* [attacks][images], from ARENA            */
    struct sr_warnings looked;  /* of a look at the first images of all     */
};

/* One attack of the list, with what opts.how says; its counts at zero.
 *   classes  of the data; 0: not known yet.  A sequence leaves out the attacks
 *            that need more; an attack alone is refused
 * Fails with SR_ECONFIG, listing the attacks there are, or saying why this one
 * cannot be run so. */
enum sr_status sr_eval_attack_of(const struct sr_eval_opts *opts,
                                 const char *word, int classes,
                                 struct sr_eval_attack *attack,
                                 struct sr_err *err);

/* With how many different slopes attack o is made. */
int sr_eval_slopes(const struct sr_eval_opts *opts,
                   const struct sr_attack_opts *o,
                   const struct sr_activation *activation);

/* The counts of all stages added up; `attacked` is that of the first. */
struct sr_eval_stage sr_eval_total(const struct sr_eval_attack *attack);

/* Who waits for what an attack makes, and may want it before all is done. */
enum sr_wish { SR_GO_ON, SR_HAND_OVER, SR_STOP_HERE };

/* How far a slope is, of the images that are attacked together. */
struct sr_seen {
    int done, broken;             /* images                          */
    uint64_t forwards, backwards; /* images sent through, with every slope */
};
struct sr_client {
    void *of;

    /* Told about once a batch, as struct sr_watch.  Unless it says GO_ON, what
     * is done is handed over. */
    enum sr_wish (*look)(void *of, const struct sr_seen *seen);

    /* adv, z and found of the images at[0..n-1] of the batch are final, and the
     * stage's counts have them.  Every image once. */
    void (*take)(void *of, int n, const int *at);
};

/* What one stage of an attack makes of some images. */
struct sr_craft {
    const struct sr_eval_opts *opts;
    struct sr_model *model;
    const struct sr_attack_batch *batch; /* of any number of images        */
    int n;                               /* how many of them to attack ... */
    const int *which;                    /* ... and which; NULL: all       */
    float *adv;                     /* [batch->n][h][w][c], filled for those */
    float *z;                       /* [batch->n][classes], the same: logits
                                       of adv in inference mode              */
    struct sr_found *found;         /* [batch->n], the same                  */
    const struct sr_client *client; /* NULL: nobody                          */
    struct sr_arena *scratch;
};

/* Attack as sr_eval_run does: with every slope that opts->backward asks for,
 * keeping what breaks, the result checked.  Adds to the stage's counts.
 * Fails: SR_EVERIFY when an image is outside its ball or [0, 1]; SR_STOPPED
 * when the client asked for it. */
enum sr_status sr_eval_craft(const struct sr_craft *craft,
                             struct sr_eval_attack *attack, int stage,
                             struct sr_err *err);

/* Evaluate the model on the split that opts name.  Images that are
 * misclassified to begin with are not attacked: they are not robust.
 * With opts->keep it goes on where it was, and leaves the file in place:
 * whoever has written the result removes it. Fails: SR_EVERIFY when a built-in
 * check does not hold (an adversarial image outside its ball or [0, 1]; epsilon
 * 0 not giving clean accuracy; PGD of more steps leaving significantly more
 * images than PGD of fewer); SR_STOPPED when asked to stop; SR_EDATA;
 * SR_ERESOURCE when opts->keep is the result and cannot be written. */
enum sr_status sr_eval_run(const struct sr_eval_opts *opts, uint64_t seed,
                           struct sr_data *data, struct sr_model *model,
                           struct sr_log *log, struct sr_arena *arena,
                           struct sr_eval *eval, struct sr_err *err);

/* 95 % interval of a proportion (Wilson 1927), in [0, 1]. */
void sr_eval_interval(int correct, int images, double *low, double *high);

/* {"schema": "satrun.eval/1", ...}; members that say how it was measured are
 * added by the caller.  The caller owns it. */
json_t *sr_eval_json(const struct sr_eval_opts *opts,
                     const struct sr_eval *eval);

/* One attack as it stands in the list of the above.  The caller owns it. */
json_t *sr_eval_attack_json(const struct sr_eval_attack *attack, int images);

/* One line per image; see the header line.  Atomic.  Fails: SR_ERESOURCE. */
enum sr_status sr_eval_write_csv(const struct sr_eval *eval, const char *path,
                                 struct sr_err *err);

#endif
