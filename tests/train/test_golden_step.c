/* Training steps against PyTorch (proof: golden).
 *
 * scripts/make_golden.py took the same steps in float64 and kept of each tensor
 * its norm and 24 signed sums; its header says why these are enough to see a
 * relative error of 1e-4.  Weights, images and noise are drawn by formula on
 * both sides.
 */
#include <math.h>
#include <string.h>

#include "attack/attack.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "model/model.h"
#include "test.h"
#include "train/sgd.h"
#include "train/train.h"

enum { SIGNS = 24, CASES = 13 };
enum { DRAW_WEIGHTS = 1, DRAW_IMAGES = 2, DRAW_SKETCH = 3 }; /* key part a */

/* Half of what is promised: the estimate of an error has a spread. */
static const double tolerance = 0.5e-4;

/* The file, and a cursor through its numbers. */
struct golden {
    json_t *doc;
    const float *next, *end;
    double epsilon, step_size, lr, momentum, weight_decay;
    int attack_steps;
    struct sr_reals mean, std;
};

struct golden_case {
    const char *name, *arch, *forward, *attack, *update, *decay;
    double alpha, smoothing;
    int images, side, adversarial, steps, nesterov, seed, offset;
};

/* What one case is run with. */
struct bench {
    struct golden golden;
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

static void check_script(const json_t *doc, const char *path,
                         const char *member)
{
    char text[SR_SHA256_TEXT];
    struct sr_err err;
    SR_GOOD(sr_sha256_file(path, SR_EDATA, text, &err), err);
    ck_assert_msg(
        strcmp(text, json_string_value(json_object_get(doc, member))) == 0,
        "%s is not what tests/golden/step.json was made with: make golden",
        path);
}

static struct sr_reals reals(const json_t *list)
{
    struct sr_reals r = {.n = (int)json_array_size(list)};
    for (int i = 0; i < r.n; i++)
        r.v[i] = json_real_value(json_array_get(list, (size_t)i));
    return r;
}

static void open_golden(struct golden *g, struct sr_arena *arena)
{
    struct sr_err err;
    unsigned char *bytes;
    size_t size;
    int signs;

    SR_GOOD(sr_json_read("tests/golden/step.json", SR_EDATA, &g->doc, &err),
            err);
    check_script(g->doc, "scripts/make_golden.py", "script_sha256");
    check_script(g->doc, "tests/golden/step.f32", "numbers_sha256");
    ck_assert_int_eq(
        json_unpack(g->doc, "{si sF sF si sF sF sF}", "signs", &signs,
                    "epsilon", &g->epsilon, "step_size", &g->step_size,
                    "attack_steps", &g->attack_steps, "lr", &g->lr, "momentum",
                    &g->momentum, "weight_decay", &g->weight_decay),
        0);
    ck_assert_int_eq(signs, SIGNS);
    g->mean = reals(json_object_get(g->doc, "mean"));
    g->std = reals(json_object_get(g->doc, "std"));
    SR_GOOD(sr_file_read("tests/golden/step.f32", 1 << 20, SR_EDATA, arena,
                         &bytes, &size, &err),
            err);
    g->next = (const float *)(const void *)bytes;
    g->end = g->next + size / sizeof(float);
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

/* -------------------------------------------------------------- by formula */

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* make_golden.py's initial(). */
static void draw_param(const struct sr_param *p, int number, uint64_t seed)
{
    const uint64_t key =
        sr_rng_key(seed, SR_RNG_TEST, DRAW_WEIGHTS, (uint64_t)number, 0);
    const bool is_weight = p->rank > 1;
    const bool is_var = ends_with(p->name, "running_var");
    const bool is_gamma = !is_weight && ends_with(p->name, ".weight");
    const float bound = sqrtf(6.0f / (float)(p->count / (size_t)p->shape[0]));

    for (size_t i = 0; i < p->count; i++) {
        const float u = sr_rng_uniform(key, i), v = 2 * u - 1;
        p->value[i] = is_weight  ? bound * v
                      : is_var   ? 0.5f + u
                      : is_gamma ? 0.25f + 0.5f * u
                                 : 0.25f * v;
    }
}

static void draw_images(struct bench *b, int step)
{
    const size_t pixels = (size_t)(b->c.side * b->c.side * 3);
    for (int i = 0; i < b->c.images; i++) {
        const int id = 100 * step + i;
        const uint64_t key = sr_rng_key((uint64_t)b->c.seed, SR_RNG_TEST,
                                        DRAW_IMAGES, (uint64_t)id, 0);
        for (size_t j = 0; j < pixels; j++)
            b->x[(size_t)i * pixels + j] = sr_rng_uniform(key, j);
        b->y[i] = (7 * id + 3) % 10;
        b->id[i] = (uint64_t)id;
    }
}

/* ----------------------------------------------------------- the comparison */

static const float *take(struct golden *g, int count)
{
    const float *p = g->next;
    ck_assert_int_le(count, (int)(g->end - p));
    g->next += count;
    return p;
}

/* sums[j] = sum_i s_ij t_i; the sign s_ij is bit j of draw i. */
static void signed_sums(size_t count, const double *t, int label,
                        double sums[SIGNS])
{
    const uint64_t key =
        sr_rng_key(0, SR_RNG_TEST, DRAW_SKETCH, (uint64_t)label, 0);
    memset(sums, 0, SIGNS * sizeof *sums);
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = sr_rng_bits(key, i);
        for (int j = 0; j < SIGNS; j++)
            sums[j] += bits >> j & 1 ? t[i] : -t[i];
    }
}

/* Compare b->wide with the next sketch of the file.
 *   rounding  an L2 error that is no fault: of the floats t was taken from */
static void check_tensor(struct bench *b, const char *what, const char *name,
                         size_t count, int label, double rounding)
{
    const float *want = take(&b->golden, 1 + SIGNS);
    double sums[SIGNS], square = 0;

    signed_sums(count, b->wide, label, sums);
    for (int j = 0; j < SIGNS; j++)
        square += (sums[j] - want[1 + j]) * (sums[j] - want[1 + j]);
    const double error = sqrt(square / SIGNS);
    ck_assert_msg(error <= tolerance * want[0] + rounding,
                  "%s: %s of %s is off by %.2g of its norm %.3g", b->c.name,
                  what, name, error / want[0], want[0]);
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
    b->attack.epsilon = b->golden.epsilon;
    b->attack.step_size = b->golden.step_size;
    b->attack.steps = b->golden.attack_steps;
    b->attack.random_start = true;
    b->attack.batchnorm = SR_BN_INFERENCE;

    sr_opt_defaults(sr_train_rows, &b->train);
    b->train.method = b->c.adversarial ? "adversarial" : "standard";
    b->train.batch_size = b->c.images;
    b->train.epochs = b->c.steps;
    b->train.lr = b->golden.lr;
    b->train.momentum = b->golden.momentum;
    b->train.nesterov = b->c.nesterov;
    b->train.weight_decay = b->golden.weight_decay;
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

    b->shape = (struct sr_model_opts){
        .arch = b->c.arch, .mean = b->golden.mean, .std = b->golden.std};
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
        draw_param(&b->model->param[i], i, (uint64_t)b->c.seed);
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
    open_golden(&b->golden, b->arena);
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
    json_decref(b->golden.doc);
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
    sr_oracle_gradient(&oracle, SR_LOSS_CE, b->c.images, b->adv, b->y, NULL,
                       b->z, b->dz, b->dx);
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

static void check_logits(struct bench *b)
{
    const int count = 10 * b->c.images;
    const float *want = take(&b->golden, count);
    double error = 0, norm = 0;
    for (int i = 0; i < count; i++) {
        error += pow((double)b->z[i] - want[i], 2);
        norm += pow(want[i], 2);
    }
    ck_assert_msg(error <= pow(tolerance, 2) * norm,
                  "%s: logits are off by %.2g of their norm", b->c.name,
                  sqrt(error / norm));
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
    const double want = *take(&b.golden, 1);
    ck_assert_msg(fabs(loss - want) <= tolerance * want,
                  "%s: the loss is %.9g, not %.9g", b.c.name, loss, want);
    check_logits(&b);

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
    double clean[SIGNS], spread[SIGNS], single[SIGNS], t[COUNT], square = 0;

    for (int i = 0; i < COUNT; i++) {
        t[i] = sr_rng_normal(key, (uint64_t)i);
        square += t[i] * t[i];
    }
    const double error = 1e-4 * sqrt(square);
    signed_sums(COUNT, t, 0, clean);
    t[17] += error;
    signed_sums(COUNT, t, 0, single);
    t[17] -= error;
    for (int i = 0; i < COUNT; i++)
        t[i] += error / sqrt(COUNT);
    signed_sums(COUNT, t, 0, spread);

    double of_spread = 0, of_single = 0;
    for (int j = 0; j < SIGNS; j++) {
        of_spread += pow(spread[j] - clean[j], 2);
        of_single += pow(single[j] - clean[j], 2);
    }
    ck_assert_double_gt(sqrt(of_spread / SIGNS / square), tolerance);
    ck_assert_double_eq_tol(sqrt(of_single / SIGNS / square), 1e-4, 1e-9);
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
