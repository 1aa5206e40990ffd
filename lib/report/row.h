/* report/row.h - what is known of a run, as one row of table.h.
 *
 * Everything comes from the run's own files: manifest.json, whose "settings"
 * has every key of the config as text, and eval/ *.json.
 */
#ifndef SR_REPORT_ROW_H
#define SR_REPORT_ROW_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* Evaluations [array of satrun.eval/1] of the same weights on the same images
 * as columns, added to row: "images", "clean", one for each attack ("pgd-10
 * linf 8/255") and, where a norm and epsilon have several, "worst case linf
 * 8/255".  Of several figures for one column the lowest stays. */
void sr_row_add_evals(json_t *row, const json_t *evals);

/* *rows: an array with a row for each network of each run directory that was
 * evaluated on test images, and for each number of them, so that no two figures
 * of a row are of something else; one row for a run without any.  "run",
 * "state" where it is not finished, activations, "epochs", "seed", the settings
 * in which the runs differ, "checkpoint", "evaluated with" where more than
 * eval.* was overridden, and the evaluations.  The caller owns it.
 * Fails: SR_EUSAGE for a path that is no run; SR_ERESOURCE for a file that
 * cannot be read. */
enum sr_status sr_rows_of_runs(int runs, char *const *path,
                               struct sr_arena *arena, json_t **rows,
                               struct sr_err *err);

#endif
