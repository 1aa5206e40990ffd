#include "data/gzip.h"

#include <stdlib.h>

#include "samples.h"
#include "test.h"

#define LABELS "mnist/t10k-labels-idx1-ubyte.gz"

static struct sr_gzip *open_bytes(const void *bytes, size_t size)
{
    struct sr_err err;
    struct sr_gzip *gz;
    SR_GOOD(sr_gzip_open(sr_test_file("x", bytes, size), sr_test_arena(), &gz,
                         &err),
            err);
    return gz;
}

/* 18 bytes: 00 00 08 01, 00 00 00 0a, and the labels 9 to 0. */
static const unsigned char unpacked[18] = {0, 0, 8, 1, 0, 0, 0, 10, 9,
                                           8, 7, 6, 5, 4, 3, 2, 1,  0};

START_TEST(inflates)
{
    struct sr_err err;
    size_t size;
    unsigned char found[18];
    memset(found, 0xaa, sizeof found);
    const unsigned char *file = fixture(LABELS, &size);
    struct sr_gzip *gz = open_bytes(file, size);
    ck_assert(!sr_gzip_plain(gz));
    ck_assert_uint_eq(sr_gzip_most(gz), 1032 * size);
    SR_GOOD(sr_gzip_read(gz, found, sizeof found, &err), err);
    SR_GOOD(sr_gzip_end(gz, &err), err);
    ck_assert_mem_eq(found, unpacked, sizeof found);
    sr_gzip_close(gz);
}
END_TEST

START_TEST(plain_files_pass_through)
{
    struct sr_err err;
    unsigned char found[8];
    struct sr_gzip *gz = open_bytes(unpacked, sizeof unpacked);
    ck_assert(sr_gzip_plain(gz));
    ck_assert_uint_eq(sr_gzip_most(gz), sizeof unpacked);
    SR_GOOD(sr_gzip_read(gz, found, 8, &err), err);
    ck_assert_mem_eq(found, unpacked, 8);
    ck_assert_int_eq(sr_gzip_skip(gz, 9), 9);
    SR_GOOD(sr_gzip_read(gz, found, 1, &err), err);
    ck_assert_int_eq(found[0], 0);
    ck_assert_int_eq(sr_gzip_skip(gz, 100), 0);
    SR_GOOD(sr_gzip_end(gz, &err), err);
    sr_gzip_close(gz);
}
END_TEST

/* Whether all of the bytes come out as they should. */
static enum sr_status unpack(const void *bytes, size_t size, struct sr_err *err)
{
    unsigned char found[18];
    struct sr_gzip *gz = open_bytes(bytes, size);
    enum sr_status done = sr_gzip_read(gz, found, sizeof found, err);
    if (done == SR_OK)
        done = sr_gzip_end(gz, err);
    sr_gzip_close(gz);
    return done;
}

START_TEST(truncated_and_damaged)
{
    struct sr_err err;
    size_t size;
    unsigned char *bytes = fixture(LABELS, &size);
    for (size_t n = 0; n < size; n++)
        ck_assert_msg(unpack(bytes, n, &err) == SR_EDATA, "cut to %zu", n);
    SR_BAD(unpack(bytes, size - 1, &err), err, SR_EDATA, "damaged gzip data");

    bytes[size - 8] ^= 1; /* the checksum */
    SR_BAD(unpack(bytes, size, &err), err, SR_EDATA, "incorrect data check");
}
END_TEST

START_TEST(too_short_and_too_long)
{
    struct sr_err err;
    unsigned char found[19];
    struct sr_gzip *gz = open_bytes(unpacked, sizeof unpacked);
    SR_BAD(sr_gzip_read(gz, found, 19, &err), err, SR_EDATA,
           "ends 1 bytes before");
    sr_gzip_close(gz);
    gz = open_bytes(unpacked, sizeof unpacked);
    SR_GOOD(sr_gzip_read(gz, found, 17, &err), err);
    SR_BAD(sr_gzip_end(gz, &err), err, SR_EDATA, "goes on after");
    sr_gzip_close(gz);
}
END_TEST

START_TEST(no_plain_file)
{
    struct sr_err err;
    struct sr_gzip *gz;
    SR_BAD(sr_gzip_open("tests", sr_test_arena(), &gz, &err), err, SR_EDATA,
           "tests is not a plain file");
    SR_BAD(sr_gzip_open("tests/none", sr_test_arena(), &gz, &err), err,
           SR_EDATA, "cannot open tests/none");
}
END_TEST

/* The check value of CRC-32. */
START_TEST(crc) { ck_assert_uint_eq(sr_gzip_crc("123456789", 9), 0xcbf43926u); }
END_TEST

SR_SUITE(data_gzip)
{
    return sr_suite("data/gzip",
                    (const TTest *[]){inflates, plain_files_pass_through,
                                      truncated_and_damaged,
                                      too_short_and_too_long, no_plain_file,
                                      crc, NULL});
}
