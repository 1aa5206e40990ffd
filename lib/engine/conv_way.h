/* engine/conv_way.h - what one way of computing convolutions provides; used
 * inside the engine.  conv.c picks one by shape and adds the gradient of the
 * bias; the contracts of the calls are those of conv.h.
 */
#ifndef SR_ENGINE_CONV_WAY_H
#define SR_ENGINE_CONV_WAY_H

#include "engine/conv.h"

struct sr_way {
    const char *name;
    size_t (*packed_floats)(const struct sr_engine *e, const struct sr_conv *g);
    void (*pack)(const struct sr_engine *e, const struct sr_conv *g,
                 const float *w, float *packed);
    size_t (*scratch)(const struct sr_engine *e, const struct sr_conv *g,
                      int n);
    void (*forward)(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *scratch);
    void (*backward_x)(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *scratch);
    void (*backward_w)(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const float *x, const float *dy, float *dw,
                       float *scratch);
};

extern const struct sr_way sr_way_im2col;
extern const struct sr_way sr_way_indirect;
extern const struct sr_way sr_way_winograd; /* where sr_wino_fits */
extern const struct sr_way sr_way_grouped;  /* where sr_grouped_fits */

/* Groups of so few channels that several of them, or one channel of many
 * (depthwise), fill a vector: as many inputs as outputs, a power of two. */
bool sr_grouped_fits(const struct sr_engine *e, const struct sr_conv *g);

static inline void sr_conv_run_hook(const struct sr_conv_hook *hook, int first,
                                    int images)
{
    if (hook)
        hook->run(hook->job, first, images);
}

/* Floats, in a multiple of a cache line. */
static inline size_t sr_round_up(size_t floats)
{
    return (floats + 15) & ~(size_t)15;
}

static inline size_t sr_conv_x_floats(const struct sr_conv *g)
{
    return (size_t)g->h * (size_t)g->w * (size_t)g->c_in;
}
static inline size_t sr_conv_y_floats(const struct sr_conv *g)
{
    return (size_t)g->oh * (size_t)g->ow * (size_t)g->c_out;
}
static inline size_t sr_conv_w_floats(const struct sr_conv *g)
{
    return (size_t)g->c_out * (size_t)(g->c_in / g->groups) *
           (size_t)(g->kh * g->kw);
}

/* Into how many spans of images a weight gradient is cut, each with its own
 * sums: as many as take `room` floats together, at most 16, at least 1.  A
 * function of the shape and n alone. */
static inline int sr_conv_spans(const struct sr_conv *g, int n, size_t room)
{
    const size_t fit = room / sr_round_up(sr_conv_w_floats(g));
    const int most = fit < 1 ? 1 : fit > 16 ? 16 : (int)fit;
    return n < most ? n : most;
}

#endif
