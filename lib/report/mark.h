/* report/mark.h - the best figure of each column, and what cannot be told from
 * it.
 */
#ifndef SR_REPORT_MARK_H
#define SR_REPORT_MARK_H

#include "base/json.h"

/* In each column of the rows [as row.h or group.h] the highest accuracy gets
 * "best": true, and each other whose 95 % interval overlaps that of the best
 * gets "overlaps_best": true.  Compared are finished networks on the same
 * images; alone on them, a figure gets neither. */
void sr_rows_mark(json_t *rows);

#endif
