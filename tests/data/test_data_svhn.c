#include "base/file.h"
#include "samples.h"
#include "test.h"

static unsigned char byte_of(const float *x, int h, int w, int k)
{
    return (unsigned char)(x[(h * 32 + w) * 3 + k] * 255 + 0.5f);
}

/* The pixels and labels that tests/fixtures/make_data.py put there: smooth, so
 * that a turned image or a mixed-up channel is seen by a few values; of the
 * digits, 0 is written 10. */
START_TEST(images_and_labels)
{
    struct sr_err err;
    struct sr_par *par;
    const struct sr_data_opts opts = sample_opts("svhn");
    struct sr_data *data = open_good(&opts);
    float *x = noise(2 * 32 * 32 * 3, 1);
    const int pos[] = {9, 3};
    int y[2];
    uint64_t id[2];
    SR_GOOD(sr_par_open(1, &par, &err), err);
    SR_GOOD(sr_data_fill(data, &data->split[SR_TRAIN], par, 2, pos, NULL, x, y,
                         id, &err),
            err);
    ck_assert_int_eq(y[0], 0);
    ck_assert_int_eq(y[1], 4);
    /* picture(769, 32, 32) // 32 * 32 at (0, 0), (5, 20) and (31, 2) */
    static const unsigned char want[3][3] = {
        {224, 96, 160}, {32, 224, 128}, {64, 0, 0}};
    static const int at[3][2] = {{0, 0}, {5, 20}, {31, 2}};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            ck_assert_int_eq(byte_of(x, at[i][0], at[i][1], k), want[i][k]);
    sr_par_close(par);
    sr_data_close(data);
}
END_TEST

/* A directory with these two files. */
static struct sr_data_opts with(const char *name, const void *bytes,
                                size_t size)
{
    struct sr_data_opts opts = sample_opts("svhn");
    size_t good_size;
    const char *dir = sr_test_dir();
    const unsigned char *good = fixture("svhn/test_32x32.mat", &good_size);
    sample_write(dir, "train_32x32.mat", good, good_size);
    sample_write(dir, "test_32x32.mat", good, good_size);
    sample_write(dir, name, bytes, size);
    opts.path = dir;
    return opts;
}

START_TEST(files_that_are_not_it)
{
    size_t size;
    unsigned char *bytes = fixture("mat/all.mat", &size);
    struct sr_data_opts opts = with("test_32x32.mat", bytes, size);
    expect_bad_data(&opts, SR_EDATA,
                    "test_32x32.mat: there is no variable 'X' of numbers");
    opts = with("train_32x32.mat", "<html>", 6);
    expect_bad_data(&opts, SR_EDATA, "train_32x32.mat is not a MATLAB file");

    /* The last value of y is the last byte but for padding. */
    bytes = fixture("svhn/test_32x32.mat", &size);
    size_t last = size - 1;
    while (bytes[last] == 0)
        last--;
    bytes[last] = 11;
    opts = with("test_32x32.mat", bytes, size);
    expect_bad_data(&opts, SR_EDATA,
                    "record 9 (counted from 0): label 11 is outside 1..10");

    /* X of 32 x 16 x 6 x 10 has as many values. */
    const unsigned char sizes[16] = {32, 0, 0, 0, 32, 0, 0, 0,
                                     3,  0, 0, 0, 10, 0, 0, 0};
    unsigned char *dims = bytes;
    while (memcmp(dims, sizes, sizeof sizes) != 0)
        dims++;
    dims[4] = 16;
    dims[8] = 6;
    opts = with("test_32x32.mat", bytes, size);
    expect_bad_data(&opts, SR_EDATA, "X has to be bytes of 32 x 32 x 3 x n");
    opts.path = sr_test_dir();
    expect_bad_data(&opts, SR_EDATA, "cannot open");
}
END_TEST

SR_SUITE(data_data_svhn)
{
    return sr_suite(
        "data/data_svhn",
        (const TTest *[]){images_and_labels, files_that_are_not_it, NULL});
}
