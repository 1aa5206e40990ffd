/* report/table.h - rows of facts as a table.
 *
 * A row is a JSON object; its members are the columns.  A member is a text, a
 * number, or a figure {"accuracy": a}, which may have "interval_95": [low,
 * high], over seeds "sd" and "n", and what makes it stand out, "best": true or
 * "overlaps_best": true.  What a row does not have stays empty.
 */
#ifndef SR_REPORT_TABLE_H
#define SR_REPORT_TABLE_H

#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"

enum sr_table_format { SR_TABLE_MD, SR_TABLE_CSV, SR_TABLE_LATEX };

/* rows [array] as text, from ARENA.
 *   columns  [array] their titles; without, in the order in which
 *            rows have them
 *   md       aligned, figures in per cent as "41.20 (40.23-42.17)" or, over
 *            seeds, "41.20 ± 0.35 (40.01-42.39)"; the best bold, what overlaps
 *            it with a dagger
 *   csv      RFC 4180; a figure p takes three columns, p, p_low, p_high, and
 *            over seeds p_sd and p_n, too
 *   latex    a tabular of the package booktabs, figures as in md */
char *sr_table_text(const json_t *rows, enum sr_table_format format,
                    struct sr_arena *arena);
char *sr_table_of(const json_t *rows, const json_t *columns,
                  enum sr_table_format format, struct sr_arena *arena);

/* How the pieces of a figure are put together. */
struct sr_table_style {
    int digits; /* of other numbers */
    const char *best, *best_end, *overlaps, *plus_minus, *dash;
};

enum { SR_TABLE_CELL = 256 };

/* A member of a row for people, at most SR_TABLE_CELL bytes with its end; texts
 * are as they are. */
void sr_table_cell(const json_t *value, const struct sr_table_style *style,
                   char *text);

/* Text with what LaTeX gives a meaning escaped. */
void sr_table_put_latex(const char *text, FILE *out);

#endif
