/* Hostile files: each is refused with one sentence and SR_EWEIGHTS, before any
 * number in it is used.  Sources of the cases: the format's own tests ("attack
 * files"), and what two readers could understand in two ways. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "models.h"
#include "model/safetensors.h"

/* length | header | data zero bytes, where length is as given. */
static const char *file_of(uint64_t length, const char *header, size_t size,
                           size_t data)
{
    unsigned char *bytes =
        SR_TAKE(sr_test_arena(), 8 + size + data, unsigned char);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> 8 * i);
    memcpy(bytes + 8, header, size);
    return sr_test_file("case.safetensors", bytes, 8 + size + data);
}

static enum sr_status try_open(const char *path, struct sr_tensors *file,
                               struct sr_err *err)
{
    return sr_tensors_open(path, sr_test_arena(), file, err);
}

/* clang-format off */
#define T(shape, offsets) "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static const struct {
    const char *header;
    size_t data;
    const char *says;
} hostile[] = {
    { "",                                                        0, "not JSON" },
    { "[]",                                                      0, "header is no object" },
    { "{\"a\":" T("[1]", "[0,4]"),                               4, "not JSON" },
    { "{} {}",                                                   0, "not JSON" },
    { "{\"a\":3}",                                               0, "a is no object" },
    { "{\"a\":" T("[1]", "[0,4]") ",\"a\":" T("[1]", "[0,4]") "}", 4, "duplicate" },
    { "{\"a\":" T("[1]", "[0,4]") ",\"a\":" T("[1]", "[4,8]") "}", 8, "duplicate" },
    { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "duplicate" },
    { "{\"__metadata__\":{\"a\":1}}",                            0, "__metadata__: a is no text" },
    { "{\"__metadata__\":[]}",                                   0, "__metadata__ is no object" },
    { "{\"\":" T("[1]", "[0,4]") "}",                            4, "a name has 1 to" },
    { "{\"a\\u0000b\":" T("[1]", "[0,4]") "}",                   4, "not JSON" },
    { "{\"a\\n\":" T("[1]", "[0,4]") "}",                        4, "control characters" },
    { "{\"a\xff\":" T("[1]", "[0,4]") "}",                       4, "not JSON" },
    { "{\"a\xc0\xaf\":" T("[1]", "[0,4]") "}",                   4, "not JSON" },
    { "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}",          4, "dtype is no text" },
    { "{\"a\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype is f32" },
    { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",      4, "shape is no list" },
    { "{\"a\":" T("[1.0]", "[0,4]") "}",                         4, "shape[0] is no integer" },
    { "{\"a\":" T("[-1]", "[0,4]") "}",                          4, "shape[0] is no integer" },
    { "{\"a\":" T("[\"1\"]", "[0,4]") "}",                       4, "shape[0] is no integer" },
    { "{\"a\":" T("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "at most 16" },
    { "{\"a\":" T("[2,9223372036854775807]", "[0,4]") "}",       4, "shape[1] is no integer" },
    { "{\"a\":" T("[2,18446744073709551614]", "[0,4]") "}",      4, "not JSON" },
    { "{\"a\":" T("[1099511627776,1099511627776]", "[0,4]") "}", 4, "does not fit in 64 bits" },
    { "{\"a\":" T("[1099511627776,8388607]", "[0,4]") "}",       4, "do not fit in 64 bits" },
    { "{\"a\":" T("[1]", "[0,4,8]") "}",                         4, "no pair of integers" },
    { "{\"a\":" T("[1]", "[0.0,4]") "}",                         4, "no pair of integers" },
    { "{\"a\":" T("[1]", "[0,4e0]") "}",                         4, "no pair of integers" },
    { "{\"a\":" T("[1]", "[\"0\",4]") "}",                       4, "no pair of integers" },
    { "{\"a\":" T("[1]", "[-4,0]") "}",                          4, "is no span of bytes" },
    { "{\"a\":" T("[1]", "[4,0]") "}",                           4, "is no span of bytes" },
    { "{\"a\":" T("[2]", "[0,4]") "}",                           4, "its shape needs 8 bytes" },
    { "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, "no whole number of bytes" },
    { "{\"a\":" T("[1]", "[4,8]") "}",                           8, "begins at byte 4 of the data, expected 0" },
    { "{\"a\":" T("[1]", "[0,4]") ",\"b\":" T("[1]", "[8,12]") "}", 12, "b begins at byte 8 of the data, expected 4" },
    { "{\"a\":" T("[2]", "[0,8]") ",\"b\":" T("[1]", "[4,8]") "}", 8, "b begins at byte 4 of the data, expected 8" },
    { "{\"a\":" T("[1]", "[0,4]") ",\"b\":" T("[1]", "[0,4]") "}", 4, "b begins at byte 0 of the data, expected 4" },
    { "{\"a\":" T("[1]", "[0,4]") "}",                           5, "tensors end at byte 4 of the data, but the file has 5" },
    { "{\"a\":" T("[1]", "[0,4]") "}",                           2, "tensors end at byte 4 of the data, but the file has 2" },
    { "{}",                                                      1, "but the file has 1" },
};
/* clang-format on */

START_TEST(hostile_headers)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const size_t size = strlen(hostile[i].header);
        const char *path =
            file_of(size, hostile[i].header, size, hostile[i].data);
        struct sr_tensors file;
        struct sr_err err;
        SR_BAD(try_open(path, &file, &err), err, SR_EWEIGHTS, hostile[i].says);
        ck_assert_ptr_null(strchr(err.text, '\n'));
        ck_assert_ptr_nonnull(strstr(err.text, path));
    }
}
END_TEST

START_TEST(hostile_lengths)
{
    static const struct {
        uint64_t length;
        size_t header;
        const char *says;
    } cases[] = {
        {3, 2, "should have 3 bytes, but only 2 follow"},
        {UINT64_MAX, 2, "only 2 follow"},
        {UINT64_MAX - 7, 2, "only 2 follow"},
        {(uint64_t)1 << 63, 2, "only 2 follow"},
    };
    struct sr_tensors file;
    struct sr_err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        SR_BAD(try_open(file_of(cases[i].length, "{}", cases[i].header, 0),
                        &file, &err),
               err, SR_EWEIGHTS, cases[i].says);
    SR_BAD(try_open(sr_test_file("short", "1234567", 7), &file, &err), err,
           SR_EWEIGHTS, "7 bytes, expected at least 8");
    SR_BAD(try_open(sr_test_file("empty", "", 0), &file, &err), err,
           SR_EWEIGHTS, "0 bytes");
    SR_BAD(try_open(sr_test_dir(), &file, &err), err, SR_EWEIGHTS,
           "is a directory");
    SR_BAD(try_open("no/such.safetensors", &file, &err), err, SR_EWEIGHTS,
           "cannot open no/such.safetensors");
}
END_TEST

/* A header of more than 16 MiB is refused before it is read. */
START_TEST(enormous_header)
{
    const size_t size = (16 << 20) + 8;
    char *header = SR_TAKE(sr_test_arena(), size, char);
    struct sr_tensors file;
    struct sr_err err;
    memset(header, ' ', size);
    memcpy(header, "{}", 2);
    SR_BAD(try_open(file_of(size, header, size, 0), &file, &err), err,
           SR_EWEIGHTS, "is more than the 16777216 allowed");
}
END_TEST

START_TEST(deep_nesting)
{
    const size_t size = 1 << 20;
    char *header = SR_TAKE(sr_test_arena(), size, char);
    struct sr_tensors file;
    struct sr_err err;
    memset(header, '[', size);
    SR_BAD(try_open(file_of(size, header, size, 0), &file, &err), err,
           SR_EWEIGHTS, "not JSON");
}
END_TEST

/* n tensors on the same four bytes. */
static const char *crowd(int n)
{
    const size_t room = 100 * (size_t)n;
    char *header = SR_TAKE(sr_test_arena(), room, char);
    size_t at = 0;
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(header + at, room - at,
                               "%s\"%d\":" T("[1]", "[0,4]"), i ? "," : "{", i);
    header[at++] = '}';
    return file_of(at, header, at, 4);
}

START_TEST(many_tensors)
{
    struct sr_tensors file;
    struct sr_err err;
    SR_BAD(try_open(crowd(100001), &file, &err), err, SR_EWEIGHTS,
           "100001 tensors are more than the 100000 allowed");
    SR_BAD(try_open(crowd(100000), &file, &err), err, SR_EWEIGHTS,
           "begins at byte 0");
}
END_TEST

/* What is allowed: no tensors, scalars, empty tensors, any order of names,
 * white space around, unknown members. */
START_TEST(lawful_oddities)
{
    static const char *const headers[] = {
        "{}",
        " \n{}  ",
        "{\"__metadata__\":{\"k\":\"v\"}}",
    };
    struct sr_tensors file;
    struct sr_err err;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const size_t size = strlen(headers[i]);
        SR_GOOD(try_open(file_of(size, headers[i], size, 0), &file, &err), err);
        ck_assert_int_eq(file.n, 0);
        sr_tensors_close(&file);
    }
    const char *odd = "{\"b\":" T(
        "[]", "[0,4]") ",\"a\":{\"dtype\":\"F32\","
                       "\"shape\":[0,3],\"data_offsets\":[4,4],\"x\":1}}";
    SR_GOOD(try_open(file_of(strlen(odd), odd, strlen(odd), 4), &file, &err),
            err);
    ck_assert_int_eq(file.n, 2);
    ck_assert_str_eq(file.tensor[0].name, "b");
    ck_assert_int_eq((int)file.tensor[0].count, 1);
    ck_assert_int_eq((int)file.tensor[1].count, 0);
    ck_assert_ptr_eq(sr_tensors_find(&file, "a"), &file.tensor[1]);
    ck_assert_ptr_null(sr_tensors_find(&file, "c"));
    sr_tensors_close(&file);
}
END_TEST

/* One tensor of two numbers in the given dtype. */
static struct sr_tensors two(const char *dtype, const void *bytes, size_t size)
{
    unsigned char whole[200] = {0};
    const int length = snprintf(
        (char *)whole + 8, sizeof whole - 8,
        "{\"w\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%zu]}}",
        dtype, size);
    whole[0] = (unsigned char)length;
    memcpy(whole + 8 + length, bytes, size);
    struct sr_tensors file;
    struct sr_err err;
    SR_GOOD(try_open(sr_test_file("two", whole, 8 + (size_t)length + size),
                     &file, &err),
            err);
    return file;
}

static void expect_floats(struct sr_tensors file, float a, float b)
{
    float values[2] = {NAN, NAN};
    struct sr_err err;
    SR_GOOD(sr_tensors_floats(&file, &file.tensor[0], values, &err), err);
    ck_assert_float_eq(values[0], a);
    ck_assert_float_eq(values[1], b);
    sr_tensors_close(&file);
}

START_TEST(conversions)
{
    const float singles[] = {1.5f, -0.1f};
    const double doubles[] = {1.5, -0.1};
    const uint16_t halves[] = {0x3e00, 0xfbff}; /* 1.5, -65504 */
    const uint16_t tiny[] = {0x0001, 0x8400};   /* 2^-24, -2^-14 */
    const uint16_t brain[] = {0x3fc0, 0xc2f7};  /* 1.5, -123.5 */
    expect_floats(two("F32", singles, 8), 1.5f, -0.1f);
    expect_floats(two("F64", doubles, 16), 1.5f, -0.1f);
    expect_floats(two("F16", halves, 4), 1.5f, -65504);
    expect_floats(two("F16", tiny, 4), 0x1p-24f, -0x1p-14f);
    expect_floats(two("BF16", brain, 4), 1.5f, -123.5f);
}
END_TEST

static void expect_refused(struct sr_tensors file, const char *says)
{
    float values[2];
    struct sr_err err;
    SR_BAD(sr_tensors_floats(&file, &file.tensor[0], values, &err), err,
           SR_EWEIGHTS, says);
    sr_tensors_close(&file);
}

START_TEST(numbers_that_are_refused)
{
    const float nan[] = {1, NAN};
    const double large[] = {1e300, 1};
    const uint16_t infinite[] = {0, 0x7c00}, quiet[] = {0, 0x7e00};
    const int32_t whole[] = {1, 2};
    expect_refused(two("F32", nan, 8), "w: number 2 of 2 is not finite");
    expect_refused(two("F64", large, 16), "w: number 1 of 2 is not finite");
    expect_refused(two("F16", infinite, 4), "number 2 of 2 is not finite");
    expect_refused(two("F16", quiet, 4), "number 2 of 2 is not finite");
    expect_refused(two("I32", whole, 8), "w is I32, expected F32");
}
END_TEST

/* A file that is cut after its header was read. */
START_TEST(a_file_that_shrinks)
{
    const float singles[] = {1, 2};
    struct sr_tensors file = two("F32", singles, 8);
    ck_assert_int_eq(truncate(file.path, file.data + 4), 0);
    expect_refused(file, "became shorter while it was read");
}
END_TEST

SR_SUITE(model_safetensors)
{
    return sr_suite("model/safetensors",
                    (const TTest *[]){hostile_headers, hostile_lengths,
                                      enormous_header, deep_nesting,
                                      many_tensors, lawful_oddities,
                                      conversions, numbers_that_are_refused,
                                      a_file_that_shrinks, NULL});
}
