/* report/rundir.h - what a run leaves behind.
 *
 *   runs/<name>-<time>/   config.yaml  command.txt  manifest.json  log.txt
 *                         metrics.jsonl  checkpoints/{last,best}  eval/ *.json
 *                         tb/ where logging.tensorboard asks for it
 *   runs/latest           -> the newest run
 *
 * A run directory belongs to one process at a time: a lock on it is held while
 * it is open and is gone with the process, however that ends.
 */
#ifndef SR_REPORT_RUNDIR_H
#define SR_REPORT_RUNDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct sr_events;

struct sr_rundir {
    const char *path;
    int lock;                 /* file descriptor; private */
    int metrics;              /* file descriptor; private */
    struct sr_events *events; /* private; NULL: none are written */
};

/* Open `path`, made if missing, and lock it.  Removes half-written *.tmp.
 * Fails with SR_ERESOURCE; SR_EUSAGE when another process holds it or when it
 * is a directory of something else. */
enum sr_status sr_rundir_open(const char *path, struct sr_arena *arena,
                              struct sr_rundir *run, struct sr_err *err);
void sr_rundir_close(struct sr_rundir *run);

/* "<root>/<name>-<UTC>", a suffix making it new. */
char *sr_rundir_new_path(const char *root, const char *name,
                         struct sr_arena *arena);

/* The newest directory <root>/<name>-* whose manifest has this "name", this
 * "config" (NULL: any) and a "state" other than "finished"; NULL when there is
 * none. */
char *sr_rundir_find_unfinished(const char *root, const char *name,
                                const char *config_hash,
                                struct sr_arena *arena);

/* The same of one that is. */
char *sr_rundir_find_finished(const char *root, const char *name,
                              const char *config_hash, struct sr_arena *arena);

/* Point <root>/latest, where commands look when they are told no run, at it;
 * the run may be anywhere. */
enum sr_status sr_rundir_set_latest(const char *root, const char *path,
                                    struct sr_err *err);

/* "run" as a user names it: a path, or NULL for runs/latest. */
enum sr_status sr_rundir_find(const char *run, struct sr_arena *arena,
                              char **path, struct sr_err *err);

/* Is a process working in the run at path?  Asked by taking its lock for a
 * moment; where that cannot be told, true. */
bool sr_rundir_is_held(const char *path);

/* A path inside the run directory. */
char *sr_rundir_file(const struct sr_rundir *run, const char *name,
                     struct sr_arena *arena);

/* Append one JSON object, and "time" in seconds of Unix, as one line with one
 * write.  Consumes row.  Fails with SR_ERESOURCE. */
enum sr_status sr_rundir_metric(struct sr_rundir *run, json_t *row,
                                struct sr_err *err);

/* Bytes of metrics.jsonl now (fsynced), and cutting it back to that length: a
 * resumed run repeats what came after its checkpoint. */
int64_t sr_rundir_metrics_size(struct sr_rundir *run);
enum sr_status sr_rundir_metrics_cut(struct sr_rundir *run, int64_t size,
                                     struct sr_err *err);

/* Have the lines so far, and each further one, in tb/ too (events.h); after the
 * cut.  From ARENA.  Damaged lines are left out.
 *   skipped  names them, as metrics.h has it
 * Fails with SR_ERESOURCE. */
enum sr_status sr_rundir_tensorboard(struct sr_rundir *run,
                                     struct sr_arena *arena,
                                     struct sr_err *skipped,
                                     struct sr_err *err);

/* Set these members of manifest.json (atomic rewrite, the others stay).
 * Consumes them. */
enum sr_status sr_rundir_note_all(struct sr_rundir *run, json_t *members,
                                  struct sr_err *err);

/* manifest.json of the run at path, whoever holds it.  The caller owns it. */
enum sr_status sr_rundir_manifest(const char *path, json_t **manifest,
                                  struct sr_err *err);

#endif
