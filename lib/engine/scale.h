/* engine/scale.h - every channel of an image times a number of its own.
 *
 * What squeeze-and-excitation does with its gates.
 *
 * Layout   x, y, dy, dx [n][pixels][c]; gate, dgate [n][c]
 * Method   y = gate x,   dx = gate dy,   dgate = sum over pixels of dy x
 * Source   Hu et al. 2018, "Squeeze-and-excitation networks", eq. 4
 * Threads  split over images; dgate is summed in double in one order: the same
 *          bits for any thread count and any batch
 * Twin     tests/engine/test_scale.c, in double
 */
#ifndef SR_ENGINE_SCALE_H
#define SR_ENGINE_SCALE_H

#include <stddef.h>

#include "engine/engine.h"

/* y is written in full; may be x. */
void sr_scale_forward(const struct sr_engine *e, int n, int pixels, int c,
                      const float *x, const float *gate, float *y);

/* Floats of scratch for the call below. */
size_t sr_scale_scratch(int n, int c);

/* Both gradients, written in full.
 *   dx       may be dy; NULL: not wanted
 *   dgate    NULL: not wanted
 *   scratch  64-byte aligned, contents lost */
void sr_scale_backward(const struct sr_engine *e, int n, int pixels, int c,
                       const float *x, const float *gate, const float *dy,
                       float *dx, float *dgate, float *scratch);

#endif
