/* engine/sums.h - sums over pixels, per channel; used inside the engine.
 *
 * Batch norm's statistics and gradients and the gradient of a bias are all of
 * this kind.  Sums run in double over fixed pieces of
 * the pixels and are added in the order of the pieces, so they are the same
 * bits for any thread count.
 */
#ifndef SR_ENGINE_SUMS_H
#define SR_ENGINE_SUMS_H

#include <stddef.h>

#include "engine/engine.h"

/* Work of the caller's on pixels first .. first + pixels - 1, done just before
 * they are summed, from several workers at once: may write dy. */
struct sr_sum_hook {
    void (*run)(void *job, size_t first, size_t pixels);
    void *job;
};

/* sum[j] = sum of dy, dot[j] = sum of dy x over pixels; both lie in scratch,
 * [c] doubles each, until scratch is used again.
 *   x, dy    [pixels][c]; may be the same
 *   before   NULL: nothing
 *   scratch  sr_sum_scratch(c) floats, 64-byte aligned */
void sr_sum_channels(const struct sr_engine *e, size_t pixels, int c,
                     const float *x, const float *dy,
                     const struct sr_sum_hook *before, const double **sum,
                     const double **dot, float *scratch);

size_t sr_sum_scratch(int c);

/* The same for the sums of x and of x squared, image by image, each taken by
 * whoever has the image in its cache, in any order and from any worker. */
struct sr_image_sums {
    int n, c;
    double *rows; /* [n][sums and squares], sr_image_sums_floats long */
};
size_t sr_image_sums_floats(int n, int c);

/*   x   [pixels][c], the image */
void sr_image_sums_take(const struct sr_engine *e,
                        const struct sr_image_sums *s, int image, size_t pixels,
                        const float *x);

/* Of all images, in their order; once each has been taken. */
void sr_image_sums_add(const struct sr_image_sums *s, const double **sum,
                       const double **square);

#endif
