/* report/png.h - images as PNG files; the only door to stb_image_write.
 */
#ifndef SR_REPORT_PNG_H
#define SR_REPORT_PNG_H

#include <stddef.h>

#include "base/err.h"

/* bytes[i] = round(255 x[i]), x clipped to [0, 1]; NaN becomes 0. */
void sr_png_bytes(size_t count, const float *x, unsigned char *bytes);

/* Write [h][w][c] bytes, atomically.
 *   c  1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha
 * Fails with SR_ERESOURCE. */
enum sr_status sr_png_write(const char *path, int h, int w, int c,
                            const unsigned char *pixels, struct sr_err *err);

#endif
