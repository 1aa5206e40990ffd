#include "data/jitter.h"

#include <math.h>

#include "base/rng.h"

struct sr_jitter sr_jitter_draw(const struct sr_jitter_opts *opts, uint64_t key)
{
    const double amount[SR_JITTER_PARTS] = {opts->brightness, opts->contrast,
                                            opts->saturation, opts->hue};
    enum sr_jitter_part order[SR_JITTER_PARTS] = {SR_BRIGHTNESS, SR_CONTRAST,
                                                  SR_SATURATION, SR_HUE};
    struct sr_jitter j = {0};
    for (int i = SR_JITTER_PARTS - 1; i > 0; i--) {
        const uint64_t other =
            sr_rng_below(key, (uint64_t)i - 1, (uint64_t)i + 1);
        const enum sr_jitter_part swapped = order[i];
        order[i] = order[other];
        order[other] = swapped;
    }
    for (int i = 0; i < SR_JITTER_PARTS; i++) {
        const double a = amount[i];
        const double low = i == SR_HUE ? -a : fmax(0, 1 - a);
        const double high = i == SR_HUE ? a : 1 + a;
        const double u = (double)sr_rng_uniform(key, 4 + (uint64_t)i);
        j.factor[i] = low + (high - low) * u;
    }
    for (int i = 0; i < SR_JITTER_PARTS; i++)
        if (amount[order[i]] > 0)
            j.order[j.parts++] = order[i];
    return j;
}

static int pixels(const struct sr_picture *p) { return p->w * p->h; }

/* Rec. 601 luma, rounded as Pillow's convert("L"). */
static int grey(const unsigned char *rgb)
{
    return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;
}

/* from + factor (to - from), in float; Pillow drops what is behind the point.
 */
static unsigned char blend(int from, int to, float factor)
{
    const float v = (float)from + factor * (float)(to - from);
    return (unsigned char)(v <= 0 ? 0 : v >= 255 ? 255 : v);
}

static void brightness(struct sr_picture *p, double factor)
{
    for (int i = 0; i < 3 * pixels(p); i++)
        p->pixel[i] = blend(0, p->pixel[i], (float)factor);
}

/* Towards or away from the mean grey of the picture. */
static void contrast(struct sr_picture *p, double factor)
{
    int64_t sum = 0;
    for (int i = 0; i < pixels(p); i++)
        sum += grey(p->pixel + 3 * i);
    const int mean = (int)((double)sum / pixels(p) + 0.5);
    for (int i = 0; i < 3 * pixels(p); i++)
        p->pixel[i] = blend(mean, p->pixel[i], (float)factor);
}

static void saturation(struct sr_picture *p, double factor)
{
    for (int i = 0; i < pixels(p); i++) {
        unsigned char *rgb = p->pixel + 3 * i;
        const int g = grey(rgb);
        for (int k = 0; k < 3; k++)
            rgb[k] = blend(g, rgb[k], (float)factor);
    }
}

struct hsv {
    int h, s, v; /* bytes */
};

/* As colorsys.py, in float, cut to bytes. */
static struct hsv to_hsv(const unsigned char *rgb)
{
    const int r = rgb[0], g = rgb[1], b = rgb[2];
    int high = r > g ? r : g, low = r < g ? r : g;
    high = high > b ? high : b;
    low = low < b ? low : b;
    if (high == low)
        return (struct hsv){0, 0, high};
    const float range = (float)(high - low);
    const float rc = (float)(high - r) / range;
    const float gc = (float)(high - g) / range;
    const float bc = (float)(high - b) / range;
    float h = r == high   ? bc - gc
              : g == high ? (float)(2.0 + (double)rc - (double)bc)
                          : (float)(4.0 + (double)gc - (double)rc);
    h = (float)fmod((double)h / 6.0 + 1.0, 1.0);
    const float s = range / (float)high;
    return (struct hsv){(int)((double)h * 255.0), (int)((double)s * 255.0),
                        high};
}

static unsigned char rounded(double v)
{
    const int i = (int)round(v);
    return (unsigned char)(i < 0 ? 0 : i > 255 ? 255 : i);
}

static void to_rgb(struct hsv c, unsigned char *rgb)
{
    static const unsigned char places[6][3] = {
        /* which of v, p, q, t is red, green, blue */
        {0, 3, 1}, {2, 0, 1}, {1, 0, 3}, {1, 2, 0}, {3, 1, 0}, {0, 1, 2}};
    const double turn = (double)(float)c.h * 6.0 / 255.0;
    const int sixth = (int)floor(turn);
    const float f = (float)(turn - sixth), s = (float)((float)c.s / 255.0);
    const double v = c.v;
    const unsigned char vpqt[4] = {
        (unsigned char)c.v,
        rounded(v * (1.0 - (double)s)),
        rounded(v * (1.0 - (double)(s * f))),
        rounded(v * (1.0 - (double)s * (1.0 - (double)f))),
    };
    for (int k = 0; k < 3; k++)
        rgb[k] = vpqt[places[sixth % 6][k]];
}

/* Bytes of hue wrap around, which is what a circle does. */
static void hue(struct sr_picture *p, double turn)
{
    const int shift = (int)(turn * 255);
    for (int i = 0; i < pixels(p); i++) {
        struct hsv c = to_hsv(p->pixel + 3 * i);
        c.h = (c.h + shift) & 255;
        if (c.s == 0)
            p->pixel[3 * i] = p->pixel[3 * i + 1] = p->pixel[3 * i + 2] =
                (unsigned char)c.v;
        else
            to_rgb(c, p->pixel + 3 * i);
    }
}

void sr_jitter_apply(const struct sr_jitter *jitter, struct sr_picture *picture)
{
    static void (*const change[SR_JITTER_PARTS])(struct sr_picture *,
                                                 double) = {
        [SR_BRIGHTNESS] = brightness,
        [SR_CONTRAST] = contrast,
        [SR_SATURATION] = saturation,
        [SR_HUE] = hue,
    };
    for (int i = 0; i < jitter->parts; i++)
        change[jitter->order[i]](picture, jitter->factor[jitter->order[i]]);
}
