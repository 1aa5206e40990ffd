#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/stop.h"
#include "base/text.h"
#include "train/trainer.h"

/* ---- what is written down ---- */

static double mean_loss(const struct sr_trainer *t)
{
    return t->state.seen ? t->state.loss_sum / (double)t->state.seen : 0;
}

static double train_accuracy(const struct sr_trainer *t)
{
    return t->state.seen ? (double)t->state.correct / (double)t->state.seen : 0;
}

/* One line for every log_every-th step, about that step alone. */
static enum sr_status log_step(struct sr_trainer *t, double seconds,
                               struct sr_err *err)
{
    if (t->state.steps % t->with.opts->log_every != 0)
        return SR_OK;
    const int n = t->step.batch.n;
    return sr_rundir_metric(
        t->with.rundir,
        json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "kind",
                  "step", "epoch", (json_int_t)sr_trainer_epoch(t), "step",
                  (json_int_t)t->state.steps, "loss", t->step.loss,
                  t->objective->measures, (double)t->step.correct / n, "lr",
                  t->lr, "grad_norm", t->grad_norm, "seconds", seconds,
                  "images_per_s", seconds > 0 ? n / seconds : 0.0),
        err);
}

static json_t *accuracy_json(const struct sr_accuracy *a)
{
    return json_pack("{s:f, s:f, s:f}", "clean", a->clean, "robust", a->robust,
                     "seconds", a->seconds);
}

/* {"images": 1000, "clean": .., "robust": .., "seconds": ..}, and the same of
 * the average as "average". */
static json_t *validation_json(const struct sr_validation *v)
{
    json_t *json = json_pack("{s:i}", "images", v->images);
    json_object_update_new(json, accuracy_json(&v->weights));
    if (v->averaged)
        json_object_set_new(json, "average", accuracy_json(&v->average));
    return json;
}

/* The rate of its last step is computed anew: after a stop during validation
 * the epoch ends in a process that has made none of its steps. */
static enum sr_status log_epoch(struct sr_trainer *t,
                                const struct sr_validation *v, double seconds,
                                struct sr_err *err)
{
    json_t *train = json_pack("{s:f, s:f}", "loss", mean_loss(t),
                              t->objective->measures, train_accuracy(t));
    const double lr =
        sr_train_lr(t->with.opts, t->state.steps - 1, t->steps, t->per_epoch);
    json_t *row = json_pack("{s:s, s:I, s:I, s:o, s:f, s:f}", "kind", "epoch",
                            "epoch", (json_int_t)sr_trainer_epoch(t), "step",
                            (json_int_t)t->state.steps, "train", train, "lr",
                            lr, "seconds", seconds);
    if (t->state.skipped > 0)
        json_object_set_new(row, "skipped_images",
                            json_integer((json_int_t)t->state.skipped));
    if (v->done)
        json_object_set_new(row, v->split, validation_json(v));
    return sr_rundir_metric(t->with.rundir, row, err);
}

/* "epoch 3/50  loss 1.234  robust 41.2%  test: clean 70.1%  robust 40.9%
 *  average: clean 71.0%  robust 42.0% (best)" */
static void say_epoch(struct sr_trainer *t, const struct sr_validation *v,
                      bool best, double seconds)
{
    char text[160] = "", span[32];
    if (v->done)
        sr_text_add(text, sizeof text, "  %s: clean %.2f%%  robust %.2f%%",
                    v->split, 100 * v->weights.clean, 100 * v->weights.robust);
    if (v->done && v->averaged)
        sr_text_add(text, sizeof text, "  average: clean %.2f%%  robust %.2f%%",
                    100 * v->average.clean, 100 * v->average.robust);
    if (best)
        sr_text_add(text, sizeof text, "  (best)");
    if (t->state.skipped > 0)
        sr_text_add(text, sizeof text, "  %" PRId64 " images skipped",
                    t->state.skipped);
    sr_clock_span(seconds, span, sizeof span);
    sr_log_say(t->with.log,
               "epoch %" PRId64 "/%lld  loss %.4f  %s %.2f%%%s  %s",
               sr_trainer_epoch(t), t->with.opts->epochs, mean_loss(t),
               t->objective->measures, 100 * train_accuracy(t), text, span);
}

/* Decoding is the user's to speed up, so a tenth of an epoch is worth a word.
 */
static void say_waited(struct sr_trainer *t, double seconds)
{
    if (t->waited > 1 && t->waited > 0.1 * seconds)
        sr_log_warn(t->with.log,
                    "%.0f of %.0f seconds were spent waiting for images; with "
                    "more data.threads, or smaller files, they may be fewer",
                    t->waited, seconds);
}

/* The bar's own ETA is the epoch's; the note has that of the last epoch, as far
 * as steps go: validation comes on top. */
static void show_progress(struct sr_trainer *t, double seconds)
{
    char what[64], note[128], left[32];
    snprintf(what, sizeof what, "epoch %" PRId64 "/%lld", sr_trainer_epoch(t),
             t->with.opts->epochs);
    snprintf(note, sizeof note, "loss %.3f  %s %.1f%%", mean_loss(t),
             t->objective->measures, 100 * train_accuracy(t));

    t->pace = t->pace > 0 ? 0.9 * t->pace + 0.1 * seconds : seconds;
    if (sr_trainer_epoch(t) < t->with.opts->epochs) {
        sr_clock_span(t->pace * (double)(t->steps - t->state.steps), left,
                      sizeof left);
        sr_text_add(note, sizeof note, "  (all epochs: %s left)", left);
    }
    sr_log_progress(t->with.log, what, t->state.step, t->per_epoch, note);
}

/* ---- checkpoints ---- */

/* Write a checkpoint of where the run is now. */
static enum sr_status save(struct sr_trainer *t, struct sr_err *err)
{
    t->state.metrics_bytes = sr_rundir_metrics_size(t->with.rundir);
    SR_TRY(sr_ckpt_save(&t->ckpt, &t->state, err));
    sr_ckpt_name(&t->state, t->saved);
    t->saved_at = sr_clock_seconds();
    return SR_OK;
}

static enum sr_status save_if_due(struct sr_trainer *t, struct sr_err *err)
{
    const double every = t->with.opts->checkpoint_every;
    if (every <= 0 || t->state.step == t->per_epoch ||
        sr_clock_seconds() - t->saved_at < every)
        return SR_OK;
    return save(t, err);
}

static enum sr_status stop(struct sr_trainer *t, struct sr_err *err)
{
    sr_log_progress_end(t->with.log);
    SR_TRY(save(t, err));
    return sr_fail(err, SR_STOPPED,
                   "by signal %d after step %" PRId64 " of %" PRId64
                   ", saved in %s: the same command continues",
                   sr_stop_signal(), t->state.steps, t->steps, t->saved);
}

/* ---- an epoch ---- */

/* Have a batch of this epoch made ready. */
static void ask(struct sr_trainer *t, int64_t batch)
{
    const int n = (int)t->with.opts->batch_size;
    const struct sr_augment augment = {.seed = t->with.seed,
                                       .epoch = (uint64_t)sr_trainer_epoch(t)};
    if (batch * sr_trainer_replays(t) < t->per_epoch)
        sr_loader_ask(t->loader, n, t->order + batch * n, &augment);
}

static void count_skipped(struct sr_trainer *t)
{
    t->state.skipped += t->images.skipped;
    if (t->images.why && t->with.log)
        sr_log_warn(t->with.log, "%s; skipped%s", t->images.why,
                    t->images.skipped > 1 ? ", with others of its batch" : "");
}

/* Have the images of this epoch come from where it was left. */
static void begin_images(struct sr_trainer *t)
{
    sr_data_order(&t->with.data->split[SR_TRAIN], t->with.seed,
                  (uint64_t)sr_trainer_epoch(t), t->order);
    t->images_of = -1;
    ask(t, t->state.step / sr_trainer_replays(t));
}

/* The images of the next step; a replayed batch is there already. */
static enum sr_status take_images(struct sr_trainer *t, struct sr_err *err)
{
    const int64_t batch = t->state.step / sr_trainer_replays(t);
    if (batch == t->images_of)
        return SR_OK;
    const double before = sr_clock_seconds();
    SR_TRY(sr_loader_take(t->loader, &t->images, err));
    if (t->images_of >= 0) /* nothing is computed on before the first */
        t->waited += sr_clock_seconds() - before;
    t->images_of = batch;
    if (t->state.step % sr_trainer_replays(t) == 0)
        count_skipped(t);
    ask(t, batch + 1);
    return SR_OK;
}

static enum sr_status step_on_images(struct sr_trainer *t, struct sr_err *err)
{
    const struct sr_batch *b = &t->images;
    double loss;
    SR_TRY(take_images(t, err));
    return sr_train_step(t, b->n, b->x, b->y, b->id, &loss, err);
}

static enum sr_status next_step(struct sr_trainer *t, struct sr_err *err)
{
    const double before = sr_clock_seconds();
    SR_TRY(step_on_images(t, err));

    const double seconds = sr_clock_seconds() - before;
    show_progress(t, seconds);
    return log_step(t, seconds, err);
}

static void go_to_next_epoch(struct sr_train_state *s)
{
    s->epoch++;
    s->step = 0;
    s->loss_sum = 0;
    s->correct = s->seen = s->skipped = 0;
}

/* A better validation is overdue. */
static bool is_overdue(const struct sr_trainer *t)
{
    const int64_t best = t->state.best.epoch, patience = t->with.opts->patience;
    return patience > 0 && best > 0 && t->state.epoch - best >= patience;
}

/* Nothing is written down before validation is through, so that a stop in it
 * leaves no line to repeat. */
static enum sr_status end_epoch(struct sr_trainer *t, struct sr_err *err)
{
    struct sr_validation v;
    const enum sr_status status = sr_trainer_validate(t, &v, err);
    if (status == SR_STOPPED)
        return stop(t, err);
    if (status != SR_OK)
        return status;

    const double seconds = sr_clock_seconds() - t->began_at;
    const struct sr_accuracy *found = sr_trainer_judged(&v);
    const bool best = v.done && sr_trainer_is_best(&t->state.best, found);
    SR_TRY(log_epoch(t, &v, seconds, err));
    sr_log_progress_end(t->with.log);
    say_epoch(t, &v, best, seconds);
    say_waited(t, seconds);

    go_to_next_epoch(&t->state);
    if (best) {
        t->state.best = (struct sr_best){.epoch = t->state.epoch,
                                         .clean = found->clean,
                                         .robust = found->robust};
        sr_ckpt_name(&t->state, t->state.best.name);
    }
    if (is_overdue(t))
        sr_log_say(t->with.log,
                   "no better robust accuracy since epoch %" PRId64
                   ": training ends here (train.patience)",
                   t->state.best.epoch);
    return save(t, err);
}

enum sr_status sr_train_epoch(struct sr_trainer *t, struct sr_err *err)
{
    t->began_at = sr_clock_seconds();
    t->waited = 0;
    begin_images(t);
    while (t->state.step < t->per_epoch) {
        if (sr_stop_wanted())
            return stop(t, err);
        SR_TRY(next_step(t, err));
        SR_TRY(save_if_due(t, err));
    }
    return end_epoch(t, err);
}

enum sr_status sr_train_next_step(struct sr_trainer *t, struct sr_err *err)
{
    const bool over = t->state.step == t->per_epoch;
    if (over)
        go_to_next_epoch(&t->state);
    if (over || t->images_of < 0)
        begin_images(t);
    return step_on_images(t, err);
}

bool sr_train_is_done(const struct sr_trainer *t)
{
    return t->state.epoch >= t->with.opts->epochs || is_overdue(t);
}
