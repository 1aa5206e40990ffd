#include "estimate.h"

#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "provenance.h"
#include "train/train.h"

/* Of an adversarially trained network, at the end of its training: between the
 * 60 and 85 % clean, 35 and 75 % robust that this project's results have. */
static const double CLEAN = 0.7, ROBUST = 0.4;

static enum sr_status step(void *trainer, struct sr_err *err)
{
    return sr_train_next_step(trainer, err);
}

/* ---- passes of an attack ---- */

struct passes {
    struct sr_oracle oracle;
    float *x, *z, *gx;
    int n;
};

static enum sr_status forward(void *job, struct sr_err *err)
{
    struct passes *p = job;
    (void)err;
    p->oracle.forward(p->oracle.model, p->n, p->x, p->z);
    return SR_OK;
}

static enum sr_status forward_and_back(void *job, struct sr_err *err)
{
    struct passes *p = job;
    SR_TRY(forward(p, err));
    p->oracle.backward(p->oracle.model, p->n, p->z, p->gx);
    return SR_OK;
}

/* Images in full batches, as an evaluation has them. */
static enum sr_status time_passes(const struct sr_setup *s, int reps,
                                  struct sr_cost *cost, struct sr_err *err)
{
    const struct sr_pass look = {.want = SR_WANT_LOGITS},
                         climb = {.want = SR_WANT_INPUT};
    struct passes p = {.oracle = sr_model_oracle(s->model, &climb)};
    const long long most = s->exp->eval.batch_size;
    p.n = (int)(most < s->model->batch ? most : s->model->batch);
    const size_t floats = (size_t)p.n * sr_oracle_pixels(&p.oracle);
    p.x = sr_bench_noise(s->arena, floats);
    p.gx = SR_TAKE(s->arena, floats, float);
    p.z = SR_TAKE(s->arena, (size_t)p.n * (size_t)p.oracle.classes, float);
    SR_TRY(sr_bench_pace(forward_and_back, &p, reps, &cost->gradient, err));
    p.oracle = sr_model_oracle(s->model, &look);
    SR_TRY(sr_bench_pace(forward, &p, reps, &cost->forward, err));
    cost->gradient /= p.n;
    cost->forward /= p.n;
    return SR_OK;
}

/* ---- reckoning ---- */

/* Seconds for an image that is left to this attack, and stays. */
static double stage_seconds(const struct sr_setup *s,
                            const struct sr_eval_opts *eval,
                            const struct sr_attack_opts *o,
                            const struct sr_cost *cost)
{
    const double targets = o->targets > 0 ? (double)o->targets : 1;
    const double steps = (double)(o->steps * o->restarts) * targets;
    const double slopes = sr_eval_slopes(eval, o, &s->exp->acts);
    return (steps *
                (sr_attack_asks_slopes(o) ? cost->gradient : cost->forward) +
            cost->forward) *
           slopes;
}

/* The first attack meets every correct image; the ones after it, and further
 * starts, mostly those that are robust. */
static double attack_seconds(const struct sr_setup *s,
                             const struct sr_eval_opts *eval,
                             const struct sr_eval_attack *attack, int images,
                             const struct sr_cost *cost)
{
    double seconds = 0;
    for (int i = 0; i < attack->stages; i++) {
        const struct sr_attack_opts *o = &attack->stage[i].opts;
        struct sr_attack_opts once = *o;
        once.restarts = 1;
        const double first = stage_seconds(s, eval, &once, cost);
        const double more = stage_seconds(s, eval, o, cost) - first;
        seconds += (i == 0 ? CLEAN : ROBUST) * first + ROBUST * more;
    }
    return images * seconds;
}

/* {images, seconds, attacks} of one evaluation on a split. */
static enum sr_status evaluation(const struct sr_setup *s,
                                 const struct sr_eval_opts *o, int split,
                                 const struct sr_cost *cost, json_t **out,
                                 struct sr_err *err)
{
    const int all = s->data->split[split].n;
    const int images = o->limit > 0 && o->limit < all ? (int)o->limit : all;
    double seconds = images * cost->forward;
    json_t *attacks = json_array();
    for (int a = 0; a < o->attack.n; a++) {
        struct sr_eval_attack attack;
        const enum sr_status status = sr_eval_attack_of(
            o, o->attack.v[a], s->data->classes, &attack, err);
        if (status != SR_OK) {
            json_decref(attacks);
            return status;
        }
        const double more = attack_seconds(s, o, &attack, images, cost);
        json_array_append_new(attacks, json_pack("{s:s, s:f}", "attack",
                                                 attack.word, "seconds", more));
        seconds += more;
    }
    *out = json_pack("{s:i, s:f, s:o}", "images", images, "seconds", seconds,
                     "attacks", attacks);
    return SR_OK;
}

/* Of the weights and, where there is one, of their average. */
static int validations(const struct sr_exp *exp)
{
    const long long every = exp->eval.every, epochs = exp->train.epochs;
    if (every == 0)
        return 0;
    const long long times = (epochs + every - 1) / every;
    return (int)(exp->train.ema.decay > 0 ? 2 * times : times);
}

static enum sr_status reckon_validation(const struct sr_setup *s,
                                        const struct sr_cost *cost,
                                        json_t **out, struct sr_err *err)
{
    const int held_out = s->data->split[SR_VALIDATION].n;
    const int times = validations(s->exp);
    json_t *once;
    SR_TRY(evaluation(s, &s->exp->eval, held_out > 0 ? SR_VALIDATION : SR_TEST,
                      cost, &once, err));
    *out =
        json_pack("{s:i, s:O, s:f}", "times", times, "images",
                  json_object_get(once, "images"), "seconds",
                  times * json_number_value(json_object_get(once, "seconds")));
    json_decref(once);
    return SR_OK;
}

static double seconds_of(const json_t *part)
{
    return json_number_value(json_object_get(part, "seconds"));
}

static json_t *training_json(const struct sr_setup *s, json_t *into,
                             const struct sr_trainer *t,
                             const struct sr_cost *cost)
{
    const long long batch = s->exp->train.batch_size;
    const json_int_t steps = sr_train_epoch_steps(t);
    const double epoch = (double)steps * cost->step;
    json_object_set_new(into, "step",
                        json_pack("{s:f, s:f, s:I}", "seconds", cost->step,
                                  "images_per_s", (double)batch / cost->step,
                                  "batch", (json_int_t)batch));
    json_object_set_new(
        into, "epoch",
        json_pack("{s:I, s:f}", "steps", steps, "seconds", epoch));
    json_t *training =
        json_pack("{s:I, s:f}", "epochs", (json_int_t)s->exp->train.epochs,
                  "seconds", (double)s->exp->train.epochs * epoch);
    json_object_set_new(into, "training", training);
    return training;
}

static enum sr_status reckon(const struct sr_setup *s,
                             const struct sr_trainer *t,
                             const struct sr_cost *cost, json_t *into,
                             struct sr_err *err)
{
    json_t *validation, *final;
    const json_t *training = training_json(s, into, t, cost);
    SR_TRY(reckon_validation(s, cost, &validation, err));
    json_object_set_new(into, "validation", validation);
    SR_TRY(evaluation(s, &s->exp->eval, SR_TEST, cost, &final, err));
    json_object_set_new(into, "evaluation", final);
    json_object_set_new(
        into, "assumed",
        json_pack("{s:f, s:f}", "clean", CLEAN, "robust", ROBUST));
    json_object_set_new(into, "seconds",
                        json_real(seconds_of(training) +
                                  seconds_of(validation) + seconds_of(final)));
    return SR_OK;
}

static json_t *about(const struct sr_setup *s, const char *config)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:o, s:I, s:f}", "schema",
                     "satrun.estimate/1", "config", config, "name",
                     s->exp->top.name, "data_is_here", !s->absent, "machine",
                     sr_machine(&s->engine), "parameters",
                     (json_int_t)sr_model_parameters(s->model),
                     "gflop_per_image", 2e-9 * sr_model_macs(s->model));
}

static double most_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * (double)usage.ru_maxrss;
}

static enum sr_status measure(const struct sr_setup *s, struct sr_trainer *t,
                              int steps, struct sr_cost *cost,
                              struct sr_err *err)
{
    SR_TRY(time_passes(s, steps, cost, err));
    SR_TRY(sr_bench_pace(step, t, steps, &cost->step, err));
    cost->memory = most_memory();
    cost->disk = sr_train_disk_bytes(t);
    return SR_OK;
}

static enum sr_status add_cost(const struct sr_setup *s, struct sr_trainer *t,
                               int steps, struct sr_cost *cost, json_t *into,
                               struct sr_err *err)
{
    if (cost->step == 0)
        SR_TRY(measure(s, t, steps, cost, err));
    json_object_set_new(into, "memory_bytes",
                        json_integer((json_int_t)cost->memory));
    json_object_set_new(into, "disk_bytes", json_real(cost->disk));
    return reckon(s, t, cost, into, err);
}

/* How long a run is, how it learns and is evaluated does not change what a step
 * or a pass costs. */
static bool costs_nothing(const char *key)
{
    static const char *const groups[] = {"name",
                                         "seed",
                                         "data.limit",
                                         "data.validation",
                                         "train.lr",
                                         "train.momentum",
                                         "train.nesterov",
                                         "train.weight_decay",
                                         "train.schedule",
                                         "train.epochs",
                                         "train.patience",
                                         "train.result",
                                         "train.label_smoothing",
                                         "train.checkpoint_every",
                                         "train.log_every",
                                         "eval"};
    if (strcmp(key, "eval.batch_size") == 0)
        return false;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const size_t length = strlen(groups[i]);
        if (strncmp(key, groups[i], length) == 0 &&
            (!key[length] || key[length] == '.'))
            return true;
    }
    return false;
}

const char *sr_estimate_key(const struct sr_setup *s, struct sr_arena *arena)
{
    json_t *settings = sr_settings(s->exp), *value;
    const char *key,
        *all = sr_arena_format(arena, "%zu parameters, %g operations",
                               sr_model_parameters(s->model),
                               2 * sr_model_macs(s->model));
    json_object_foreach (settings, key, value) {
        if (!costs_nothing(key))
            all = sr_arena_format(arena, "%s, %s=%s", all, key,
                                  json_string_value(value));
    }
    json_decref(settings);
    return all;
}

enum sr_status sr_estimate_evaluation(const struct sr_setup *setup,
                                      const struct sr_eval_opts *opts,
                                      const struct sr_cost *cost,
                                      double *seconds, struct sr_err *err)
{
    json_t *found;
    SR_TRY(evaluation(setup, opts, SR_TEST, cost, &found, err));
    *seconds = seconds_of(found);
    json_decref(found);
    return SR_OK;
}

enum sr_status sr_estimate(const struct sr_setup *setup, const char *config,
                           int steps, struct sr_cost *cost, json_t **result,
                           struct sr_err *err)
{
    const struct sr_exp *exp = setup->exp;
    const struct sr_training training = {
        .opts = &exp->train,
        .attack = &exp->attack,
        .eval = &exp->eval,
        .seed = (uint64_t)exp->top.seed,
        .data = setup->data,
        .model = setup->model,
    };
    struct sr_trainer *trainer;
    SR_TRY(sr_train_check(&exp->train, setup->data, err));
    SR_TRY(sr_train_begin(&training, setup->arena, &trainer, err));
    json_t *made = about(setup, config);
    const enum sr_status status =
        add_cost(setup, trainer, steps, cost, made, err);
    sr_train_end(trainer);
    if (status == SR_OK)
        *result = made;
    else
        json_decref(made);
    return status;
}
