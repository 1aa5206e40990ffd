/* report/table.h - rows of facts as a table.
 *
 * A row is a JSON object; its members are the columns, and columns come in the
 * order in which the rows first have them.  A member is a text, a number, or a
 * proportion {"accuracy": a, "interval_95": [low, high]}; what a row does not
 * have stays empty.
 */
#ifndef SR_REPORT_TABLE_H
#define SR_REPORT_TABLE_H

#include "base/arena.h"
#include "base/json.h"

enum sr_table_format { SR_TABLE_MD, SR_TABLE_CSV, SR_TABLE_JSON };
const char *sr_table_format_name(int i); /* an sr_words_fn */

/* rows [array] as text, from ARENA.
 *   md     aligned, proportions in per cent as "41.20 (40.23-42.17)"
 *   csv    RFC 4180; a proportion p takes three columns: p, p_low, p_high
 *   json   {"schema": "satrun.report/1", "rows": rows} */
char *sr_table_text(const json_t *rows, enum sr_table_format format,
                    struct sr_arena *arena);

#endif
