#include "data/gzip.h"
#include "samples.h"
#include "test.h"

#define TRAIN_IMAGES "train-images-idx3-ubyte"
#define TRAIN_LABELS "train-labels-idx1-ubyte"
#define TEST_IMAGES "t10k-images-idx3-ubyte.gz"

static struct sr_data_opts spoiled(const char *name, const void *bytes,
                                   size_t size)
{
    struct sr_data_opts opts = sample_opts("mnist");
    opts.path = spoiled_mnist(name, bytes, size);
    return opts;
}

START_TEST(values_of_any_size)
{
    const struct sr_data_opts opts = sample_opts("idx");
    const struct sr_data *data = open_good(&opts);
    size_t size;
    const unsigned char *file = fixture("idx/train-images-idx3-ubyte", &size);
    struct sr_err err;
    struct sr_par *par;
    const int pos[1] = {4};
    int y;
    uint64_t id;
    float *x = noise(35, 1);
    ck_assert(data->h == 5 && data->w == 7 && data->c == 1);
    ck_assert_int_eq(data->classes, 3);
    SR_GOOD(sr_par_open(1, &par, &err), err);
    SR_GOOD(sr_data_fill(data, &data->split[SR_TRAIN], par, 1, pos, NULL, x, &y,
                         &id, &err),
            err);
    sr_par_close(par);
    for (int i = 0; i < 35; i++)
        ck_assert_float_eq(x[i], (float)file[16 + 4 * 35 + i] / 255);
    ck_assert_int_eq(y, 1);
}
END_TEST

START_TEST(headers)
{
    static const struct {
        const char *why, *head, *piece;
    } cases[] = {
        {"labels for images", "\0\0\x08\1\0\0\0\x0a\0\0\0\x1c\0\0\0\x1c",
         "starts with 00 00 08 01"},
        {"floats", "\0\0\x0d\3\0\0\0\x0a\0\0\0\x1c\0\0\0\x1c",
         "starts with 00 00 0d 03"},
        {"no image", "\0\0\x08\3\0\0\0\0\0\0\0\x1c\0\0\0\x1c",
         "an impossible size"},
        {"2^31 images", "\0\0\x08\3\x80\0\0\0\0\0\0\x1c\0\0\0\x1c",
         "an impossible size"},
        {"product overflows",
         "\0\0\x08\3\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff",
         "an impossible size"},
        {"more than the file", "\0\0\x08\3\0\0\0\x0b\0\0\0\x1c\0\0\0\x1c",
         "promises more bytes than it has"},
        {"less than the file", "\0\0\x08\3\0\0\0\x09\0\0\0\x1c\0\0\0\x1c",
         "goes on after"},
        {"other shape", "\0\0\x08\3\0\0\0\x0a\0\0\0\x38\0\0\0\x0e",
         "images of 56 x 14 where 28 x 28 are expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        unsigned char *file = fixture("mnist/" TRAIN_IMAGES, &size);
        memcpy(file, cases[i].head, 16);
        const struct sr_data_opts opts = spoiled(TRAIN_IMAGES, file, size);
        expect_bad_data(&opts, SR_EDATA, cases[i].piece);
        expect_bad_data(&opts, SR_EDATA, TRAIN_IMAGES);
    }
}
END_TEST

/* A gzip file of 40 bytes that promises 2 GB: refused before memory is had. */
START_TEST(gzip_bomb)
{
    size_t size;
    unsigned char *file = fixture("mnist/t10k-labels-idx1-ubyte.gz", &size);
    struct sr_data_opts opts = spoiled(TEST_IMAGES, file, size);
    expect_bad_data(&opts, SR_EDATA, "starts with 00 00 08 01");

    /* gzip head, one stored block of an IDX header, checksum and length */
    unsigned char bomb[39] = {
        0x1f, 0x8b, 8, 0, 0,    0,    0,    0, 0, 3, 1,  16, 0, 0xef, 0xff, 0,
        0,    8,    3, 0, 0x7f, 0xff, 0xff, 0, 0, 0, 28, 0,  0, 0,    28};
    const uint32_t crc = sr_gzip_crc(bomb + 15, 16);
    for (int i = 0; i < 4; i++)
        bomb[31 + i] = (unsigned char)(crc >> 8 * i);
    bomb[35] = 16;
    opts = spoiled(TEST_IMAGES, bomb, sizeof bomb);
    expect_bad_data(&opts, SR_EDATA, "promises more bytes than it has");
}
END_TEST

START_TEST(truncated)
{
    size_t size;
    const unsigned char *file = fixture("mnist/" TEST_IMAGES, &size);
    for (size_t n = 0; n < size; n += 97) {
        const struct sr_data_opts opts = spoiled(TEST_IMAGES, file, n);
        expect_bad_data(&opts, SR_EDATA, TEST_IMAGES);
    }
    file = fixture("mnist/" TRAIN_LABELS, &size);
    for (size_t n = 0; n < size; n++) {
        const struct sr_data_opts opts = spoiled(TRAIN_LABELS, file, n);
        expect_bad_data(&opts, SR_EDATA, TRAIN_LABELS);
    }
}
END_TEST

START_TEST(labels)
{
    size_t size;
    unsigned char *file = fixture("mnist/" TRAIN_LABELS, &size);
    file[8 + 3] = 10;
    struct sr_data_opts opts = spoiled(TRAIN_LABELS, file, size);
    expect_bad_data(&opts, SR_EDATA,
                    TRAIN_LABELS ": record 3 (counted from 0): label 10 is "
                                 "outside 0..9");
    file[7] = 9;
    opts = spoiled(TRAIN_LABELS, file, size - 1);
    expect_bad_data(&opts, SR_EDATA, "has 9 labels");
    opts = spoiled(TRAIN_LABELS, NULL, 0);
    expect_bad_data(&opts, SR_EDATA, "lacks " TRAIN_LABELS);
}
END_TEST

START_TEST(classes_are_counted_or_set)
{
    struct sr_data_opts opts = sample_opts("idx");
    opts.classes = 7;
    ck_assert_int_eq(open_good(&opts)->classes, 7);
    opts.classes = 2;
    expect_bad_data(&opts, SR_EDATA,
                    "has images of 3 classes where data.classes says 2");
}
END_TEST

SR_SUITE(data_data_idx)
{
    return sr_suite("data/data_idx",
                    (const TTest *[]){values_of_any_size, headers, gzip_bomb,
                                      truncated, labels,
                                      classes_are_counted_or_set, NULL});
}
