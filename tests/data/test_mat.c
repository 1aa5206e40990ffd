#include "data/mat.h"

#include "base/file.h"
#include "base/rng.h"
#include "samples.h"
#include "test.h"

static enum sr_status parse(const unsigned char *bytes, size_t size,
                            struct sr_mat_file *file, struct sr_err *err)
{
    return sr_mat_parse("x.mat", bytes, size, sr_test_arena(), file, err);
}

static const struct sr_mat *find(const struct sr_mat_file *file,
                                 const char *name, enum sr_mat_kind kind)
{
    struct sr_err err;
    const struct sr_mat *m = NULL;
    SR_GOOD(sr_mat_find(file, name, kind, &m, &err), err);
    return m;
}

/* [[-2, 3], [100, 0]] in every type; stored column by column. */
START_TEST(every_type_of_number)
{
    static const struct {
        const char *name;
        double first;
    } types[] = {
        {"int8", -2},           {"int16", -2},
        {"int32", -2},          {"int64", -2},
        {"uint8", 254},         {"uint16", 65534},
        {"float32", -2},        {"float64", -2},
        {"uint32", 4294967294}, {"uint64", 18446744073709551616.0},
    };
    struct sr_err err;
    struct sr_mat_file file;
    size_t size;
    const unsigned char *bytes = fixture("mat/all.mat", &size);
    SR_GOOD(parse(bytes, size, &file, &err), err);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct sr_mat *m = find(&file, types[i].name, SR_MAT_NUMBERS);
        const double want[] = {types[i].first, 100, 3, 0};
        ck_assert(m->dims == 2 && m->dim[0] == 2 && m->dim[1] == 2);
        ck_assert_int_eq(m->count, 4);
        for (int k = 0; k < 4; k++)
            ck_assert_double_eq(sr_mat_number(m, k), want[k]);
    }
}
END_TEST

START_TEST(text_and_structs)
{
    struct sr_err err;
    struct sr_mat_file file;
    char text[16];
    size_t size;
    const unsigned char *bytes = fixture("mat/all.mat", &size);
    SR_GOOD(parse(bytes, size, &file, &err), err);
    sr_mat_text(find(&file, "text", SR_MAT_TEXT), text, sizeof text);
    ck_assert_str_eq(text, "some text");
    sr_mat_text(find(&file, "text", SR_MAT_TEXT), text, 5);
    ck_assert_str_eq(text, "some");

    const struct sr_mat *thing = find(&file, "thing", SR_MAT_STRUCTS);
    ck_assert_int_eq(thing->count, 2);
    ck_assert_double_eq(sr_mat_number(sr_mat_field(thing, 0, "a"), 0), 1.5);
    ck_assert_int_eq(sr_mat_field(thing, 1, "a")->count, 0);
    sr_mat_text(sr_mat_field(thing, 0, "name"), text, sizeof text);
    ck_assert_str_eq(text, "one");
    sr_mat_text(sr_mat_field(thing, 1, "name"), text, sizeof text);
    ck_assert_int_eq(strncmp(text, "tw?", 3), 0);
    ck_assert_ptr_null(sr_mat_field(thing, 0, "b"));

    find(&file, "cell", SR_MAT_OTHER);
    find(&file, "z", SR_MAT_OTHER);
    const struct sr_mat *m;
    SR_BAD(sr_mat_find(&file, "text", SR_MAT_NUMBERS, &m, &err), err, SR_EDATA,
           "x.mat: there is no variable 'text' of numbers");
}
END_TEST

static const char *const files[] = {"mat/all.mat", "svhn/train_32x32.mat"};

START_TEST(truncated)
{
    for (int i = 0; i < 2; i++) {
        struct sr_err err;
        size_t size;
        const unsigned char *bytes = fixture(files[i], &size);
        for (size_t n = 0; n < size; n++) {
            struct sr_mat_file file;
            unsigned char *part = SR_TAKE(sr_test_arena(), n, unsigned char);
            memcpy(part, bytes, n);
            const enum sr_status status = parse(part, n, &file, &err);
            /* Between two variables nothing tells that there were more. */
            ck_assert(status == SR_EDATA || status == SR_OK);
            ck_assert(status == SR_EDATA || file.n < 15);
        }
    }
}
END_TEST

/* Everything that parsed can be read. */
static void read_all(const struct sr_mat_file *file)
{
    volatile double last;
    char text[64];
    for (int i = 0; i < file->n; i++) {
        const struct sr_mat *m = &file->variable[i];
        for (int64_t k = 0; m->kind == SR_MAT_NUMBERS && k < m->count; k++)
            last = sr_mat_number(m, k);
        if (m->kind == SR_MAT_TEXT)
            sr_mat_text(m, text, sizeof text);
        for (int64_t k = 0; m->kind == SR_MAT_STRUCTS && k < m->count; k++)
            sr_mat_field(m, k, "a");
    }
    (void)last;
}

START_TEST(damaged_files_do_not_crash)
{
    const uint64_t key = sr_rng_key(sr_test_seed(), SR_RNG_TEST, 0, 0, 0);
    for (int i = 0; i < 2; i++) {
        size_t size;
        const unsigned char *whole = fixture(files[i], &size);
        unsigned char *bytes = SR_TAKE(sr_test_arena(), size, unsigned char);
        for (uint64_t n = 0; n < 3000; n++) {
            const struct sr_mark mark = sr_arena_mark(sr_test_arena());
            struct sr_err err;
            struct sr_mat_file file;
            memcpy(bytes, whole, size);
            for (uint64_t k = 0; k < 1 + n % 4; k++)
                bytes[sr_rng_below(key, 16 * n + 2 * k, size)] =
                    (unsigned char)sr_rng_bits(key, 16 * n + 2 * k + 1);
            const enum sr_status status = parse(bytes, size, &file, &err);
            ck_assert(status == SR_OK || status == SR_EDATA);
            if (status == SR_OK)
                read_all(&file);
            sr_arena_release(sr_test_arena(), mark);
        }
    }
}
END_TEST

START_TEST(other_files)
{
    struct sr_err err;
    struct sr_mat_file file;
    unsigned char bytes[200] = "MATLAB 5.0 MAT-file";
    SR_BAD(parse(bytes, sizeof bytes, &file, &err), err, SR_EDATA,
           "x.mat is not a MATLAB file of version 5, little-endian");
    memcpy(bytes + 124, "\0\1MI", 4);
    SR_BAD(parse(bytes, sizeof bytes, &file, &err), err, SR_EDATA,
           "is not a MATLAB file of version 5, little-endian");
    memcpy(bytes + 124, "\0\1IM", 4);
    SR_BAD(parse(bytes, sizeof bytes, &file, &err), err, SR_EDATA,
           "something else than up to 16 variables");
    SR_BAD(parse(bytes, 130, &file, &err), err, SR_EDATA,
           "it ends within an element");
}
END_TEST

/* A struct of 2^31 elements in a file of a few bytes is refused before memory
 * is asked for it. */
START_TEST(sizes_that_lie)
{
    struct sr_err err;
    struct sr_mat_file file;
    unsigned char bytes[128 + 8 + 96] = "MATLAB 5.0 MAT-file";
    memcpy(bytes + 124, "\0\1IM", 4);
    const uint32_t words[] = {
        14,
        96, /* an array of 96 bytes                    */
        6,
        8,
        2,
        0, /* flags: a struct                         */
        5,
        8,
        1,
        1u << 30, /* dimensions                             */
        1,
        0, /* name                                    */
        4u << 16 | 5,
        8, /* names of fields have 8 letters          */
        1,
        8,
        0x61,
        0, /* there is one                            */
    };
    memcpy(bytes + 128, words, sizeof words);
    SR_BAD(parse(bytes, sizeof bytes, &file, &err), err, SR_EDATA,
           "fewer structs than it says");
    bytes[128 + 8 + 24] = 0xff; /* 2^30 - 1 + 255 columns more rows */
    bytes[128 + 8 + 27] = 0x7f;
    SR_BAD(parse(bytes, sizeof bytes, &file, &err), err, SR_EDATA,
           "damaged MATLAB file");
}
END_TEST

SR_SUITE(data_mat)
{
    return sr_suite("data/mat",
                    (const TTest *[]){every_type_of_number, text_and_structs,
                                      truncated, damaged_files_do_not_crash,
                                      other_files, sizes_that_lie, NULL});
}
