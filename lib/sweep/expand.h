/* sweep/expand.h - the words of a command line become a list of jobs.
 *
 *   CONFIG                  the config they stand on; several are varied, too
 *   key=value               holds for every job
 *   key=v1,v2               varied: each value with each of everything else;
 *                           commas in brackets belong to a list, [15,25]
 *   "NAME: key=value ..."   a cell, one word: settings that belong together.
 *                           Every cell is combined with what is varied
 *   "eval: WORD k=v ..."    an evaluation of each job after its training: an
 *                           attack and eval.* keys, written without "eval."
 *
 * Jobs are called after the config where there are several, the cell, and the
 * values that are varied: attacker-seed0.  Keys vary in the order they are
 * given, the first slowest; cells fastest, so that a comparison is complete
 * early.  Nothing here knows what a key means.
 */
#ifndef SR_SWEEP_EXPAND_H
#define SR_SWEEP_EXPAND_H

#include "base/arena.h"
#include "base/err.h"

enum { SR_SWEEP_JOBS_MAX = 9999, SR_JOB_NAME_MAX = 120 };

struct sr_settings {
    int n;
    char **word; /* "key=value" */
};

struct sr_planned {
    char *name;
    char *config;
    struct sr_settings settings; /* later ones win */
};

struct sr_plan_of_sweep {
    int jobs;
    struct sr_planned *job;
    int evals;
    struct sr_settings *eval; /* eval.attack=WORD first */
};

/* May this be the name of a job, and so of a directory? */
int sr_job_name_is_good(const char *name);

/* words: what has no key of its own, configs, cells and evaluations; settings:
 * the key=value words.  Both keep their order.  From ARENA.
 * Fails with SR_EUSAGE: a key given twice, in a cell and varied; values, names
 * or attacks left out; two jobs of one name; too many jobs. */
enum sr_status sr_sweep_expand(const struct sr_settings *words,
                               const struct sr_settings *settings,
                               struct sr_arena *arena,
                               struct sr_plan_of_sweep *plan,
                               struct sr_err *err);

#endif
