/* engine/conv_patch.h - a convolution of a part of an image.
 *
 * Where few pixels of x have changed, few outputs do.  The caller finds them,
 * puts together what they see, zeros for padding included, and gets the
 * numbers that sr_conv_forward would compute for the whole image.
 *
 * Threads  everything runs in the thread that calls.
 * Twin     sr_conv_forward: tests/graph/test_near.c
 */
#ifndef SR_ENGINE_CONV_PATCH_H
#define SR_ENGINE_CONV_PATCH_H

#include <stdbool.h>

#include "engine/conv.h"
#include "engine/patch.h"

/* Can that be had?  Only the indirect way sums an output on its own; and every
 * output has to see a pixel of x. */
bool sr_conv_patch_fits(const struct sr_engine *e, const struct sr_conv *g);

/* The outputs that see any pixel of x in `in`; h = 0 if none does. */
struct sr_patch sr_conv_patch_seeing(const struct sr_conv *g,
                                     struct sr_patch in);

/* What outputs `out` see of x; top and left may be negative, and bottom and
 * right past the last row and column: padding. */
struct sr_patch sr_conv_patch_seen(const struct sr_conv *g,
                                   struct sr_patch out);

/* y [h][w][c_out] of the outputs `out`.
 *   x        [.][.][c_in] what they see
 *   packed   of sr_conv_pack for g; bias as there */
void sr_conv_patch_forward(const struct sr_engine *e, const struct sr_conv *g,
                           struct sr_patch out, const float *x,
                           const float *packed, const float *bias, float *y);

#endif
