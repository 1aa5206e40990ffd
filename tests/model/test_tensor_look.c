#include <math.h>

#include "base/file.h"
#include "model/tensor_look.h"
#include "test.h"

static const char *a_path(const char *name)
{
    return sr_file_join(sr_test_arena(), sr_test_dir(), name);
}

static struct sr_tensors written(const char *name, int n,
                                 const struct sr_tensor_out *out)
{
    static const struct sr_meta meta[] = {{"format", "pt"}};
    struct sr_tensors file;
    struct sr_err err;
    const char *path = a_path(name);
    SR_GOOD(sr_tensors_write(path, n, out, 1, meta, &err), err);
    SR_GOOD(sr_tensors_open(path, sr_test_arena(), &file, &err), err);
    return file;
}

/* More than one chunk, with something in the middle that is no number. */
START_TEST(statistics)
{
    enum { N = 10000 };
    float *values = noise(N, 1);
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += (double)values[i];
    values[0] = -3;
    values[N - 1] = 5;
    sum += -3 + 5 - (double)noise(N, 1)[0] - (double)noise(N, 1)[N - 1];
    values[5000] = NAN;
    values[5001] = -INFINITY;
    sum -= (double)noise(N, 1)[5000] + (double)noise(N, 1)[5001];
    const struct sr_tensor_out out = {"w", SR_DTYPE_F32, 2, {100, 100}, values};
    const struct sr_tensors file = written("stats", 1, &out);
    struct sr_tensor_stats s;
    struct sr_err err;
    SR_GOOD(sr_tensor_stats(&file, &file.tensor[0], &s, &err), err);
    ck_assert_double_eq(s.min, -3);
    ck_assert_double_eq(s.max, 5);
    ck_assert_double_eq_tol(s.mean, sum / (N - 2), 1e-12);
    ck_assert_int_eq((int)s.nonfinite, 2);
}
END_TEST

START_TEST(statistics_of_nothing)
{
    const float nan[] = {NAN};
    const struct sr_tensor_out out[] = {{"e", SR_DTYPE_F32, 1, {0}, nan},
                                        {"n", SR_DTYPE_F32, 1, {1}, nan}};
    const struct sr_tensors file = written("nothing", 2, out);
    struct sr_err err;
    for (int i = 0; i < 2; i++) {
        struct sr_tensor_stats s = {1, 2, 3, 4};
        SR_GOOD(sr_tensor_stats(&file, &file.tensor[i], &s, &err), err);
        ck_assert(s.min == 0 && s.max == 0 && s.mean == 0);
        ck_assert_int_eq((int)s.nonfinite, i);
    }
}
END_TEST

START_TEST(integers_and_half_precision)
{
    static const int64_t i64[] = {-5, (int64_t)1 << 40};
    static const int32_t i32[] = {-2147483647 - 1, 7};
    static const int16_t i16[] = {-3, 300};
    static const signed char i8[] = {-128, 127};
    static const unsigned char u8[] = {0, 255};
    static const uint16_t f16[] = {0xc000, 0x3c00}, bf16[] = {0xc000, 0x3f80};
    static const struct {
        enum sr_dtype dtype;
        const void *bytes;
        double least, most;
    } cases[] = {
        {SR_DTYPE_I64, i64, -5, 0x1p40},     {SR_DTYPE_I32, i32, -0x1p31, 7},
        {SR_DTYPE_I16, i16, -3, 300},        {SR_DTYPE_I8, i8, -128, 127},
        {SR_DTYPE_U8, u8, 0, 255},           {SR_DTYPE_BOOL, u8, 0, 255},
        {SR_DTYPE_U16, i16, 300, 65533},     {SR_DTYPE_U32, i32, 7, 0x1p31},
        {SR_DTYPE_U64, i64, 0x1p40, 0x1p64}, {SR_DTYPE_F16, f16, -2, 1},
        {SR_DTYPE_BF16, bf16, -2, 1},
    };
    struct sr_tensor_stats s;
    struct sr_err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sr_tensor_out out = {
            "w", cases[i].dtype, 1, {2}, cases[i].bytes};
        const struct sr_tensors file = written("whole", 1, &out);
        SR_GOOD(sr_tensor_stats(&file, &file.tensor[0], &s, &err), err);
        ck_assert_double_eq(s.min, cases[i].least);
        ck_assert_double_eq(s.max, cases[i].most);
    }
    const struct sr_tensor_out eight = {"w", SR_DTYPE_F8_E4M3, 1, {2}, u8};
    const struct sr_tensors file = written("eight", 1, &eight);
    SR_BAD(sr_tensor_stats(&file, &file.tensor[0], &s, &err), err, SR_EWEIGHTS,
           "w is F8_E4M3, whose numbers cannot be read");
}
END_TEST

static struct sr_tensor_distance distance(const float *x, const float *y)
{
    const struct sr_tensor_out one = {"w", SR_DTYPE_F32, 1, {2}, x};
    const struct sr_tensor_out other = {"w", SR_DTYPE_F32, 1, {2}, y};
    const struct sr_tensors a = written("a", 1, &one);
    const struct sr_tensors b = written("b", 1, &other);
    struct sr_tensor_distance d;
    struct sr_err err;
    SR_GOOD(sr_tensor_distance(&a, &a.tensor[0], &b, &b.tensor[0], &d, &err),
            err);
    return d;
}

START_TEST(distances)
{
    static const float x[] = {3, 4}, y[] = {3, 4.5f}, zero[] = {0, 0};
    static const float nan[] = {NAN, 4}, inf[] = {INFINITY, 4};
    ck_assert_double_eq(distance(x, x).largest, 0);
    ck_assert_double_eq(distance(x, y).largest, 0.5);
    ck_assert_double_eq_tol(distance(x, y).relative, 0.1, 1e-15);
    ck_assert(isinf(distance(zero, x).relative));
    ck_assert_double_eq(distance(zero, zero).relative, 0);
    ck_assert_double_eq(distance(nan, nan).largest, 0);
    ck_assert_double_eq(distance(inf, inf).largest, 0);
    ck_assert(isinf(distance(nan, x).largest));
    ck_assert(isinf(distance(x, inf).relative));
}
END_TEST

static enum sr_status convert(const struct sr_tensors *file,
                              const struct sr_rename *rename, int n,
                              struct sr_tensors *made, struct sr_err *err)
{
    int tensors = -1;
    const char *path = a_path("converted");
    SR_TRY(sr_tensors_convert(file, rename, n, path, &tensors, err));
    SR_TRY(sr_tensors_open(path, sr_test_arena(), made, err));
    ck_assert_int_eq(tensors, made->n);
    return SR_OK;
}

static const uint16_t halves[] = {0x3e00, 0x7c00}; /* 1.5, infinity */
static const double doubles[] = {0.1, -2};
static const int64_t whole = 7;
static const struct sr_tensor_out mixed[] = {
    {"module.a.w", SR_DTYPE_F16, 1, {2}, halves},
    {"module.b.w", SR_DTYPE_F64, 2, {1, 2}, doubles},
    {"module.b.n", SR_DTYPE_I64, 0, {0}, &whole},
};

START_TEST(converts_and_renames)
{
    static const struct sr_rename rules[] = {
        {"module.b.n", NULL}, {"module.b.", "c."}, {"module.", ""}};
    const struct sr_tensors file = written("mixed", 3, mixed);
    struct sr_tensors made;
    struct sr_err err;
    double v[2];
    SR_GOOD(convert(&file, rules, 3, &made, &err), err);
    ck_assert_int_eq(made.n, 2);
    const struct sr_tensor *a = sr_tensors_find(&made, "a.w");
    const struct sr_tensor *c = sr_tensors_find(&made, "c.w");
    ck_assert(a && c);
    ck_assert_int_eq(a->dtype, SR_DTYPE_F32);
    SR_GOOD(sr_tensors_numbers(&made, a, 0, 2, v, &err), err);
    ck_assert(v[0] == 1.5 && isinf(v[1]));
    ck_assert_int_eq(c->dtype, SR_DTYPE_F32);
    ck_assert_int_eq(c->rank, 2);
    SR_GOOD(sr_tensors_numbers(&made, c, 0, 2, v, &err), err);
    ck_assert(v[0] == (double)0.1f && v[1] == -2);
    ck_assert_str_eq(sr_tensors_meta(&made, "format"), "pt");
}
END_TEST

START_TEST(what_is_no_number_stays_as_it_is)
{
    const struct sr_tensors file = written("mixed", 3, mixed);
    struct sr_tensors made;
    struct sr_err err;
    int64_t n = 0;
    SR_GOOD(convert(&file, NULL, 0, &made, &err), err);
    const struct sr_tensor *count = sr_tensors_find(&made, "module.b.n");
    ck_assert_ptr_nonnull(count);
    ck_assert_int_eq(count->dtype, SR_DTYPE_I64);
    SR_GOOD(sr_tensors_bytes(&made, count, 0, sizeof n, &n, &err), err);
    ck_assert_int_eq((int)n, 7);
}
END_TEST

START_TEST(names_that_cannot_be)
{
    static const struct {
        struct sr_rename rule;
        const char *says;
    } cases[] = {
        {{"module.a.", "module.b."},
         "module.a.w would be called module.b.w, as another one is"},
        {{"module.b.w", ""}, "module.b.w cannot be called ''"},
        {{"module.b.w", "__metadata__"}, "cannot be called '__metadata__'"},
        {{"module.b.w", "\xff"}, "cannot be called"},
    };
    const struct sr_tensors file = written("mixed", 3, mixed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_tensors made;
        struct sr_err err;
        SR_BAD(convert(&file, &cases[i].rule, 1, &made, &err), err, SR_EWEIGHTS,
               cases[i].says);
    }
}
END_TEST

SR_SUITE(model_tensor_look)
{
    return sr_suite("model/tensor_look",
                    (const TTest *[]){statistics, statistics_of_nothing,
                                      integers_and_half_precision, distances,
                                      converts_and_renames,
                                      what_is_no_number_stays_as_it_is,
                                      names_that_cannot_be, NULL});
}
