/* engine/tail.h - what follows a convolution, in one pass over memory:
 *
 *   y = act(scale x + shift + other)        each part may be missing
 *
 * scale and shift are a batch norm's (bnorm.h), other is the shortcut of a
 * residual block.  The slope of the activation at its input is written beside
 * y, because there the exponential is at hand: a backward pass only multiplies.
 *
 * Method   stretches of pixels that stay in the nearest cache go through one
 *          inner loop after the other
 * Threads  works on what it is given in the thread that calls; what becomes of
 *          a pixel does not depend on how pixels are cut into calls
 * Twin     tests/engine/test_tail.c, in double
 */
#ifndef SR_ENGINE_TAIL_H
#define SR_ENGINE_TAIL_H

#include "engine/act.h"

struct sr_tail {
    int c;
    const float *scale, *shift; /* [c]; both NULL: x as it is             */
    const struct sr_act *act;   /* NULL: none                             */
    const struct sr_act *slope; /* whose slope is wanted; NULL: no slope  */
    float act_p[SR_ACT_PARAMS], slope_p[SR_ACT_PARAMS];
};

/* The formula above for `pixels` pixels of c channels.
 *   other   NULL: none
 *   y       filled; may be x, not other
 *   slope   filled where tail->slope is given; else not touched */
void sr_tail_forward(const struct sr_engine *e, const struct sr_tail *tail,
                     size_t pixels, const float *x, const float *other,
                     float *y, float *slope);

/* A gradient on its way back, in one pass:
 *
 *   dother = dy slope            that of the activation's input
 *   dx     = a dy slope + b x + shift
 */
struct sr_tail_back {
    int c;
    const float *a, *b, *shift;  /* [c]; b NULL: no x; all NULL: dy slope  */
    const struct sr_tail *again; /* its slope is computed once more, to the
                                    same bits, from x and other; NULL: given */
};

/*   slope    NULL: 1, or computed again
 *   x        read only where back->b or back->again is given; other: only
 *            where that tail has another input
 *   dother   filled; NULL: not wanted; may be dx, and then dy, if all rows are
 *            NULL
 *   dx       filled; may be dy */
void sr_tail_backward(const struct sr_engine *e,
                      const struct sr_tail_back *back, size_t pixels,
                      const float *dy, const float *slope, const float *x,
                      const float *other, float *dother, float *dx);

#endif
