#include "engine/tail.h"

#include <string.h>

#include "engine/kern/kern.h"

/* Floats of a stretch: x, other, y and slope together take 32 KB. */
enum { NEAR_FLOATS = 2048 };

/* Some pixels with all channels or, where one pixel is longer than a stretch,
 * some channels of it. */
struct stretch {
    size_t at, pixels; /* floats before it */
    int first, c;      /* channels         */
};

static struct stretch first_stretch(int c)
{
    return (struct stretch){0, 0, 0, c < NEAR_FLOATS ? c : NEAR_FLOATS};
}

/* Is there a next one?  pixels 0: the first is yet to come. */
static bool next_stretch(struct stretch *s, int c, size_t pixels)
{
    if (s->pixels > 0) {
        s->at += s->pixels * (size_t)s->c;
        s->first = (s->first + s->c) % c;
    }
    if (s->at >= pixels * (size_t)c)
        return false;
    const size_t left = pixels - s->at / (size_t)c;
    const size_t most = c < NEAR_FLOATS ? NEAR_FLOATS / (size_t)c : 1;
    const int rest = c - s->first;
    s->pixels = left < most ? left : most;
    s->c = rest < NEAR_FLOATS ? rest : NEAR_FLOATS;
    return true;
}

static size_t count_of(const struct stretch *s)
{
    return s->pixels * (size_t)s->c;
}

/* to = scale x + shift + other */
static void add_up(const struct sr_engine *e, const struct sr_tail *t,
                   const struct stretch *s, const float *x, const float *other,
                   float *to)
{
    if (t->scale) {
        e->kern->channel_affine(s->pixels, s->c, x, t->scale + s->first,
                                t->shift + s->first, to);
        x = to;
    }
    if (other)
        e->kern->add(count_of(s), x, other, to);
    else if (x != to)
        memcpy(to, x, count_of(s) * sizeof *to);
}

/* Is the slope that of the activation itself? */
static bool slope_is_own(const struct sr_tail *t)
{
    if (!t->act || t->act != t->slope)
        return false;
    for (int i = 0; i < SR_ACT_PARAMS; i++)
        if (t->act_p[i] != t->slope_p[i])
            return false;
    return true;
}

/* y = act(y), and the slope at it. */
static void activate(const struct sr_engine *e, const struct sr_tail *t,
                     size_t count, float *y, float *slope)
{
    const struct sr_kern_act *kern = e->kern->act;
    if (slope_is_own(t)) {
        kern[t->act->id].value_slope(t->act_p, count, y, y, slope);
        return;
    }
    if (t->slope)
        kern[t->slope->id].slope(t->slope_p, count, y, slope);
    if (t->act)
        kern[t->act->id].value(t->act_p, count, y, y);
}

void sr_tail_forward(const struct sr_engine *e, const struct sr_tail *tail,
                     size_t pixels, const float *x, const float *other,
                     float *y, float *slope)
{
    struct stretch s = first_stretch(tail->c);
    while (next_stretch(&s, tail->c, pixels)) {
        add_up(e, tail, &s, x + s.at, other ? other + s.at : NULL, y + s.at);
        activate(e, tail, count_of(&s), y + s.at,
                 tail->slope ? slope + s.at : NULL);
    }
}

static void slope_again(const struct sr_engine *e, const struct sr_tail *t,
                        const struct stretch *s, const float *x,
                        const float *other, float *slope)
{
    add_up(e, t, s, x, other, slope);
    e->kern->act[t->slope->id].slope(t->slope_p, count_of(s), slope, slope);
}

/* Pointers are to the stretch. */
static void back_stretch(const struct sr_engine *e,
                         const struct sr_tail_back *t, const struct stretch *s,
                         const float *dy, const float *slope, const float *x,
                         float *dother, float *dx)
{
    const size_t count = count_of(s);
    if (slope) {
        e->kern->multiply(count, dy, slope, dx);
        dy = dx;
    }
    if (dother && dother != dy)
        memcpy(dother, dy, count * sizeof *dother);
    if (t->b)
        e->kern->channel_affine2(s->pixels, s->c, dy, x, t->a + s->first,
                                 t->b + s->first, t->shift + s->first, dx);
    else if (t->a)
        e->kern->channel_affine(s->pixels, s->c, dy, t->a + s->first,
                                t->shift + s->first, dx);
    else if (dx != dy)
        memcpy(dx, dy, count * sizeof *dx);
}

void sr_tail_backward(const struct sr_engine *e,
                      const struct sr_tail_back *back, size_t pixels,
                      const float *dy, const float *slope, const float *x,
                      const float *other, float *dother, float *dx)
{
    float computed[NEAR_FLOATS];
    struct stretch s = first_stretch(back->c);
    while (next_stretch(&s, back->c, pixels)) {
        const float *xs = back->b || back->again ? x + s.at : NULL;
        if (back->again)
            slope_again(e, back->again, &s, xs, other ? other + s.at : NULL,
                        computed);
        back_stretch(e, back, &s, dy + s.at,
                     back->again ? computed
                     : slope     ? slope + s.at
                                 : NULL,
                     xs, dother ? dother + s.at : NULL, dx + s.at);
    }
}
