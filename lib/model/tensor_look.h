/* model/tensor_look.h - files of weights looked at, compared and rewritten,
 * without a network.
 */
#ifndef SR_MODEL_TENSOR_LOOK_H
#define SR_MODEL_TENSOR_LOOK_H

#include "model/safetensors.h"

/* Of a tensor's finite numbers; 0 where there is none. */
struct sr_tensor_stats {
    double min, max, mean;
    int64_t nonfinite;
};

/* Fails as sr_tensors_numbers. */
enum sr_status sr_tensor_stats(const struct sr_tensors *file,
                               const struct sr_tensor *tensor,
                               struct sr_tensor_stats *stats,
                               struct sr_err *err);

/* How far apart two tensors of one shape are: the largest |a - b|, and
 * |a - b| / |a| in L2.  Numbers that are not finite are 0 apart if they are the
 * same, infinitely far if not; a difference from zeros is infinite, too. */
struct sr_tensor_distance {
    double largest, relative;
};

/* Fails as sr_tensors_numbers.  Shapes must be the same. */
enum sr_status
sr_tensor_distance(const struct sr_tensors *a, const struct sr_tensor *of_a,
                   const struct sr_tensors *b, const struct sr_tensor *of_b,
                   struct sr_tensor_distance *distance, struct sr_err *err);

bool sr_tensor_same_shape(const struct sr_tensor *a, const struct sr_tensor *b);

/* A beginning of names and what takes its place; to NULL: such tensors are left
 * out. */
struct sr_rename {
    const char *from, *to;
};

/* Write the tensors of `file` to path: F16, BF16 and F64 as F32, others and the
 * metadata as they are.  The first rename that fits a name is used.
 *   tensors   filled with how many were written
 * Fails with SR_EWEIGHTS: two tensors get one name, or none; as
 * sr_tensors_bytes and sr_tensors_write. */
enum sr_status sr_tensors_convert(const struct sr_tensors *file,
                                  const struct sr_rename *rename, int renames,
                                  const char *path, int *tensors,
                                  struct sr_err *err);

#endif
