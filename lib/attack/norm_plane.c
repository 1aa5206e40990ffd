#include <math.h>

#include "attack/norm.h"

/* A pixel's share of a way of length t: all move alike, or each in proportion
 * to its weight. */
static double speed(bool alike, float w)
{
    return alike ? (double)(w != 0) : fabs((double)w);
}

/* With |d_i| = min(t speed_i, room_i), w.d is concave in t and made of straight
 * pieces, so Newton's iteration from 0 rises to the root of w.d = |gap|,
 * passing at least one bend a round, and is exact on its piece. */
static double reach(bool alike, size_t pixels, double gap, const float *w,
                    const float *x)
{
    double t = 0, slope, left;
    do {
        slope = 0;
        left = fabs(gap);
        for (size_t i = 0; i < pixels; i++) {
            const double weight = fabs((double)w[i]), own = speed(alike, w[i]);
            const double by = t * own;
            const double room =
                (double)sr_norm_room(x[i], (w[i] > 0) == (gap > 0));
            left -= weight * (room < by ? room : by);
            slope += room > by ? weight * own : 0;
        }
        if (slope > 0 && left > 0)
            t += left / slope;
    } while (slope > 0 && left > 1e-9 * fabs(gap));
    return t;
}

void sr_norm_plane(bool alike, size_t pixels, double gap, const float *w,
                   const float *x, float *d)
{
    const float t = (float)reach(alike, pixels, gap, w, x);
    for (size_t i = 0; i < pixels; i++) {
        const bool up = (w[i] > 0) == (gap > 0);
        const float by = t * (float)speed(alike, w[i]);
        const float room = sr_norm_room(x[i], up);
        const float to = room < by ? room : by > 0 ? by : 0; /* NaN is 0 */
        d[i] = up ? to : -to;
    }
}
