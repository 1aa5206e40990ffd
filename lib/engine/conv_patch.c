#include "engine/conv_patch.h"

#include <string.h>

#include "engine/conv_indirect.h"

bool sr_conv_patch_fits(const struct sr_engine *e, const struct sr_conv *g)
{
    return g->groups == 1 && g->pad_top < g->kh && g->pad_left < g->kw &&
           strcmp(sr_conv_way_name(e, g), sr_way_indirect.name) == 0;
}

struct sr_patch sr_conv_patch_seeing(const struct sr_conv *g,
                                     struct sr_patch in)
{
    const struct sr_grid grid = sr_grid_forward(g);
    int top, bottom, left, right;
    if (in.h == 0)
        return in;
    sr_axis_seeing(&grid.y, in.top, in.top + in.h, &top, &bottom);
    sr_axis_seeing(&grid.x, in.left, in.left + in.w, &left, &right);
    if (top == bottom || left == right)
        return (struct sr_patch){0};
    return (struct sr_patch){top, left, bottom - top, right - left};
}

struct sr_patch sr_conv_patch_seen(const struct sr_conv *g, struct sr_patch out)
{
    return (struct sr_patch){
        out.top * g->stride - g->pad_top, out.left * g->stride - g->pad_left,
        (out.h - 1) * g->stride + g->kh, (out.w - 1) * g->stride + g->kw};
}

void sr_conv_patch_forward(const struct sr_engine *e, const struct sr_conv *g,
                           struct sr_patch out, const float *x,
                           const float *packed, const float *bias, float *y)
{
    const struct sr_patch seen = sr_conv_patch_seen(g, out);
    struct sr_conv part = *g;
    part.h = seen.h;
    part.w = seen.w;
    part.pad_top = part.pad_left = 0;
    part.oh = out.h;
    part.ow = out.w;
    sr_indirect_image(e, &part, x, packed, bias, y);
}
