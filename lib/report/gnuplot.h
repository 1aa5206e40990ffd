/* report/gnuplot.h - another program, if it is installed.
 */
#ifndef SR_REPORT_GNUPLOT_H
#define SR_REPORT_GNUPLOT_H

#include <stdbool.h>

#include "base/err.h"

/* Run `gnuplot script` in the directory dir and wait for it; what it says goes
 * to stderr.
 *   found   filled: is there a gnuplot on the PATH?
 * Fails with SR_ERESOURCE when it cannot be started or ends with a failure. */
enum sr_status sr_gnuplot_run(const char *dir, const char *script, bool *found,
                              struct sr_err *err);

#endif
