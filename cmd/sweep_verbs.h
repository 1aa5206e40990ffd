/* cmd/sweep_verbs.h - what `satrun sweep` does.
 */
#ifndef SR_SWEEP_VERBS_H
#define SR_SWEEP_VERBS_H

#include "cmd.h"
#include "sweep/job.h"

struct sr_sweep_flags {
    const char *out;   /* make     */
    long long jobs;    /* run: at once */
    long long retries; /* run      */
    const char *job;   /* run: number or name of the only one */
};

/* Freeze the jobs that the call's words describe (sweep/expand.h).  All of them
 * are checked before anything is written.  Fails with SR_ECONFIG and an empty
 * text when problems have been printed. */
enum sr_status sr_sweep_make(const struct sr_call *call, struct sr_err *err);

/* The others work on a sweep that is there. */
typedef enum sr_status sr_sweep_verb_fn(const struct sr_call *call,
                                        struct sr_sweep *sweep,
                                        struct sr_err *err);
sr_sweep_verb_fn sr_sweep_status;

#endif
