/* sweep/job.h - how a job stands, and who works on it.
 *
 * Work on a job is claimed by locking jobs/NNN-NAME/lock.  The lock dies with
 * the process that holds it and with the child it was handed to, so a job is
 * never worked on twice and never stays claimed.  state.json says the same to
 * people, and to machines on a file system whose locks do not reach them: who
 * (host, process, boot of the machine), and by the time of its last change that
 * they still are.
 */
#ifndef SR_SWEEP_JOB_H
#define SR_SWEEP_JOB_H

#include <stdbool.h>

#include "sweep/sweep.h"

enum sr_job_phase {
    SR_JOB_WAITING, /* no state.json, or put back by `sweep retry` */
    SR_JOB_RUNNING,
    SR_JOB_INTERRUPTED, /* asked to stop, with a checkpoint */
    SR_JOB_FAILED,
    SR_JOB_DONE,
    SR_JOB_PHASES
};

struct sr_job_state {
    enum sr_job_phase phase;
    int step;        /* that is made next: 0 the training, then evaluations */
    int tries;       /* that failed in a way worth another try              */
    int exit_code;   /* of the last process that failed; -1: a signal       */
    int signal;      /* that ended it, 0 for none                           */
    double seconds;  /* of work before the process that runs now            */
    double began;    /* that process: seconds since 1970                    */
    char error[512]; /* the first line that told of the failure, "": none   */
    char host[72], boot[40];
    long long pid;    /* of the runner */
    char changed[32]; /* UTC */
};

/* Is there nothing more to do, unless `sweep retry` puts it back? */
bool sr_job_is_over(enum sr_job_phase phase);

/* The word for it in state.json and on screen; an sr_words_fn. */
const char *sr_job_phase_name(int i);

/* Signs of life: how often a runner gives them, and after how long a silence a
 * job of another machine counts as left.  Seconds. */
enum { SR_JOB_BEAT = 10, SR_JOB_SILENCE = 180 };

/* Read state.json; a job without one waits.
 *   age    seconds since the last sign of life; 0 without one; NULL allowed
 * Fails with SR_ECONFIG when it is damaged. */
enum sr_status sr_job_read(const struct sr_sweep *sweep,
                           const struct sr_job *job, struct sr_job_state *state,
                           double *age, struct sr_err *err);

/* Seconds of work, those of a process that runs now included. */
double sr_job_seconds(const struct sr_job_state *state);

/* Is the one who said to be running it at work, as far as can be told from
 * here? */
bool sr_job_is_alive(const struct sr_job_state *state, double age);

/* Write it, signed by this process now.  Fails with SR_ERESOURCE. */
enum sr_status sr_job_write(const struct sr_sweep *sweep,
                            const struct sr_job *job,
                            struct sr_job_state *state, struct sr_err *err);

/* A sign of life. */
void sr_job_beat(const struct sr_sweep *sweep, const struct sr_job *job);

/* Lock the job and read its state; the work of a process that died counts in
 * state->seconds then.
 *   *lock   -1: somebody else works on it
 * Fails as sr_job_read and sr_lock_try; there is nothing to release then. */
enum sr_status sr_job_claim(const struct sr_sweep *sweep,
                            const struct sr_job *job, int *lock,
                            struct sr_job_state *state, struct sr_err *err);

/* The first line of log.txt, from byte `offset` on, that says what went wrong,
 * without "satrun: error: ", else the last one that says anything; "" for none.
 * Printable. */
void sr_job_first_error(const struct sr_sweep *sweep, const struct sr_job *job,
                        long offset, char *text, size_t size);

#endif
