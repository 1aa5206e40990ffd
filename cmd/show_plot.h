/* cmd/show_plot.h - satrun show activations --plot.
 */
#ifndef SR_SHOW_PLOT_H
#define SR_SHOW_PLOT_H

#include "cmd.h"

/* Draw values and slopes of the activations that the n words describe, of the
 * usual ones where there are none, to path (report/plot.h).
 *   word   FORWARD[:ALPHA][/ATTACK[:ALPHA][/UPDATE[:ALPHA]]], slopes that are
 *          left out being FORWARD's
 * Fails with SR_EUSAGE for a word or an ending that is none; as
 * sr_plot_write. */
enum sr_status sr_show_plot(const struct sr_call *call, int n, char **word,
                            const char *path, struct sr_err *err);

#endif
