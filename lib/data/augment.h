/* data/augment.h - random changes to training images, and bytes to floats.
 *
 * crop: the image is thought to lie in a border of `crop_padding` black pixels,
 * and a window of the image's size is cut out of that, each of its (2 padding +
 * 1)^2 places being equally likely.  flip: left and right change sides in half
 * of the images.  resized_crop: a part of `crop_scale` of the image's area and
 * of `crop_ratio` width to height, resized to the size of the input; it takes
 * the place of resizing and cutting the middle.  jitter: see jitter.h.
 *
 * Draw     key = sr_rng_key(seed, SR_RNG_AUGMENT, epoch, image id, 0)
 *            row    = sr_rng_below(key, 0, 2 padding + 1)
 *            column = sr_rng_below(key, 1, 2 padding + 1)
 *            flip   = sr_rng_below(key, 2, 2)
 *          and with 1 and 2 in place of the last 0 for resized_crop and jitter,
 *          so turning one of them off leaves the others as they were.
 * Source   He et al. 2016, section 4.2 (pad 4, crop, flip); torchvision 0.14
 *          RandomResizedCrop (Szegedy et al. 2015, section 6)
 */
#ifndef SR_DATA_AUGMENT_H
#define SR_DATA_AUGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "data/data.h"
#include "data/images.h"
#include "data/jitter.h"

/* Where the window begins in the unpadded image, both -padding..padding, and
 * whether it is mirrored after cutting. */
struct sr_window {
    int row, column;
    bool flip;
};

/* A part of a picture, wholly inside. */
struct sr_box {
    int left, top, w, h;
};

/* What is drawn for one image. */
struct sr_changes {
    struct sr_window window;
    bool resized_crop, jittered;
    uint64_t crop_key; /* of sr_augment_box, which needs the image's size */
    struct sr_jitter jitter;
};

/* How a data.augment word changes an image. */
const char *sr_augment_name(int i); /* an sr_words_fn */

/* Do the options make sense for images of c channels (0: not known)?  Fails
 * with SR_ECONFIG. */
enum sr_status sr_augment_check(const struct sr_data_opts *opts, int c,
                                struct sr_err *err);

/* The changes that the options and the draw ask for; {0} for augment NULL. */
struct sr_changes sr_augment_draw(const struct sr_data_opts *opts,
                                  const struct sr_augment *augment,
                                  uint64_t id);

/* The part of a picture of w x h that resized_crop takes: ten tries, then the
 * largest middle part whose shape is allowed. */
struct sr_box sr_augment_box(const struct sr_data_opts *opts, uint64_t key,
                             int w, int h);

/* x [view->h][view->w][c] = pixels / 255, through the window; black outside. */
void sr_augment_fill(const struct sr_view *view, int c, struct sr_window window,
                     float *x);

#endif
