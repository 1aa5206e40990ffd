#include "base/file.h"
#include "models.h"
#include "model/safetensors.h"

static const float floats[] = {1, 2, 3, 4, 5, 6};
static const int64_t whole = 7;
static const unsigned char bytes[] = {8, 9, 10};

static const struct sr_tensor_out tensors[] = {
    {"b", SR_DTYPE_F32, 2, {2, 2}, floats},
    {"c", SR_DTYPE_U8, 1, {3}, bytes},
    {"d", SR_DTYPE_I64, 0, {0}, &whole},
    {"a", SR_DTYPE_F32, 1, {2}, floats + 4},
};
static const struct sr_meta meta[] = {{"z", "1"}, {"format", "pt"}};

static size_t written(const struct sr_tensor_out *list,
                      const struct sr_meta *about, unsigned char **file)
{
    struct sr_err err;
    size_t size;
    const char *path = sr_file_join(sr_test_arena(), sr_test_dir(), "w");
    SR_GOOD(sr_tensors_write(path, 4, list, 2, about, &err), err);
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), file, &size,
                         &err),
            err);
    return size;
}

/* The bytes themselves: the reference's order is falling alignment, then name;
 * the header is padded to a multiple of 8 with spaces. */
START_TEST(layout_is_the_reference_s)
{
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"z\":\"1\"},"
        "\"d\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[16,32]},"
        "\"c\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[32,35]}}";
    const size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    unsigned char *file;
    const size_t size = written(tensors, meta, &file);
    ck_assert_uint_eq(size, 8 + padded + 35);
    ck_assert_uint_eq(file[0] | (size_t)file[1] << 8, padded);
    ck_assert_mem_eq(file + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < padded; i++)
        ck_assert_int_eq(file[8 + i], ' ');
    const unsigned char *data = file + 8 + padded;
    ck_assert_mem_eq(data, &whole, 8);
    ck_assert_mem_eq(data + 8, floats + 4, 8);
    ck_assert_mem_eq(data + 16, floats, 16);
    ck_assert_mem_eq(data + 32, bytes, 3);
}
END_TEST

START_TEST(order_of_arrival_does_not_matter)
{
    const struct sr_tensor_out turned[] = {tensors[3], tensors[2], tensors[1],
                                           tensors[0]};
    const struct sr_meta back[] = {meta[1], meta[0]};
    unsigned char *one, *other;
    const size_t size = written(tensors, meta, &one);
    ck_assert_uint_eq(written(turned, back, &other), size);
    ck_assert_mem_eq(one, other, size);
}
END_TEST

START_TEST(a_place_that_cannot_be_written)
{
    struct sr_err err;
    SR_BAD(sr_tensors_write("no/such/dir/w", 4, tensors, 2, meta, &err), err,
           SR_ERESOURCE, "no/such/dir/w");
}
END_TEST

SR_SUITE(model_safetensors_write)
{
    return sr_suite("model/safetensors_write",
                    (const TTest *[]){layout_is_the_reference_s,
                                      order_of_arrival_does_not_matter,
                                      a_place_that_cannot_be_written, NULL});
}
