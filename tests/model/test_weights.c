#include <stdio.h>

#include "base/file.h"
#include "models.h"
#include "model/safetensors.h"

static const char *a_path(const char *name)
{
    return sr_file_join(sr_test_arena(), sr_test_dir(), name);
}

static struct sr_log *a_log(void)
{
    static struct sr_log *log;
    if (!log)
        log = sr_log_open(SR_PROGRESS_NONE);
    return log;
}

enum { PARTS = 160 };

/* The model's own tensors, for a test to spoil before they are written. */
struct parts {
    struct sr_tensor_out out[PARTS];
    int n;
};

static struct parts parts_of(const struct sr_model *model, const char *prefix)
{
    struct parts p = {.n = model->params};
    ck_assert_int_le(p.n, PARTS - 2);
    for (int i = 0; i < p.n; i++) {
        const struct sr_param *param = &model->param[i];
        p.out[i] = (struct sr_tensor_out){
            .name =
                sr_arena_format(sr_test_arena(), "%s%s", prefix, param->name),
            .dtype = SR_DTYPE_F32,
            .rank = param->rank,
            .bytes = param->value};
        for (int k = 0; k < param->rank; k++)
            p.out[i].shape[k] = param->shape[k];
    }
    return p;
}

static const char *parts_write(const struct parts *p)
{
    struct sr_err err;
    const char *path = a_path("parts.safetensors");
    SR_GOOD(sr_tensors_write(path, p->n, p->out, 0, NULL, &err), err);
    return path;
}

static void expect_refused(const struct parts *p, const char *says)
{
    struct sr_model *model = models_small();
    struct sr_err err;
    const size_t size = model->trainable * sizeof(float);
    float *before = noise(model->trainable, 1);
    memcpy(before, model->values, size);
    SR_BAD(sr_model_load(model, parts_write(p), NULL, a_log(), &err), err,
           SR_EWEIGHTS, says);
    ck_assert_mem_eq(model->values, before, size); /* nothing changed */
}

START_TEST(saved_loaded_and_saved_again)
{
    struct sr_model *one = models_small(), *other = models_small();
    struct sr_err err;
    unsigned char *a, *b;
    size_t size_a, size_b;
    const char *first = a_path("first"), *second = a_path("second");
    memcpy(one->values, noise(one->trainable, 5),
           one->trainable * sizeof(float));
    one->batches_tracked = 1234567;
    SR_GOOD(sr_model_save(one, first, &err), err);
    SR_GOOD(sr_model_load(other, first, NULL, a_log(), &err), err);
    ck_assert_mem_eq(one->values, other->values,
                     one->trainable * sizeof(float));
    ck_assert_int_eq(other->batches_tracked, 1234567);
    SR_GOOD(sr_model_save(other, second, &err), err);
    SR_GOOD(sr_file_read(first, 1 << 20, SR_EDATA, sr_test_arena(), &a, &size_a,
                         &err),
            err);
    SR_GOOD(sr_file_read(second, 1 << 20, SR_EDATA, sr_test_arena(), &b,
                         &size_b, &err),
            err);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_mem_eq(a, b, size_a);
}
END_TEST

/* Loading also packs: the same logits as the model that was saved. */
START_TEST(what_is_loaded_computes)
{
    struct sr_model *one = models_small(), *other = models_small();
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    const float *x = noise(8 * 8 * 3, 1);
    float *z1 = noise(10, 2), *z2 = noise(10, 3);
    struct sr_err err;
    const char *path = a_path("w");
    sr_model_init(other, 2);
    SR_GOOD(sr_model_save(one, path, &err), err);
    SR_GOOD(sr_model_load(other, path, NULL, a_log(), &err), err);
    sr_model_forward(one, &pass, 1, x, z1);
    sr_model_forward(other, &pass, 1, x, z2);
    ck_assert_mem_eq(z1, z2, 10 * sizeof *z1);
}
END_TEST

/* Saved with one library's names, loaded with the other's, either way. */
START_TEST(two_libraries_names)
{
    static const char *const archs[] = {"efficientnet_b0",
                                        "tf_efficientnet_b0"};
    const struct sr_problem problem = {8, 8, 3, 10, {0}, {0}};
    struct sr_model *model[2];
    struct sr_err err;
    for (int i = 0; i < 2; i++) {
        struct sr_model_opts *opts = models_opts(archs[i]);
        opts->width = 0.1;
        model[i] = models_build(opts, "silu", problem, 1);
    }
    for (int i = 0; i < 2; i++) {
        struct sr_model *from = model[i], *to = model[!i];
        const char *path = a_path("w");
        sr_model_init(from, 5 + (uint64_t)i);
        from->batches_tracked = 7 + i;
        SR_GOOD(sr_model_save(from, path, &err), err);
        SR_GOOD(sr_model_load(to, path, NULL, a_log(), &err), err);
        ck_assert_mem_eq(from->values, to->values,
                         from->trainable * sizeof(float));
        ck_assert_int_eq(to->batches_tracked, 7 + i);
    }
}
END_TEST

/* Which of the two would be meant?  The second of the file is told. */
START_TEST(both_names_in_one_file)
{
    const struct sr_problem problem = {8, 8, 3, 10, {0}, {0}};
    struct sr_model_opts *opts = models_opts("efficientnet_b0");
    struct sr_err err;
    opts->width = 0.1;
    opts->depth_factor = 0.1;
    struct sr_model *model = models_build(opts, "silu", problem, 1);
    struct parts p = parts_of(model, "");
    p.out[p.n] = p.out[0];
    p.out[p.n++].name = model->param[0].alias;
    SR_BAD(sr_model_load(model, parts_write(&p), NULL, a_log(), &err), err,
           SR_EWEIGHTS, "efficientnet_b0; unexpected features.0.0.weight");
}
END_TEST

START_TEST(what_the_file_says_of_itself)
{
    static const char *const want[][2] = {
        {"format", "pt"},         {"satrun.activation", "silu"},
        {"satrun.classes", "10"}, {"satrun.arch", "sequential"},
        {"satrun.mean", "0,0,0"}, {"satrun.std", "1,1,1"},
        {"satrun.input", "8x8x3"}};
    struct sr_model *model = models_small();
    struct sr_tensors file;
    struct sr_err err;
    const char *path = a_path("w");
    SR_GOOD(sr_model_save(model, path, &err), err);
    SR_GOOD(sr_tensors_open(path, sr_test_arena(), &file, &err), err);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_str_eq(sr_tensors_meta(&file, want[i][0]), want[i][1]);
    const struct sr_tensor *counter =
        sr_tensors_find(&file, "1.num_batches_tracked");
    ck_assert_ptr_nonnull(counter);
    ck_assert_int_eq(counter->dtype, SR_DTYPE_I64);
    ck_assert_int_eq(counter->rank, 0);
    sr_tensors_close(&file);
}
END_TEST

/* What fits and is meant for something else is loaded, but not silently. */
START_TEST(weights_of_another_network)
{
    struct sr_model *model = models_small();
    const struct parts p = parts_of(model, "");
    static const struct sr_meta meta[] = {{"satrun.activation", "relu"},
                                          {"satrun.classes", "10"},
                                          {"satrun.mean", "0.5,0.5,0.5"},
                                          {"other", "thing"}};
    struct sr_err err;
    const char *path = a_path("other"), *said = a_path("log");
    unsigned char *text;
    size_t size;
    struct sr_log *log = sr_log_open(SR_PROGRESS_NONE);
    SR_GOOD(sr_log_attach(log, said, &err), err);
    SR_GOOD(sr_tensors_write(path, p.n, p.out, 4, meta, &err), err);
    SR_GOOD(sr_model_load(model, path, NULL, log, &err), err);
    sr_log_close(log);
    SR_GOOD(
        sr_file_read(said, 4096, SR_EDATA, sr_test_arena(), &text, &size, &err),
        err);
    const char *lines = (const char *)text;
    ck_assert_ptr_nonnull(
        strstr(lines, "was saved with activation relu; it is used with silu"));
    ck_assert_ptr_nonnull(
        strstr(lines, "with mean 0.5,0.5,0.5; it is used with 0,0,0"));
    ck_assert_ptr_null(strstr(lines, "classes"));
    ck_assert_ptr_null(strstr(lines, "thing"));
}
END_TEST

START_TEST(prefixes_of_wrappers)
{
    static const char *const prefixes[] = {
        "",     "module.",       "model.",       "_orig_mod.",
        "net.", "module.model.", "model.module."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        struct sr_model *one = models_small(), *other = models_small();
        const struct parts p = parts_of(one, prefixes[i]);
        struct sr_err err;
        sr_model_init(other, 2);
        SR_GOOD(sr_model_load(other, parts_write(&p), NULL, a_log(), &err),
                err);
        ck_assert_mem_eq(one->values, other->values,
                         one->trainable * sizeof(float));
    }
}
END_TEST

static void add(struct parts *p, const char *name, int count,
                const float *values)
{
    p->out[p->n++] = (struct sr_tensor_out){.name = name,
                                            .dtype = SR_DTYPE_F32,
                                            .rank = 3,
                                            .shape = {count, 1, 1},
                                            .bytes = values};
}

/* Load with a log of its own; what it says is returned. */
static const char *load_saying(struct sr_model *model, const struct parts *p,
                               const struct sr_load_opts *how)
{
    struct sr_err err;
    unsigned char *text;
    size_t size;
    const char *said = a_path("said");
    struct sr_log *log = sr_log_open(SR_PROGRESS_NONE);
    remove(said);
    SR_GOOD(sr_log_attach(log, said, &err), err);
    SR_GOOD(sr_model_load(model, parts_write(p), how, log, &err), err);
    sr_log_close(log);
    SR_GOOD(
        sr_file_read(said, 4096, SR_EDATA, sr_test_arena(), &text, &size, &err),
        err);
    return (const char *)text;
}

/* MadryLab's robustness wraps the network twice, once inside the attacker, and
 * keeps the normalisation beside it. */
START_TEST(extras_of_published_files)
{
    static const char *const layouts[][4] = {
        /* before weights, mean, deviation, something that is not used */
        {"module.model.", "module.normalizer.new_mean",
         "module.normalizer.new_std", "module.attacker.model.0.weight"},
        {"module.", "module.mu", "module.sigma",
         "module.sub_block1.layer.0.bn1.weight"},
        {"", "mean", "std", "n_averaged"},
        {"model.", "normalize.mean", "normalize.std", "n_averaged"},
    };
    static const float mean[] = {0.5f, 0.25f, 0}, std[] = {1, 1, 1};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        struct sr_model *one = models_small(), *other = models_small();
        struct parts p = parts_of(one, layouts[i][0]);
        add(&p, layouts[i][1], 3, mean);
        add(&p, layouts[i][2], 3, std);
        add(&p, layouts[i][3], 1, mean);
        sr_model_init(other, 2);
        const char *said = load_saying(other, &p, NULL);
        ck_assert_mem_eq(one->values, other->values,
                         one->trainable * sizeof(float));
        ck_assert_ptr_nonnull(strstr(said, "was trained with model.mean="
                                           "0.5,0.25,0; it is used with "
                                           "0,0,0"));
        ck_assert_ptr_null(strstr(said, "model.std"));
    }
}
END_TEST

/* Only what is known is passed over in silence. */
START_TEST(extras_that_nobody_knows)
{
    static const float one[] = {1};
    struct parts p = parts_of(models_small(), "");
    add(&p, "attackers.weight", 1, one);
    expect_refused(&p, "unexpected attackers.weight");
}
END_TEST

START_TEST(a_part_of_the_weights)
{
    const struct sr_load_opts how = {.partial = true};
    struct sr_model *one = models_small(), *other = models_small();
    struct parts p = parts_of(one, "");
    sr_model_init(other, 2);
    float *before = noise(one->trainable, 1);
    memcpy(before, other->values, one->trainable * sizeof *before);
    p.out[0].name = "0.wieght";
    const char *said = load_saying(other, &p, &how);
    ck_assert_ptr_nonnull(strstr(said, "fits 9 of the 10 tensors of the model "
                                       "sequential; missing 0.weight; "
                                       "unexpected 0.wieght"));
    const size_t first = one->param[0].count;
    ck_assert_mem_eq(other->values, before, first * sizeof *before);
    ck_assert_mem_eq(other->values + first, one->values + first,
                     (one->trainable - first) * sizeof *before);

    struct sr_err err;
    for (int i = 0; i < p.n; i++)
        p.out[i].name = sr_arena_format(sr_test_arena(), "x%d", i);
    SR_BAD(sr_model_load(other, parts_write(&p), &how, a_log(), &err), err,
           SR_EWEIGHTS, "does not fit the model sequential");
}
END_TEST

/* 8 is the linear layer, of 10 classes; the file is of 7. */
START_TEST(a_head_for_other_classes)
{
    const struct sr_load_opts how = {.reset_head = true};
    struct sr_model *one = models_small(), *other = models_small();
    struct parts p = parts_of(one, "");
    struct sr_err err;
    ck_assert_str_eq(p.out[p.n - 2].name, "8.weight");
    p.out[p.n - 2].shape[0] = p.out[p.n - 1].shape[0] = 7;
    expect_refused(&p, "of another shape 8.weight [7, 16] for [10, 16], "
                       "8.bias [7] for [10]");
    sr_model_init(other, 2);
    const float was = other->param[p.n - 2].value[0];
    const char *said = load_saying(other, &p, &how);
    ck_assert_ptr_nonnull(strstr(said, "is of another number of classes: "
                                       "8.weight, 8.bias start anew"));
    ck_assert_float_eq(other->param[p.n - 2].value[0], was);
    ck_assert_float_eq(other->param[0].value[0], one->param[0].value[0]);

    p.out[p.n - 2].shape[1] = 15; /* of other features: no head of this one */
    SR_BAD(sr_model_load(other, parts_write(&p), &how, a_log(), &err), err,
           SR_EWEIGHTS, "of another shape 8.weight [7, 15] for [10, 16]");
}
END_TEST

START_TEST(names_that_do_not_match)
{
    struct parts p = parts_of(models_small(), "");
    p.out[0].name = "0.wieght";
    expect_refused(&p, "does not fit the model sequential; missing 0.weight; "
                       "unexpected 0.wieght");
    for (int i = 0; i < p.n; i++)
        p.out[i].name = sr_arena_format(sr_test_arena(), "x%d", i);
    expect_refused(&p, "missing 0.weight, 0.bias, 1.weight and 7 more; "
                       "unexpected x0, x1, x2 and 7 more");
}
END_TEST

START_TEST(shapes_that_do_not_match)
{
    struct parts p = parts_of(models_small(), "");
    p.out[0].shape[0] = 3;
    p.out[0].shape[1] = 6;
    expect_refused(&p,
                   "of another shape 0.weight [3, 6, 3, 3] for [6, 3, 3, 3]");
    p.out[0].shape[0] = 0; /* and both are shown in full */
    for (int i = 1; i < 4; i++)
        p.out[0].shape[i] = (int64_t)1 << 40;
    expect_refused(&p, "0.weight [0, 1099511627776, 1099511627776, "
                       "1099511627776] for [6, 3, 3, 3]");
}
END_TEST

START_TEST(numbers_that_cannot_be)
{
    const struct sr_model *model = models_small();
    struct parts p = parts_of(model, "");
    float *w = noise(model->param[0].count, 1);
    float var[6] = {1, 1, -1, 1, 1, 1};
    w[10] = INFINITY;
    p.out[0].bytes = w;
    expect_refused(&p, "0.weight: number 11 of 162 is not finite");
    p.out[0].bytes = model->param[0].value;
    ck_assert_str_eq(p.out[5].name, "1.running_var");
    p.out[5].bytes = var;
    expect_refused(&p, "1.running_var: variance 3 is -1, below zero");
}
END_TEST

/* Counters may be there, for batch norms the model has. */
START_TEST(counters)
{
    static const int64_t nine = 9, below = -1, most = INT64_MAX;
    struct sr_model *model = models_small();
    struct parts p = parts_of(model, "");
    struct sr_err err;
    p.out[p.n++] = (struct sr_tensor_out){
        .name = "1.num_batches_tracked", .dtype = SR_DTYPE_I64, .bytes = &nine};
    SR_GOOD(sr_model_load(model, parts_write(&p), NULL, a_log(), &err), err);
    ck_assert_int_eq(model->batches_tracked, 9);
    p.out[p.n - 1].bytes = &below;
    expect_refused(&p, "1.num_batches_tracked is -1, which is no count");
    p.out[p.n - 1].bytes = &most; /* one more would overflow */
    expect_refused(&p, "which is no count");
    p.out[p.n - 1].dtype = SR_DTYPE_F64;
    expect_refused(&p, "1.num_batches_tracked is no single I64 number");
    p.out[p.n - 1].name = "2.num_batches_tracked";
    expect_refused(&p, "unexpected 2.num_batches_tracked");
}
END_TEST

/* The published checkpoint has exactly our names and shapes. */
START_TEST(the_public_resnet20_loads)
{
    const char *path = sr_test_data("models/cifar10-resnet20.safetensors");
    struct sr_err err;
    if (!path)
        SR_SKIP("no models/cifar10-resnet20.safetensors under SATRUN_DATA");
    struct sr_model *model =
        models_build(models_opts("resnet20"), "relu",
                     (struct sr_problem){32, 32, 3, 10, {0}, {0}}, 1);
    SR_GOOD(sr_model_load(model, path, NULL, a_log(), &err), err);
}
END_TEST

SR_SUITE(model_weights)
{
    return sr_suite(
        "model/weights",
        (const TTest *[]){saved_loaded_and_saved_again, what_is_loaded_computes,
                          two_libraries_names, both_names_in_one_file,
                          what_the_file_says_of_itself,
                          weights_of_another_network, prefixes_of_wrappers,
                          extras_of_published_files, extras_that_nobody_knows,
                          a_part_of_the_weights, a_head_for_other_classes,
                          names_that_do_not_match, shapes_that_do_not_match,
                          numbers_that_cannot_be, counters,
                          the_public_resnet20_loads, NULL});
}
