/* engine/conv.h - 2-D convolution, forward and both gradients.
 *
 * Convolution here is cross-correlation, as in every deep-learning paper: the
 * filter is not flipped.  A fully connected layer is a 1x1 convolution of a
 * 1x1 image.
 *
 * Layout   float, dense, channels fastest:
 *            x  [n][h][w][c_in]           y  [n][oh][ow][c_out]
 *            w  [c_out][c_in / groups][kh][kw]   as PyTorch stores it
 *          packed weights: private to the way that computes; made again by
 *          sr_conv_pack whenever w changes
 * Method   the plain way, im2col, writes out the patches [oh ow][kh kw c_in]
 *          and multiplies them with OpenBLAS, image by image:
 *            y = col w^T,   dw += dy^T col,   dx = col2im(dy w)
 *          The indirect way multiplies windows where they lie, with tiles of
 *          pixels by outputs that stay in registers.  winograd transforms
 *          tiles of 3x3 convolutions of stride 1, which takes a fourth of the
 *          products; everything else it leaves to indirect, and indirect
 *          leaves groups of a few channels to grouped.
 *          auto takes winograd where that is faster, by a rule on the shape
 *          alone.  In all of them what an image becomes does not depend on its
 *          batch.
 * Source   Chellapilla et al. 2006; the gradients are its transpose.
 * Twin     engine/ref.h has the seven-loop versions the tests compare with.
 */
#ifndef SR_ENGINE_CONV_H
#define SR_ENGINE_CONV_H

#include <stddef.h>

#include "base/err.h"
#include "engine/engine.h"

struct sr_conv {
    int c_in, h, w;        /* input: channels, rows, columns               */
    int c_out, kh, kw;     /* filters, and their rows and columns          */
    int stride;            /* in pixels, same on both axes                 */
    int pad_top, pad_left; /* zeros before the first row and column; after
                              the last as many as oh and ow ask for        */
    int groups;            /* divides c_in and c_out; c_in: depthwise      */
    int oh, ow;            /* output rows, columns                         */
};

/* Padding as TensorFlow's 'SAME': as many zeros as make ceil(size / stride)
 * outputs, half of them on either side, an odd one after the last. */
enum { SR_PAD_SAME = -1 };

/* Fill oh, ow and the padding for `pad` zeros on all four sides, or
 * SR_PAD_SAME, and check the rest.
 * Fails with SR_ECONFIG, naming the numbers, when a size is not positive, the
 * filter is larger than the padded input, the groups do not divide, or the
 * padded input, the output or the stride is absurdly large. */
enum sr_status sr_conv_shape(struct sr_conv *g, int pad, struct sr_err *err);

/* What computes it: "im2col", "indirect", "grouped" or "winograd".  By the
 * engine's choice and the shape, so the same on every call. */
const char *sr_conv_way_name(const struct sr_engine *e,
                             const struct sr_conv *g);

/* Floats of packed weights for the forward call, and for backward_x. */
size_t sr_conv_packed_floats(const struct sr_engine *e,
                             const struct sr_conv *g);

/* packed = w rearranged for both forward and backward_x; written in full,
 * 64-byte aligned. */
void sr_conv_pack(const struct sr_engine *e, const struct sr_conv *g,
                  const float *w, float *packed);

/* Floats of scratch that any of the calls below needs for n images. */
size_t sr_conv_scratch(const struct sr_engine *e, const struct sr_conv *g,
                       int n);

/* Work of the caller's on whole images, done by the worker that has them in its
 * cache: called once for every piece of the batch, with the images first ..
 * first + images - 1, from several workers at once. */
struct sr_conv_hook {
    void (*run)(void *job, int first, int images);
    void *job;
};

/* y = conv(x, w) + bias.
 *   bias     [c_out], or NULL for none
 *   y        written in full; may not overlap x, packed or scratch
 *   then     run on images whose y has just been written; NULL: nothing
 *   scratch  sr_conv_scratch floats, 64-byte aligned, contents lost
 * Threads: splits over images.  Every sum runs in one fixed order, so the
 * result is the same bits for any thread count and any batch.  Cannot fail. */
void sr_conv_forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                     const float *x, const float *packed, const float *bias,
                     float *y, const struct sr_conv_hook *then, float *scratch);

/* dx = gradient of x.  Written in full.  Threads: as forward.
 *   before   run on images whose dy is about to be read, and may change it;
 *            NULL: nothing */
void sr_conv_backward_x(const struct sr_engine *e, const struct sr_conv *g,
                        int n, const struct sr_conv_hook *before,
                        const float *dy, const float *packed, float *dx,
                        float *scratch);

/* dw += gradient of w, [c_out][c_in/groups][kh][kw]; dbias += that of the
 * bias ([c_out], or NULL).  Threads: partial sums over fixed pieces of the
 * batch, added in a fixed order: the same bits for any thread count. */
void sr_conv_backward_w(const struct sr_engine *e, const struct sr_conv *g,
                        int n, const float *x, const float *dy, float *dw,
                        float *dbias, float *scratch);

/* Multiply-adds of one image's forward pass, padding counted as if it were
 * data. */
double sr_conv_macs(const struct sr_conv *g);

#endif
