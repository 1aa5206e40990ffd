/* Data whose files are not there: sizes and numbers as published. */
#include <math.h>

#include "samples.h"
#include "test.h"

static struct sr_data_opts absent(const char *dataset)
{
    struct sr_data_opts opts;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.dataset = dataset;
    opts.path = "/nonexistent";
    opts.limit = 1000;
    return opts;
}

START_TEST(it_has_the_published_numbers)
{
    struct sr_data_opts opts = absent("cifar10");
    struct sr_data *data;
    struct sr_err err;
    opts.validation = 0.1;
    SR_BAD(sr_data_check_here(&opts, sr_test_arena(), &err), err, SR_EDATA,
           "there is no /nonexistent");
    SR_GOOD(sr_data_stand_in(&opts, 1, sr_test_arena(), &data, &err), err);
    ck_assert_int_eq(data->h * data->w * data->c, 32 * 32 * 3);
    ck_assert_int_eq(data->classes, 10);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 900);
    ck_assert_int_eq(data->split[SR_VALIDATION].n, 100);
    ck_assert_int_eq(data->split[SR_TEST].n, 10000);
}
END_TEST

START_TEST(its_images_can_be_read)
{
    enum { N = 3, PIXELS = 28 * 28 };
    const struct sr_data_opts opts = absent("fashion-mnist");
    const int pos[N] = {0, 17, 999};
    float *x = noise(N * PIXELS, 1), high = 0;
    struct sr_data *data;
    struct sr_par *par;
    struct sr_err err;
    int y[N];
    uint64_t id[N];
    SR_GOOD(sr_data_stand_in(&opts, 1, sr_test_arena(), &data, &err), err);
    SR_GOOD(sr_par_open(1, &par, &err), err);
    SR_GOOD(sr_data_fill(data, &data->split[SR_TRAIN], par, N, pos, NULL, x, y,
                         id, &err),
            err);
    sr_par_close(par);
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(y[i], pos[i] % 10);
        ck_assert_mem_eq(x, x + i * PIXELS, PIXELS * sizeof *x);
    }
    for (int i = 0; i < PIXELS; i++) {
        ck_assert(x[i] >= 0 && x[i] <= 1);
        high = fmaxf(high, x[i]);
    }
    ck_assert(high > 0.5f);
    sr_data_close(data);
}
END_TEST

/* Nobody knows how many photos are in a folder of one's own. */
START_TEST(there_is_none_where_only_files_tell)
{
    struct sr_data_opts opts = absent("folder");
    struct sr_data *data;
    struct sr_err err;
    opts.classes = 4;
    SR_GOOD(sr_data_stand_in(&opts, 1, sr_test_arena(), &data, &err), err);
    ck_assert_ptr_null(data);
    opts.dataset = "cifra10";
    SR_BAD(sr_data_stand_in(&opts, 1, sr_test_arena(), &data, &err), err,
           SR_ECONFIG, "no data set 'cifra10'");
}
END_TEST

SR_SUITE(data_stand_in)
{
    return sr_suite(
        "data/stand_in",
        (const TTest *[]){it_has_the_published_numbers, its_images_can_be_read,
                          there_is_none_where_only_files_tell, NULL});
}
