#include "model/tensor_look.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

enum { CHUNK = 4096 }; /* numbers looked at together */

static int64_t chunk_at(const struct sr_tensor *tensor, int64_t at)
{
    return tensor->count - at < CHUNK ? tensor->count - at : CHUNK;
}

enum sr_status sr_tensor_stats(const struct sr_tensors *file,
                               const struct sr_tensor *tensor,
                               struct sr_tensor_stats *stats,
                               struct sr_err *err)
{
    double values[CHUNK], sum = 0;
    struct sr_tensor_stats s = {INFINITY, -INFINITY, 0, 0};
    for (int64_t at = 0; at < tensor->count; at += CHUNK) {
        const int64_t now = chunk_at(tensor, at);
        SR_TRY(sr_tensors_numbers(file, tensor, at, now, values, err));
        for (int64_t i = 0; i < now; i++) {
            if (!isfinite(values[i])) {
                s.nonfinite++;
                continue;
            }
            s.min = fmin(s.min, values[i]);
            s.max = fmax(s.max, values[i]);
            sum += values[i];
        }
    }
    const int64_t finite = tensor->count - s.nonfinite;
    if (finite > 0)
        s.mean = sum / (double)finite;
    else
        s.min = s.max = 0;
    *stats = s;
    return SR_OK;
}

bool sr_tensor_same_shape(const struct sr_tensor *a, const struct sr_tensor *b)
{
    return a->rank == b->rank &&
           memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

static double apart(double a, double b)
{
    if (isfinite(a) && isfinite(b))
        return fabs(a - b);
    return a == b || (isnan(a) && isnan(b)) ? 0 : (double)INFINITY;
}

enum sr_status
sr_tensor_distance(const struct sr_tensors *a, const struct sr_tensor *of_a,
                   const struct sr_tensors *b, const struct sr_tensor *of_b,
                   struct sr_tensor_distance *distance, struct sr_err *err)
{
    double x[CHUNK], y[CHUNK], norm = 0, error = 0, largest = 0;
    SR_REQUIRE(of_a->count == of_b->count);
    for (int64_t at = 0; at < of_a->count; at += CHUNK) {
        const int64_t now = chunk_at(of_a, at);
        SR_TRY(sr_tensors_numbers(a, of_a, at, now, x, err));
        SR_TRY(sr_tensors_numbers(b, of_b, at, now, y, err));
        for (int64_t i = 0; i < now; i++) {
            const double d = apart(x[i], y[i]);
            largest = fmax(largest, d);
            error += d * d;
            if (isfinite(x[i]))
                norm += x[i] * x[i];
        }
    }
    *distance = (struct sr_tensor_distance){
        largest, error > 0 ? sqrt(error) / sqrt(norm) : 0};
    return SR_OK;
}

/* The name a tensor gets, from ARENA; NULL: it is left out. */
static const char *renamed(const char *name, const struct sr_rename *rename,
                           int renames, struct sr_arena *arena)
{
    for (int i = 0; i < renames; i++) {
        const size_t length = strlen(rename[i].from);
        if (strncmp(name, rename[i].from, length) == 0)
            return rename[i].to ? sr_arena_format(arena, "%s%s", rename[i].to,
                                                  name + length)
                                : NULL;
    }
    return name;
}

static enum sr_status check_name(const struct sr_tensors *file, const char *was,
                                 const char *name,
                                 const struct sr_tensor_out *out, int n,
                                 struct sr_err *err)
{
    json_t *text = json_string(name); /* NULL unless it is UTF-8 */
    json_decref(text);
    if (!text || !*name || strcmp(name, "__metadata__") == 0)
        return sr_fail(err, SR_EWEIGHTS, "%s: %s cannot be called '%.40s'",
                       file->path, was, name);
    for (int i = 0; i < n; i++)
        if (strcmp(out[i].name, name) == 0)
            return sr_fail(err, SR_EWEIGHTS,
                           "%s: %s would be called %s, as another one is",
                           file->path, was, name);
    return SR_OK;
}

/* Reals become single precision, whatever they are: not finite, too. */
static enum sr_status read_floats(const struct sr_tensors *file,
                                  const struct sr_tensor *tensor, float *values,
                                  struct sr_err *err)
{
    double wide[CHUNK];
    for (int64_t at = 0; at < tensor->count; at += CHUNK) {
        const int64_t now = chunk_at(tensor, at);
        SR_TRY(sr_tensors_numbers(file, tensor, at, now, wide, err));
        for (int64_t i = 0; i < now; i++)
            values[at + i] = (float)wide[i];
    }
    return SR_OK;
}

static enum sr_status read_out(const struct sr_tensors *file,
                               const struct sr_tensor *tensor,
                               struct sr_arena *arena,
                               struct sr_tensor_out *out, struct sr_err *err)
{
    const bool real = sr_dtype_is_real(tensor->dtype);
    const int64_t size = tensor->end - tensor->begin;
    out->dtype = real ? SR_DTYPE_F32 : tensor->dtype;
    out->rank = tensor->rank;
    memcpy(out->shape, tensor->shape, sizeof out->shape);
    if (!real) {
        unsigned char *bytes = SR_TAKE(arena, size, unsigned char);
        out->bytes = bytes;
        return sr_tensors_bytes(file, tensor, 0, size, bytes, err);
    }
    float *values = SR_TAKE(arena, tensor->count, float);
    out->bytes = values;
    return read_floats(file, tensor, values, err);
}

static enum sr_status convert(const struct sr_tensors *file,
                              const struct sr_rename *rename, int renames,
                              const char *path, struct sr_arena *arena,
                              int *tensors, struct sr_err *err)
{
    struct sr_tensor_out *out = SR_TAKE(arena, file->n, struct sr_tensor_out);
    int n = 0;
    for (int i = 0; i < file->n; i++) {
        const struct sr_tensor *tensor = &file->tensor[i];
        const char *name = renamed(tensor->name, rename, renames, arena);
        if (!name)
            continue;
        SR_TRY(check_name(file, tensor->name, name, out, n, err));
        SR_TRY(read_out(file, tensor, arena, &out[n], err));
        out[n++].name = name;
    }
    *tensors = n;
    return sr_tensors_write(path, n, out, file->metas, file->meta, err);
}

enum sr_status sr_tensors_convert(const struct sr_tensors *file,
                                  const struct sr_rename *rename, int renames,
                                  const char *path, int *tensors,
                                  struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status =
        convert(file, rename, renames, path, arena, tensors, err);
    sr_arena_free(arena);
    return status;
}
