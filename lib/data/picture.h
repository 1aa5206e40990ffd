/* data/picture.h - one image: decoded, resized, cropped as Pillow and
 * torchvision do it, byte for byte.
 *
 * Every published ImageNet number rests on libjpeg-turbo's decoder, Pillow's
 * antialiased resampling and torchvision's rounding, so these are reproduced
 * exactly and not approximately.
 *
 * Layout   pixel [h][w][3], red, green, blue, bytes
 * Source   Pillow 9.4 src/libImaging/Resample.c; torchvision 0.14
 *          transforms/functional.py (resize, center_crop)
 * Twin     scripts/make_golden_pixels.py; tests/data/test_picture.c compares
 */
#ifndef SR_DATA_PICTURE_H
#define SR_DATA_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Limits on what a file may claim to be: 2^26 pixels are 192 MiB. */
enum { SR_PICTURE_SIDE = 16384, SR_PICTURE_PIXELS = 1 << 26 };

enum sr_image_kind { SR_IMAGE_JPEG, SR_IMAGE_PNG, SR_IMAGE_BMP, SR_IMAGE_PNM };

struct sr_picture {
    int w, h;
    unsigned char *pixel;
    enum sr_image_kind kind; /* of the file that was decoded: ...            */
    bool grey, cmyk;         /* ... and what its colours were made of        */
};

enum sr_jpeg_decoder { SR_JPEG_LIBJPEG, SR_JPEG_STB };
enum sr_interpolation { SR_BILINEAR, SR_BICUBIC };

/* Decode an image of whatever kind its first bytes say: JPEG, PNG, BMP, or
 * binary PPM and PGM.  Grey becomes RGB, alpha is dropped, CMYK is converted,
 * all as Pillow's convert("RGB").  From ARENA.
 * Fails with SR_EDATA: another kind, a size beyond the limits, damage of any
 * sort, also what decoders only warn about.  Does not name the file.
 * Threads: any number of calls at once, each with its own arena. */
enum sr_status sr_picture_decode(const unsigned char *bytes, size_t size,
                                 enum sr_jpeg_decoder jpeg,
                                 struct sr_arena *arena,
                                 struct sr_picture *picture,
                                 struct sr_err *err);

/* Resample to w x h.  From ARENA; may be the input itself when the size is the
 * same.  Fails with SR_EDATA when the result is beyond the limits. */
enum sr_status sr_picture_resize(const struct sr_picture *in, int w, int h,
                                 enum sr_interpolation how,
                                 struct sr_arena *arena, struct sr_picture *out,
                                 struct sr_err *err);

/* torchvision's Resize(side): the shorter side becomes `side`, the other keeps
 * the proportion, rounded down. */
enum sr_status sr_picture_resize_short(const struct sr_picture *in, int side,
                                       enum sr_interpolation how,
                                       struct sr_arena *arena,
                                       struct sr_picture *out,
                                       struct sr_err *err);

/* torchvision's CenterCrop(side); what lies outside the image is 0.
 *   out  [side][side][3], written in full */
void sr_picture_crop(const struct sr_picture *in, int side, unsigned char *out);

#endif
