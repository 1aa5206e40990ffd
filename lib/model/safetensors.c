/* Reading.  Every number of the file is checked before it is used, in the order
 * of the reference implementation: sizes, JSON, entries, offsets. */
#include "model/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

enum {
    PREFIX = 8, /* bytes of the header's length */
    MOST_HEADER = 16 << 20,
    MOST_TENSORS = 100000,
    MOST_NAME = 1024,
};
#define MOST_DIM ((json_int_t)1 << 40)

static const struct {
    const char *name;
    int bits;
} dtypes[] = {
#define SR_DTYPE(name, bits) {#name, bits},
    SR_DTYPE_LIST(SR_DTYPE)
#undef SR_DTYPE
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

const char *sr_dtype_name(enum sr_dtype dtype) { return dtypes[dtype].name; }

int sr_dtype_bits(enum sr_dtype dtype) { return dtypes[dtype].bits; }

/* Fill bytes from `at` on.  Fails when the file ends before. */
static enum sr_status read_at(const struct sr_tensors *file, int64_t at,
                              void *bytes, size_t size, struct sr_err *err)
{
    unsigned char *to = bytes;
    while (size > 0) {
        const ssize_t got = pread(file->file, to, size, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sr_fail_errno(err, SR_EWEIGHTS, "read", file->path);
        if (got == 0)
            return sr_fail(err, SR_EWEIGHTS,
                           "%s became shorter while it was "
                           "read",
                           file->path);
        to += got;
        at += got;
        size -= (size_t)got;
    }
    return SR_OK;
}

static enum sr_status read_length(const struct sr_tensors *file, int64_t size,
                                  uint64_t *length, struct sr_err *err)
{
    unsigned char byte[PREFIX];
    if (size < PREFIX)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s is no safetensors file: %lld bytes, expected at "
                       "least 8",
                       file->path, (long long)size);
    SR_TRY(read_at(file, 0, byte, PREFIX, err));
    if (memcmp(byte, "PK\3\4", 4) == 0) /* a zip: what torch.save writes */
        return sr_fail(err, SR_EWEIGHTS,
                       "%s is a zip archive, as torch.save writes it, not "
                       "safetensors; scripts/pt2safetensors.py converts it "
                       "where PyTorch is",
                       file->path);
    uint64_t n = 0;
    for (int i = PREFIX - 1; i >= 0; i--)
        n = n << 8 | byte[i];
    if (n > (uint64_t)(size - PREFIX))
        return sr_fail(err, SR_EWEIGHTS,
                       "%s is no safetensors file, or cut off: its header "
                       "should have %llu bytes, but only %lld follow",
                       file->path, (unsigned long long)n,
                       (long long)(size - PREFIX));
    if (n > MOST_HEADER)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: a header of %llu bytes is more than the %d allowed",
                       file->path, (unsigned long long)n, MOST_HEADER);
    *length = n;
    return SR_OK;
}

static enum sr_status check_name(const struct sr_tensors *file,
                                 const char *name, struct sr_err *err)
{
    const size_t length = strlen(name);
    bool printable = length >= 1 && length <= MOST_NAME;
    for (const char *p = name; printable && *p; p++)
        printable = (unsigned char)*p >= 32 && *p != 127;
    if (printable)
        return SR_OK;
    return sr_fail(err, SR_EWEIGHTS,
                   "%s: a tensor named \"%.40s\": a name has 1 to %d bytes and "
                   "no control characters",
                   file->path, name, MOST_NAME);
}

static enum sr_status read_dtype(const struct sr_tensors *file,
                                 const json_t *entry, struct sr_tensor *tensor,
                                 struct sr_err *err)
{
    const char *name = json_string_value(json_object_get(entry, "dtype"));
    for (int i = 0; name && i < DTYPES; i++)
        if (strcmp(dtypes[i].name, name) == 0) {
            tensor->dtype = (enum sr_dtype)i;
            return SR_OK;
        }
    return sr_fail(
        err, SR_EWEIGHTS,
        "%s: %s: dtype is %.40s, expected F32, I64 or another of the "
        "format's",
        file->path, tensor->name, name ? name : "no text");
}

static enum sr_status read_shape(const struct sr_tensors *file,
                                 const json_t *entry, struct sr_tensor *tensor,
                                 struct sr_err *err)
{
    const json_t *list = json_object_get(entry, "shape");
    if (!json_is_array(list) || json_array_size(list) > SR_TENSOR_RANK)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s: shape is no list of at most %d numbers",
                       file->path, tensor->name, SR_TENSOR_RANK);
    tensor->rank = (int)json_array_size(list);
    tensor->count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        const json_t *dim = json_array_get(list, (size_t)i);
        const json_int_t d = json_integer_value(dim);
        if (!json_is_integer(dim) || d < 0 || d > MOST_DIM)
            return sr_fail(err, SR_EWEIGHTS,
                           "%s: %s: shape[%d] is no integer from 0 to 2^40",
                           file->path, tensor->name, i);
        tensor->shape[i] = d;
        if (__builtin_mul_overflow(tensor->count, (int64_t)d, &tensor->count))
            return sr_fail(err, SR_EWEIGHTS,
                           "%s: %s: the shape's product does not fit in 64 "
                           "bits",
                           file->path, tensor->name);
    }
    return SR_OK;
}

static enum sr_status read_offsets(const struct sr_tensors *file,
                                   const json_t *entry,
                                   struct sr_tensor *tensor, struct sr_err *err)
{
    const json_t *list = json_object_get(entry, "data_offsets");
    const json_t *begin = json_array_get(list, 0),
                 *end = json_array_get(list, 1);
    if (json_array_size(list) != 2 || !json_is_integer(begin) ||
        !json_is_integer(end))
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s: data_offsets is no pair of integers",
                       file->path, tensor->name);
    tensor->begin = json_integer_value(begin);
    tensor->end = json_integer_value(end);
    if (tensor->begin < 0 || tensor->end < tensor->begin)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s: data_offsets [%lld, %lld] is no span of bytes",
                       file->path, tensor->name, (long long)tensor->begin,
                       (long long)tensor->end);
    return SR_OK;
}

static enum sr_status check_bytes(const struct sr_tensors *file,
                                  const struct sr_tensor *tensor,
                                  struct sr_err *err)
{
    const int64_t has = tensor->end - tensor->begin;
    int64_t bits;
    if (__builtin_mul_overflow(tensor->count, dtypes[tensor->dtype].bits,
                               &bits))
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s: the bits of its shape do not fit in 64 bits",
                       file->path, tensor->name);
    if (bits % 8)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s: %lld bits are no whole number of bytes",
                       file->path, tensor->name, (long long)bits);
    if (bits / 8 != has)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s: its shape needs %lld bytes, its data_offsets "
                       "[%lld, %lld] hold %lld",
                       file->path, tensor->name, (long long)(bits / 8),
                       (long long)tensor->begin, (long long)tensor->end,
                       (long long)has);
    return SR_OK;
}

static enum sr_status read_entry(const struct sr_tensors *file,
                                 const char *name, const json_t *entry,
                                 struct sr_arena *arena,
                                 struct sr_tensor *tensor, struct sr_err *err)
{
    SR_TRY(check_name(file, name, err));
    tensor->name = sr_arena_text(arena, name);
    if (!json_is_object(entry))
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %s is no object of dtype, shape and data_offsets",
                       file->path, tensor->name);
    SR_TRY(read_dtype(file, entry, tensor, err));
    SR_TRY(read_shape(file, entry, tensor, err));
    SR_TRY(read_offsets(file, entry, tensor, err));
    return check_bytes(file, tensor, err);
}

static enum sr_status read_metadata(struct sr_tensors *file, json_t *metadata,
                                    struct sr_arena *arena, struct sr_err *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return sr_fail(err, SR_EWEIGHTS, "%s: __metadata__ is no object",
                       file->path);
    file->meta = SR_TAKE(arena, json_object_size(metadata), struct sr_meta);
    json_object_foreach (metadata, key, value) {
        if (!json_is_string(value))
            return sr_fail(err, SR_EWEIGHTS,
                           "%s: __metadata__: %.40s is no text", file->path,
                           key);
        file->meta[file->metas++] =
            (struct sr_meta){sr_arena_text(arena, key),
                             sr_arena_text(arena, json_string_value(value))};
    }
    return SR_OK;
}

static enum sr_status read_entries(struct sr_tensors *file, json_t *header,
                                   struct sr_arena *arena, struct sr_err *err)
{
    const char *name;
    json_t *entry;
    if (!json_is_object(header))
        return sr_fail(err, SR_EWEIGHTS, "%s: its header is no object",
                       file->path);
    if (json_object_size(header) > MOST_TENSORS)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %zu tensors are more than the %d allowed",
                       file->path, json_object_size(header), MOST_TENSORS);
    file->tensor = SR_TAKE(arena, json_object_size(header), struct sr_tensor);
    json_object_foreach (header, name, entry) {
        if (strcmp(name, "__metadata__") == 0)
            SR_TRY(read_metadata(file, entry, arena, err));
        else
            SR_TRY(read_entry(file, name, entry, arena,
                              &file->tensor[file->n++], err));
    }
    return SR_OK;
}

static int by_offset(const void *left, const void *right)
{
    const struct sr_tensor *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* The tensors must follow each other from the first byte to the last. */
static enum sr_status check_cover(const struct sr_tensors *file, int64_t bytes,
                                  struct sr_err *err)
{
    int64_t at = 0;
    for (int i = 0; i < file->n; i++) {
        const struct sr_tensor *tensor = &file->tensor[i];
        if (tensor->begin != at)
            return sr_fail(err, SR_EWEIGHTS,
                           "%s: %s begins at byte %lld of the data, expected "
                           "%lld, where the one before ends",
                           file->path, tensor->name, (long long)tensor->begin,
                           (long long)at);
        at = tensor->end;
    }
    if (at != bytes)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: its tensors end at byte %lld of the data, but the "
                       "file has %lld",
                       file->path, (long long)at, (long long)bytes);
    return SR_OK;
}

static enum sr_status read_header(struct sr_tensors *file, int64_t size,
                                  struct sr_arena *arena, struct sr_err *err)
{
    uint64_t length = 0;
    json_t *header = NULL;
    SR_TRY(read_length(file, size, &length, err));
    file->data = PREFIX + (int64_t)length;

    struct sr_arena *scratch = sr_arena_new(NULL);
    char *text = SR_TAKE(scratch, length + 1, char);
    enum sr_status read = read_at(file, PREFIX, text, (size_t)length, err);
    if (read == SR_OK)
        read = sr_json_parse(text, (size_t)length, file->path, SR_EWEIGHTS,
                             &header, err);
    sr_arena_free(scratch);
    SR_TRY(read);

    read = read_entries(file, header, arena, err);
    json_decref(header);
    SR_TRY(read);
    if (file->n > 0)
        qsort(file->tensor, (size_t)file->n, sizeof *file->tensor, by_offset);
    return check_cover(file, size - file->data, err);
}

static enum sr_status check_kind(const struct sr_tensors *file, int64_t *size,
                                 struct sr_err *err)
{
    struct stat is;
    if (fstat(file->file, &is) != 0)
        return sr_fail_errno(err, SR_EWEIGHTS, "look at", file->path);
    if (!S_ISREG(is.st_mode))
        return sr_fail(err, SR_EWEIGHTS, "%s is %s, expected a file",
                       file->path,
                       S_ISDIR(is.st_mode) ? "a directory" : "no plain file");
    *size = is.st_size;
    return SR_OK;
}

enum sr_status sr_tensors_open(const char *path, struct sr_arena *arena,
                               struct sr_tensors *file, struct sr_err *err)
{
    struct sr_tensors made = {.path = path};
    int64_t size = 0;
    made.file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (made.file < 0)
        return sr_fail_errno(err, SR_EWEIGHTS, "open", path);
    enum sr_status opened = check_kind(&made, &size, err);
    if (opened == SR_OK)
        opened = read_header(&made, size, arena, err);
    if (opened != SR_OK) {
        close(made.file);
        return opened;
    }
    *file = made;
    return SR_OK;
}

void sr_tensors_close(struct sr_tensors *file) { close(file->file); }

const struct sr_tensor *sr_tensors_find(const struct sr_tensors *file,
                                        const char *name)
{
    for (int i = 0; i < file->n; i++)
        if (strcmp(file->tensor[i].name, name) == 0)
            return &file->tensor[i];
    return NULL;
}

const char *sr_tensors_meta(const struct sr_tensors *file, const char *key)
{
    for (int i = 0; i < file->metas; i++)
        if (strcmp(file->meta[i].key, key) == 0)
            return file->meta[i].value;
    return NULL;
}

enum sr_status sr_tensors_bytes(const struct sr_tensors *file,
                                const struct sr_tensor *tensor, int64_t first,
                                int64_t count, void *bytes, struct sr_err *err)
{
    SR_REQUIRE(first >= 0 && count <= tensor->end - tensor->begin - first);
    return read_at(file, file->data + tensor->begin + first, bytes,
                   (size_t)count, err);
}
