/* engine/conv_winograd.h - what the two halves of Winograd's way share: how
 * images are cut into tiles.  Used inside the engine.
 *
 * A tile is 4x4 results and the 6x6 window they come from.  Windows at the
 * border hang over: what is not there counts as zeros, and so do results past
 * the last row and column.
 */
#ifndef SR_ENGINE_CONV_WINOGRAD_H
#define SR_ENGINE_CONV_WINOGRAD_H

#include <stdbool.h>

#include "engine/conv_indirect.h"
#include "engine/conv_way.h"
#include "engine/kern/kern.h"

enum { SR_WINO_TILE = 4, SR_WINO_WINDOW = 6 };

/* Whether F(4x4, 3x3) computes it: 3x3 filters, stride 1. */
bool sr_wino_fits(const struct sr_conv *g);

/* Rows or columns that tiles cover, of so many results. */
static inline int sr_wino_covered(int results)
{
    return (results + SR_WINO_TILE - 1) / SR_WINO_TILE * SR_WINO_TILE;
}

/* Images [in_h][in_w][in_c] that are read by windows, results
 * [out_h][out_w][out_c]. */
struct sr_wino {
    int in_h, in_w, in_c;
    int out_h, out_w, out_c;
    int top, left;  /* rows and columns of zeros before the image; below 0:
                       that many of the image are not read */
    int rows, cols; /* of tiles                                    */
};
struct sr_wino sr_wino_forward(const struct sr_conv *g);

/* The window of the tile in this row and column of an image. */
struct sr_window sr_wino_window(const struct sr_wino *w, const float *image,
                                int row, int col);

/* The results of the tile in an image of results. */
struct sr_square sr_wino_square(const struct sr_wino *w, float *image, int row,
                                int col);

/* Transformed numbers of so many channels of a run of tiles, as kern.h lays
 * them out: floats of all blocks, and from tile to tile. */
static inline size_t sr_wino_floats(int channels)
{
    return (size_t)((channels + SR_WINO_BLOCK - 1) / SR_WINO_BLOCK) *
           SR_WINO_BLOCK_FLOATS;
}
static inline ptrdiff_t sr_wino_row(int channels)
{
    return channels < SR_WINO_BLOCK ? (ptrdiff_t)sr_round_up((size_t)channels)
                                    : SR_WINO_BLOCK;
}

/* Packed weights u are, for every group, [36][panels][ins][panel outputs]: the
 * groups of the forward pass, then those of the gradient of x, where inputs and
 * outputs change places and filters are turned round. */
void sr_wino_pack(const struct sr_engine *e, const struct sr_conv *g,
                  const float *w, float *packed);
size_t sr_wino_packed_floats(const struct sr_engine *e,
                             const struct sr_conv *g);

/* Floats of u for the forward pass; for one group of either direction. */
size_t sr_wino_forward_weights(const struct sr_engine *e,
                               const struct sr_conv *g);
size_t sr_wino_weights(const struct sr_panels *p, int ins);

/* sr_conv_backward_w without the bias, and its scratch. */
size_t sr_wino_grad_scratch(const struct sr_engine *e, const struct sr_conv *g,
                            int n);
void sr_wino_grad(const struct sr_engine *e, const struct sr_conv *g, int n,
                  const float *x, const float *dy, float *dw, float *scratch);

#endif
