/* data/prepare.h - from the pixels of a file to what a network sees.
 */
#ifndef SR_DATA_PREPARE_H
#define SR_DATA_PREPARE_H

#include "data/augment.h"
#include "data/images.h"

/* x [images->h][images->w][images->c] = the image, changed: a random part of it
 * resized, or resized as a whole and cut from the middle; jittered; through the
 * window.  Written in full.
 * Fails with SR_EDATA: of a size that cannot be resized so. */
enum sr_status sr_prepare(const struct sr_images *images,
                          const struct sr_data_opts *opts,
                          const struct sr_changes *changes,
                          const struct sr_view *view, struct sr_arena *scratch,
                          float *x, struct sr_err *err);

#endif
