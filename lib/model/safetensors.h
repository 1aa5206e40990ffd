/* model/safetensors.h - the file format weights travel in.
 *
 * Layout   u64 N, little-endian | N bytes of JSON | data
 *          {"__metadata__": {text: text}, NAME: {"dtype", "shape",
 *          "data_offsets": [begin, end]}}, offsets from the start of the data,
 *          tensors dense and in C order
 * Method   read with pread, never mapped: a file that shrinks is an error, not
 *          a crash.  Nothing in the file is believed before it is checked, and
 *          memory stays below a small multiple of the header until then.
 * Source   huggingface/safetensors, safetensors/src/tensor.rs; stricter where
 *          that is lax: no name twice, integers only as offsets, a header of at
 *          most 16 MiB with at most 100,000 tensors
 */
#ifndef SR_MODEL_SAFETENSORS_H
#define SR_MODEL_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* In order of growing alignment, which is the order files are sorted by. */
/* clang-format off */
#define SR_DTYPE_LIST(SR_DTYPE)                                                \
    SR_DTYPE(BOOL, 8)        SR_DTYPE(F4, 4)          SR_DTYPE(F6_E2M3, 6)     \
    SR_DTYPE(F6_E3M2, 6)     SR_DTYPE(U8, 8)          SR_DTYPE(I8, 8)          \
    SR_DTYPE(F8_E5M2, 8)     SR_DTYPE(F8_E4M3, 8)     SR_DTYPE(F8_E8M0, 8)     \
    SR_DTYPE(F8_E4M3FNUZ, 8) SR_DTYPE(F8_E5M2FNUZ, 8) SR_DTYPE(I16, 16)        \
    SR_DTYPE(U16, 16)        SR_DTYPE(F16, 16)        SR_DTYPE(BF16, 16)       \
    SR_DTYPE(I32, 32)        SR_DTYPE(U32, 32)        SR_DTYPE(F32, 32)        \
    SR_DTYPE(C64, 64)        SR_DTYPE(F64, 64)        SR_DTYPE(I64, 64)        \
    SR_DTYPE(U64, 64)
/* clang-format on */

enum sr_dtype {
#define SR_DTYPE(name, bits) SR_DTYPE_##name,
    SR_DTYPE_LIST(SR_DTYPE)
#undef SR_DTYPE
};
const char *sr_dtype_name(enum sr_dtype dtype);
int sr_dtype_bits(enum sr_dtype dtype);

enum { SR_TENSOR_RANK = 16 };

/* One tensor of a file. */
struct sr_tensor {
    const char *name;
    enum sr_dtype dtype;
    int rank;
    int64_t shape[SR_TENSOR_RANK];
    int64_t count;      /* product of the shape               */
    int64_t begin, end; /* bytes, from the start of the data  */
};

/* One line of the metadata. */
struct sr_meta {
    const char *key, *value;
};

struct sr_tensors {
    const char *path; /* borrowed */
    int file;         /* private: descriptor, and where the data starts */
    int64_t data;
    int n;
    struct sr_tensor *tensor; /* [n], in the order of the data */
    int metas;
    struct sr_meta *meta; /* [metas], in the order of the file */
};

/* Read and check the header.  From ARENA; the file stays open until close.
 * Fails with SR_EWEIGHTS, naming the tensor and what was found and expected. */
enum sr_status sr_tensors_open(const char *path, struct sr_arena *arena,
                               struct sr_tensors *file, struct sr_err *err);
void sr_tensors_close(struct sr_tensors *file);

/* The tensor of this name; NULL when there is none. */
const struct sr_tensor *sr_tensors_find(const struct sr_tensors *file,
                                        const char *name);

/* The value of a key of the metadata; NULL when there is none. */
const char *sr_tensors_meta(const struct sr_tensors *file, const char *key);

/* bytes [count] of the tensor as it is stored, from the first-th on.  Fails
 * with SR_EWEIGHTS when the file has changed meanwhile. */
enum sr_status sr_tensors_bytes(const struct sr_tensors *file,
                                const struct sr_tensor *tensor, int64_t first,
                                int64_t count, void *bytes, struct sr_err *err);

/* values [tensor->count] = the tensor, from F32, F16, BF16 or F64.
 * Fails with SR_EWEIGHTS: another dtype; the file changed meanwhile; a value
 * that is not finite (which). */
enum sr_status sr_tensors_floats(const struct sr_tensors *file,
                                 const struct sr_tensor *tensor, float *values,
                                 struct sr_err *err);

/* values [count] = numbers of the tensor from the first-th on, of whatever
 * dtype C has a type for, finite or not.  Fails with SR_EWEIGHTS: a dtype for
 * which sr_dtype_is_number is false; the file changed meanwhile. */
enum sr_status sr_tensors_numbers(const struct sr_tensors *file,
                                  const struct sr_tensor *tensor, int64_t first,
                                  int64_t count, double *values,
                                  struct sr_err *err);
bool sr_dtype_is_number(enum sr_dtype dtype);
bool sr_dtype_is_real(enum sr_dtype dtype); /* F32, F64, F16, BF16 */

/* A tensor to write; shape and dtype say how many bytes. */
struct sr_tensor_out {
    const char *name;
    enum sr_dtype dtype;
    int rank;
    int64_t shape[SR_TENSOR_RANK];
    const void *bytes; /* borrowed */
};

/* A file of tensors before it is one: how it begins, and where the bytes of
 * each tensor go. */
struct sr_layout {
    unsigned char *head; /* [head_bytes] */
    size_t head_bytes;
    size_t *at;   /* [n] bytes, from the start of the file */
    size_t bytes; /* of the file                           */
};

/* The same tensors and metadata give the same file, in whatever order they
 * come: sorted by falling alignment, then name; metadata by key; the header
 * padded with spaces to a multiple of 8.  From ARENA; `bytes` of the tensors
 * are not looked at.  Cannot fail. */
struct sr_layout sr_tensors_layout(int n, const struct sr_tensor_out *tensors,
                                   int metas, const struct sr_meta *meta,
                                   struct sr_arena *arena);

/* Write a file so laid out, atomically.  Fails with SR_ERESOURCE.  Takes memory
 * for the whole file while it runs; draft.h does without. */
enum sr_status sr_tensors_write(const char *path, int n,
                                const struct sr_tensor_out *tensors, int metas,
                                const struct sr_meta *meta, struct sr_err *err);

#endif
