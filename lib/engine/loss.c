#include "engine/loss.h"

#include <math.h>

int sr_argmax(int classes, const float *z)
{
    int best = 0;
    for (int i = 1; i < classes; i++)
        if (z[i] > z[best])
            best = i;
    return best;
}

/* log of the sum of exp(z_i), in double, by the largest. */
static double log_sum_exp(int classes, const float *z)
{
    const double top = (double)z[sr_argmax(classes, z)];
    double sum = 0;
    for (int i = 0; i < classes; i++)
        sum += exp((double)z[i] - top);
    return top + log(sum);
}

void sr_softmax(int n, int classes, const float *z, float *p)
{
    for (int image = 0; image < n; image++, z += classes, p += classes) {
        const double total = log_sum_exp(classes, z);
        for (int i = 0; i < classes; i++)
            p[i] = (float)exp((double)z[i] - total);
    }
}

/* The target is t_i = smoothing / classes, plus 1 - smoothing for the label:
 * value = log_sum_exp - sum t_i z_i, and dz_i = softmax_i - t_i. */
static void cross_entropy(int classes, double smoothing, const float *z,
                          int label, float *value, float *dz)
{
    const double total = log_sum_exp(classes, z);
    const double share = smoothing / classes;
    double expected = (1 - smoothing) * ((double)z[label] - total);
    for (int i = 0; i < classes; i++)
        expected += share * ((double)z[i] - total);
    if (value)
        *value = (float)-expected;
    for (int i = 0; dz && i < classes; i++) {
        const double target = share + (i == label ? 1 - smoothing : 0);
        dz[i] = (float)(exp((double)z[i] - total) - target);
    }
}

/* With one class there is no rival, and nothing to gain. */
static void margin(int classes, const float *z, int label, float *value,
                   float *dz)
{
    int rival = -1;
    for (int i = 0; i < classes; i++)
        if (i != label && (rival < 0 || z[i] > z[rival]))
            rival = i;
    if (value)
        *value = rival < 0 ? 0 : z[rival] - z[label];
    for (int i = 0; dz && i < classes; i++)
        dz[i] = rival < 0 ? 0 : (float)((i == rival) - (i == label));
}

void sr_loss(enum sr_loss loss, int n, int classes, const float *z,
             const int *y, float *value, float *dz)
{
    for (int image = 0; image < n; image++) {
        const size_t at = (size_t)image * (size_t)classes;
        float *v = value ? value + image : NULL, *g = dz ? dz + at : NULL;
        if (loss == SR_LOSS_CE)
            cross_entropy(classes, 0, z + at, y[image], v, g);
        else
            margin(classes, z + at, y[image], v, g);
    }
}

void sr_loss_smoothed(int n, int classes, float smoothing, const float *z,
                      const int *y, float *value, float *dz)
{
    for (int image = 0; image < n; image++) {
        const size_t at = (size_t)image * (size_t)classes;
        cross_entropy(classes, (double)smoothing, z + at, y[image],
                      value ? value + image : NULL, dz ? dz + at : NULL);
    }
}
