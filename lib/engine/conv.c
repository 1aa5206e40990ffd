#include "engine/conv.h"

#include "engine/conv_way.h"
#include "engine/conv_winograd.h"
#include "engine/sums.h"

/* The gradient of x goes over the image stride x stride times.  Below
 * MOST_FLOATS every count of this room fits in an int. */
enum { MOST_STRIDE = 256, MOST_FLOATS = 1 << 30 };

static enum sr_status check_sizes(const struct sr_conv *g, int pad,
                                  struct sr_err *err)
{
    if (g->c_in < 1 || g->h < 1 || g->w < 1 || g->c_out < 1 || g->kh < 1 ||
        g->kw < 1 || g->stride < 1 || g->groups < 1 || pad < SR_PAD_SAME)
        return sr_fail(err, SR_ECONFIG,
                       "a convolution of a %dx%d image with %d channels by %d "
                       "filters of %dx%d, stride %d, padding %d, %d groups: "
                       "padding must be at least 0, all others at least 1",
                       g->h, g->w, g->c_in, g->c_out, g->kh, g->kw, g->stride,
                       pad, g->groups);
    if (g->stride > MOST_STRIDE)
        return sr_fail(err, SR_ECONFIG,
                       "a stride of %d is more than the %d allowed", g->stride,
                       MOST_STRIDE);
    return SR_OK;
}

static enum sr_status check_floats(int h, int w, int c, const char *what,
                                   struct sr_err *err)
{
    const double floats = (double)h * (double)w * (double)c;
    if (floats <= MOST_FLOATS)
        return SR_OK;
    return sr_fail(err, SR_ECONFIG,
                   "a convolution's %s of %dx%d pixels of %d channels has "
                   "%.0f numbers, more than the %d allowed",
                   what, h, w, c, floats, MOST_FLOATS);
}

/* Rows or columns with their padding. */
static int padded(int size, int k, int stride, int pad)
{
    if (pad != SR_PAD_SAME)
        return size + 2 * pad;
    const int last = (size - 1) / stride * stride; /* window */
    return last + k > size ? last + k : size;
}

enum sr_status sr_conv_shape(struct sr_conv *g, int pad, struct sr_err *err)
{
    SR_TRY(check_sizes(g, pad, err));
    const int h = padded(g->h, g->kh, g->stride, pad);
    const int w = padded(g->w, g->kw, g->stride, pad);
    SR_TRY(check_floats(h, w, g->c_in, "padded input", err));
    if (g->kh > h || g->kw > w)
        return sr_fail(err, SR_ECONFIG,
                       "a %dx%d filter does not fit in a %dx%d input padded "
                       "by %d",
                       g->kh, g->kw, g->h, g->w, pad);
    if (g->c_in % g->groups != 0 || g->c_out % g->groups != 0)
        return sr_fail(err, SR_ECONFIG,
                       "%d groups do not divide both %d input and %d output "
                       "channels",
                       g->groups, g->c_in, g->c_out);
    g->pad_top = (h - g->h) / 2;
    g->pad_left = (w - g->w) / 2;
    g->oh = (h - g->kh) / g->stride + 1;
    g->ow = (w - g->kw) / g->stride + 1;
    return check_floats(g->oh, g->ow, g->c_out, "output", err);
}

double sr_conv_macs(const struct sr_conv *g)
{
    return (double)g->oh * g->ow * (double)sr_conv_w_floats(g);
}

/* Where Winograd's way is ahead of the indirect one, in every pass and under
 * every instruction set: 1.6 to 3 times from 16 channels on both sides, if its
 * 4x4 tiles cover at most twice the results (7x7: 64 for 49); behind below
 * (5x5, where tiles cover 64 for 25, 0.8 to 1). */
static bool wino_is_faster(const struct sr_conv *g)
{
    const double covered =
        (double)sr_wino_covered(g->oh) * sr_wino_covered(g->ow);
    return g->c_in / g->groups >= 16 && g->c_out / g->groups >= 16 &&
           covered <= 2.0 * g->oh * g->ow;
}

/* By shape, never by timing: a run must be reproducible. */
static const struct sr_way *way_of(const struct sr_engine *e,
                                   const struct sr_conv *g)
{
    if (e->conv == SR_CONV_IM2COL)
        return &sr_way_im2col;
    if (sr_grouped_fits(e, g))
        return &sr_way_grouped;
    if (sr_wino_fits(g) && (e->conv == SR_CONV_WINOGRAD ||
                            (e->conv == SR_CONV_AUTO && wino_is_faster(g))))
        return &sr_way_winograd;
    return &sr_way_indirect;
}

const char *sr_conv_way_name(const struct sr_engine *e, const struct sr_conv *g)
{
    return way_of(e, g)->name;
}

size_t sr_conv_packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    return way_of(e, g)->packed_floats(e, g);
}

void sr_conv_pack(const struct sr_engine *e, const struct sr_conv *g,
                  const float *w, float *packed)
{
    way_of(e, g)->pack(e, g, w, packed);
}

size_t sr_conv_scratch(const struct sr_engine *e, const struct sr_conv *g,
                       int n)
{
    const size_t way = way_of(e, g)->scratch(e, g, n);
    const size_t bias = sr_sum_scratch(g->c_out);
    return way > bias ? way : bias;
}

void sr_conv_forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                     const float *x, const float *packed, const float *bias,
                     float *y, const struct sr_conv_hook *then, float *scratch)
{
    way_of(e, g)->forward(e, g, n, x, packed, bias, y, then, scratch);
}

void sr_conv_backward_x(const struct sr_engine *e, const struct sr_conv *g,
                        int n, const struct sr_conv_hook *before,
                        const float *dy, const float *packed, float *dx,
                        float *scratch)
{
    way_of(e, g)->backward_x(e, g, n, before, dy, packed, dx, scratch);
}

static void add_bias_gradient(const struct sr_engine *e,
                              const struct sr_conv *g, int n, const float *dy,
                              float *dbias, float *scratch)
{
    const size_t pixels = (size_t)n * (size_t)g->oh * (size_t)g->ow;
    const double *sum, *unused;
    sr_sum_channels(e, pixels, g->c_out, dy, dy, NULL, &sum, &unused, scratch);
    for (int j = 0; j < g->c_out; j++)
        dbias[j] += (float)sum[j];
}

void sr_conv_backward_w(const struct sr_engine *e, const struct sr_conv *g,
                        int n, const float *x, const float *dy, float *dw,
                        float *dbias, float *scratch)
{
    way_of(e, g)->backward_w(e, g, n, x, dy, dw, scratch);
    if (dbias)
        add_bias_gradient(e, g, n, dy, dbias, scratch);
}
