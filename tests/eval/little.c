#include "eval/little.h"

#include "base/file.h"
#include "base/rng.h"
#include "data/images.h"
#include "model/layers.h"
#include "test.h"

static const struct sr_engine *engine(void)
{
    static struct sr_engine one;
    const struct sr_engine_opts opts = {.threads = 2};
    struct sr_err err;
    if (!one.par)
        SR_GOOD(sr_engine_open(&opts, &one, &err), err);
    return &one;
}

struct sr_log *little_log(void)
{
    static struct sr_log *log;
    if (!log)
        log = sr_log_open(SR_PROGRESS_NONE);
    return log;
}

/* An IDX file: 00 00 08 dimensions, the sizes, the bytes. */
static void write_idx(const char *dir, const char *name, int dims,
                      const int *dim, size_t count, const unsigned char *bytes)
{
    unsigned char *file = SR_TAKE(sr_test_arena(), 16 + count, unsigned char);
    size_t at = 4;
    struct sr_err err;

    file[2] = 8;
    file[3] = (unsigned char)dims;
    for (int i = 0; i < dims; i++, at += 4) {
        file[at + 2] = (unsigned char)(dim[i] >> 8);
        file[at + 3] = (unsigned char)dim[i];
    }
    memcpy(file + at, bytes, count);
    SR_GOOD(sr_file_write(sr_file_join(sr_test_arena(), dir, name), file,
                          at + count, &err),
            err);
}

struct sr_data *little_data(int n)
{
    struct sr_arena *a = sr_test_arena();
    const char *dir = sr_test_dir();
    const uint64_t key = sr_rng_key(sr_test_seed(), SR_RNG_TEST, 55, 0, 0);
    const size_t count = (size_t)n * LITTLE_PIXELS;
    unsigned char *bytes = SR_TAKE(a, count, unsigned char);
    unsigned char *label = SR_TAKE(a, n, unsigned char);
    struct sr_data_opts *opts = SR_TAKE(a, 1, struct sr_data_opts);
    const int dim[3] = {n, LITTLE_H, LITTLE_W};
    struct sr_data *data;
    struct sr_err err;

    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)sr_rng_below(key, i, 256);
    for (int i = 0; i < n; i++)
        label[i] = (unsigned char)(i % LITTLE_CLASSES);
    write_idx(dir, "train-images-idx3-ubyte", 3, dim, count, bytes);
    write_idx(dir, "train-labels-idx1-ubyte", 1, dim, (size_t)n, label);
    write_idx(dir, "t10k-images-idx3-ubyte", 3, dim, count, bytes);
    write_idx(dir, "t10k-labels-idx1-ubyte", 1, dim, (size_t)n, label);
    sr_opt_defaults(sr_data_rows, opts);
    opts->dataset = "idx";
    opts->path = dir;
    SR_GOOD(sr_data_open(opts, 1, NULL, a, &data, &err), err);
    ck_assert_int_eq(data->classes, LITTLE_CLASSES);
    return data;
}

static struct sr_layer layer(const char *kind, const char *name, long long out)
{
    struct sr_layer one = {0};
    int i = 0;
    while (strcmp(sr_layer_kind_name(i), kind) != 0)
        i++;
    one.kind = sr_layer_kind_at(i);
    sr_opt_defaults(one.kind->rows, &one);
    one.name = name;
    one.out = out;
    return one;
}

static struct sr_model *build(int layers, const struct sr_layer *list,
                              const char *forward, const char *attack,
                              const char *update, int batch)
{
    struct sr_arena *a = sr_test_arena();
    struct sr_model_opts *opts = SR_TAKE(a, 1, struct sr_model_opts);
    struct sr_layers *all = SR_TAKE(a, 1, struct sr_layers);
    struct sr_layer *copy = SR_TAKE(a, layers, struct sr_layer);
    const struct sr_problem problem = {
        .h = LITTLE_H, .w = LITTLE_W, .c = 1, .classes = LITTLE_CLASSES};
    struct sr_activation_opts names;
    struct sr_activation activation;
    struct sr_model *model;
    struct sr_err err;

    sr_opt_defaults(sr_model_rows, opts);
    sr_opt_defaults(sr_activation_rows, &names);
    names.forward = forward;
    names.backward.attack = attack;
    names.backward.update = update;
    SR_GOOD(sr_activation_resolve(&names, &activation, &err), err);
    memcpy(copy, list, (size_t)layers * sizeof *list);
    *all = (struct sr_layers){layers, copy};
    opts->arch = "sequential";
    opts->layers = all;
    SR_GOOD(sr_model_build(opts, &activation, &problem, batch, SR_WANT_INPUT,
                           engine(), a, &model, &err),
            err);
    return model;
}

struct sr_model *little_linear(const float *w, int batch)
{
    struct sr_layer layers[] = {layer("flatten", "flat", 0),
                                layer("linear", "fc", LITTLE_CLASSES)};
    layers[1].bias = false;
    struct sr_model *model = build(2, layers, "relu", NULL, NULL, batch);

    memcpy(model->param[0].value, w,
           LITTLE_CLASSES * LITTLE_PIXELS * sizeof *w);
    sr_model_changed(model);
    return model;
}

struct sr_model *little_net(const char *forward, const char *attack,
                            const char *update, float scale, int batch)
{
    const struct sr_layer layers[] = {
        layer("flatten", "flat", 0), layer("linear", "fc1", 16),
        layer("activation", "act", 0), layer("linear", "fc2", LITTLE_CLASSES)};
    struct sr_model *model = build(4, layers, forward, attack, update, batch);

    for (int i = 0; i < model->params; i++) {
        struct sr_param *p = &model->param[i];
        const float *v = noise(p->count, 300 + (uint64_t)i);
        for (size_t k = 0; k < p->count; k++)
            p->value[k] = scale * v[k];
    }
    sr_model_changed(model);
    return model;
}

void little_label(struct sr_data *data, struct sr_model *model)
{
    const struct sr_split *split = &data->split[SR_TEST];
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    int *label = SR_TAKE(sr_test_arena(), split->n, int);
    struct sr_err err;

    for (int i = 0; i < split->n; i++) {
        float x[LITTLE_PIXELS], z[LITTLE_CLASSES];
        int y;
        uint64_t id;
        SR_GOOD(sr_data_fill(data, split, engine()->par, 1, &i, NULL, x, &y,
                             &id, &err),
                err);
        sr_model_forward(model, &pass, 1, x, z);
        label[i] = sr_argmax(LITTLE_CLASSES, z);
    }
    data->split[SR_TEST].label = label;
    split->images->label = label;
}

struct sr_eval_opts little_opts(const char *attacks)
{
    struct sr_eval_opts opts = {0};
    char why[512];

    sr_opt_defaults(sr_eval_rows, &opts);
    opts.how.epsilon = 0.1;
    opts.how.step_size = 0.03;
    for (const struct sr_opt *row = sr_eval_rows; row->key; row++)
        if (strcmp(row->key, "attack") == 0)
            ck_assert(sr_opt_set(row, &opts, attacks, why, sizeof why));
    return opts;
}

struct sr_eval little_eval(const struct sr_eval_opts *opts,
                           struct sr_data *data, struct sr_model *model)
{
    struct sr_eval eval;
    struct sr_err err;
    SR_GOOD(sr_eval_run(opts, 5, data, model, little_log(), sr_test_arena(),
                        &eval, &err),
            err);
    return eval;
}
