/* sweep/step_words.h - the command line of a step of a job.
 */
#ifndef SR_SWEEP_STEP_WORDS_H
#define SR_SWEEP_STEP_WORDS_H

#include "sweep/sweep.h"

struct sr_step_of_job {
    const struct sr_sweep *sweep;
    const struct sr_job *job;
    int step; /* 0: the training, i: evaluation i */
    int threads;
    char *program; /* argv[0] */
};

/* argv, ended by NULL: `satrun train CONFIG --run RUN --keep-latest` or `satrun
 * eval RUN --checkpoint WHICH eval.attack=...`, with threads and plain
 * progress. From ARENA; words of the sweep are borrowed. */
char **sr_step_words(const struct sr_step_of_job *step, struct sr_arena *arena);

#endif
