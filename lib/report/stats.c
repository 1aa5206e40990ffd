#include "report/stats.h"

#include <math.h>

#include "base/err.h"

static const double z = 1.959963984540054; /* normal quantile of 0.975 */

struct sr_interval sr_stats_wilson(double correct, double images)
{
    const double n = images, p = correct / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half =
        z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return (struct sr_interval){fmax(0, middle - half), fmin(1, middle + half)};
}

/* Few degrees from the tables, more by the expansion of Abramowitz and Stegun
 * 26.7.5, whose error falls with the fourth power of the degrees. */
double sr_stats_t(int freedom)
{
    static const double few[] = {12.70620, 4.30265, 3.18245, 2.77645, 2.57058,
                                 2.44691,  2.36462, 2.30600, 2.26216, 2.22814};
    SR_REQUIRE(freedom >= 1);
    if (freedom <= (int)(sizeof few / sizeof *few))
        return few[freedom - 1];
    const double v = freedom, z3 = z * z * z, z5 = z3 * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
           (3 * z5 * z * z + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v);
}

static struct sr_interval join(double mean, struct sr_interval a,
                               struct sr_interval b)
{
    return (struct sr_interval){
        fmax(0, mean - hypot(mean - a.low, mean - b.low)),
        fmin(1, mean + hypot(a.high - mean, b.high - mean))};
}

struct sr_spread sr_stats_spread(int n, const double *accuracy, double images)
{
    struct sr_spread s = {.n = n};
    double squares = 0;
    SR_REQUIRE(n >= 2);
    for (int i = 0; i < n; i++)
        s.mean += accuracy[i] / n;
    for (int i = 0; i < n; i++)
        squares += (accuracy[i] - s.mean) * (accuracy[i] - s.mean);
    s.sd = sqrt(squares / (n - 1));
    const double half = sr_stats_t(n - 1) * s.sd / sqrt(n);
    s.seeds = (struct sr_interval){s.mean - half, s.mean + half};
    s.images = sr_stats_wilson(s.mean * images, images);
    s.both = join(s.mean, s.seeds, s.images);
    return s;
}
