/* Steps of every method against PyTorch (proof: golden).
 *
 * scripts/make_golden_recipes.py took the same steps in float64 from the same
 * keys, weights, images and noise; its header says how what is not continuous
 * was kept at a distance, make_golden.py's what its numbers can show.
 */
#include <math.h>

#include "../golden.h"
#include "model/models.h"
#include "train/trainer.h"

enum { CASES = 12, KERNEL = 3 };

/* What one case is run with. */
struct bench {
    struct golden golden;
    const char *name;
    json_t *settings;
    int images, side, steps, seed;
    struct sr_attack_opts attack;
    struct sr_train_opts train;
    struct sr_model *model;
    struct sr_trainer *trainer;
    struct sr_average before; /* the parameters at the start */
    float *x;
    int *y;
    uint64_t *id;
    double *wide; /* one tensor in double */
    int label;    /* of the next sketch   */
};

static void open_case(struct bench *b, int i)
{
    json_error_t where;
    const json_t *cases = json_object_get(b->golden.doc, "cases");
    int offset;
    ck_assert_int_eq((int)json_array_size(cases), CASES);
    ck_assert_msg(json_unpack_ex(json_array_get(cases, (size_t)i), &where, 0,
                                 "{ss si si si so}", "name", &b->name, "steps",
                                 &b->steps, "seed", &b->seed, "offset", &offset,
                                 "settings", &b->settings) == 0,
                  "recipes.json: %s", where.text);
    ck_assert_int_eq(json_unpack(b->golden.doc, "{si si}", "images", &b->images,
                                 "side", &b->side),
                     0);
    b->golden.next += offset;
}

/* Set rows' fields to what the case says under "<prefix><key>". */
static void set_options(const struct bench *b, const char *prefix,
                        const struct sr_opt *rows, void *base)
{
    char why[512];
    sr_opt_defaults(rows, base);
    for (const struct sr_opt *row = rows; row->key; row++) {
        const json_t *word = json_object_get(
            b->settings,
            sr_arena_format(sr_test_arena(), "%s%s", prefix, row->key));
        if (word)
            ck_assert_msg(
                sr_opt_set(row, base, json_string_value(word), why, sizeof why),
                "%s: %s%s: %s", b->name, prefix, row->key, why);
    }
}

static struct sr_layer conv(int out, int stride)
{
    struct sr_layer layer = models_layer("conv");
    layer.out = out;
    layer.kernel = KERNEL;
    layer.stride = stride;
    layer.padding = 1;
    layer.bias = false;
    return layer;
}

/* The script's class Net. */
static void build_model(struct bench *b)
{
    static struct sr_layer list[8];
    const char *const kinds[] = {"",        "batchnorm", "activation",
                                 "",        "batchnorm", "activation",
                                 "flatten", "linear"};
    for (int i = 0; i < 8; i++)
        if (*kinds[i])
            list[i] = models_layer(kinds[i]);
    list[0] = conv(8, 1);
    list[3] = conv(12, 2);
    list[7].out = 10;
    struct sr_model_opts *opts = models_sequence(list, 8);
    opts->mean = golden_reals(&b->golden, "mean");
    opts->std = golden_reals(&b->golden, "std");
    b->model = models_build(
        opts, "silu", (struct sr_problem){b->side, b->side, 3, 10, {0}, {0}},
        b->images);
    for (int i = 0; i < b->model->params; i++)
        golden_draw_param(&b->model->param[i], i, (uint64_t)b->seed);
    sr_model_changed(b->model);
}

static void open_bench(struct bench *b, int i)
{
    struct sr_arena *arena = sr_test_arena();
    struct sr_err err;
    memset(b, 0, sizeof *b);
    golden_open("recipes", &b->golden);
    open_case(b, i);
    set_options(b, "attack.", sr_attack_rows, &b->attack);
    set_options(b, "train.", sr_train_rows, &b->train);
    b->train.batch_size = b->images;
    b->train.epochs = b->steps;
    build_model(b);

    const size_t n = (size_t)b->images;
    b->x = SR_TAKE(arena, n * (size_t)(b->side * b->side * 3), float);
    b->y = SR_TAKE(arena, n, int);
    b->id = SR_TAKE(arena, n, uint64_t);
    b->wide = SR_TAKE(arena, b->model->trainable, double);
    sr_average_begin(&b->before, &b->train.ema, 1, b->model, arena);
    const struct sr_training training = {.opts = &b->train,
                                         .attack = &b->attack,
                                         .seed = (uint64_t)b->seed,
                                         .model = b->model};
    SR_GOOD(sr_train_begin(&training, arena, &b->trainer, &err), err);
}

static void draw_images(struct bench *b, int step)
{
    const size_t pixels = (size_t)(b->side * b->side * 3);
    for (int i = 0; i < b->images; i++) {
        const int id = 100 * step + i;
        golden_draw_image(pixels, (uint64_t)b->seed, id,
                          b->x + (size_t)i * pixels);
        b->y[i] = (7 * id + 3) % 10;
        b->id[i] = (uint64_t)id;
    }
}

/* ----------------------------------------------------------- the comparison */

/* b->wide with the next sketch of the file. */
static void check_wide(struct bench *b, const char *what, const char *name,
                       size_t count, double rounding)
{
    golden_check_tensor(
        &b->golden, sr_arena_format(sr_test_arena(), "%s: %s", b->name, what),
        name, count, b->wide, b->label++, rounding);
}

static void check_floats(struct bench *b, const char *what, const char *name,
                         size_t count, const float *t)
{
    for (size_t i = 0; i < count; i++)
        b->wide[i] = (double)t[i];
    check_wide(b, what, name, count, 0);
}

/* How far each weight has moved: a stricter thing to compare than the weight,
 * but for its rounding to float, at most 2^-24 of each at every step. */
static void check_change(struct bench *b, const char *what,
                         const struct sr_param *p, const float *before,
                         const float *value)
{
    double square = 0;
    for (size_t i = 0; i < p->count; i++) {
        b->wide[i] = (double)value[i] - (double)before[i];
        square += (double)value[i] * (double)value[i];
    }
    check_wide(b, what, p->name, p->count, b->steps * 0x1p-24 * sqrt(square));
}

static void check_model(struct bench *b)
{
    const struct sr_model *m = b->model;
    for (int i = 0; i < m->params; i++)
        if (m->param[i].grad)
            check_floats(b, "the gradient", m->param[i].name, m->param[i].count,
                         m->param[i].grad);
    const float *before = b->before.values;
    for (int i = 0; i < m->params; before += m->param[i++].count)
        if (m->param[i].grad)
            check_change(b, "the change", &m->param[i], before,
                         m->param[i].value);
    for (int i = 0; i < m->params; i++)
        if (!m->param[i].grad)
            check_floats(b, "the statistic", m->param[i].name,
                         m->param[i].count, m->param[i].value);
}

static void check_average(struct bench *b)
{
    const struct sr_model *m = b->model;
    const float *before = b->before.values;
    const float *average = b->trainer->average.values;
    if (!average)
        return;
    for (int i = 0; i < m->params; i++) {
        check_change(b, "the average", &m->param[i], before, average);
        before += m->param[i].count;
        average += m->param[i].count;
    }
}

START_TEST(steps_as_pytorch_does)
{
    struct bench b;
    struct sr_err err;
    double loss = 0;

    open_bench(&b, _i);
    for (int step = 0; step < b.steps; step++) {
        draw_images(&b, step / (int)b.train.replays);
        SR_GOOD(sr_train_step(b.trainer, b.images, b.x, b.y, b.id, &loss, &err),
                err);
    }
    const double want = (double)*golden_take(&b.golden, 1);
    ck_assert_msg(fabs(loss - want) <= golden_tolerance * want,
                  "%s: the loss is %.9g, not %.9g", b.name, loss, want);
    const size_t pixels = (size_t)(b.images * b.side * b.side * 3);
    check_floats(&b, "the attack", "the images", pixels, b.trainer->step.adv);
    check_model(&b);
    check_average(&b);
    if (b.trainer->step.perturbation)
        check_floats(&b, "the perturbation", "the images", pixels,
                     b.trainer->step.perturbation);
    golden_close(&b.golden);
}
END_TEST

SR_SUITE(train_golden_recipes)
{
    Suite *suite = sr_suite("train/golden_recipes", (const TTest *[]){NULL});
    TCase *steps = tcase_create("steps_as_pytorch_does");
    tcase_add_loop_test(steps, steps_as_pytorch_does, 0, CASES);
    suite_add_tcase(suite, steps);
    return suite;
}
