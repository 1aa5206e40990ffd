#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/rng.h"
#include "engine/vec.h"
#include "train/trainer.h"

/* ---- when a number is not finite ---- */

/* Where it went wrong first: a layer going forward, or else the parameter
 * nearest to the output, where the gradient came from. */
static void find_culprit(const struct sr_trainer *t, char *text, size_t size)
{
    const struct sr_model *m = t->with.model;
    const char *layer = sr_model_first_nonfinite(m, t->step.batch.n);
    if (layer) {
        snprintf(text, size, "the output of layer %s is not finite", layer);
        return;
    }
    for (int i = m->params - 1; i >= 0; i--) {
        const struct sr_param *p = &m->param[i];
        if (p->grad && sr_vec_first_nonfinite(p->count, p->grad) < p->count) {
            snprintf(text, size, "the gradient of %s is not finite", p->name);
            return;
        }
    }
    snprintf(text, size, "the %s is not finite",
             isfinite(t->step.loss) ? "gradient's norm" : "loss");
}

/* Every parameter's largest weight and gradient; null: not finite. */
static json_t *describe_params(const struct sr_model *m)
{
    json_t *list = json_array();
    for (int i = 0; i < m->params; i++) {
        const struct sr_param *p = &m->param[i];
        json_t *row = json_pack(
            "{s:s, s:o}", "name", p->name, "largest",
            sr_json_real((double)sr_vec_norm_max(p->count, p->value)));
        if (p->grad)
            json_object_set_new(row, "gradient",
                                sr_json_real(sr_vec_norm2(p->count, p->grad)));
        json_array_append_new(list, row);
    }
    return list;
}

/* nonfinite/step-N.json: enough to look at the step again. */
static enum sr_status write_evidence(const struct sr_trainer *t,
                                     const char *culprit, struct sr_err *err)
{
    const char *dir = sr_rundir_file(t->with.rundir, "nonfinite", t->arena);
    const char *path = sr_arena_format(t->arena, "%s/step-%08" PRId64 ".json",
                                       dir, t->state.steps + 1);
    json_t *images = json_array();
    for (int i = 0; i < t->step.batch.n; i++)
        json_array_append_new(images,
                              json_integer((json_int_t)t->step.batch.id[i]));
    json_t *json = json_pack(
        "{s:s, s:I, s:I, s:s, s:o, s:o, s:f, s:o, s:o}", "schema",
        "satrun.nonfinite/1", "epoch", (json_int_t)sr_trainer_epoch(t), "step",
        (json_int_t)t->state.steps + 1, "where", culprit, "loss",
        sr_json_real(t->step.loss), "grad_norm", sr_json_real(t->grad_norm),
        "lr", t->lr, "images", images, "parameters",
        describe_params(t->with.model));
    SR_REQUIRE(json != NULL);
    enum sr_status status = sr_file_mkdir(dir, err);
    if (status == SR_OK)
        status = sr_json_write(path, json, err);
    json_decref(json);
    return status;
}

static enum sr_status diverged(struct sr_trainer *t, struct sr_err *err)
{
    char culprit[256];
    find_culprit(t, culprit, sizeof culprit);
    const char *kept = "";
    if (t->with.rundir && t->with.log) {
        struct sr_err unwritten; /* the divergence is what to tell */
        if (write_evidence(t, culprit, &unwritten) != SR_OK)
            sr_log_warn(t->with.log, "%s", unwritten.text);
        kept = *t->saved ? t->saved : "none yet";
    }
    return sr_fail(err, SR_EDIVERGED,
                   "diverged at step %" PRId64 " (epoch %" PRId64
                   "): %s, loss %g, learning rate %g; the weights were not "
                   "updated%s%s",
                   t->state.steps + 1, sr_trainer_epoch(t), culprit,
                   t->step.loss, t->lr, *kept ? "; last good checkpoint: " : "",
                   kept);
}

/* ---- a step ---- */

static void count(struct sr_trainer *t)
{
    t->state.step++;
    t->state.steps++;
    t->state.loss_sum += t->step.loss * t->step.batch.n;
    t->state.correct += t->step.correct;
    t->state.seen += t->step.batch.n;
}

/* Every step draws anew, also where a batch is replayed. */
static void key_drops(struct sr_step *step)
{
    const struct sr_attack_batch *b = &step->batch;
    for (int i = 0; i < b->n; i++)
        step->drop[i] =
            sr_rng_key(b->seed, SR_RNG_DROP, b->epoch, b->id[i], b->step);
}

enum sr_status sr_train_step(struct sr_trainer *t, int n, const float *x,
                             const int *y, const uint64_t *id, double *loss,
                             struct sr_err *err)
{
    struct sr_model *model = t->with.model;
    t->step.batch = (struct sr_attack_batch){
        .n = n,
        .x = x,
        .y = y,
        .id = id,
        .seed = t->with.seed,
        .epoch = (uint64_t)sr_trainer_epoch(t),
        .step = (uint64_t)t->state.step,
    };
    key_drops(&t->step);
    sr_model_zero_grads(model);
    t->step.loss = 0;
    t->step.correct = 0;
    t->objective->step(&t->step);
    t->grad_norm =
        sr_vec_long_norm2(t->oracle.engine, model->trainable, model->grads);
    t->lr = sr_train_lr(t->with.opts, t->state.steps, t->steps, t->per_epoch);
    if (!isfinite(t->step.loss) || !isfinite(t->grad_norm))
        return diverged(t, err);

    if (t->with.opts->clip > 0)
        sr_sgd_clip(t->oracle.engine, t->with.opts->clip, t->grad_norm, model);
    sr_sgd_step(&t->sgd, t->oracle.engine, t->lr, model);
    count(t);
    if (t->average.values)
        sr_average_update(&t->average, t->oracle.engine, t->state.steps, model);
    *loss = t->step.loss;
    return SR_OK;
}
