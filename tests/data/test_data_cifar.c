#define _DEFAULT_SOURCE /* truncate */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "samples.h"
#include "test.h"

static void poke(const char *dir, const char *name, off_t at,
                 unsigned char value)
{
    const char *path = sr_file_join(sr_test_arena(), dir, name);
    const int file = open(path, O_WRONLY);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(pwrite(file, &value, 1, at), 1);
    close(file);
}

/* Pixels against the layout's definition: label, then planes. */
START_TEST(records)
{
    const struct sr_data_opts opts = sample_opts("cifar10");
    const struct sr_data *data = open_good(&opts);
    struct sr_err err;
    struct sr_par *par;
    const int pos[1] = {7};
    int y;
    uint64_t id;
    float *x = noise(3072, 1);
    unsigned char record[3073];
    SR_GOOD(sr_par_open(1, &par, &err), err);
    SR_GOOD(sr_data_fill(data, &data->split[SR_TRAIN], par, 1, pos, NULL, x, &y,
                         &id, &err),
            err);
    sr_par_close(par);
    const int file = open(
        sr_file_join(sr_test_arena(), opts.path, "data_batch_1.bin"), O_RDONLY);
    ck_assert_int_eq(pread(file, record, sizeof record, 7 * 3073), 3073);
    close(file);
    ck_assert_int_eq(y, 7);
    for (int i = 0; i < 1024; i++)
        for (int k = 0; k < 3; k++)
            ck_assert_float_eq(x[3 * i + k],
                               (float)record[1 + 1024 * k + i] / 255);
    char where[256];
    sr_data_where(&data->split[SR_TRAIN], 7, where, sizeof where);
    ck_assert_ptr_nonnull(strstr(where, "data_batch_1.bin: record 7 "));
}
END_TEST

/* The fine ones are read in test_data.c. */
START_TEST(coarse_labels)
{
    struct sr_data_opts opts = sample_opts("cifar100");
    poke(opts.path, "train.bin", 0, 19); /* coarse ... */
    poke(opts.path, "train.bin", 1, 99); /* ... fine   */
    opts.coarse = true;
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->classes, 20);
    ck_assert_int_eq(data->split[SR_TRAIN].label[0], 19);
    ck_assert_str_eq(data->class_name[19], "vehicles_2");

    struct sr_err err;
    struct sr_data *told;
    SR_GOOD(sr_data_describe(&opts, sr_test_arena(), &told, &err), err);
    ck_assert_int_eq(told->classes, 20);
}
END_TEST

START_TEST(wrong_sizes)
{
    struct sr_data_opts opts = sample_opts("cifar10");
    const char *file =
        sr_file_join(sr_test_arena(), opts.path, "data_batch_1.bin");
    ck_assert_int_eq(truncate(file, 3073 * 9999), 0);
    expect_bad_data(&opts, SR_EDATA,
                    "data_batch_1.bin has 30726927 bytes; it must have "
                    "30730000, 10000 records of 3073");
    ck_assert_int_eq(truncate(file, 30730001), 0);
    expect_bad_data(&opts, SR_EDATA, "has 30730001 bytes");
}
END_TEST

START_TEST(label_out_of_range)
{
    struct sr_data_opts opts = sample_opts("cifar10");
    poke(opts.path, "data_batch_2.bin", 3073 * 17, 10);
    expect_bad_data(&opts, SR_EDATA,
                    "data_batch_2.bin: record 17 (counted from 0): label 10 is "
                    "outside 0..9");
}
END_TEST

START_TEST(missing_file)
{
    struct sr_data_opts opts = sample_opts("cifar100");
    ck_assert_int_eq(
        unlink(sr_file_join(sr_test_arena(), opts.path, "test.bin")), 0);
    expect_bad_data(&opts, SR_EDATA, "lacks test.bin");
}
END_TEST

START_TEST(archives_that_are_not_it)
{
    struct sr_data_opts opts = sample_opts("idx");
    size_t size;
    unsigned char *tar = fixture("shards/ten-000000.tar", &size);
    opts.dataset = "cifar10";
    opts.path = "tests/fixtures/shards/ten-000000.tar";
    expect_bad_data(&opts, SR_EDATA, "ten-000000.tar lacks data_batch_1.bin");

    /* The first member becomes one of the set's, with another size: its name
     * fills the header's first 100 bytes, and the checksum is spoilt unless
     * it is a sum that stays the same, so the header is written anew. */
    char head[512] = "x/test_batch.bin";
    memcpy(head + 100, tar + 100, 412);
    memset(head + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
    memcpy(tar, head, 512);
    opts.path = sr_test_file("x.tar", tar, size);
    expect_bad_data(&opts, SR_EDATA, "x.tar: test_batch.bin has ");

    opts.path = sr_test_file("x.tar.gz", "\x1f\x8b\x08\0\0\0\0\0\0\0", 10);
    expect_bad_data(&opts, SR_EDATA, "x.tar.gz: damaged gzip data");
}
END_TEST

/* The archive as downloaded, cut off: what an interrupted download leaves. */
START_TEST(truncated_archive)
{
    const char *whole = sr_test_data("data/cifar-10-binary.tar.gz");
    if (!whole)
        SR_SKIP("no data/cifar-10-binary.tar.gz in SATRUN_DATA");
    struct sr_data_opts opts = sample_opts("idx");
    unsigned char *bytes = SR_TAKE(sr_test_arena(), 1 << 20, unsigned char);
    FILE *f = fopen(whole, "rb");
    ck_assert_uint_eq(fread(bytes, 1, 1 << 20, f), 1 << 20);
    fclose(f);
    opts.dataset = "cifar10";
    opts.path = sr_test_file("x.tar.gz", bytes, 1 << 20);
    expect_bad_data(&opts, SR_EDATA,
                    "x.tar.gz: damaged gzip data: "
                    "unexpected end of file");
    bytes[1 << 19] ^= 0xff;
    opts.path = sr_test_file("y.tar.gz", bytes, 1 << 20);
    expect_bad_data(&opts, SR_EDATA, "y.tar.gz: damaged gzip data: ");
}
END_TEST

SR_SUITE(data_data_cifar)
{
    return sr_suite("data/data_cifar",
                    (const TTest *[]){records, coarse_labels, wrong_sizes,
                                      label_out_of_range, missing_file,
                                      archives_that_are_not_it,
                                      truncated_archive, NULL});
}
