#include "report/mark.h"

#include <stdbool.h>

#include "report/figure.h"
#include "report/row.h"

static bool overlap(const json_t *a, const json_t *b)
{
    return sr_figure_bound(a, 0) <= sr_figure_bound(b, 1) &&
           sr_figure_bound(b, 0) <= sr_figure_bound(a, 1);
}

static bool is_comparable(const json_t *row, const json_t *other,
                          const char *column)
{
    return sr_figure_of(other, column) && !json_object_get(row, "state") &&
           !json_object_get(other, "state") && sr_row_same_images(row, other);
}

/* The best figure of the column on the images of this row; NULL when there is
 * nothing to compare with. */
static const json_t *best_on(const json_t *rows, const json_t *row,
                             const char *column)
{
    const json_t *best = NULL;
    json_t *other;
    size_t i;
    int n = 0;
    json_array_foreach (rows, i, other) {
        if (!is_comparable(row, other, column))
            continue;
        const json_t *figure = sr_figure_of(other, column);
        n++;
        if (!best || sr_figure_accuracy(figure) > sr_figure_accuracy(best))
            best = figure;
    }
    return n > 1 ? best : NULL;
}

void sr_rows_mark(json_t *rows)
{
    json_t *row, *figure;
    const char *column;
    size_t i;
    json_array_foreach (rows, i, row) {
        json_object_foreach (json_object_get(row, "figures"), column, figure) {
            const json_t *best = best_on(rows, row, column);
            if (!best)
                continue;
            if (sr_figure_accuracy(figure) >= sr_figure_accuracy(best))
                json_object_set_new(figure, "best", json_true());
            else if (overlap(figure, best))
                json_object_set_new(figure, "overlaps_best", json_true());
        }
    }
}
