#include "engine/plane.h"

#include <math.h>

#include "engine/kern/kern.h"

/* The time when w.d is the gap. */
static double arrival(const struct sr_kern *kern, const struct sr_advance *way,
                      double gap)
{
    double t = 0, gone, rate, left;
    do {
        kern->gone(way, t, &gone, &rate);
        left = fabs(gap) - gone;
        if (rate > 0 && left > 0)
            t += left / rate;
    } while (rate > 0 && left > 1e-9 * fabs(gap));
    return t;
}

void sr_plane_reach(const struct sr_engine *e, bool alike, size_t count,
                    double gap, const float *w, const float *x, float *d)
{
    const struct sr_advance way = {count, alike, gap > 0 ? 1 : -1, w, x};
    e->kern->advance(&way, (float)arrival(e->kern, &way, gap), d);
}
