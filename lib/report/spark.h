/* report/spark.h - a curve in one line of text.
 */
#ifndef SR_REPORT_SPARK_H
#define SR_REPORT_SPARK_H

#include <stdbool.h>
#include <stddef.h>

/* The n values, oldest first, in at most `width` letters, at most SR_SPARK: the
 * mean of the values a letter stands for, between the smallest and the largest.
 * Values that are not finite leave a gap.
 *   text   filled; at least SR_SPARK_BYTES */
enum { SR_SPARK = 60, SR_SPARK_BYTES = 3 * SR_SPARK + 1 };
void sr_spark(const double *value, int n, int width, bool utf8, char *text);

#endif
