/* sweep/runner.h - working on the jobs of a sweep.
 *
 * A runner takes the first job that nobody works on, starts `satrun train` and
 * then `satrun eval` for it as processes of their own, and notes how it went;
 * several at once share the cores.  Any number of runners, on any machines that
 * see the directory, share a sweep.
 *
 * How a process ends decides what follows:
 *   0            the next step, or the job is done
 *   75           it was asked to stop and has saved: the job waits for its turn
 *   1, 7, signal a try that failed; it goes on from its checkpoint, so often
 *   others       the job has failed: doing it again would change nothing
 */
#ifndef SR_SWEEP_RUNNER_H
#define SR_SWEEP_RUNNER_H

#include "base/log.h"
#include "sweep/job.h"

struct sr_runner_opts {
    int at_once;         /* jobs, at least 1                            */
    int threads;         /* of each                                     */
    int retries;         /* of a job, after its first try               */
    struct sr_job *only; /* this job and no other; NULL: all            */
    char *program;       /* argv[0]                                     */
};

/* Work until no job is left that could be worked on here.
 * Fails: SR_STOPPED when asked to stop, its children having saved; as the first
 * failed job did, where there is one; SR_ERESOURCE; SR_ECONFIG when a state is
 * damaged. */
enum sr_status sr_sweep_work(const struct sr_sweep *sweep,
                             const struct sr_runner_opts *opts,
                             struct sr_log *log, struct sr_err *err);

#endif
