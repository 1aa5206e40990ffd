#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double sr_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void put_utc(time_t time, const char *format, char *text, size_t size)
{
    struct tm utc;
    if ((!gmtime_r(&time, &utc) || strftime(text, size, format, &utc) == 0) &&
        size > 0)
        text[0] = '\0';
}

static const char readable[] = "%Y-%m-%dT%H:%M:%SZ";

void sr_clock_utc(int compact, char *text, size_t size)
{
    put_utc(time(NULL), compact ? "%Y%m%dT%H%M%SZ" : readable, text, size);
}

void sr_clock_utc_of(double seconds, char *text, size_t size)
{
    if (size > 0)
        text[0] = '\0';
    if (seconds >= 0 && seconds < 1e12) /* NaN is neither */
        put_utc((time_t)seconds, readable, text, size);
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
