#include "engine/im2col.h"

#include <string.h>

/* Of the first channel of the group at (y, x), in floats. */
static size_t offset(const struct sr_conv *g, int group, int y, int x)
{
    const size_t pixel = (size_t)y * (size_t)g->w + (size_t)x;
    return pixel * (size_t)g->c_in + (size_t)(group * (g->c_in / g->groups));
}

static int is_inside(const struct sr_conv *g, int y, int x)
{
    return y >= 0 && y < g->h && x >= 0 && x < g->w;
}

void sr_im2col(const struct sr_conv *g, int group, const float *x, float *col)
{
    const size_t c = (size_t)(g->c_in / g->groups);
    for (int oy = 0; oy < g->oh; oy++)
        for (int ox = 0; ox < g->ow; ox++)
            for (int i = 0; i < g->kh; i++)
                for (int j = 0; j < g->kw; j++, col += c) {
                    const int iy = oy * g->stride - g->pad_top + i;
                    const int ix = ox * g->stride - g->pad_left + j;
                    if (is_inside(g, iy, ix))
                        memcpy(col, x + offset(g, group, iy, ix),
                               c * sizeof *col);
                    else
                        memset(col, 0, c * sizeof *col);
                }
}

static void add_to(float *x, const float *col, size_t c)
{
    for (size_t i = 0; i < c; i++)
        x[i] += col[i];
}

void sr_col2im(const struct sr_conv *g, int group, const float *col, float *x)
{
    const size_t c = (size_t)(g->c_in / g->groups);
    for (int oy = 0; oy < g->oh; oy++)
        for (int ox = 0; ox < g->ow; ox++)
            for (int i = 0; i < g->kh; i++)
                for (int j = 0; j < g->kw; j++, col += c) {
                    const int iy = oy * g->stride - g->pad_top + i;
                    const int ix = ox * g->stride - g->pad_left + j;
                    if (is_inside(g, iy, ix))
                        add_to(x + offset(g, group, iy, ix), col, c);
                }
}
