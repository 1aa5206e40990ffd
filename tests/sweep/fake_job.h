/* tests/sweep/fake_job.h - what a sweep's runner starts in its tests.
 *
 * A runner starts its own program, which here is the test runner; called as
 * `run_tests train CONFIG --run DIR ...` it does what the config says:
 *   exit N       end with this code
 *   signal N     end by this signal
 *   fail N T     end with code N the first T times, well after that
 *   wait         until asked to stop, then end with 75
 *   meet N       until N such jobs are there, started at once or not at all
 *   alone        be the only such job at work
 * `run_tests eval ...` ends well.  Whoever waits in vain ends with 9 after ten
 * seconds.
 */
#ifndef SR_TESTS_SWEEP_FAKE_JOB_H
#define SR_TESTS_SWEEP_FAKE_JOB_H

#include <stdbool.h>

bool sr_fake_job_is(int argc, char **argv);

/* What to exit with. */
int sr_fake_job(char **argv);

#endif
