/* engine/plane.h - the shortest way to a plane for a point in the box [0, 1].
 *
 * Method   a pixel goes at its speed until it is stopped at 0 or 1: at time t
 *          it has gone min(t speed_i, room_i).  w.d is then concave in t and
 *          made of straight pieces, so Newton's iteration from 0 rises to the
 *          root of w.d = gap, passing at least one bend a round, and is exact
 *          on its piece.  Sums run in double.
 * Threads  one; the same bits whatever the image's place in a batch
 * Twin     tests/attack/test_norm.c: the conditions of optimality;
 *          tests/engine/test_plane.c: bisection
 */
#ifndef SR_ENGINE_PLANE_H
#define SR_ENGINE_PLANE_H

#include <stdbool.h>

#include "engine/engine.h"

/* d [count] = the shortest way with w.d = gap that keeps x + d in [0, 1]; where
 * none is long enough, the longest there is.  Shortest by the largest pixel if
 * all that have a weight move alike, else by Euclid.  A w that is not finite
 * moves nothing.
 *   w, x  [count], x in [0, 1] */
void sr_plane_reach(const struct sr_engine *e, bool alike, size_t count,
                    double gap, const float *w, const float *x, float *d);

#endif
