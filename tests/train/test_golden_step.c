/* Training steps against PyTorch (proof: golden).
 *
 * scripts/make_golden.py took the same steps in float64 and kept of each tensor
 * its norm and 24 signed sums; its header says why these are enough to see a
 * relative error of 1e-4.  Weights, images and noise are drawn by formula on
 * both sides.
 */
#include <math.h>

#include "../golden.h"
#include "attack/attack.h"
#include "base/rng.h"
#include "model/model.h"
#include "train/sgd.h"
#include "train/train.h"

enum { CASES = 13 };

/* What all cases have in common. */
struct settings {
    double epsilon, step_size, lr, momentum, weight_decay;
    int attack_steps;
};

struct golden_case {
    const char *name, *arch, *forward, *attack, *update, *decay;
    double alpha, smoothing;
    int images, side, adversarial, steps, nesterov, seed, offset;
};

/* What one case is run with. */
struct bench {
    struct golden golden;
    struct settings all;
    struct golden_case c;
    struct sr_arena *arena;
    struct sr_engine engine;
    struct sr_attack_opts attack;
    struct sr_train_opts train;
    struct sr_model_opts shape;
    struct sr_model *model;
    struct sr_trainer *trainer;
    float *before; /* the trainable parameters at the start */
    float *x, *adv, *dx, *z, *dz;
    int *y;
    uint64_t *id;
    double *wide; /* one tensor in double                  */
};

static void open_settings(const struct golden *g, struct settings *all)
{
    ck_assert_int_eq(json_unpack(g->doc, "{sF sF si sF sF sF}", "epsilon",
                                 &all->epsilon, "step_size", &all->step_size,
                                 "attack_steps", &all->attack_steps, "lr",
                                 &all->lr, "momentum", &all->momentum,
                                 "weight_decay", &all->weight_decay),
                     0);
}

static void open_case(struct golden *g, int i, struct golden_case *c)
{
    json_error_t where;
    json_t *cases = json_object_get(g->doc, "cases");
    ck_assert_int_eq((int)json_array_size(cases), CASES);
    ck_assert_msg(
        json_unpack_ex(
            json_array_get(cases, (size_t)i), &where, 0,
            "{ss ss ss ss ss ss sF sF si si sb si sb si si}", "name", &c->name,
            "arch", &c->arch, "forward", &c->forward, "attack", &c->attack,
            "update", &c->update, "decay", &c->decay, "alpha", &c->alpha,
            "smoothing", &c->smoothing, "images", &c->images, "side", &c->side,
            "adversarial", &c->adversarial, "steps", &c->steps, "nesterov",
            &c->nesterov, "seed", &c->seed, "offset", &c->offset) == 0,
        "step.json: %s", where.text);
    g->next += c->offset;
}

static void draw_images(struct bench *b, int step)
{
    const size_t pixels = (size_t)(b->c.side * b->c.side * 3);
    for (int i = 0; i < b->c.images; i++) {
        const int id = 100 * step + i;
        golden_draw_image(pixels, (uint64_t)b->c.seed, id,
                          b->x + (size_t)i * pixels);
        b->y[i] = (7 * id + 3) % 10;
        b->id[i] = (uint64_t)id;
    }
}

/* ----------------------------------------------------------- the comparison */

/* b->wide with the next sketch of the file. */
static void check_tensor(struct bench *b, const char *what, const char *name,
                         size_t count, int label, double rounding)
{
    golden_check_tensor(&b->golden,
                        sr_arena_format(b->arena, "%s: %s", b->c.name, what),
                        name, count, b->wide, label, rounding);
}

static void check_floats(struct bench *b, const char *what, size_t count,
                         const float *t, int label)
{
    for (size_t i = 0; i < count; i++)
        b->wide[i] = t[i];
    check_tensor(b, what, "the images", count, label, 0);
}

static void check_gradients(struct bench *b, int *label)
{
    for (int i = 0; i < b->model->params; i++) {
        const struct sr_param *p = &b->model->param[i];
        if (!p->grad)
            continue;
        for (size_t j = 0; j < p->count; j++)
            b->wide[j] = p->grad[j];
        check_tensor(b, "the gradient", p->name, p->count, (*label)++, 0);
    }
}

/* How far each weight has moved: a stricter thing to compare than the weight,
 * but for its rounding to float, at most 2^-24 of each at every step. */
static void check_changes(struct bench *b, int *label)
{
    for (int i = 0; i < b->model->params; i++) {
        const struct sr_param *p = &b->model->param[i];
        if (!p->grad)
            continue;
        const float *before = b->before + (p->value - b->model->values);
        double square = 0;
        for (size_t j = 0; j < p->count; j++) {
            b->wide[j] = (double)p->value[j] - before[j];
            square += (double)p->value[j] * p->value[j];
        }
        check_tensor(b, "the change", p->name, p->count, (*label)++,
                     b->c.steps * 0x1p-24 * sqrt(square));
    }
}

static void check_running(struct bench *b, int *label)
{
    for (int i = 0; i < b->model->params; i++) {
        const struct sr_param *p = &b->model->param[i];
        if (p->grad)
            continue;
        for (size_t j = 0; j < p->count; j++)
            b->wide[j] = p->value[j];
        check_tensor(b, "the statistic", p->name, p->count, (*label)++, 0);
    }
}

/* --------------------------------------------------------------- the set-up */

static void set_options(struct bench *b)
{
    sr_opt_defaults(sr_attack_rows, &b->attack);
    b->attack.name = "pgd";
    b->attack.norm = SR_LINF;
    b->attack.epsilon = b->all.epsilon;
    b->attack.step_size = b->all.step_size;
    b->attack.steps = b->all.attack_steps;
    b->attack.random_start = true;
    b->attack.batchnorm = SR_BN_INFERENCE;

    sr_opt_defaults(sr_train_rows, &b->train);
    b->train.method = b->c.adversarial ? "adversarial" : "standard";
    b->train.batch_size = b->c.images;
    b->train.epochs = b->c.steps;
    b->train.lr = b->all.lr;
    b->train.momentum = b->all.momentum;
    b->train.nesterov = b->c.nesterov;
    b->train.weight_decay = b->all.weight_decay;
    b->train.decay =
        strcmp(b->c.decay, "all") == 0 ? SR_DECAY_ALL : SR_DECAY_WEIGHTS;
    b->train.label_smoothing = b->c.smoothing;
    b->train.schedule.name = "constant";
}

static void build_model(struct bench *b)
{
    struct sr_err err;
    struct sr_activation_opts names;
    struct sr_activation act;
    const struct sr_problem problem = {
        .h = b->c.side, .w = b->c.side, .c = 3, .classes = 10};

    sr_opt_defaults(sr_model_rows, &b->shape);
    b->shape.arch = b->c.arch;
    b->shape.mean = golden_reals(&b->golden, "mean");
    b->shape.std = golden_reals(&b->golden, "std");
    sr_opt_defaults(sr_activation_rows, &names);
    names.forward = b->c.forward;
    names.backward.attack = b->c.attack;
    names.backward.update = b->c.update;
    names.alpha = b->c.alpha;
    SR_GOOD(sr_activation_resolve(&names, &act, &err), err);
    SR_GOOD(sr_model_build(&b->shape, &act, &problem, b->c.images,
                           SR_WANT_INPUT | SR_WANT_WEIGHTS, &b->engine,
                           b->arena, &b->model, &err),
            err);
    for (int i = 0; i < b->model->params; i++)
        golden_draw_param(&b->model->param[i], i, (uint64_t)b->c.seed);
    sr_model_changed(b->model);
    b->before = SR_TAKE(b->arena, b->model->trainable, float);
    memcpy(b->before, b->model->values, b->model->trainable * sizeof(float));
}

static void take_memory(struct bench *b)
{
    const size_t n = (size_t)b->c.images,
                 pixels = n * (size_t)b->c.side * (size_t)b->c.side * 3;
    b->x = SR_TAKE(b->arena, pixels, float);
    b->adv = SR_TAKE(b->arena, pixels, float);
    b->dx = SR_TAKE(b->arena, pixels, float);
    b->z = SR_TAKE(b->arena, n * 10, float);
    b->dz = SR_TAKE(b->arena, n * 10, float);
    b->y = SR_TAKE(b->arena, n, int);
    b->id = SR_TAKE(b->arena, n, uint64_t);
    b->wide = SR_TAKE(b->arena, b->model->trainable, double);
}

/* No data set and no run directory: just steps. */
static void begin_training(struct bench *b)
{
    struct sr_err err;
    const struct sr_training training = {.opts = &b->train,
                                         .attack = &b->attack,
                                         .seed = (uint64_t)b->c.seed,
                                         .model = b->model,
                                         .config_hash = "golden"};
    SR_GOOD(sr_train_begin(&training, b->arena, &b->trainer, &err), err);
}

static void open_bench(struct bench *b, int i)
{
    struct sr_err err;
    const struct sr_engine_opts engine = {.threads = 2};

    memset(b, 0, sizeof *b);
    b->arena = sr_test_arena();
    golden_open("step", &b->golden);
    open_settings(&b->golden, &b->all);
    open_case(&b->golden, i, &b->c);
    SR_GOOD(sr_engine_open(&engine, &b->engine, &err), err);
    set_options(b);
    build_model(b);
    take_memory(b);
    begin_training(b);
}

static void close_bench(struct bench *b)
{
    sr_engine_close(&b->engine);
    golden_close(&b->golden);
}

/* ---------------------------------------------------------------- the tests */

/* What the attack of a first epoch starts from and what it makes: b->dx, the
 * gradient at the start, and b->adv. */
static void run_attack(struct bench *b)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_INFERENCE,
                                 .role = SR_ROLE_ATTACK};
    struct sr_oracle oracle = sr_model_oracle(b->model, &pass);
    struct sr_attack_opts start = b->attack;
    const struct sr_attack_batch batch = {.n = b->c.images,
                                          .x = b->x,
                                          .y = b->y,
                                          .id = b->id,
                                          .seed = (uint64_t)b->c.seed,
                                          .epoch = 1};
    start.step_size = 0; /* stays where the noise put it */
    sr_attack_run(&start, &oracle, &batch, b->adv, b->arena);
    sr_oracle_logits(&oracle, b->c.images, b->adv, b->z);
    sr_loss(SR_LOSS_CE, b->c.images, 10, b->z, b->y, NULL, b->dz);
    sr_oracle_backward(&oracle, b->c.images, b->dz, b->dx);
    sr_attack_run(&b->attack, &oracle, &batch, b->adv, b->arena);
}

/* Logits of the update's forward pass, at the images it trains on. */
static void run_forward(struct bench *b)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_BATCH,
                                 .role = SR_ROLE_UPDATE};
    sr_model_forward(b->model, &pass, b->c.images,
                     b->c.adversarial ? b->adv : b->x, b->z);
}

START_TEST(steps_as_pytorch_does)
{
    struct bench b;
    struct sr_err err;
    double loss = 0;

    open_bench(&b, _i);
    for (int step = 0; step < b.c.steps; step++) {
        draw_images(&b, step);
        if (b.c.adversarial)
            run_attack(&b);
        run_forward(&b);
        SR_GOOD(
            sr_train_step(b.trainer, b.c.images, b.x, b.y, b.id, &loss, &err),
            err);
    }
    const double want = *golden_take(&b.golden, 1);
    ck_assert_msg(fabs(loss - want) <= golden_tolerance * want,
                  "%s: the loss is %.9g, not %.9g", b.c.name, loss, want);
    golden_check_numbers(&b.golden,
                         sr_arena_format(b.arena, "%s: logits", b.c.name),
                         10 * b.c.images, b.z);

    const size_t pixels = (size_t)(b.c.images * b.c.side * b.c.side * 3);
    int label = 2;
    if (b.c.adversarial) {
        check_floats(&b, "the input gradient", pixels, b.dx, 0);
        check_floats(&b, "the attack", pixels, b.adv, 1);
    }
    check_gradients(&b, &label);
    check_changes(&b, &label);
    check_running(&b, &label);
    close_bench(&b);
}
END_TEST

/* The comparison itself: an error of 1e-4 of the norm, spread over the tensor
 * or in one number, does not pass. */
START_TEST(sees_an_error_of_1e_4)
{
    enum { COUNT = 1000 };
    const uint64_t key = sr_rng_key(1, SR_RNG_TEST, 0, 0, 0);
    double clean[GOLDEN_SIGNS], spread[GOLDEN_SIGNS], single[GOLDEN_SIGNS],
        t[COUNT], square = 0;

    for (int i = 0; i < COUNT; i++) {
        t[i] = sr_rng_normal(key, (uint64_t)i);
        square += t[i] * t[i];
    }
    const double error = 1e-4 * sqrt(square);
    golden_signed_sums(COUNT, t, 0, clean);
    t[17] += error;
    golden_signed_sums(COUNT, t, 0, single);
    t[17] -= error;
    for (int i = 0; i < COUNT; i++)
        t[i] += error / sqrt(COUNT);
    golden_signed_sums(COUNT, t, 0, spread);

    double of_spread = 0, of_single = 0;
    for (int j = 0; j < GOLDEN_SIGNS; j++) {
        of_spread += pow(spread[j] - clean[j], 2);
        of_single += pow(single[j] - clean[j], 2);
    }
    ck_assert_double_gt(sqrt(of_spread / GOLDEN_SIGNS / square),
                        golden_tolerance);
    ck_assert_double_eq_tol(sqrt(of_single / GOLDEN_SIGNS / square), 1e-4,
                            1e-9);
}
END_TEST

SR_SUITE(train_golden_step)
{
    Suite *suite = sr_suite("train/golden_step",
                            (const TTest *[]){sees_an_error_of_1e_4, NULL});
    TCase *steps = tcase_create("steps_as_pytorch_does");
    tcase_set_timeout(steps, 120);
    tcase_add_loop_test(steps, steps_as_pytorch_does, 0, CASES);
    suite_add_tcase(suite, steps);
    return suite;
}
