#include "report/spark.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { LEVELS = 8 };

/* The mean of the finite values of [from, to); NaN for none. */
static double mean(const double *value, int from, int to)
{
    double sum = 0;
    int n = 0;
    for (int i = from; i < to; i++)
        if (isfinite(value[i])) {
            sum += value[i];
            n++;
        }
    return n > 0 ? sum / n : NAN;
}

static const char *letter(double share, bool utf8)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄",
                                         "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {"_", ".", ",", "-", "~", "=", "^", "#"};
    if (!isfinite(share))
        return " ";
    const int level = (int)lround(share * (LEVELS - 1));
    return utf8 ? blocks[level] : ascii[level];
}

void sr_spark(const double *value, int n, int width, bool utf8, char *text)
{
    double point[SR_SPARK], low = INFINITY, high = -INFINITY;
    const int most = width < SR_SPARK ? width : SR_SPARK;
    const int points = n < most ? n : most;
    for (int i = 0; i < points; i++) {
        point[i] = mean(value, (int)((long long)i * n / points),
                        (int)((long long)(i + 1) * n / points));
        low = fmin(low, point[i]);
        high = fmax(high, point[i]);
    }
    text[0] = '\0';
    for (int i = 0; i < points; i++) {
        const double share =
            high > low ? (point[i] - low) / (high - low) : 0 * point[i];
        sr_text_add(text, SR_SPARK_BYTES, "%s", letter(share, utf8));
    }
}
