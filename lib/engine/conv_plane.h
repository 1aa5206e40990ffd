/* engine/conv_plane.h - images with their padding, for the ways that read
 * windows in place; used inside the engine.
 *
 * A plane is what a convolution slides over: [images][h][w][c], zeros included,
 * of one group of channels.  Where nothing has to be padded or separated the
 * plane is the tensor itself; otherwise a block of images is copied, which
 * costs one pass over what the convolution reads anyway.  In a plane the
 * window of a pixel is `rows` spans of floats at fixed distances, and the same
 * for every pixel: no test for the border is left in the inner loops.
 */
#ifndef SR_ENGINE_CONV_PLANE_H
#define SR_ENGINE_CONV_PLANE_H

#include <stdbool.h>

#include "engine/conv_way.h"

/* Where a plane comes from: tensor [n][h][w][c_all], of which channels
 * first..first+c-1 are used, with `top` and `left` zeros before them. */
struct sr_plane {
    int tensor_h, tensor_w, c_all, c;
    int top, left;
    int h, w; /* of the plane; beyond the tensor are zeros */
};

/* Of x, for the forward pass and the gradient of w; of dy, for that of x. */
struct sr_plane sr_plane_of_x(const struct sr_conv *g);
struct sr_plane sr_plane_of_dy(const struct sr_conv *g);

/* Whether the tensor itself can serve as the plane. */
bool sr_plane_is_tensor(const struct sr_plane *p);

/* Floats of one image. */
size_t sr_plane_floats(const struct sr_plane *p);

/* Floats of one image of the tensor. */
size_t sr_plane_tensor_floats(const struct sr_plane *p);

/* Distances in the plane as it is read, copy or tensor, in floats. */
struct sr_plane_strides {
    ptrdiff_t pixel, row, image;
};
struct sr_plane_strides sr_plane_strides(const struct sr_plane *p);

/* The plane of `images` images for the channels from `first`: in `copy`, or
 * the tensor. */
const float *sr_plane_fill(const struct sr_plane *p, int images, int first,
                           const float *tensor, float *copy);

/* A regular grid of result pixels that all see the same taps.  The forward
 * pass is one grid.  The gradient of x has stride x stride of them: pixels
 * that differ by a multiple of the stride meet the same rows and columns of
 * the filter. */
struct sr_grid {
    int rows, cols;             /* result pixels                             */
    int in_y, in_x, in_step;    /* their windows in the plane                */
    int out_y, out_x, out_step; /* their places in the result                */
    int tap_rows, tap_cols;     /* of the window                             */
    int tap_y, tap_x, tap_step; /* window row r is filter row
                                   tap_y + r tap_step; columns likewise      */
};

struct sr_grid sr_grid_forward(const struct sr_conv *g);
struct sr_grid sr_grid_backward(const struct sr_conv *g, int i);

#endif
