/* engine/conv_indirect.h - what the parts of the indirect way share: how
 * outputs are cut into panels.  Used inside the engine.
 */
#ifndef SR_ENGINE_CONV_INDIRECT_H
#define SR_ENGINE_CONV_INDIRECT_H

#include "engine/conv_window.h"
#include "engine/kern/kern.h"

/* How the outputs of a group are cut into panels. */
struct sr_panels {
    int outs;   /* of the group                            */
    int floats; /* of a vector; 1: for the tiles of one output */
    int full;   /* outputs of every panel but the last one */
    int n;
};

static inline struct sr_panels sr_panels_of(const struct sr_kern *k, int outs)
{
    const int full = k->width * k->floats;
    return (struct sr_panels){outs, k->floats, full, (outs + full - 1) / full};
}

/* Those of the gradient of x: too few to fill a vector, they are better off one
 * by one, with the inputs in the lanes. */
struct sr_panels sr_panels_backward(const struct sr_kern *k,
                                    const struct sr_conv *g);

static inline int sr_panel_outs(const struct sr_panels *p, int i)
{
    const int rest = p->outs - i * p->full;
    return rest < p->full ? rest : p->full;
}

/* Vectors in panel i, and their lanes. */
static inline int sr_panel_width(const struct sr_panels *p, int i)
{
    return (sr_panel_outs(p, i) + p->floats - 1) / p->floats;
}
static inline int sr_panel_lanes(const struct sr_panels *p, int i)
{
    return sr_panel_width(p, i) * p->floats;
}

/* Floats of all panels for sums over k products. */
static inline size_t sr_panels_floats(const struct sr_panels *p, size_t k)
{
    const int vectors = (p->outs + p->floats - 1) / p->floats;
    return (size_t)(vectors * p->floats) * k;
}

/* Packed weights: all of them, and those of the forward pass, which come first.
 */
size_t sr_indirect_packed_floats(const struct sr_engine *e,
                                 const struct sr_conv *g);
size_t sr_indirect_forward_floats(const struct sr_engine *e,
                                  const struct sr_conv *g);
void sr_indirect_pack(const struct sr_engine *e, const struct sr_conv *g,
                      const float *w, float *packed);

/* The forward pass of one image without padding, in the thread that calls. */
void sr_indirect_image(const struct sr_engine *e, const struct sr_conv *g,
                       const float *x, const float *packed, const float *bias,
                       float *y);

/* sr_conv_backward_w without the bias, and its scratch. */
size_t sr_indirect_grad_scratch(const struct sr_engine *e,
                                const struct sr_conv *g, int n);
void sr_indirect_grad(const struct sr_engine *e, const struct sr_conv *g, int n,
                      const float *x, const float *dy, float *dw,
                      float *scratch);

#endif
