#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double sr_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void sr_clock_utc(int compact, char *text, size_t size)
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    if (strftime(text, size, compact ? "%Y%m%dT%H%M%SZ" : "%Y-%m-%dT%H:%M:%SZ",
                 &utc) == 0 &&
        size > 0)
        text[0] = '\0';
}

/* The two largest units that say something, rounded down. */
void sr_clock_span(double seconds, char *text, size_t size)
{
    if (!(seconds >= 0 && seconds < 1e9)) {
        snprintf(text, size, "?");
        return;
    }
    const long s = (long)seconds, m = s / 60, h = m / 60, d = h / 24;
    if (d > 0)
        snprintf(text, size, "%ldd%02ldh", d, h % 24);
    else if (h > 0)
        snprintf(text, size, "%ldh%02ldm", h, m % 60);
    else if (m > 0)
        snprintf(text, size, "%ldm%02lds", m, s % 60);
    else
        snprintf(text, size, "%lds", s);
}
