#include "engine/conv_plane.h"

#include <string.h>

struct sr_plane sr_plane_of_x(const struct sr_conv *g)
{
    const struct sr_plane p = {
        .tensor_h = g->h,
        .tensor_w = g->w,
        .c_all = g->c_in,
        .c = g->c_in / g->groups,
        .top = g->pad_top,
        .left = g->pad_left,
        .h = (g->oh - 1) * g->stride + g->kh,
        .w = (g->ow - 1) * g->stride + g->kw,
    };
    return p;
}

/* Rows of the filter that one pixel of x meets, at most. */
static int taps_met(int k, int stride) { return (k + stride - 1) / stride; }

/* Row R of the plane is row R - (T - 1) of dy, T = taps_met. */
struct sr_plane sr_plane_of_dy(const struct sr_conv *g)
{
    const int rows = taps_met(g->kh, g->stride);
    const int cols = taps_met(g->kw, g->stride);
    const struct sr_plane p = {
        .tensor_h = g->oh,
        .tensor_w = g->ow,
        .c_all = g->c_out,
        .c = g->c_out / g->groups,
        .top = rows - 1,
        .left = cols - 1,
        .h = (g->h - 1 + g->pad_top) / g->stride + rows,
        .w = (g->w - 1 + g->pad_left) / g->stride + cols,
    };
    return p;
}

/* A plane smaller than its tensor is fine: what no window reaches is left. */
bool sr_plane_is_tensor(const struct sr_plane *p)
{
    return p->top == 0 && p->left == 0 && p->h <= p->tensor_h &&
           p->w <= p->tensor_w && p->c == p->c_all;
}

size_t sr_plane_floats(const struct sr_plane *p)
{
    return (size_t)p->h * (size_t)p->w * (size_t)p->c;
}

size_t sr_plane_tensor_floats(const struct sr_plane *p)
{
    return (size_t)p->tensor_h * (size_t)p->tensor_w * (size_t)p->c_all;
}

struct sr_plane_strides sr_plane_strides(const struct sr_plane *p)
{
    const bool tensor = sr_plane_is_tensor(p);
    const ptrdiff_t h = tensor ? p->tensor_h : p->h;
    const ptrdiff_t w = tensor ? p->tensor_w : p->w;
    return (struct sr_plane_strides){p->c, w * p->c, h * w * p->c};
}

static void copy_pixels(const struct sr_plane *p, int pixels, const float *from,
                        float *to)
{
    const size_t bytes = (size_t)p->c * sizeof *to;
    if (p->c == p->c_all) {
        memcpy(to, from, (size_t)pixels * bytes);
        return;
    }
    for (int i = 0; i < pixels; i++, from += p->c_all, to += p->c)
        memcpy(to, from, bytes);
}

/* One row: zeros, pixels of the tensor, zeros. */
static void fill_row(const struct sr_plane *p, const float *row, float *to)
{
    const int left = p->left < p->w ? p->left : p->w;
    const int room = p->w - left;
    const int inside = room < p->tensor_w ? room : p->tensor_w;
    const size_t c = (size_t)p->c;
    memset(to, 0, (size_t)left * c * sizeof *to);
    copy_pixels(p, inside, row, to + (size_t)left * c);
    memset(to + (size_t)(left + inside) * c, 0,
           (size_t)(room - inside) * c * sizeof *to);
}

const float *sr_plane_fill(const struct sr_plane *p, int images, int first,
                           const float *tensor, float *copy)
{
    if (sr_plane_is_tensor(p))
        return tensor;
    const size_t row = (size_t)p->w * (size_t)p->c;
    const size_t tensor_row = (size_t)p->tensor_w * (size_t)p->c_all;
    float *to = copy;
    for (int i = 0; i < images; i++)
        for (int y = -p->top; y < p->h - p->top; y++, to += row) {
            if (y < 0 || y >= p->tensor_h) {
                memset(to, 0, row * sizeof *to);
                continue;
            }
            const size_t at = (size_t)(i * p->tensor_h + y) * tensor_row;
            fill_row(p, tensor + at + (size_t)first, to);
        }
    return copy;
}

struct sr_grid sr_grid_forward(const struct sr_conv *g)
{
    const struct sr_grid grid = {
        .rows = g->oh,
        .cols = g->ow,
        .in_step = g->stride,
        .out_step = 1,
        .tap_rows = g->kh,
        .tap_cols = g->kw,
        .tap_step = 1,
    };
    return grid;
}

/* One axis of a backward grid.  Pixel i of x meets filter row k of output o
 * when i + pad = o stride + k.  Those of one phase, (i + pad) mod stride = a,
 * meet k = a, a + stride, ..., with o falling as k rises: the window is read
 * with the filter turned round. */
struct axis {
    int count, in, out, taps, tap;
};

static struct axis axis_of(int a, int size, int pad, int k, int stride)
{
    const int first = ((a - pad) % stride + stride) % stride;
    const int taps = a < k ? taps_met(k - a, stride) : 0;
    const struct axis axis = {
        .count = first < size ? (size - first + stride - 1) / stride : 0,
        .in = (first + pad - a) / stride + taps_met(k, stride) - taps,
        .out = first,
        .taps = taps,
        .tap = a + (taps - 1) * stride,
    };
    return axis;
}

/* A pixel that meets no row or no column of the filter has no gradient: its
 * window is empty, and so that it lies in the plane it begins at 0. */
struct sr_grid sr_grid_backward(const struct sr_conv *g, int i)
{
    const int s = g->stride;
    const struct axis y = axis_of(i / s, g->h, g->pad_top, g->kh, s);
    const struct axis x = axis_of(i % s, g->w, g->pad_left, g->kw, s);
    const bool empty = y.taps == 0 || x.taps == 0;
    const struct sr_grid grid = {
        .rows = y.count,
        .cols = x.count,
        .in_y = empty ? 0 : y.in,
        .in_x = empty ? 0 : x.in,
        .in_step = empty ? 0 : 1,
        .out_y = y.out,
        .out_x = x.out,
        .out_step = s,
        .tap_rows = empty ? 0 : y.taps,
        .tap_cols = empty ? 0 : x.taps,
        .tap_y = y.tap,
        .tap_x = x.tap,
        .tap_step = -s,
    };
    return grid;
}
