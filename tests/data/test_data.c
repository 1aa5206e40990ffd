/* Every data set of data_list.h, by its ten images; and the real ones. */
#include "data/data.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "samples.h"
#include "test.h"

enum { N = 10, CIFAR_N = 50000 };

struct batch {
    float *x;
    int y[N];
    uint64_t id[N];
    size_t floats;
};

/* The first N images of a split, by so many threads. */
static struct batch fill(const struct sr_data *data, enum sr_split_name which,
                         int threads, const struct sr_augment *augment)
{
    struct sr_err err;
    struct sr_par *par;
    struct batch b = {.floats = (size_t)(N * data->h * data->w * data->c)};
    const struct sr_split *split = &data->split[which];
    int pos[N];
    for (int i = 0; i < N; i++)
        pos[i] = N - 1 - i < split->n ? N - 1 - i : 0;
    b.x = noise(b.floats, (uint64_t)threads);
    memset(b.y, 0xff, sizeof b.y);
    memset(b.id, 0xff, sizeof b.id);
    SR_GOOD(sr_par_open(threads, &par, &err), err);
    SR_GOOD(
        sr_data_fill(data, split, par, N, pos, augment, b.x, b.y, b.id, &err),
        err);
    sr_par_close(par);
    return b;
}

static void check_shape(const struct sr_data *data,
                        const struct sr_dataset *row)
{
    ck_assert(data->h > 0 && data->w > 0 && data->c > 0 && data->classes > 0);
    ck_assert(!row->h || (row->h == data->h && row->w == data->w));
    ck_assert_int_eq(row->c, data->c);
    for (int k = 0; k < data->c; k++)
        ck_assert(data->mean[k] > 0 && data->std[k] > 0);
    for (int i = 0; data->class_name && i < data->classes; i++)
        ck_assert_ptr_nonnull(data->class_name[i]);
    ck_assert_int_eq((int)strlen(data->hash), 64);
    ck_assert_int_gt(data->split[SR_TEST].n, 0);
}

static void check_values(const struct sr_data *data, enum sr_split_name which)
{
    const struct batch b = fill(data, which, 1, NULL);
    const struct sr_split *split = &data->split[which];
    float low = 1, high = 0;
    for (size_t i = 0; i < b.floats; i++) {
        ck_assert(b.x[i] >= 0 && b.x[i] <= 1);
        low = fminf(low, b.x[i]);
        high = fmaxf(high, b.x[i]);
    }
    ck_assert(low < high);
    for (int i = 0; i < N && N - 1 - i < split->n; i++) {
        ck_assert(b.y[i] >= 0 && b.y[i] < data->classes);
        ck_assert_int_eq(b.y[i], split->label[N - 1 - i]);
        ck_assert_uint_eq(b.id[i], (uint64_t)split->index[N - 1 - i]);
    }
}

static void check_orders(const struct sr_data *data)
{
    const struct sr_split *split = &data->split[SR_TRAIN];
    int *a = SR_TAKE(sr_test_arena(), split->n, int);
    int *b = SR_TAKE(sr_test_arena(), split->n, int);
    const size_t size = (size_t)split->n * sizeof *a;
    sr_data_order(split, 1, 1, a);
    sr_data_order(split, 1, 1, b);
    ck_assert_mem_eq(a, b, size);
    sr_data_order(split, 1, 2, b);
    ck_assert_mem_ne(a, b, size);
    sr_data_order(split, 2, 1, b);
    ck_assert_mem_ne(a, b, size);
}

static void check_threads(const struct sr_data *data)
{
    const struct sr_augment augment = {1, 1}, later = {1, 2};
    const struct batch one = fill(data, SR_TRAIN, 1, &augment);
    const size_t size = one.floats * sizeof *one.x;
    for (int threads = 2; threads <= 3; threads++) {
        const struct batch more = fill(data, SR_TRAIN, threads, &augment);
        ck_assert_mem_eq(one.x, more.x, size);
        ck_assert_mem_eq(one.y, more.y, sizeof one.y);
        ck_assert_mem_eq(one.id, more.id, sizeof one.id);
    }
    ck_assert_mem_ne(one.x, fill(data, SR_TRAIN, 1, &later).x, size);
    ck_assert_mem_ne(one.x, fill(data, SR_TRAIN, 1, NULL).x, size);
}

/* What is told without the files is what the files say; where they are does
 * not matter. */
static void check_description(struct sr_data_opts opts,
                              const struct sr_data *data)
{
    struct sr_err err;
    struct sr_data *told;
    opts.path = "/nonexistent";
    SR_GOOD(sr_data_describe(&opts, sr_test_arena(), &told, &err), err);
    for (int i = 0; i < SR_SPLITS; i++)
        ck_assert_int_eq(told->split[i].n, 0);
    ck_assert_int_eq(told->c, data->c);
    ck_assert_mem_eq(told->mean, data->mean, sizeof told->mean);
    if (told->h == 0)
        return;
    ck_assert_int_eq(told->h, data->h);
    ck_assert_int_eq(told->w, data->w);
    ck_assert_int_eq(told->classes, data->classes);
    ck_assert_ptr_eq(told->class_name, data->class_name);
}

START_TEST(every_data_set)
{
    const struct sr_dataset *row;
    for (int i = 0; (row = sr_dataset_at(i)); i++) {
        struct sr_data_opts opts = sample_opts(row->name);
        opts.augment = (struct sr_names){2, {"crop", "flip"}};
        struct sr_data *data = open_good(&opts);
        check_shape(data, row);
        check_description(opts, data);
        check_values(data, SR_TRAIN);
        check_values(data, SR_TEST);
        check_orders(data);
        check_threads(data);
        char where[256];
        sr_data_where(&data->split[SR_TRAIN], 1, where, sizeof where);
        ck_assert_ptr_nonnull(strstr(where, "/"));
        sr_data_close(data);
    }
}
END_TEST

START_TEST(unknown_names)
{
    struct sr_data_opts opts = sample_opts("idx");
    opts.dataset = "cifar11";
    expect_bad_data(&opts, SR_ECONFIG,
                    "no data set 'cifar11'; there are: cifar10, cifar100, ");
    opts.dataset = NULL;
    expect_bad_data(&opts, SR_ECONFIG, "data.dataset is not set");
}
END_TEST

START_TEST(keys_that_mean_nothing)
{
    struct sr_data_opts opts = sample_opts("mnist");
    opts.coarse = true;
    expect_bad_data(&opts, SR_ECONFIG,
                    "data.coarse is set, which means nothing to the data set "
                    "mnist");
    opts.coarse = false;
    opts.classes = 10;
    expect_bad_data(&opts, SR_ECONFIG, "data.classes is set");
    opts.classes = 0;
    opts.test_path = "here";
    expect_bad_data(&opts, SR_ECONFIG, "data.test_path is set");
}
END_TEST

/* Sums of all bytes of the training images, as mean and deviation in [0, 1]. */
static void check_moments(const struct sr_data *data, const double *mean,
                          const double *std)
{
    struct sr_err err;
    struct sr_par *par;
    const struct sr_split *split = &data->split[SR_TRAIN];
    double sum[3] = {0}, square[3] = {0};
    const size_t floats = (size_t)(data->h * data->w * data->c);
    float *x = noise(100 * floats, 1);
    int y[100], pos[100], per_class[10] = {0};
    uint64_t id[100];
    SR_GOOD(sr_par_open(2, &par, &err), err);
    for (int begin = 0; begin < split->n; begin += 100) {
        for (int i = 0; i < 100; i++)
            pos[i] = begin + i;
        SR_GOOD(sr_data_fill(data, split, par, 100, pos, NULL, x, y, id, &err),
                err);
        for (int i = 0; i < 100; i++)
            per_class[y[i]]++;
        for (size_t i = 0; i < 100 * floats; i++) {
            sum[i % (size_t)data->c] += x[i];
            square[i % (size_t)data->c] += (double)x[i] * x[i];
        }
    }
    sr_par_close(par);
    const double n = (double)split->n * data->h * data->w;
    for (int k = 0; k < data->c; k++) {
        const double m = sum[k] / n;
        ck_assert_double_eq_tol(m, mean[k], 6e-5);
        ck_assert_double_eq_tol(sqrt(square[k] / n - m * m), std[k], 6e-5);
    }
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(per_class[i], split->n / 10);
}

/* The numbers everyone normalises by come out of the files: the pixels are in
 * the right channels and all there. */
START_TEST(real_cifar10)
{
    struct sr_data_opts opts;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.dataset = "cifar10";
    opts.path = sr_test_data("data/cifar-10-binary.tar.gz");
    if (!opts.path)
        SR_SKIP("no data/cifar-10-binary.tar.gz in SATRUN_DATA");
    struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, CIFAR_N);
    ck_assert_int_eq(data->split[SR_TEST].n, 10000);
    const double mean[] = {.49140, .48216, .44653};
    const double std[] = {.24703, .24349, .26159};
    check_moments(data, mean, std);
}
END_TEST

START_TEST(real_fashion_mnist)
{
    struct sr_data_opts opts;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.dataset = "fashion-mnist";
    opts.path = "/usr/share/datasets/fashion-mnist";
    if (access(opts.path, R_OK) != 0)
        SR_SKIP("dataset-fashion-mnist is not installed");
    const struct sr_data *data = open_good(&opts);
    const struct sr_unpacked *known = NULL;
    for (int i = 0; sr_dataset_at(i); i++)
        if (strcmp(sr_dataset_at(i)->name, opts.dataset) == 0)
            known = sr_dataset_at(i)->unpacked;
    ck_assert_int_eq(data->files, 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_str_eq(data->file[i].name, known[i].name);
        ck_assert_str_eq(data->file[i].sha256, known[i].sha256);
    }
    const double mean[] = {.28604}, std[] = {.35302};
    check_moments(data, mean, std);
}
END_TEST

SR_SUITE(data_data)
{
    return sr_suite("data/data",
                    (const TTest *[]){every_data_set, unknown_names,
                                      keys_that_mean_nothing, real_cifar10,
                                      real_fashion_mnist, NULL});
}
