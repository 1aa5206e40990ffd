/* base/lock.h - a lock that dies with the process that holds it.
 */
#ifndef SR_BASE_LOCK_H
#define SR_BASE_LOCK_H

#include "base/arena.h"
#include "base/err.h"

/* Lock the file at `path`, made if missing, for this process alone.
 *   *lock    a file descriptor to give back with sr_lock_release, closed when
 *            another program is executed; -1: somebody else holds it
 * The lock goes with the descriptor: the system lets go of it however the
 * process ends, so it can never be stale.  A descriptor that a child process
 * was given on purpose holds it, too.  Fails with SR_ERESOURCE. */
enum sr_status sr_lock_try(const char *path, int *lock, struct sr_err *err);

void sr_lock_release(int lock);

/* The name of a file that one process at a time shall write, as long as that
 * takes: the lock is a file beside it, PATH.lock, which goes when it is let go.
 * What a killed process leaves of it holds nobody up. */
struct sr_lock_name {
    int lock;
    const char *path; /* PATH.lock, from ARENA */
};

/* Fails: SR_EUSAGE when somebody has the name, this process included;
 * SR_ERESOURCE. */
enum sr_status sr_lock_name(const char *path, struct sr_arena *arena,
                            struct sr_lock_name *name, struct sr_err *err);
void sr_lock_name_release(struct sr_lock_name *name);

#endif
