#include "base/rng.h"
#include "bench.h"
#include "engine/loss.h"
#include "train/train.h"

/* The images and everything the steps need besides the network. */
struct work {
    struct sr_model *model;
    struct sr_oracle oracle;
    struct sr_attack_opts attack;
    struct sr_train_opts train;
    struct sr_trainer *trainer;
    struct sr_attack_batch batch;
    float *adv, *z, *value; /* [n][h][w][c], [n][classes], [n] */
    struct sr_arena *arena;
};

static enum sr_status forward(void *job, struct sr_err *err)
{
    static const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                        .batchnorm = SR_BN_INFERENCE};
    (void)err;
    const struct work *w = job;
    sr_model_forward(w->model, &pass, w->batch.n, w->batch.x, w->z);
    sr_loss(SR_LOSS_CE, w->batch.n, w->model->problem.classes, w->z, w->batch.y,
            w->value, NULL);
    return SR_OK;
}

static enum sr_status attack(void *job, struct sr_err *err)
{
    (void)err;
    struct work *w = job;
    sr_attack_run(&w->attack, &w->oracle, &w->batch, w->adv, w->arena);
    return SR_OK;
}

static enum sr_status train(void *job, struct sr_err *err)
{
    double loss;
    const struct work *w = job;
    return sr_train_step(w->trainer, w->batch.n, w->batch.x, w->batch.y,
                         w->batch.id, &loss, err);
}

static void make_batch(struct work *w, const struct sr_bench *b)
{
    const int classes = w->model->problem.classes;
    const size_t n = (size_t)b->batch;
    const size_t pixels = n * sr_oracle_pixels(&w->oracle);
    int *y = SR_TAKE(w->arena, n, int);
    uint64_t *id = SR_TAKE(w->arena, n, uint64_t);
    for (int i = 0; i < b->batch; i++) {
        y[i] = i % classes;
        id[i] = (uint64_t)i;
    }
    w->batch = (struct sr_attack_batch){
        .n = b->batch,
        .x = sr_bench_noise(w->arena, pixels),
        .y = y,
        .id = id,
    };
    w->adv = SR_TAKE(w->arena, pixels, float);
    w->z = SR_TAKE(w->arena, n * (size_t)classes, float);
    w->value = SR_TAKE(w->arena, n, float);
}

static void set_attack(struct work *w)
{
    static const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                        .batchnorm = SR_BN_INFERENCE,
                                        .role = SR_ROLE_ATTACK};
    w->oracle = sr_model_oracle(w->model, &pass);
    sr_opt_defaults(sr_attack_rows, &w->attack);
    w->attack.name = "pgd";
    w->attack.steps = 1;
    w->attack.random_start = false;
}

/* The config's optimiser, and steps too small to go anywhere: noise has nothing
 * to teach, and a step takes as long whatever its length. */
static enum sr_status set_training(struct work *w, const struct sr_bench *b,
                                   struct sr_err *err)
{
    w->train = b->setup.exp->train;
    w->train.method = "standard";
    w->train.batch_size = b->batch;
    w->train.lr = 1e-6;
    w->train.schedule.name = "constant";
    w->train.schedule.warmup = 0;
    const struct sr_training with = {
        .opts = &w->train,
        .attack = &b->setup.exp->attack,
        .model = w->model,
    };
    return sr_train_begin(&with, w->arena, &w->trainer, err);
}

/* What the operations of each step are counted as: forward passes. */
static const struct {
    const char *name;
    sr_bench_fn *run;
    int passes;
} steps[] = {
    {"forward", forward, 1}, {"attack", attack, 2}, {"train", train, 3}};
enum { STEPS = sizeof steps / sizeof *steps };

static enum sr_status measure(struct work *w, const struct sr_bench *b,
                              json_t *list, struct sr_err *err)
{
    for (int i = 0; i < STEPS; i++) {
        double seconds;
        sr_log_progress(b->setup.log, "steps", i, STEPS, steps[i].name);
        SR_TRY(sr_bench_time(steps[i].run, w, b->reps, &seconds, err));
        const double flops = 2 * sr_model_macs(w->model) * b->batch;
        json_t *step = json_pack("{s:s}", "step", steps[i].name);
        json_object_update_new(
            step, sr_bench_speed(b, seconds, steps[i].passes * flops));
        json_object_set_new(step, "images_per_s",
                            json_real(b->batch / seconds));
        json_array_append_new(list, step);
    }
    return SR_OK;
}

enum sr_status sr_bench_steps(const struct sr_bench *b, json_t **out,
                              struct sr_err *err)
{
    struct sr_arena *arena = b->setup.arena;
    const struct sr_mark mark = sr_arena_mark(arena);
    struct work *w = SR_TAKE(arena, 1, struct work);
    w->model = b->setup.model;
    w->arena = arena;
    set_attack(w);
    make_batch(w, b);

    json_t *list = json_array();
    enum sr_status status = set_training(w, b, err);
    if (status == SR_OK)
        status = measure(w, b, list, err);
    sr_log_progress_end(b->setup.log);
    sr_arena_release(arena, mark);
    if (status == SR_OK)
        *out = list;
    else
        json_decref(list);
    return status;
}
