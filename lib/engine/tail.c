#include "engine/tail.h"

#include <string.h>

#include "engine/kern/kern.h"

/* Floats of a stretch: x, other, y and slope together take 32 KB. */
enum { NEAR_FLOATS = 2048 };

static size_t stretch(int c) { return NEAR_FLOATS / (size_t)c + 1; }

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* y = act(y), and the slope at it. */
static void activate(const struct sr_engine *e, const struct sr_tail *t,
                     size_t count, float *y, float *slope)
{
    const struct sr_kern_act *act = t->act ? &e->kern->act[t->act->id] : NULL;
    const bool same = t->act == t->slope &&
                      memcmp(t->act_p, t->slope_p, sizeof t->act_p) == 0;
    if (act && t->slope && same) {
        act->value_slope(t->act_p, count, y, y, slope);
        return;
    }
    if (t->slope)
        e->kern->act[t->slope->id].slope(t->slope_p, count, y, slope);
    if (act)
        act->value(t->act_p, count, y, y);
}

static void forward_stretch(const struct sr_engine *e, const struct sr_tail *t,
                            size_t pixels, const float *x, const float *other,
                            float *y, float *slope)
{
    const size_t count = pixels * (size_t)t->c;
    if (t->scale) {
        e->kern->channel_affine(pixels, t->c, x, t->scale, t->shift, y);
        x = y;
    }
    if (other)
        e->kern->add(count, x, other, y);
    else if (x != y)
        memcpy(y, x, count * sizeof *y);
    activate(e, t, count, y, slope);
}

void sr_tail_forward(const struct sr_engine *e, const struct sr_tail *tail,
                     size_t pixels, const float *x, const float *other,
                     float *y, float *slope)
{
    const size_t step = stretch(tail->c), c = (size_t)tail->c;
    for (size_t p = 0; p < pixels; p += step)
        forward_stretch(e, tail, smaller(step, pixels - p), x + p * c,
                        other ? other + p * c : NULL, y + p * c,
                        tail->slope ? slope + p * c : NULL);
}

static void backward_stretch(const struct sr_engine *e,
                             const struct sr_tail_back *t, size_t pixels,
                             const float *dy, const float *slope,
                             const float *x, float *dother, float *dx)
{
    const size_t count = pixels * (size_t)t->c;
    if (slope) {
        e->kern->multiply(count, dy, slope, dx);
        dy = dx;
    }
    if (dother && dother != dy)
        memcpy(dother, dy, count * sizeof *dother);
    if (t->b)
        e->kern->channel_affine2(pixels, t->c, dy, x, t->a, t->b, t->shift, dx);
    else if (t->a)
        e->kern->channel_affine(pixels, t->c, dy, t->a, t->shift, dx);
    else if (dx != dy)
        memcpy(dx, dy, count * sizeof *dx);
}

void sr_tail_backward(const struct sr_engine *e,
                      const struct sr_tail_back *back, size_t pixels,
                      const float *dy, const float *slope, const float *x,
                      float *dother, float *dx)
{
    const size_t step = stretch(back->c), c = (size_t)back->c;
    for (size_t p = 0; p < pixels; p += step)
        backward_stretch(e, back, smaller(step, pixels - p), dy + p * c,
                         slope ? slope + p * c : NULL,
                         back->b ? x + p * c : NULL,
                         dother ? dother + p * c : NULL, dx + p * c);
}
