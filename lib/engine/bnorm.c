#include "engine/bnorm.h"

#include <math.h>

#include "engine/kern/kern.h"
#include "engine/sums.h"

/* Channel constants of an affine pass: three rows before the sums. */
static size_t row_floats(int c) { return ((size_t)c + 15) / 16 * 16; }

size_t sr_bnorm_scratch(int c) { return 3 * row_floats(c) + sr_sum_scratch(c); }

/* E[x^2] - E[x]^2 in double: with inputs of 24 bits the difference keeps
 * float's accuracy up to means of 10^4 standard deviations. */
void sr_bnorm_statistics(const struct sr_engine *e, size_t pixels, int c,
                         const float *x, float *mean, float *var,
                         float *scratch)
{
    const double *sum, *square;
    sr_sum_channels(e, pixels, c, x, x, &sum, &square, scratch);
    for (int j = 0; j < c; j++) {
        const double m = sum[j] / (double)pixels;
        mean[j] = (float)m;
        var[j] = (float)fmax(square[j] / (double)pixels - m * m, 0);
    }
}

/* An affine map of every pixel: dx = a dy + b x + shift, or, without x,
 * dx = a dy + shift. */
struct affine {
    const struct sr_kern *kern;
    size_t pixels;
    int c, pieces;
    const float *dy, *x, *a, *b, *shift;
    float *dx;
};

static void affine_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct affine *m = argument;
    size_t begin, end;
    sr_par_span(m->pixels, m->pieces, piece, &begin, &end);
    const size_t at = begin * (size_t)m->c, count = end - begin;
    if (m->x)
        m->kern->channel_affine2(count, m->c, m->dy + at, m->x + at, m->a, m->b,
                                 m->shift, m->dx + at);
    else
        m->kern->channel_affine(count, m->c, m->dy + at, m->a, m->shift,
                                m->dx + at);
}

static void affine_run(const struct sr_engine *e, struct affine *m)
{
    m->kern = e->kern;
    m->pieces = (int)(m->pixels * (size_t)m->c / 16384) + 1;
    sr_par_run(e->par, m->pieces, affine_piece, m);
}

void sr_bnorm_forward(const struct sr_engine *e, size_t pixels, int c,
                      const float *x, const float *mean, const float *var,
                      const float *gamma, const float *beta, float eps,
                      float *y, float *scratch)
{
    float *scale = scratch, *shift = scratch + row_floats(c);
    for (int j = 0; j < c; j++) {
        const double s = (double)gamma[j] / sqrt((double)var[j] + (double)eps);
        scale[j] = (float)s;
        shift[j] = (float)((double)beta[j] - (double)mean[j] * s);
    }
    struct affine map = {
        .pixels = pixels, .c = c, .dy = x, .a = scale, .shift = shift, .dx = y};
    affine_run(e, &map);
}

/* dgamma += sum of dy xhat, dbeta += sum of dy. */
static void add_parameter_gradients(int c, const double *sum, const double *dot,
                                    const float *mean, const float *var,
                                    float eps, float *dgamma, float *dbeta)
{
    for (int j = 0; j < c; j++) {
        const double about_mean = dot[j] - (double)mean[j] * sum[j];
        dgamma[j] += (float)(about_mean / sqrt((double)var[j] + (double)eps));
        dbeta[j] += (float)sum[j];
    }
}

/* With s = 1 / sqrt(var + eps), xhat = (x - mean) s and averages over pixels,
 *   dx = gamma s (dy - avg(dy) - xhat avg(dy xhat)),
 * which is a dy + b x + shift per channel. */
void sr_bnorm_backward_batch(const struct sr_engine *e, size_t pixels, int c,
                             const float *x, const float *dy, const float *mean,
                             const float *var, const float *gamma, float eps,
                             float *dx, float *dgamma, float *dbeta,
                             float *scratch)
{
    float *a = scratch, *b = a + row_floats(c), *shift = b + row_floats(c);
    const double *sum, *dot;
    sr_sum_channels(e, pixels, c, x, dy, &sum, &dot, shift + row_floats(c));
    if (dgamma)
        add_parameter_gradients(c, sum, dot, mean, var, eps, dgamma, dbeta);
    for (int j = 0; j < c; j++) {
        const double m = (double)mean[j];
        const double s = 1 / sqrt((double)var[j] + (double)eps);
        const double scale = (double)gamma[j] * s;
        const double avg = sum[j] / (double)pixels;
        const double tilt = (dot[j] - m * sum[j]) * s * s / (double)pixels;
        a[j] = (float)scale;
        b[j] = (float)(-scale * tilt);
        shift[j] = (float)(scale * (tilt * m - avg));
    }
    struct affine map = {.pixels = pixels,
                         .c = c,
                         .dy = dy,
                         .x = x,
                         .a = a,
                         .b = b,
                         .shift = shift,
                         .dx = dx};
    affine_run(e, &map);
}

void sr_bnorm_backward_running(const struct sr_engine *e, size_t pixels, int c,
                               const float *x, const float *dy,
                               const float *mean, const float *var,
                               const float *gamma, float eps, float *dx,
                               float *dgamma, float *dbeta, float *scratch)
{
    float *a = scratch, *shift = a + row_floats(c);
    if (dgamma) {
        const double *sum, *dot;
        sr_sum_channels(e, pixels, c, x, dy, &sum, &dot,
                        scratch + 3 * row_floats(c));
        add_parameter_gradients(c, sum, dot, mean, var, eps, dgamma, dbeta);
    }
    for (int j = 0; j < c; j++) {
        const double s = 1 / sqrt((double)var[j] + (double)eps);
        a[j] = (float)((double)gamma[j] * s);
        shift[j] = 0;
    }
    struct affine map = {
        .pixels = pixels, .c = c, .dy = dy, .a = a, .shift = shift, .dx = dx};
    affine_run(e, &map);
}

void sr_bnorm_update_running(size_t pixels, int c, float momentum,
                             const float *mean, const float *var,
                             float *running_mean, float *running_var)
{
    const float unbiased =
        pixels > 1 ? (float)((double)pixels / (double)(pixels - 1)) : 1;
    for (int j = 0; j < c; j++) {
        running_mean[j] = (1 - momentum) * running_mean[j] + momentum * mean[j];
        running_var[j] =
            (1 - momentum) * running_var[j] + momentum * var[j] * unbiased;
    }
}
