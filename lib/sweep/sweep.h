/* sweep/sweep.h - a sweep is a directory of frozen configs.
 *
 *   DIR/sweep.json            where it comes from, and the evaluations to make
 *   DIR/index.tsv             a line a job: number, name, checkpoint that is
 *                             evaluated, SHA-256 of the config, what is varied
 *   DIR/jobs/001-NAME/        config.yaml, complete; state.json, lock; log.txt,
 *                             all that the job's processes said
 *   DIR/runs/001-NAME/        the run itself, as `satrun train` leaves it
 *
 * Plain files, made at once and never changed but for states and runs: no
 * daemon, no database.  Whoever can read the directory can tell how it stands,
 * whoever can lock a file in it can work on it.
 */
#ifndef SR_SWEEP_SWEEP_H
#define SR_SWEEP_SWEEP_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "sweep/expand.h"

struct sr_job {
    int number;             /* from 1 */
    const char *name;       /* "attacker-seed0"; sr_job_name_is_good */
    const char *checkpoint; /* "last" or "best" */
    char sha256[SR_SHA256_TEXT];
    const char *settings; /* "seed=0 ...", for people; not read again */
};

struct sr_sweep {
    const char *dir;
    int jobs;
    struct sr_job *job;
    int evals; /* after the training of each job */
    struct sr_settings *eval;
};

/* A job about to be written. */
struct sr_frozen {
    const char *name, *checkpoint, *settings;
    const char *config; /* the text of config.yaml */
};

/* Write DIR with its parents, in one step: it is there whole or not at all.
 *   about    becomes sweep.json, with the evaluations added; consumed
 * Fails: SR_EUSAGE when DIR is there and not empty; SR_ERESOURCE. */
enum sr_status sr_sweep_write(const char *dir, int jobs,
                              const struct sr_frozen *job, int evals,
                              const struct sr_settings *eval, json_t *about,
                              struct sr_err *err);

/* Read it.  From ARENA.  Fails: SR_EUSAGE when DIR is no sweep; SR_ECONFIG, at
 * the line of index.tsv, when it is damaged. */
enum sr_status sr_sweep_read(const char *dir, struct sr_arena *arena,
                             struct sr_sweep **sweep, struct sr_err *err);

/* The job of this number or name; SR_EUSAGE when there is none. */
enum sr_status sr_sweep_find(const struct sr_sweep *sweep, const char *word,
                             struct sr_job **job, struct sr_err *err);

/* Is the job's config what was frozen?  Fails with SR_ECONFIG. */
enum sr_status sr_sweep_check(const struct sr_sweep *sweep,
                              const struct sr_job *job, struct sr_err *err);

/* DIR/jobs/001-NAME/FILE and DIR/runs/001-NAME. */
char *sr_sweep_file(const struct sr_sweep *sweep, const struct sr_job *job,
                    const char *file, struct sr_arena *arena);
char *sr_sweep_run(const struct sr_sweep *sweep, const struct sr_job *job,
                   struct sr_arena *arena);

#endif
