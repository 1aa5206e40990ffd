#include "engine/loss.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

int sr_argmax(int classes, const float *z)
{
    int best = 0;
    for (int i = 1; i < classes; i++)
        if (z[i] > z[best])
            best = i;
    return best;
}

/* log of the sum of exp(z_i) = top + rest, in double.  The parts stay apart:
 * next to a huge top the rest would vanish. */
struct log_sum {
    double top, rest;
};

static struct log_sum log_sum_exp(int classes, const float *z)
{
    const int best = sr_argmax(classes, z);
    const double top = (double)z[best];
    double others = 0;
    for (int i = 0; i < classes; i++)
        if (i != best)
            others += exp((double)z[i] - top);
    return (struct log_sum){top, log1p(others)};
}

static double log_softmax(float z, struct log_sum total)
{
    return ((double)z - total.top) - total.rest;
}

void sr_softmax(int n, int classes, const float *z, float *p)
{
    for (int image = 0; image < n; image++, z += classes, p += classes) {
        const struct log_sum total = log_sum_exp(classes, z);
        for (int i = 0; i < classes; i++)
            p[i] = (float)exp(log_softmax(z[i], total));
    }
}

/* The target is t_i = smoothing / classes, plus 1 - smoothing for the label:
 * value = -sum t_i log softmax_i, and dz_i = softmax_i - t_i. */
static void cross_entropy(int classes, double smoothing, const float *z,
                          int label, float *value, float *dz)
{
    const struct log_sum total = log_sum_exp(classes, z);
    const double share = smoothing / classes;
    double expected = (1 - smoothing) * log_softmax(z[label], total);
    for (int i = 0; smoothing > 0 && i < classes; i++)
        expected += share * log_softmax(z[i], total);
    if (value)
        *value = (float)-expected;
    for (int i = 0; dz && i < classes; i++) {
        const double target = share + (i == label ? 1 - smoothing : 0);
        dz[i] = (float)(exp(log_softmax(z[i], total)) - target);
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

enum { TOP = 4 };

/* The k largest logits, largest first; of equals the first. */
static void largest(int classes, const float *z, int k, int top[TOP])
{
    SR_REQUIRE(k <= TOP && k <= classes);
    for (int j = 0; j < k; j++) {
        top[j] = -1;
        for (int i = 0; i < classes; i++) {
            bool taken = false;
            for (int l = 0; l < j; l++)
                taken = taken || top[l] == i;
            if (!taken && (top[j] < 0 || z[i] > z[top[j]]))
                top[j] = i;
        }
    }
}

/* To float, without becoming infinite; NaN stays. */
static float narrow(double v)
{
    const double most = (double)FLT_MAX;
    return (float)(v > most ? most : v < -most ? -most : v);
}

/* (z_a - z_b) / (z_top[0] - mean of z_top[2..k-1] + 1e-12): by the rule of
 * quotients each logit's slope is its share of the numerator's, less the ratio
 * times its share of the denominator's, over the denominator. */
static void ratio(int classes, const float *z, int a, int b, int k,
                  const int top[TOP], float *value, float *dz)
{
    const double share = 1 / (k - 2.0);
    double over = (double)z[top[0]];
    for (int j = 2; j < k; j++)
        over -= share * (double)z[top[j]];
    over += 1e-12; /* last: beside large logits it would be lost */
    const double r = ((double)z[a] - (double)z[b]) / over;

    if (value)
        *value = narrow(r);
    for (int i = 0; dz && i < classes; i++) {
        double d = (i == a) - (i == b) - r * (i == top[0]);
        for (int j = 2; j < k; j++)
            d += r * share * (i == top[j]);
        dz[i] = narrow(d / over);
    }
}

static void dlr(int classes, const float *z, int label, float *value, float *dz)
{
    int top[TOP];
    largest(classes, z, SR_DLR_CLASSES, top);
    ratio(classes, z, top[0] == label ? top[1] : top[0], label, SR_DLR_CLASSES,
          top, value, dz);
}

void sr_loss_dlr_targeted(int classes, const float *z, int y, int target,
                          float *value, float *dz)
{
    int top[TOP];
    largest(classes, z, SR_DLR_TARGETED_CLASSES, top);
    ratio(classes, z, target, y, SR_DLR_TARGETED_CLASSES, top, value, dz);
}

static void hard_cross_entropy(int classes, const float *z, int label,
                               float *value, float *dz)
{
    cross_entropy(classes, 0, z, label, value, dz);
}

/* Of one image; kl has no label and is not here. */
typedef void loss_fn(int classes, const float *z, int label, float *value,
                     float *dz);
static loss_fn *const losses[] = {
    [SR_LOSS_CE] = hard_cross_entropy,
    [SR_LOSS_MARGIN] = margin,
    [SR_LOSS_DLR] = dlr,
};

void sr_loss(enum sr_loss loss, int n, int classes, const float *z,
             const int *y, float *value, float *dz)
{
    SR_REQUIRE(losses[loss] != NULL);
    for (int image = 0; image < n; image++) {
        const size_t at = (size_t)image * (size_t)classes;
        losses[loss](classes, z + at, y[image], value ? value + image : NULL,
                     dz ? dz + at : NULL);
    }
}

/* d/dz_i = q_i - p_i and d/da_i = p_i (log p_i - log q_i - KL).  With p_i = 0
 * its term is 0, whatever the logarithms. */
static void kl(int classes, const float *a, const float *z, float *value,
               float *da, float *dz)
{
    const struct log_sum of_a = log_sum_exp(classes, a);
    const struct log_sum of_z = log_sum_exp(classes, z);
    double sum = 0;
    for (int i = 0; i < classes; i++) {
        const double log_p = log_softmax(a[i], of_a), p = exp(log_p);
        sum += p == 0 ? 0 : p * (log_p - log_softmax(z[i], of_z));
    }
    if (value)
        *value = (float)sum;
    for (int i = 0; i < classes && (da || dz); i++) {
        const double log_p = log_softmax(a[i], of_a), p = exp(log_p);
        const double log_q = log_softmax(z[i], of_z);
        if (da)
            da[i] = p == 0 ? 0 : (float)(p * (log_p - log_q - sum));
        if (dz)
            dz[i] = (float)(exp(log_q) - p);
    }
}

void sr_loss_kl(int n, int classes, const float *a, const float *z,
                float *value, float *da, float *dz)
{
    for (int image = 0; image < n; image++) {
        const size_t at = (size_t)image * (size_t)classes;
        kl(classes, a + at, z + at, value ? value + image : NULL,
           da ? da + at : NULL, dz ? dz + at : NULL);
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
