/* cmd/eval_flags.h - what `satrun eval` and `satrun attack` have in common:
 * which network they are about, and flags that are short for eval.* keys.
 *
 * A network is the checkpoint of a run, or a file of weights together with the
 * config that says what they are for.
 */
#ifndef SR_EVAL_FLAGS_H
#define SR_EVAL_FLAGS_H

#include "args.h"
#include "setup.h"

struct sr_eval_flags {
    const char *config, *weights;
    struct sr_load_opts load;
    int checkpoint, average; /* enum checkpoint, average of eval_flags.c */

    /* As the user wrote them; "" where he did not. */
    const char *attack, *limit, *norm, *epsilon, *step_size, *restarts,
        *random_start, *targeted, *keep, *loss, *backward, *split;
};

const char *sr_checkpoint_name(int i); /* an sr_words_fn, as the next one */
const char *sr_average_word(int i);

/* A flag --step-size whose value becomes eval.step_size. */
#define SR_EVAL_FLAG(S, F, META, HELP)                                         \
    SR_ROW(S, #F, eval.F, SR_OPT_TEXT, "", 0, 0, META, NULL, HELP)

/* The rows of a struct S whose member `eval` is a struct sr_eval_flags. */
/* clang-format off */
#define SR_EVAL_FLAGS(S)                                                       \
    SR_EVAL_FLAG(S, config, "FILE",                                            \
                 "the config of --weights; instead of a run"),                 \
    SR_EVAL_FLAG(S, weights, "FILE",                                           \
                 "safetensors; instead of the run's checkpoint"),              \
    SR_ROW(S, "partial", eval.load.partial, SR_OPT_BOOL, "false", 0, 0, "",    \
           NULL, "load the weights that fit, tell the others"),                \
    SR_ROW(S, "reset_head", eval.load.reset_head, SR_OPT_BOOL, "false", 0, 0,  \
           "", NULL, "weights may be for another number of classes"),          \
    SR_ROW(S, "checkpoint", eval.checkpoint, SR_OPT_ENUM, "auto", 0, 0, "",    \
           sr_checkpoint_name,                                                 \
           "which of the run's; auto: best where there is one"),               \
    SR_ROW(S, "average", eval.average, SR_OPT_ENUM, "auto", 0, 0, "",          \
           sr_average_word,                                                    \
           "its averaged weights (train.ema); auto: where there are any"),     \
    SR_EVAL_FLAG(S, limit, "N",                                                \
                 "first so many images of the split, 0 for all"),              \
    SR_EVAL_FLAG(S, norm, "linf|l2|l1", "how a perturbation is measured"),        \
    SR_EVAL_FLAG(S, epsilon, "X",                                              \
                 "radius of the ball, of the pixel range: 8/255"),             \
    SR_EVAL_FLAG(S, step_size, "X", "length of one step: 2/255"),              \
    SR_EVAL_FLAG(S, restarts, "N",                                             \
                 "starts of attacks whose word does not say"),                 \
    SR_EVAL_FLAG(S, random_start, "true|false",                                \
                 "start from a random point of the ball"),                     \
    SR_EVAL_FLAG(S, targeted, "true|false",                                    \
                 "towards the class after the true one"),                      \
    SR_EVAL_FLAG(S, keep, "last|worst", "which iterate is judged"),            \
    SR_EVAL_FLAG(S, loss, "ce|margin|kl|dlr", "what the attack climbs"),           \
    SR_EVAL_FLAG(S, backward, "forward|attack|update|worst",                   \
                 "whose slope the attack sees"),                               \
    SR_EVAL_FLAG(S, split, "train|validation|test", "which images")
/* clang-format on */

/* Is this word an attack, or a sequence of them, rather than a run? */
bool sr_eval_is_attack(const char *word);

/* What a call is about.  From the call's arena. */
struct sr_subject {
    const char *config, *weights;
    const char *run;        /* NULL when it is not of a run       */
    const char *checkpoint; /* "best", "last"; NULL for --weights */
    bool averaged;          /* the checkpoint's averaged weights  */
};

/* The file of weights in a checkpoint's directory.  From ARENA. */
const char *sr_eval_weights(const char *run, const char *checkpoint,
                            bool averaged, struct sr_arena *arena);

/* What a command does with a network. */
typedef enum sr_status sr_eval_work(const struct sr_call *call,
                                    const struct sr_subject *subject,
                                    struct sr_setup *setup, struct sr_err *err);

/* Find the network, turn flags into overrides, open everything, load the
 * weights, do the work and close what was opened.
 * Fails: SR_EUSAGE for a run together with --config, or --config without
 * --weights; SR_EWEIGHTS when a run has no such checkpoint; as sr_setup_open
 * and the work. */
enum sr_status sr_eval_with(const struct sr_call *call,
                            const struct sr_eval_flags *flags,
                            sr_eval_work *work, struct sr_err *err);

/* Add how it came about to a result: the network with the checksum of its
 * weights, the settings, and all of provenance.h; of photos data.sample, too
 * (sr_data_sample of the images that are evaluated).
 * Fails: SR_EWEIGHTS when the weights cannot be read again; SR_EDATA. */
enum sr_status sr_eval_describe(const struct sr_subject *subject,
                                const struct sr_setup *setup, json_t *result,
                                struct sr_err *err);

/* "0.0314 (8/255)", "0.1".  From ARENA. */
const char *sr_eval_levels(double value, struct sr_arena *arena);

#endif
