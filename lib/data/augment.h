/* data/augment.h - random crops and flips, and bytes to floats.
 *
 * Crop: the image is thought to lie in a border of `padding` black pixels, and
 * a window of the image's size is cut out of that, each of its (2 padding +
 * 1)^2 places being equally likely.  Flip: left and right change sides in half
 * of the images.
 *
 * Draw     key = sr_rng_key(seed, SR_RNG_AUGMENT, epoch, image id, 0)
 *            row    = sr_rng_below(key, 0, 2 padding + 1)
 *            column = sr_rng_below(key, 1, 2 padding + 1)
 *            flip   = sr_rng_below(key, 2, 2)
 *          so turning one of the two off leaves the other as it was.
 * Source   He et al. 2016, section 4.2 (pad 4, crop, flip)
 */
#ifndef SR_DATA_AUGMENT_H
#define SR_DATA_AUGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "data/data.h"
#include "data/images.h"

/* Where the window begins in the unpadded image, both -padding..padding, and
 * whether it is mirrored after cutting. */
struct sr_window {
    int row, column;
    bool flip;
};

/* How a data.augment word changes an image. */
const char *sr_augment_name(int i); /* an sr_words_fn */

/* The window that the options and the draw ask for; {0} for augment NULL. */
struct sr_window sr_augment_draw(const struct sr_data_opts *opts,
                                 const struct sr_augment *augment, uint64_t id);

/* x [h][w][c] = pixels / 255, through the window; black outside. */
void sr_augment_fill(const struct sr_view *view, int h, int w, int c,
                     struct sr_window window, float *x);

#endif
