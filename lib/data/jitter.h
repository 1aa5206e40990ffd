/* data/jitter.h - random brightness, contrast, saturation and hue.
 *
 * Each of the four is applied once, in a random order, with a factor drawn
 * around "as it is"; an amount of 0 leaves one out.  The arithmetic is
 * Pillow's, on bytes, byte for byte.
 *
 * Draw     order: the four, shuffled by sr_rng_below(key, 0..2, .)
 *          factors of brightness, contrast, saturation: uniform in
 *          [max(0, 1 - amount), 1 + amount]; turn of the hue, in circles:
 *          uniform in [-amount, amount]; by sr_rng_uniform(key, 4..7)
 * Source   torchvision 0.14 ColorJitter; Pillow 9.4 ImageEnhance.py,
 *          libImaging/Blend.c and Convert.c
 */
#ifndef SR_DATA_JITTER_H
#define SR_DATA_JITTER_H

#include <stdint.h>

#include "data/data.h"
#include "data/picture.h"

enum sr_jitter_part {
    SR_BRIGHTNESS,
    SR_CONTRAST,
    SR_SATURATION,
    SR_HUE,
    SR_JITTER_PARTS
};

struct sr_jitter {
    int parts;
    enum sr_jitter_part order[SR_JITTER_PARTS]; /* [parts] that are applied */
    double factor[SR_JITTER_PARTS];             /* by part                  */
};

struct sr_jitter sr_jitter_draw(const struct sr_jitter_opts *opts,
                                uint64_t key);

/* Change the pixels of picture. */
void sr_jitter_apply(const struct sr_jitter *jitter,
                     struct sr_picture *picture);

#endif
