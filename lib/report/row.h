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

/* An evaluation (satrun.eval/1) as columns, added to row: "images", "clean",
 * one for each attack ("pgd-10 linf 8/255") and, with several, "worst case".
 * What row already has from more images stays. */
void sr_row_add_eval(json_t *row, const json_t *eval);

/* *rows: an array with a row for each network of each run directory that was
 * evaluated on test images: "run", "state" where it is not finished,
 * activations, "epochs", "seed", the settings in which the runs differ,
 * "checkpoint" and the evaluations.  The caller owns it.
 * Fails: SR_EUSAGE for a path that is no run; SR_ERESOURCE for a file that
 * cannot be read. */
enum sr_status sr_rows_of_runs(int runs, char *const *path,
                               struct sr_arena *arena, json_t **rows,
                               struct sr_err *err);

#endif
