/* engine/conv_thin.h - the gradient of x where it has few channels; used inside
 * the indirect way.
 *
 * Three channels fill three lanes of a vector.  But all taps of all channels
 * together, 27 of a 3x3 filter, fill vectors well: so dy is first multiplied
 * with all weights, which gives what each of its pixels adds to the taps it
 * meets.  With stride 1 that is then turned round, a row of pixels for each
 * tap and channel, and rows of dx are sums of these; with larger strides it is
 * added to dx pixel by pixel, in the order of dy's rows.
 */
#ifndef SR_ENGINE_CONV_THIN_H
#define SR_ENGINE_CONV_THIN_H

#include "engine/conv_way.h"

/* Whether that is the shorter way. */
bool sr_thin_fits(const struct sr_engine *e, const struct sr_conv *g);

/* Packed weights, in panels of [c_out][panel]; outputs are (tap row, tap
 * column, channel). */
size_t sr_thin_packed_floats(const struct sr_engine *e,
                             const struct sr_conv *g);
void sr_thin_pack(const struct sr_engine *e, const struct sr_conv *g,
                  const float *w, float *packed);

/* sr_conv_backward_x and its scratch. */
size_t sr_thin_scratch(const struct sr_engine *e, const struct sr_conv *g);
void sr_thin_backward_x(const struct sr_engine *e, const struct sr_conv *g,
                        int n, const struct sr_conv_hook *before,
                        const float *dy, const float *packed, float *dx,
                        float *scratch);

#endif
