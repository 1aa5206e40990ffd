/* report/layout.h - which columns a table of rows has, and in which order the
 * rows stand.
 *
 * Layout   a column is {"title": its head, "from": "row", "settings" or
 *          "figures", "key": the member there}; a line is an object with the
 *          titles of all columns it has a value for
 */
#ifndef SR_REPORT_LAYOUT_H
#define SR_REPORT_LAYOUT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* *columns: those in which the rows [as group.h] differ, then their figures.
 *   wanted  NULL or "": that choice; else titles, keys or figures, with commas
 *           between; "pgd-50" means every "pgd-50 ..."; "data" and "images"
 *           come with figures where rows differ in them
 * The caller owns it.  Fails with SR_EUSAGE for a word no row knows. */
enum sr_status sr_layout_columns(const json_t *rows, const char *wanted,
                                 struct sr_arena *arena, json_t **columns,
                                 struct sr_err *err);

/* *sorted: the rows by one column, as above: figures from the highest, all else
 * from the lowest, rows without it last, equal ones as they were.  The caller
 * owns it.  Fails with SR_EUSAGE for a word that is not one column. */
enum sr_status sr_layout_sorted(const json_t *rows, const char *by,
                                struct sr_arena *arena, json_t **sorted,
                                struct sr_err *err);

/* A line for each row.  The caller owns it. */
json_t *sr_layout_lines(const json_t *rows, const json_t *columns);

/* The titles of all figures of the rows, clean first, worst cases last. */
json_t *sr_layout_figures(const json_t *rows);

#endif
