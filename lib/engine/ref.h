/* engine/ref.h - slow definitions in double, for tests.
 *
 * Each is the formula of its header, loop by loop, with no cleverness: it is
 * what the fast code must agree with.  Layouts are those of the fast twins.
 */
#ifndef SR_ENGINE_REF_H
#define SR_ENGINE_REF_H

#include <stddef.h>

#include "engine/conv.h"
#include "engine/pool.h"

void sr_ref_conv_forward(const struct sr_conv *g, int n, const double *x,
                         const double *w, const double *bias, double *y);
void sr_ref_conv_backward_x(const struct sr_conv *g, int n, const double *dy,
                            const double *w, double *dx);
void sr_ref_conv_backward_w(const struct sr_conv *g, int n, const double *x,
                            const double *dy, double *dw, double *dbias);

/* c = a b, [m][k] by [k][n]. */
void sr_ref_gemm(int m, int n, int k, const double *a, const double *b,
                 double *c);

#endif
