/* report/figure.h - an accuracy in a row: a proportion as table.h has it.
 */
#ifndef SR_REPORT_FIGURE_H
#define SR_REPORT_FIGURE_H

#include <stdbool.h>

#include "base/json.h"

/* The figure of a row's column, borrowed; NULL where it has none. */
static inline json_t *sr_figure_of(const json_t *row, const char *column)
{
    return json_object_get(json_object_get(row, "figures"), column);
}

/* In [0, 1]. */
static inline double sr_figure_accuracy(const json_t *figure)
{
    return json_number_value(json_object_get(figure, "accuracy"));
}

static inline double sr_figure_per_cent(const json_t *figure)
{
    return 100 * sr_figure_accuracy(figure);
}

static inline bool sr_figure_has_interval(const json_t *figure)
{
    return json_object_get(figure, "interval_95") != NULL;
}

/* The lower end of its interval, 0, or the upper, 1; 0 where it has none. */
static inline double sr_figure_bound(const json_t *figure, int end)
{
    const json_t *interval = json_object_get(figure, "interval_95");
    return json_number_value(json_array_get(interval, (size_t)end));
}

#endif
