/* base/child.h - this program as a child process of itself.
 *
 * A crash of the child is the child's alone, and its files and threads end with
 * it.  When the parent ends, however it does, the child is asked to stop.
 *
 * Threads: used by the main thread only, before any other is started.
 */
#ifndef SR_BASE_CHILD_H
#define SR_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Start this very program, which is the one that is running even if its file
 * has been replaced meanwhile.
 *   argv     as of main, argv[0] included, ended by NULL
 *   output   file that stdout and stderr are appended to; stdin is empty
 *   keep     descriptor that stays open in the child, -1 for none
 * Fails with SR_ERESOURCE. */
enum sr_status sr_child_start(char *const *argv, const char *output, int keep,
                              pid_t *pid, struct sr_err *err);

/* How a child ended. */
struct sr_ending {
    pid_t pid;
    int code;   /* of its exit; meaningless after a signal  */
    int signal; /* that ended it, 0 for none                */
};

/* Has a child ended that was not told of yet? */
bool sr_child_ended(struct sr_ending *ending);

/* Ask it to stop (SIGTERM). */
void sr_child_stop(pid_t pid);

/* Is there a process of this number on this machine? */
bool sr_child_is_alive(pid_t pid);

#endif
