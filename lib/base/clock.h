/* base/clock.h - time.
 */
#ifndef SR_BASE_CLOCK_H
#define SR_BASE_CLOCK_H

#include <stddef.h>

/* Seconds since some fixed moment; never runs backwards. */
double sr_clock_seconds(void);

/* UTC now, "2026-11-22T10:36:05Z" (compact = 0) or "20261122T103605Z". */
void sr_clock_utc(int compact, char *text, size_t size);

/* The same, not compact, of seconds of Unix; "" for what no calendar has. */
void sr_clock_utc_of(double seconds, char *text, size_t size);

/* "42s", "3m05s", "2h14m", "3d04h". */
void sr_clock_span(double seconds, char *text, size_t size);

#endif
