/* Pillow's resampling: a separable filter as wide as the scale demands, its
 * weights rounded to 22 bits behind the point, each pass rounded to bytes. */
#include <math.h>
#include <string.h>

#include "data/picture.h"

enum { BITS = 22, HALF = 1 << (BITS - 1) };

/* Which inputs make up each output of one axis. */
struct taps {
    int width;         /* most inputs of one output        */
    const int *first;  /* [out] first input                */
    const int *count;  /* [out] inputs                     */
    const int *weight; /* [out][width] times 2^BITS        */
};

static double triangle(double t)
{
    t = fabs(t);
    return t < 1 ? 1 - t : 0;
}

/* Keys 1981 with a = -0.5. */
static double cubic(double t)
{
    const double a = -0.5;
    t = fabs(t);
    if (t < 1)
        return ((a + 2) * t - (a + 3)) * t * t + 1;
    if (t < 2)
        return (((t - 5) * t + 8) * t - 4) * a;
    return 0;
}

static const struct {
    double support;
    double (*weight)(double);
} filters[] = {
    [SR_BILINEAR] = {1, triangle},
    [SR_BICUBIC] = {2, cubic},
};

static int to_fixed(double w)
{
    return (int)(w < 0 ? -0.5 + w * (1 << BITS) : 0.5 + w * (1 << BITS));
}

/* The weights of output x, normalised to sum 1 before they are rounded. */
static void fill_tap(enum sr_interpolation how, double scale, int in, int x,
                     double *real, int *first, int *count, int *weight)
{
    const double stretch = scale > 1 ? scale : 1;
    const double support = filters[how].support * stretch;
    const double centre = (x + 0.5) * scale, step = 1 / stretch;
    int low = (int)(centre - support + 0.5);
    int high = (int)(centre + support + 0.5);
    low = low < 0 ? 0 : low;
    high = high > in ? in : high;

    double sum = 0;
    for (int i = 0; i < high - low; i++) {
        real[i] = filters[how].weight((i + low - centre + 0.5) * step);
        sum += real[i];
    }
    for (int i = 0; i < high - low; i++)
        weight[i] = to_fixed(sum != 0 ? real[i] / sum : real[i]);
    *first = low;
    *count = high - low;
}

static struct taps make_taps(enum sr_interpolation how, int in, int out,
                             struct sr_arena *arena)
{
    const double scale = (double)in / out;
    const double support = filters[how].support * (scale > 1 ? scale : 1);
    const int width = (int)ceil(support) * 2 + 1;
    int *first = SR_TAKE(arena, out, int), *count = SR_TAKE(arena, out, int);
    int *weight =
        sr_arena_take(arena, (size_t)out * (size_t)width, sizeof(int));
    double *real = SR_TAKE(arena, width, double);

    for (int x = 0; x < out; x++)
        fill_tap(how, scale, in, x, real, &first[x], &count[x],
                 weight + (size_t)x * (size_t)width);
    return (struct taps){width, first, count, weight};
}

static unsigned char to_byte(int sum)
{
    const int v = sum >> BITS;
    return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void resize_row(const struct taps *taps, int out,
                       const unsigned char *from, unsigned char *to)
{
    for (int x = 0; x < out; x++) {
        const int *weight = taps->weight + (size_t)x * (size_t)taps->width;
        const unsigned char *p = from + 3 * (size_t)taps->first[x];
        int r = HALF, g = HALF, b = HALF;
        for (int i = 0; i < taps->count[x]; i++, p += 3) {
            r += p[0] * weight[i];
            g += p[1] * weight[i];
            b += p[2] * weight[i];
        }
        *to++ = to_byte(r);
        *to++ = to_byte(g);
        *to++ = to_byte(b);
    }
}

static struct sr_picture resize_rows(const struct sr_picture *in, int w,
                                     enum sr_interpolation how,
                                     struct sr_arena *arena)
{
    const struct taps taps = make_taps(how, in->w, w, arena);
    const size_t from = 3 * (size_t)in->w, to = 3 * (size_t)w;
    struct sr_picture out = {.w = w, .h = in->h};
    out.pixel = sr_arena_take(arena, (size_t)in->h, to);
    for (size_t y = 0; y < (size_t)in->h; y++)
        resize_row(&taps, w, in->pixel + y * from, out.pixel + y * to);
    return out;
}

/* A column at a time would stride through memory: sum whole rows instead.
 *   sum  [3 w] scratch */
static void resize_column_row(const struct taps *taps, int y,
                              const struct sr_picture *in, int *sum,
                              unsigned char *to)
{
    const size_t n = 3 * (size_t)in->w;
    const int *weight = taps->weight + (size_t)y * (size_t)taps->width;
    for (size_t j = 0; j < n; j++)
        sum[j] = HALF;
    for (int i = 0; i < taps->count[y]; i++) {
        const unsigned char *row = in->pixel + n * (size_t)(taps->first[y] + i);
        for (size_t j = 0; j < n; j++)
            sum[j] += row[j] * weight[i];
    }
    for (size_t j = 0; j < n; j++)
        to[j] = to_byte(sum[j]);
}

static struct sr_picture resize_columns(const struct sr_picture *in, int h,
                                        enum sr_interpolation how,
                                        struct sr_arena *arena)
{
    const struct taps taps = make_taps(how, in->h, h, arena);
    const size_t row = 3 * (size_t)in->w;
    int *sum = SR_TAKE(arena, row, int);
    struct sr_picture out = {.w = in->w, .h = h};
    out.pixel = sr_arena_take(arena, (size_t)h, row);
    for (int y = 0; y < h; y++)
        resize_column_row(&taps, y, in, sum, out.pixel + (size_t)y * row);
    return out;
}

static bool too_large(int64_t w, int64_t h)
{
    return w > SR_PICTURE_PIXELS || h > SR_PICTURE_PIXELS ||
           w * h > SR_PICTURE_PIXELS;
}

enum sr_status sr_picture_resize(const struct sr_picture *in, int w, int h,
                                 enum sr_interpolation how,
                                 struct sr_arena *arena, struct sr_picture *out,
                                 struct sr_err *err)
{
    if (too_large(w, h) || too_large(w, in->h))
        return sr_fail(err, SR_EDATA,
                       "%d x %d pixels resized to %d x %d are more than %d",
                       in->w, in->h, w, h, SR_PICTURE_PIXELS);
    struct sr_picture now = *in;
    if (w != now.w)
        now = resize_rows(&now, w, how, arena);
    if (h != now.h)
        now = resize_columns(&now, h, how, arena);
    *out = now;
    return SR_OK;
}

enum sr_status sr_picture_resize_short(const struct sr_picture *in, int side,
                                       enum sr_interpolation how,
                                       struct sr_arena *arena,
                                       struct sr_picture *out,
                                       struct sr_err *err)
{
    const int64_t s = side;
    const bool wide = in->w > in->h;
    const int64_t w = wide ? s * in->w / in->h : s;
    const int64_t h = wide ? s : s * in->h / in->w;
    if (too_large(w, h))
        return sr_fail(err, SR_EDATA,
                       "%d x %d pixels with a short side of %d are more than "
                       "%d pixels",
                       in->w, in->h, side, SR_PICTURE_PIXELS);
    return sr_picture_resize(in, (int)w, (int)h, how, arena, out, err);
}

/* Where a crop of `side` begins in `size` pixels; torchvision rounds halves to
 * even when it cuts and down when it pads. */
static int crop_start(int size, int side)
{
    return size < side ? -((side - size) / 2)
                       : (int)nearbyint((size - side) / 2.0);
}

void sr_picture_crop(const struct sr_picture *in, int side, unsigned char *out)
{
    const int top = crop_start(in->h, side), left = crop_start(in->w, side);
    const int from = left < 0 ? -left : 0; /* columns inside the image */
    const int to = side < in->w - left ? side : in->w - left;
    const size_t row = 3 * (size_t)side;
    memset(out, 0, row * (size_t)side);
    for (int y = 0; y < side; y++)
        if (top + y >= 0 && top + y < in->h)
            memcpy(out + (size_t)y * row + 3 * (size_t)from,
                   in->pixel + 3 * ((size_t)(top + y) * (size_t)in->w +
                                    (size_t)(left + from)),
                   3 * (size_t)(to - from));
}
