#include "engine/bnorm.h"

#include <math.h>

/* E[x^2] - E[x]^2 in double: with inputs of 24 bits the difference keeps
 * float's accuracy up to means of 10^4 standard deviations. */
void sr_bnorm_statistics(size_t pixels, int c, const double *sum,
                         const double *square, float *mean, float *var)
{
    for (int j = 0; j < c; j++) {
        const double m = sum[j] / (double)pixels;
        mean[j] = (float)m;
        var[j] = (float)fmax(square[j] / (double)pixels - m * m, 0);
    }
}

static double inverse_deviation(const struct sr_bnorm *b, int j)
{
    return 1 / sqrt((double)b->var[j] + (double)b->eps);
}

void sr_bnorm_forward(const struct sr_bnorm *b, float *scale, float *shift)
{
    for (int j = 0; j < b->c; j++) {
        const double s = (double)b->gamma[j] * inverse_deviation(b, j);
        scale[j] = (float)s;
        shift[j] = (float)((double)b->beta[j] - (double)b->mean[j] * s);
    }
}

void sr_bnorm_backward_running(const struct sr_bnorm *b, float *scale,
                               float *shift)
{
    for (int j = 0; j < b->c; j++) {
        scale[j] = (float)((double)b->gamma[j] * inverse_deviation(b, j));
        shift[j] = 0;
    }
}

/* With s = 1 / sqrt(var + eps), xhat = (x - mean) s and averages over pixels,
 *   dx = gamma s (dy - avg(dy) - xhat avg(dy xhat)). */
void sr_bnorm_backward_batch(const struct sr_bnorm *n, size_t pixels,
                             const double *sum, const double *dot, float *a,
                             float *b, float *shift)
{
    for (int j = 0; j < n->c; j++) {
        const double m = (double)n->mean[j], s = inverse_deviation(n, j);
        const double scale = (double)n->gamma[j] * s;
        const double avg = sum[j] / (double)pixels;
        const double tilt = (dot[j] - m * sum[j]) * s * s / (double)pixels;
        a[j] = (float)scale;
        b[j] = (float)(-scale * tilt);
        shift[j] = (float)(scale * (tilt * m - avg));
    }
}

void sr_bnorm_add_gradients(const struct sr_bnorm *b, const double *sum,
                            const double *dot, float *dgamma, float *dbeta)
{
    for (int j = 0; j < b->c; j++) {
        const double about_mean = dot[j] - (double)b->mean[j] * sum[j];
        dgamma[j] += (float)(about_mean * inverse_deviation(b, j));
        dbeta[j] += (float)sum[j];
    }
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
