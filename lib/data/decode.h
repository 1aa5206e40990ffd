/* data/decode.h - the decoders behind sr_picture_decode, one a package.
 *
 * Both write RGB, take memory from ARENA and give back what the package took,
 * also when they fail.  Fails with SR_EDATA: see picture.h.
 */
#ifndef SR_DATA_DECODE_H
#define SR_DATA_DECODE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/picture.h"

/* JPEG, by libjpeg-turbo with its defaults: the exact integer DCT, smoothed
 * upsampling, no scaling.  Its warnings are failures here: it fills a truncated
 * image with grey and only warns. */
enum sr_status sr_decode_jpeg(const unsigned char *bytes, size_t size,
                              struct sr_arena *arena,
                              struct sr_picture *picture, struct sr_err *err);

/* Everything else, and JPEG for who asks for it, by stb_image.  The bytes have
 * been through sr_sniff.
 *   pixels  of the image, or the most it may have: memory is capped by it, so
 *           that a small file cannot inflate without end */
enum sr_status sr_decode_stb(const unsigned char *bytes, size_t size,
                             long long pixels, struct sr_arena *arena,
                             struct sr_picture *picture, struct sr_err *err);

#endif
