/* base/lock.h - a lock that dies with the process that holds it.
 */
#ifndef SR_BASE_LOCK_H
#define SR_BASE_LOCK_H

#include "base/err.h"

/* Lock the file at `path`, made if missing, for this process alone.
 *   *lock    a file descriptor to give back with sr_lock_release, closed when
 *            another program is executed; -1: somebody else holds it
 * The lock goes with the descriptor: the system lets go of it however the
 * process ends, so it can never be stale.  A descriptor that a child process
 * was given on purpose holds it, too.  Fails with SR_ERESOURCE. */
enum sr_status sr_lock_try(const char *path, int *lock, struct sr_err *err);

void sr_lock_release(int lock);

#endif
