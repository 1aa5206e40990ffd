#include "audit/ruling.h"

#include <math.h>

#include "base/err.h"

const char *sr_ruling_name(enum sr_ruling ruling)
{
    static const char *const names[] = {[SR_RULING_SKIPPED] = "skipped",
                                        [SR_RULING_PASS] = "pass",
                                        [SR_RULING_UNSURE] = "unsure",
                                        [SR_RULING_SUSPECT] = "suspect",
                                        [SR_RULING_MASKED] = "masked"};
    return names[ruling];
}

/* P(at least k of n) when each has probability p, 0 < p < 1. */
static double tail(int k, int n, double p)
{
    double sum = 0;
    for (int i = n; i >= k; i--)
        sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) +
                   i * log(p) + (n - i) * log1p(-p));
    return fmin(1, sum);
}

/* The tail rises with p: bisection, to the last of 50 bits. */
double sr_ruling_least(int k, int n)
{
    double low = 0, high = 1;

    SR_REQUIRE(0 <= k && k <= n);
    for (int bit = 0; k > 0 && bit < 50; bit++) {
        const double middle = (low + high) / 2;
        if (tail(k, n, middle) < SR_RULING_ERROR)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Not k are n - k. */
double sr_ruling_most(int k, int n) { return 1 - sr_ruling_least(n - k, n); }

double sr_ruling_coin(int k, int n) { return k > 0 ? tail(k, n, 0.5) : 1; }

enum sr_ruling sr_ruling_of(int k, int n)
{
    const double least = sr_ruling_least(k, n);
    if (n == 0)
        return SR_RULING_SKIPPED;
    if (least > SR_RULING_MASKED_SHARE)
        return SR_RULING_MASKED;
    if (least > SR_RULING_SUSPECT_SHARE)
        return SR_RULING_SUSPECT;
    return sr_ruling_most(k, n) > SR_RULING_MASKED_SHARE ? SR_RULING_UNSURE
                                                         : SR_RULING_PASS;
}
