/* The numbers of a tensor, from whatever they are stored as. */
#include <math.h>
#include <string.h>

#include "model/safetensors.h"

enum { CHUNK = 4096 }; /* numbers converted at a time */

/* One stored number of that many bytes; they are little-endian, as is the
 * machine. */
typedef double convert_fn(const unsigned char *bytes, int size);

static double from_unsigned(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    memcpy(&value, bytes, (size_t)size);
    return (double)value;
}

static double from_signed(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    memcpy(&value, bytes, (size_t)size);
    const uint64_t sign = (uint64_t)1 << (8 * size - 1);
    return (double)(int64_t)((value ^ sign) - sign);
}

/* IEEE 754 half: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
static double from_half(const unsigned char *bytes, int size)
{
    const int h = bytes[0] | bytes[1] << 8;
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    double value;
    (void)size;
    if (exponent == 31)
        value = fraction ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(fraction | 1024, exponent - 25);
    return h & 0x8000 ? -value : value;
}

/* The upper half of a float. */
static double from_bfloat(const unsigned char *bytes, int size)
{
    const uint32_t bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 24;
    float value;
    (void)size;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double from_float(const unsigned char *bytes, int size)
{
    float value;
    (void)size;
    memcpy(&value, bytes, sizeof value);
    return (double)value;
}

static double from_double(const unsigned char *bytes, int size)
{
    double value;
    (void)size;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static convert_fn *converter(enum sr_dtype dtype)
{
    static convert_fn *const rows[] = {
        [SR_DTYPE_BOOL] = from_unsigned, [SR_DTYPE_U8] = from_unsigned,
        [SR_DTYPE_U16] = from_unsigned,  [SR_DTYPE_U32] = from_unsigned,
        [SR_DTYPE_U64] = from_unsigned,  [SR_DTYPE_I8] = from_signed,
        [SR_DTYPE_I16] = from_signed,    [SR_DTYPE_I32] = from_signed,
        [SR_DTYPE_I64] = from_signed,    [SR_DTYPE_F16] = from_half,
        [SR_DTYPE_BF16] = from_bfloat,   [SR_DTYPE_F32] = from_float,
        [SR_DTYPE_F64] = from_double};
    return (size_t)dtype < sizeof rows / sizeof *rows ? rows[dtype] : NULL;
}

bool sr_dtype_is_number(enum sr_dtype dtype)
{
    return converter(dtype) != NULL;
}

bool sr_dtype_is_real(enum sr_dtype dtype)
{
    return dtype == SR_DTYPE_F32 || dtype == SR_DTYPE_F64 ||
           dtype == SR_DTYPE_F16 || dtype == SR_DTYPE_BF16;
}

enum sr_status sr_tensors_numbers(const struct sr_tensors *file,
                                  const struct sr_tensor *tensor, int64_t first,
                                  int64_t count, double *values,
                                  struct sr_err *err)
{
    unsigned char bytes[CHUNK * sizeof(double)];
    convert_fn *convert = converter(tensor->dtype);
    const int each = sr_dtype_bits(tensor->dtype) / 8;
    if (!convert)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s is %s, whose numbers cannot be read", file->path,
                       tensor->name, sr_dtype_name(tensor->dtype));
    for (int64_t at = 0; at < count; at += CHUNK) {
        const int64_t now = count - at < CHUNK ? count - at : CHUNK;
        SR_TRY(sr_tensors_bytes(file, tensor, (first + at) * each, now * each,
                                bytes, err));
        for (int64_t i = 0; i < now; i++)
            values[at + i] = convert(bytes + i * each, each);
    }
    return SR_OK;
}

enum sr_status sr_tensors_floats(const struct sr_tensors *file,
                                 const struct sr_tensor *tensor, float *values,
                                 struct sr_err *err)
{
    double wide[CHUNK] = {0};
    if (!sr_dtype_is_real(tensor->dtype))
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s is %s, expected F32, F16, BF16 or F64",
                       file->path, tensor->name, sr_dtype_name(tensor->dtype));
    for (int64_t at = 0; at < tensor->count; at += CHUNK) {
        const int64_t left = tensor->count - at;
        const int64_t now = left < CHUNK ? left : CHUNK;
        SR_TRY(sr_tensors_numbers(file, tensor, at, now, wide, err));
        for (int64_t i = 0; i < now; i++) {
            values[at + i] = (float)wide[i];
            if (!isfinite(values[at + i]))
                return sr_fail(err, SR_EWEIGHTS,
                               "%s: %s: number %lld of %lld is not finite",
                               file->path, tensor->name, (long long)at + i + 1,
                               (long long)tensor->count);
        }
    }
    return SR_OK;
}
