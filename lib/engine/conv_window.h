/* engine/conv_window.h - what a convolution reads for each result; used inside
 * the engine.
 *
 * Along one axis, result i reads `taps` rows of a tensor from i step - pad on;
 * those outside the tensor are zeros.  Results whose windows lose the same rows
 * at the border form a run, and for a run the window is a rectangle of the
 * tensor itself: no padding is written, no zero multiplied and no border looked
 * for in the inner loops.  The forward pass slides over x.  The gradient of x
 * slides over dy with the filter turned round: stride x stride times, because
 * pixels of x that differ by a multiple of the stride meet the same taps.
 */
#ifndef SR_ENGINE_CONV_WINDOW_H
#define SR_ENGINE_CONV_WINDOW_H

#include "engine/conv_way.h"

/* Rows or columns. */
struct sr_axis {
    int count;         /* results                                         */
    int size;          /* of the tensor that is read                      */
    int taps;          /* of the window                                   */
    int step, pad;     /* window i begins at i step - pad; pad may be < 0 */
    int out, out_step; /* result i is row out + i out_step of the output  */
    int tap, tap_step; /* window row r is filter row tap + r tap_step     */
};

/* One regular grid of results, on both axes. */
struct sr_grid {
    struct sr_axis y, x;
};
struct sr_grid sr_grid_forward(const struct sr_conv *g);
struct sr_grid sr_grid_backward(const struct sr_conv *g, int i);

/* How many there are of the latter. */
static inline int sr_grids_backward(const struct sr_conv *g)
{
    return g->stride * g->stride;
}

static inline size_t sr_grid_taps(const struct sr_grid *grid)
{
    return (size_t)grid->y.taps * (size_t)grid->x.taps;
}

/* Results [begin, end) see window rows [skip, skip + taps), which for result
 * `begin` are the tensor's from `in` on, and for each next one `step` later. */
struct sr_run {
    int begin, end;
    int skip, taps;
    int in, step;
};

/* The longest run from `begin` on, up to `end` > begin. */
struct sr_run sr_axis_run(const struct sr_axis *a, int begin, int end);

/* The results among [begin, end) that see window row r: [*first, *last). */
void sr_axis_meet(const struct sr_axis *a, int r, int begin, int end,
                  int *first, int *last);

/* The results that see any of the rows [from, to): [*begin, *end). */
void sr_axis_seeing(const struct sr_axis *a, int from, int to, int *begin,
                    int *end);

/* The results whose place in the output is one of [from, to). */
void sr_axis_within(const struct sr_axis *a, int from, int to, int *begin,
                    int *end);

/* Images with distances in floats: a tensor, or a copy of a part of it. */
struct sr_view {
    const float *x;
    ptrdiff_t pixel, row, image;
};

struct sr_view sr_view_of(const float *x, int h, int w, int c);

/* Copy what results [begin, end) of the rows and all of the columns see, zeros
 * included, of channels [first, first + c), where a window of the tensor itself
 * will not do.  The grid becomes that of the copy, where nothing is lost.
 *   copy   sr_copy_floats floats */
struct sr_view sr_copy_windows(struct sr_grid *grid, int begin, int end,
                               int images, int first, int c,
                               const struct sr_view *tensor, float *copy);

/* For up to `rows` rows of results of `images` images. */
size_t sr_copy_floats(const struct sr_grid *grid, int rows, int images, int c);

#endif
