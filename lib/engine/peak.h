/* engine/peak.h - what this machine can do at most, measured on the spot: the
 * roof over every kernel.
 *
 * With the engine's instruction set and all of its threads at once.
 *
 * Method   flops: multiply-adds on registers alone; bytes: z = x + y over
 *          buffers that no cache holds.  The best of a few tries: what else
 *          runs on the machine can only slow them down.
 */
#ifndef SR_ENGINE_PEAK_H
#define SR_ENGINE_PEAK_H

#include <stddef.h>

#include "engine/engine.h"

/* Floating-point operations a second, a multiply-add being two; about 0.2 s.
 * Cannot fail. */
double sr_peak_flops(const struct sr_engine *e);

/* Bytes a second, read and written.
 *   x, y, z   [floats] each, finite; z is written */
double sr_peak_bytes(const struct sr_engine *e, size_t floats, const float *x,
                     const float *y, float *z);

#endif
