#include "engine/conv_window.h"

#include <string.h>

static int at_least(int a, int b) { return a > b ? a : b; }
static int at_most(int a, int b) { return a < b ? a : b; }

/* a / b rounded up and down, b > 0. */
static int quotient_up(int a, int b)
{
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}
static int quotient_down(int a, int b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static struct sr_axis axis_forward(int count, int size, int k, int stride,
                                   int pad)
{
    return (struct sr_axis){.count = count,
                            .size = size,
                            .taps = k,
                            .step = stride,
                            .pad = pad,
                            .out_step = 1,
                            .tap_step = 1};
}

struct sr_grid sr_grid_forward(const struct sr_conv *g)
{
    return (struct sr_grid){
        axis_forward(g->oh, g->h, g->kh, g->stride, g->pad_top),
        axis_forward(g->ow, g->w, g->kw, g->stride, g->pad_left)};
}

/* Pixel i of x meets filter row k of output o when i + pad = o stride + k.
 * Those of one phase, (i + pad) mod stride = a, meet k = a, a + stride, ...,
 * with o falling as k rises. */
static struct sr_axis axis_backward(int a, int count, int size, int k,
                                    int stride, int pad)
{
    const int first = ((a - pad) % stride + stride) % stride;
    const int taps = a < k ? (k - a + stride - 1) / stride : 0;
    const int last_met = (first + pad - a) / stride; /* o of k = a */
    return (struct sr_axis){
        .count = first < count ? (count - first + stride - 1) / stride : 0,
        .size = size,
        .taps = taps,
        .step = 1,
        .pad = taps - 1 - last_met,
        .out = first,
        .out_step = stride,
        .tap = a + (taps - 1) * stride,
        .tap_step = -stride};
}

struct sr_grid sr_grid_backward(const struct sr_conv *g, int i)
{
    const int s = g->stride;
    return (struct sr_grid){
        axis_backward(i / s, g->h, g->oh, g->kh, s, g->pad_top),
        axis_backward(i % s, g->w, g->ow, g->kw, s, g->pad_left)};
}

/* A window that is lost as a whole is said to begin at row 0 and to stay there:
 * nothing is read, but its address is made. */
struct sr_run sr_axis_run(const struct sr_axis *a, int begin, int end)
{
    const int start = begin * a->step - a->pad;
    const int skip = at_least(0, at_most(-start, a->taps));
    const int past = at_least(skip, at_most(a->size - start, a->taps));
    struct sr_run run = {
        .begin = begin, .end = begin + 1, .skip = skip, .taps = past - skip};
    if (run.taps > 0) {
        run.in = start + skip;
        run.step = a->step;
    }
    if (a->taps == 0)
        run.end = end;
    else if (run.taps == a->taps)
        run.end = at_most(
            end, quotient_down(a->size + a->pad - a->taps, a->step) + 1);
    return run;
}

void sr_axis_meet(const struct sr_axis *a, int r, int begin, int end,
                  int *first, int *last)
{
    *first = at_least(begin, quotient_up(a->pad - r, a->step));
    *last = at_most(end, quotient_down(a->size - 1 + a->pad - r, a->step) + 1);
    *last = at_least(*first, *last);
}

void sr_axis_seeing(const struct sr_axis *a, int from, int to, int *begin,
                    int *end)
{
    *begin = at_least(0, quotient_up(from + a->pad - a->taps + 1, a->step));
    *end = at_most(a->count, quotient_down(to - 1 + a->pad, a->step) + 1);
    *end = at_least(*begin, *end);
}

void sr_axis_within(const struct sr_axis *a, int from, int to, int *begin,
                    int *end)
{
    *begin = at_least(0, quotient_up(from - a->out, a->out_step));
    *end = at_most(a->count, quotient_up(to - a->out, a->out_step));
    *end = at_least(*begin, *end);
}

struct sr_view sr_view_of(const float *x, int h, int w, int c)
{
    const ptrdiff_t row = (ptrdiff_t)w * c;
    return (struct sr_view){x, c, row, h * row};
}

/* Rows or columns that `count` results see. */
static int seen(const struct sr_axis *a, int count)
{
    return count > 0 ? (count - 1) * a->step + a->taps : 0;
}

size_t sr_copy_floats(const struct sr_grid *grid, int rows, int images, int c)
{
    return (size_t)images * (size_t)seen(&grid->y, rows) *
           (size_t)seen(&grid->x, grid->x.count) * (size_t)c;
}

/* One row of a copy: zeros, pixels of the tensor, zeros. */
static void copy_row(const struct sr_axis *x, const float *row, ptrdiff_t pixel,
                     int c, float *to)
{
    const int cols = seen(x, x->count);
    const int left = at_least(0, at_most(x->pad, cols));
    const int from = at_least(0, -x->pad);
    const int inside =
        at_least(0, at_most(cols - left, x->size - from)); /* pixels */
    const size_t bytes = (size_t)c * sizeof *to;
    memset(to, 0, (size_t)left * bytes);
    to += left * c;
    row += from * pixel;
    if (pixel == c)
        memcpy(to, row, (size_t)inside * bytes);
    else
        for (int i = 0; i < inside; i++)
            memcpy(to + i * c, row + i * pixel, bytes);
    memset(to + inside * c, 0, (size_t)(cols - left - inside) * bytes);
}

struct sr_view sr_copy_windows(struct sr_grid *grid, int begin, int end,
                               int images, int first, int c,
                               const struct sr_view *tensor, float *copy)
{
    struct sr_axis *y = &grid->y, *x = &grid->x;
    const int rows = seen(y, end - begin), cols = seen(x, x->count);
    const struct sr_view view = sr_view_of(copy, rows, cols, c);
    for (int i = 0; i < images; i++)
        for (int r = 0; r < rows; r++, copy += view.row) {
            const int at = begin * y->step - y->pad + r;
            if (at < 0 || at >= y->size)
                memset(copy, 0, (size_t)view.row * sizeof *copy);
            else
                copy_row(
                    x, tensor->x + i * tensor->image + at * tensor->row + first,
                    tensor->pixel, c, copy);
        }
    y->pad = begin * y->step;
    y->size = rows;
    x->pad = 0;
    x->size = cols;
    return view;
}
