/* engine/vec.h - elementwise arithmetic on long vectors: the optimiser's and
 * the attacks' inner loops.
 *
 * Sums run in double in a fixed order.  Single-threaded unless an engine is
 * passed; then split in fixed pieces, the same bits for any thread count.
 */
#ifndef SR_ENGINE_VEC_H
#define SR_ENGINE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

/* y += a x */
void sr_vec_axpy(size_t count, float a, const float *x, float *y);

/* x = 0 */
void sr_vec_zero(const struct sr_engine *e, size_t count, float *x);

/* x = a x */
void sr_vec_scale(const struct sr_engine *e, size_t count, float a, float *x);

/* out = a + b; out may be either. */
void sr_vec_add(const struct sr_engine *e, size_t count, const float *a,
                const float *b, float *out);

double sr_vec_dot(size_t count, const float *a, const float *b);
double sr_vec_norm2(size_t count, const float *a); /* Euclidean      */
/* The same of a vector worth splitting. */
double sr_vec_long_norm2(const struct sr_engine *e, size_t count,
                         const float *a);
double sr_vec_norm1(size_t count, const float *a);
float sr_vec_norm_max(size_t count, const float *a); /* largest |a_i|  */

/* The smallest and the largest element of count > 0 finite ones. */
void sr_vec_range(size_t count, const float *a, float *low, float *high);

/* Index of the first element that is not finite; count when all are. */
size_t sr_vec_first_nonfinite(size_t count, const float *a);

/* adv = clip(clip(adv + step sign(g), x - eps, x + eps), 0, 1); sign(0) = 0.
 * A g that is not finite moves nothing. */
void sr_vec_sign_step(const struct sr_engine *e, size_t count, float step,
                      float eps, const float *x, const float *g, float *adv);

/* x = min(max(x, lo), hi) */
void sr_vec_clamp(size_t count, float lo, float hi, float *x);

#endif
