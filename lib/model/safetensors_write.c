/* Writing.  Same contents, same bytes: everything that has no order of its own
 * is sorted. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "model/safetensors.h"

enum { PREFIX = 8 };

static size_t bytes_of(const struct sr_tensor_out *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->shape[i];
    return count * (size_t)sr_dtype_bits(tensor->dtype) / 8;
}

static int by_alignment(const void *left, const void *right)
{
    const struct sr_tensor_out *a = *(const struct sr_tensor_out *const *)left;
    const struct sr_tensor_out *b = *(const struct sr_tensor_out *const *)right;
    if (a->dtype != b->dtype)
        return a->dtype < b->dtype ? 1 : -1;
    return strcmp(a->name, b->name);
}

static int by_key(const void *left, const void *right)
{
    const struct sr_meta *a = *(const struct sr_meta *const *)left;
    const struct sr_meta *b = *(const struct sr_meta *const *)right;
    return strcmp(a->key, b->key);
}

static json_t *metadata_json(int metas, const struct sr_meta *meta,
                             struct sr_arena *scratch)
{
    const struct sr_meta **order =
        SR_TAKE(scratch, metas, const struct sr_meta *);
    json_t *object = json_object();
    for (int i = 0; i < metas; i++)
        order[i] = &meta[i];
    qsort(order, (size_t)metas, sizeof *order, by_key);
    for (int i = 0; i < metas; i++)
        json_object_set_new(object, order[i]->key,
                            json_string(order[i]->value));
    return object;
}

static json_t *entry_json(const struct sr_tensor_out *tensor, size_t begin)
{
    const size_t end = begin + bytes_of(tensor);
    json_t *shape = json_array();
    for (int i = 0; i < tensor->rank; i++)
        json_array_append_new(shape, json_integer(tensor->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype",
                     sr_dtype_name(tensor->dtype), "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)end);
}

/* The prefix and the header's text, padded. */
static unsigned char *head_of(int n, const struct sr_tensor_out *const *order,
                              int metas, const struct sr_meta *meta,
                              struct sr_arena *arena, size_t *bytes)
{
    json_t *header = json_object();
    size_t at = 0;
    if (metas > 0)
        json_object_set_new(header, "__metadata__",
                            metadata_json(metas, meta, arena));
    for (int i = 0; i < n; i++) {
        json_object_set_new(header, order[i]->name, entry_json(order[i], at));
        at += bytes_of(order[i]);
    }
    const size_t used = json_dumpb(header, NULL, 0, JSON_COMPACT);
    SR_REQUIRE(used > 0); /* names and metadata are valid UTF-8 */
    const size_t length = (used + 7) / 8 * 8;
    unsigned char *head = SR_TAKE(arena, PREFIX + length, unsigned char);
    for (int i = 0; i < PREFIX; i++)
        head[i] = (unsigned char)(length >> 8 * i);
    memset(head + PREFIX, ' ', length);
    json_dumpb(header, (char *)head + PREFIX, used, JSON_COMPACT);
    json_decref(header);
    *bytes = PREFIX + length;
    return head;
}

struct sr_layout sr_tensors_layout(int n, const struct sr_tensor_out *tensors,
                                   int metas, const struct sr_meta *meta,
                                   struct sr_arena *arena)
{
    struct sr_layout made = {.at = SR_TAKE(arena, n, size_t)};
    const struct sr_tensor_out **order =
        SR_TAKE(arena, n, const struct sr_tensor_out *);
    for (int i = 0; i < n; i++)
        order[i] = &tensors[i];
    qsort(order, (size_t)n, sizeof *order, by_alignment);
    made.head = head_of(n, order, metas, meta, arena, &made.head_bytes);
    made.bytes = made.head_bytes;
    for (int i = 0; i < n; i++) {
        made.at[order[i] - tensors] = made.bytes;
        made.bytes += bytes_of(order[i]);
    }
    return made;
}

enum sr_status sr_tensors_write(const char *path, int n,
                                const struct sr_tensor_out *tensors, int metas,
                                const struct sr_meta *meta, struct sr_err *err)
{
    struct sr_arena *scratch = sr_arena_new(NULL);
    const struct sr_layout layout =
        sr_tensors_layout(n, tensors, metas, meta, scratch);
    unsigned char *bytes = SR_TAKE(scratch, layout.bytes, unsigned char);
    memcpy(bytes, layout.head, layout.head_bytes);
    for (int i = 0; i < n; i++)
        memcpy(bytes + layout.at[i], tensors[i].bytes, bytes_of(&tensors[i]));
    const enum sr_status done = sr_file_write(path, bytes, layout.bytes, err);
    sr_arena_free(scratch);
    return done;
}
