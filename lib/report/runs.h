/* report/runs.h - the runs a report is about, read from their directories.
 *
 * What is damaged is told beside the rest and stops nothing: a report of a
 * hundred runs must not fail for one half-copied file.
 *
 * Layout   a run is an object
 *            "run"       the directory's name      "path"  where it is
 *            "manifest"  manifest.json, {} where it cannot be read
 *            "settings"  its settings; a sequential network's model.layers too
 *            "evals"     its eval/ *.json on test images [satrun.eval/1]
 *                        none without a manifest
 *            "stale"     names of those of weights that the run's checkpoint
 *                        does not hold any more: made before its end
 *            "epochs"    lines of metrics.jsonl about epochs, as metrics.h
 *            "problems"  what could not be read, in sentences; of checkpoints,
 *                        weights that are not those that were evaluated
 *            "doubts"    sentences on what a reader must know and is no damage
 */
#ifndef SR_REPORT_RUNS_H
#define SR_REPORT_RUNS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* *runs: an array of the runs at path[n], each once.  A path is a run's
 * directory or one that holds runs, at most four levels down (a sweep's).
 * The caller owns it.
 * Fails: SR_EUSAGE for a path without any run that is no sweep's either;
 * SR_ERESOURCE. */
enum sr_status sr_runs_read(int n, char *const *path, struct sr_arena *arena,
                            json_t **runs, struct sr_err *err);

/* Did it come to its end? */
int sr_run_is_finished(const json_t *run);

#endif
