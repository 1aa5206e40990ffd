#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "train/trainer.h"

enum sr_status sr_train_check(const struct sr_train_opts *opts,
                              const struct sr_data *data, struct sr_err *err)
{
    const int images = data->split[SR_TRAIN].n;
    if (images < opts->batch_size)
        return sr_fail(err, SR_ECONFIG,
                       "train.batch_size: a batch of %lld is more than the %d "
                       "training images",
                       opts->batch_size, images);
    return SR_OK;
}

static enum sr_status set_length(struct sr_trainer *t, struct sr_err *err)
{
    const struct sr_train_opts *o = t->with.opts;
    t->per_epoch = 1;
    if (t->with.data) {
        const int images = t->with.data->split[SR_TRAIN].n;
        SR_TRY(sr_train_check(o, t->with.data, err));
        t->per_epoch = images / o->batch_size * sr_trainer_replays(t);
        t->order = SR_TAKE(t->arena, images, int);
    }
    t->steps = t->per_epoch * o->epochs;
    return SR_OK;
}

static void make_room(struct sr_trainer *t)
{
    const struct sr_model *model = t->with.model;
    const size_t n = (size_t)t->with.opts->batch_size;
    const size_t pixels = sr_oracle_pixels(&t->oracle);
    const size_t logits = n * (size_t)t->oracle.classes;
    SR_REQUIRE((size_t)model->batch >= n);

    t->sgd.m = SR_TAKE(t->arena, model->trainable, float);
    if (t->with.opts->ema.decay > 0)
        sr_average_begin(&t->average, &t->with.opts->ema, t->per_epoch, model,
                         t->arena);
    t->step.adv = SR_TAKE(t->arena, n * pixels, float);
    t->step.z = SR_TAKE(t->arena, logits, float);
    t->step.dz = SR_TAKE(t->arena, logits, float);
    t->step.clean_z = SR_TAKE(t->arena, logits, float);
    t->step.clean_dz = SR_TAKE(t->arena, logits, float);
    t->step.value = SR_TAKE(t->arena, n, float);
    t->step.drop = SR_TAKE(t->arena, n, uint64_t);
    if (t->objective->replays) {
        t->step.gx = SR_TAKE(t->arena, n * pixels, float);
        t->step.perturbation = SR_TAKE(t->arena, n * pixels, float);
    }
}

static void set_rules(struct sr_trainer *t)
{
    const struct sr_train_opts *o = t->with.opts;
    const struct sr_pass attack = {
        .want = SR_WANT_INPUT,
        .batchnorm = (enum sr_bn_mode)t->with.attack->batchnorm,
        .role = SR_ROLE_ATTACK,
    };
    t->oracle = sr_model_oracle(t->with.model, &attack);
    t->objective = sr_objective_find(o->method);
    t->sgd.momentum = o->momentum;
    t->sgd.weight_decay = o->weight_decay;
    t->sgd.nesterov = o->nesterov;
    t->sgd.decay = (enum sr_decay)o->decay;
    t->step.opts = o;
    t->step.model = t->with.model;
    t->step.oracle = &t->oracle;
    t->step.attack = t->with.attack;
    t->step.scratch = t->arena;
}

/* What came after the checkpoint is trained again, so its lines go. */
static enum sr_status cut_metrics(struct sr_trainer *t, struct sr_err *err)
{
    const int64_t have = sr_rundir_metrics_size(t->with.rundir);
    const int64_t want = t->state.metrics_bytes;
    if (have < want)
        sr_log_warn(t->with.log,
                    "metrics.jsonl has lost %" PRId64 " bytes that were there "
                    "when the checkpoint was written",
                    want - have);
    if (have <= want)
        return SR_OK;
    return sr_rundir_metrics_cut(t->with.rundir, want, err);
}

/* All but the place, which a run directory has. */
static void set_checkpoints(struct sr_trainer *t)
{
    t->ckpt = (struct sr_ckpt){
        .model = t->with.model,
        .momentum = t->sgd.m,
        .average = t->average.values ? &t->average : NULL,
        .batch = (int)t->with.opts->batch_size,
        .perturbation = t->step.perturbation,
        .log = t->with.log,
        .scratch = t->arena,
    };
}

static enum sr_status resume(struct sr_trainer *t, struct sr_err *err)
{
    struct sr_train_state found;
    bool any;
    t->ckpt.dir = sr_rundir_file(t->with.rundir, "checkpoints", t->arena);
    snprintf(t->state.config, sizeof t->state.config, "%s",
             t->with.config_hash);
    SR_TRY(sr_ckpt_load(&t->ckpt, t->state.config, &found, &any, err));
    if (any) {
        t->state = found;
        sr_ckpt_name(&t->state, t->saved);
        sr_log_say(t->with.log,
                   "resuming from %s: %" PRId64 " of %lld epochs, %" PRId64
                   " of %" PRId64 " steps",
                   t->saved, t->state.epoch, t->with.opts->epochs,
                   t->state.steps, t->steps);
    } else {
        SR_TRY(sr_ckpt_check_room(&t->ckpt, err));
    }
    return cut_metrics(t, err);
}

static enum sr_status open_loader(struct sr_trainer *t, struct sr_err *err)
{
    return sr_loader_open(t->with.data, &t->with.data->split[SR_TRAIN],
                          (int)t->with.opts->batch_size,
                          sr_par_threads(t->oracle.engine->par), t->arena,
                          &t->loader, err);
}

/* Said once, at the start: what the numbers leave out. */
static void say_limits(const struct sr_trainer *t)
{
    const struct sr_split *split = t->with.data->split;
    const long long left = split[SR_TRAIN].n % t->with.opts->batch_size;
    if (left > 0)
        sr_log_say(t->with.log,
                   "%lld of %d images do not fill a batch: each epoch leaves "
                   "out the last %lld of its order",
                   left, split[SR_TRAIN].n, left);
    if (t->with.eval->every > 0 && split[SR_VALIDATION].n == 0)
        sr_log_warn(t->with.log,
                    "no validation images (data.validation is 0): the best "
                    "checkpoint is chosen on the test images, where its "
                    "accuracy is then optimistic; the last one's is not");
}

enum sr_status sr_train_begin(const struct sr_training *training,
                              struct sr_arena *arena,
                              struct sr_trainer **trainer, struct sr_err *err)
{
    struct sr_trainer *t = SR_TAKE(arena, 1, struct sr_trainer);
    t->with = *training;
    t->arena = arena;
    t->images_of = -1;
    set_rules(t);
    SR_TRY(set_length(t, err));
    make_room(t);
    set_checkpoints(t);
    if (t->with.rundir)
        SR_TRY(resume(t, err));
    if (t->with.data)
        SR_TRY(open_loader(t, err));
    if (t->with.data && t->with.log)
        say_limits(t);
    t->saved_at = sr_clock_seconds();
    *trainer = t;
    return SR_OK;
}

void sr_train_end(struct sr_trainer *trainer)
{
    sr_loader_close(trainer->loader);
    trainer->loader = NULL;
}

int64_t sr_train_epoch_steps(const struct sr_trainer *t)
{
    return t->per_epoch;
}

double sr_train_disk_bytes(const struct sr_trainer *t)
{
    return sr_ckpt_most_bytes(&t->ckpt);
}
