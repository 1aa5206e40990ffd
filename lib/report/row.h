/* report/row.h - what was measured of a run, as rows.
 *
 * Everything comes from the run's own files: manifest.json, whose "settings"
 * has every key of the config as text, and eval/ *.json.
 *
 * Layout   a row is an object
 *            "run"         what it is called      "runs"   [the runs' names]
 *            "paths"       [where the runs are]
 *            "state"       where it is not finished
 *            "settings"    as runs.h has them, the seed among them
 *            "data"        data set and the start of its digest
 *            "checkpoint"  "last", "best, last" when both are these weights
 *            "evaluated with"  what was overridden beside eval.*, or nothing
 *            "images"      how many, of the test split
 *            "figures"     "clean", "pgd-10 linf 8/255" ... in this order
 *          a figure is {"accuracy": a, "correct": k,
 *          "interval_95": [low, high]} with "how" an attack was told to work
 *          and, of several seeds, more (group.h)
 */
#ifndef SR_REPORT_ROW_H
#define SR_REPORT_ROW_H

#include "base/json.h"

/* Evaluations [array of satrun.eval/1] of the same weights on the same images
 * as figures, added to row: "images", "clean", one for each attack ("pgd-10
 * linf 8/255") and, where a norm and epsilon have several, "worst case linf
 * 8/255".  Of several figures for one column the lowest stays. */
void sr_row_add_evals(json_t *row, const json_t *evals);

/* An array of the rows of the runs [as runs.h]: one for each network of a run
 * that was evaluated, each way it was used, and each number of images, so that
 * no two figures of a row are of something else.  A run without any has none.
 * The caller owns it. */
json_t *sr_rows_of_runs(const json_t *runs);

/* "8/255" when that is what it is and shorter, "0.2" otherwise. */
void sr_row_epsilon(double epsilon, char *text, size_t size);

/* Is a figure's column of an attack in this ball, " linf 8/255"?  The worst
 * case is, too. */
int sr_row_is_of_ball(const char *column, const char *ball);

/* Could the figures of two rows be compared: the same images? */
int sr_row_same_images(const json_t *a, const json_t *b);

#endif
