/* sweep/slot.h - one job in the hands of a runner, from its claim to its end.
 *
 * The inside of runner.c, which finds the jobs and waits; here is what happens
 * to one of them: a process is started for a step, its end is judged, and the
 * job goes on, is tried again, or is left with a note of how it stands.
 */
#ifndef SR_SWEEP_SLOT_H
#define SR_SWEEP_SLOT_H

#include "base/child.h"
#include "sweep/runner.h"

/* A job being worked on. */
struct sr_slot {
    struct sr_job *job; /* NULL: free */
    struct sr_job_state state;
    int lock;
    pid_t pid;
    double since, before; /* seconds: this process's start; of work before it */
    long log_from;        /* byte of log.txt where the process began          */
};

struct sr_runner {
    const struct sr_sweep *sweep;
    const struct sr_runner_opts *opts;
    struct sr_log *log;
    struct sr_arena *arena;
    struct sr_slot *slot; /* [at_once] */
    bool *settled;        /* [jobs]: done or failed, as far as known here   */
    int finished;         /* jobs done here, and their seconds of work      */
    double finished_seconds;
    bool stopping;
    int damaged;       /* jobs that cannot be read ...   */
    struct sr_err why; /* ... and what the first one says */
    int left_over; /* jobs to wait for: the runner is gone and its process is
                      not, or it is the only one and someone else's        */
    bool waits;    /* that has been said                                   */
    double beat, looked; /* seconds: the last sign of life, look for jobs */
};

/* Begin the step that the job's state names.  A job whose config is not the
 * frozen one any more is left as failed.  Fails: as sr_job_write and
 * sr_child_start. */
enum sr_status sr_slot_start(struct sr_runner *r, struct sr_slot *s,
                             struct sr_err *err);

/* Its process has ended in this way: go on with the next step, try this one
 * again, or note how the job stands and let go of it.  Fails as sr_slot_start.
 */
enum sr_status sr_slot_end(struct sr_runner *r, struct sr_slot *s,
                           const struct sr_ending *end, struct sr_err *err);

/* Let go of the job without a word. */
void sr_slot_free(struct sr_slot *s);

#endif
