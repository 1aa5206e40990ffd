/* report/inputs.h - what a report reads is not replaced by what it writes.
 */
#ifndef SR_REPORT_INPUTS_H
#define SR_REPORT_INPUTS_H

#include "report/report.h"

/* May a report of path[n] be written to `output`?  Files of its runs and sweeps
 * stay: pages and charts of an earlier report, which a script lies beside, are
 * the only ones in there that may be replaced.
 * Fails with SR_EUSAGE. */
enum sr_status sr_inputs_check(const struct sr_report *report, int n,
                               char *const *path, const char *output,
                               struct sr_arena *arena, struct sr_err *err);

#endif
