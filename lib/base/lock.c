#define _DEFAULT_SOURCE /* flock */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum sr_status sr_lock_try(const char *path, int *lock, struct sr_err *err)
{
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        return sr_fail_errno(err, SR_ERESOURCE, "open", path);
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        *lock = file;
        return SR_OK;
    }
    const int code = errno;
    close(file);
    errno = code;
    if (code != EWOULDBLOCK)
        return sr_fail_errno(err, SR_ERESOURCE, "lock", path);
    *lock = -1;
    return SR_OK;
}

void sr_lock_release(int lock) { close(lock); }
