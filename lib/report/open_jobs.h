/* report/open_jobs.h - the jobs of a sweep that have no result yet.
 *
 * A job that never began has left no run, and so the runs alone do not tell
 * that a table is only half of a sweep.
 *
 * Layout   a sweep is {"sweep": its directory, "jobs": how many, "open":
 * [...]}, an open job {"job": number, "name", "state", "what"}; states are
 *          those of sweep/job.h, "put back", "died" and "damaged"
 */
#ifndef SR_REPORT_OPEN_JOBS_H
#define SR_REPORT_OPEN_JOBS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"

/* Is this the directory of a sweep? */
bool sr_open_jobs_is_sweep(const char *dir, struct sr_arena *arena);

/* {directory: true} of the sweeps that path[n] and the runs [runs.h] are of, by
 * their real paths.  The caller owns it. */
json_t *sr_open_jobs_sweeps(int n, char *const *path, const json_t *runs,
                            struct sr_arena *arena);

/* Why the job failed whose run is at `path`, a real one: its first error line,
 * from ARENA.  NULL: it did not fail, or is no job's. */
const char *sr_open_jobs_failure(const char *path, struct sr_arena *arena);

/* The sweeps with open jobs among path[n] and among those that the runs
 * [runs.h] are of; one whose runs were picked, some and not others, is left
 * out, as whoever picks knows what is missing.
 *   problems  a sentence is added for each sweep that cannot be read
 * The caller owns it. */
json_t *sr_open_jobs(int n, char *const *path, const json_t *runs,
                     struct sr_arena *arena, json_t *problems);

/* What to tell of a sweep: how many are open and how to run them; and a line
 * for each state, a failed job having its own.  From ARENA; the caller owns the
 * lines. */
const char *sr_open_jobs_head(const json_t *sweep, struct sr_arena *arena);
json_t *sr_open_jobs_lines(const json_t *sweep);

#endif
