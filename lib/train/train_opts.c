/* train/train_opts.c - the `train.` keys of a config. */
#include "train/objective.h"
#include "train/sched.h"
#include "train/sgd.h"
#include "train/train.h"

static const char *anneal_word(int i)
{
    static const char *const words[] = {"linear", "cosine"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

static const char *decay_word(int i)
{
    static const char *const words[] = {[SR_DECAY_ALL] = "all",
                                        [SR_DECAY_WEIGHTS] = "weights",
                                        [SR_DECAY_NO_NORM] = "no-norm"};
    return i >= 0 && i < 3 ? words[i] : NULL;
}

static const char *result_word(int i)
{
    static const char *const words[] = {
        [SR_RESULT_LAST] = "last", [SR_RESULT_BEST] = "best"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

static const char *buffers_word(int i)
{
    static const char *const words[] = {"copied", "averaged"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

/* A key under `schedule.`, whose field has the same name. */
#define SCHEDULE(type, field, fallback, low, high, unit, help)                 \
    SR_ROW(struct sr_train_opts, "schedule." #field, schedule.field, type,     \
           fallback, low, high, unit, NULL, help)

/* The same under `ema.`. */
#define EMA(type, field, fallback, high, unit, words, help)                    \
    SR_ROW(struct sr_train_opts, "ema." #field, ema.field, type, fallback, 0,  \
           high, unit, words, help)

/* clang-format off */
const struct sr_opt sr_train_rows[] = {
    SR_NAME(struct sr_train_opts, method, "adversarial", sr_objective_name,
            "what a step minimises"),
    SR_INT(struct sr_train_opts, epochs, "30", 1, 100000, "epochs",
           "passes over the training images"),
    SR_INT(struct sr_train_opts, batch_size, "128", 1, 65536, "images",
           "images in one step; an incomplete last batch is left out"),
    SR_REAL(struct sr_train_opts, lr, "0.1", 0, 1e30, "",
            "learning rate; one-cycle, cyclic: its peak"),
    SR_REAL(struct sr_train_opts, momentum, "0.9", 0, 1, "",
            "share of the last update kept in the next"),
    SR_BOOL(struct sr_train_opts, nesterov, "false",
            "look ahead along the momentum"),
    SR_REAL(struct sr_train_opts, weight_decay, "5e-4", 0, 1, "",
            "times the weights, added to the gradient"),
    SR_ENUM(struct sr_train_opts, decay, "all", decay_word,
            "what weight_decay shrinks: everything trained, the weights of "
            "convolutions and linear layers alone, or all but batch norm"),
    SR_REAL(struct sr_train_opts, clip, "0", 0, 1e30, "",
            "longest gradient of an update: a longer one, measured over all "
            "parameters together, is shortened to this; 0 for no limit"),
    SR_REAL(struct sr_train_opts, label_smoothing, "0", 0, 1, "",
            "share of the label spread over all classes, in the update only"),
    SR_REAL(struct sr_train_opts, beta, "6", 0, 1e6, "",
            "trades, mart: weight of the divergence between the predictions "
            "for the image and for the adversarial one"),
    SR_REAL(struct sr_train_opts, clean_share, "0.5", 0, 1, "",
            "mixed: share of each batch that stays clean; both: weight of the "
            "loss of the clean images, that of the adversarial ones being 1 "
            "less this"),
    SR_INT(struct sr_train_opts, replays, "8", 1, 1000, "",
           "free: steps in a row on each batch; an epoch has that many times "
           "the steps, so give epochs divided by it"),
    SR_BOOL(struct sr_train_opts, track_clean, "true",
            "trades, mart, both: the running statistics of batch norm collect "
            "the clean images' too, as the authors' code does, not the "
            "adversarial ones' alone"),
    SR_ROW(struct sr_train_opts, "schedule.name", schedule.name, SR_OPT_NAME,
           "constant", 0, 0, "", sr_schedule_name,
           "how the learning rate moves"),
    SCHEDULE(SR_OPT_REALS, milestones, "", 0, 100000, "epochs",
             "piecewise: when the rate is multiplied by factor"),
    SCHEDULE(SR_OPT_REAL, factor, "0.1", 0, 1, "",
             "piecewise: the rate times this at each milestone"),
    SCHEDULE(SR_OPT_REAL, warmup, "0", 0, 100000, "epochs",
             "linear rise of the rate before anything else"),
    SCHEDULE(SR_OPT_REAL, warmup_from, "0", 0, 1e30, "",
             "the rate that rise begins at"),
    SCHEDULE(SR_OPT_REAL, final, "0", 0, 1e30, "",
             "cosine, linear: the rate at the end; cyclic: the lowest"),
    SCHEDULE(SR_OPT_REAL, peak_at, "0.3", 0.001, 0.999, "of the run",
             "one-cycle, cyclic: when the rate is highest, of each cycle"),
    SCHEDULE(SR_OPT_INT, cycles, "1", 1, 100000, "",
             "cyclic: how often the rate rises and falls"),
    SCHEDULE(SR_OPT_REAL, start_factor, "25", 1, 1e9, "",
             "one-cycle: the first rate is lr divided by this"),
    SCHEDULE(SR_OPT_REAL, final_factor, "1e4", 1, 1e9, "",
             "one-cycle: the last rate is the first divided by this"),
    SR_ROW(struct sr_train_opts, "schedule.anneal", schedule.anneal,
           SR_OPT_ENUM, "cosine", 0, 0, "", anneal_word,
           "one-cycle: the shape of both slopes"),
    EMA(SR_OPT_REAL, decay, "0", 1, "", NULL,
        "of the moving average of the weights: share of it that a step keeps; "
        "0 for no average"),
    EMA(SR_OPT_REAL, start, "0", 100000, "epochs", NULL,
        "until then the average is the weights as they are"),
    EMA(SR_OPT_BOOL, ramp, "true", 0, "", NULL,
        "after the start let the decay grow as (1 + steps) / (10 + steps), up "
        "to its value"),
    EMA(SR_OPT_ENUM, buffers, "copied", 0, "", buffers_word,
        "running statistics of batch norm that the average has: the weights' "
        "copied, or averaged as well"),
    SR_INT(struct sr_train_opts, patience, "0", 0, 100000, "epochs",
           "end training after so many without a better robust accuracy in "
           "validation; 0 for never"),
    SR_ENUM(struct sr_train_opts, result, "last", result_word,
            "checkpoint that is evaluated in the end; without data.validation "
            "the best one is chosen by the test images themselves"),
    SR_REAL(struct sr_train_opts, checkpoint_every, "600", 0, 1e9, "seconds",
            "between checkpoints inside an epoch, 0 for none; there is one "
            "after each epoch anyway"),
    SR_INT(struct sr_train_opts, log_every, "50", 1, 1000000000, "steps",
           "between lines of metrics.jsonl"),
    {0}
};
/* clang-format on */
