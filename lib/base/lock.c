#define _DEFAULT_SOURCE /* flock */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/* Has the name not been let go, and its file removed, since it was opened? */
static bool is_there(int lock, const char *path)
{
    struct stat held, is;
    return fstat(lock, &held) == 0 && stat(path, &is) == 0 &&
           held.st_dev == is.st_dev && held.st_ino == is.st_ino;
}

enum sr_status sr_lock_name(const char *path, struct sr_arena *arena,
                            struct sr_lock_name *name, struct sr_err *err)
{
    const char *beside = sr_arena_format(arena, "%s.lock", path);
    int lock = -1;

    SR_TRY(sr_lock_try(beside, &lock, err));
    while (lock >= 0 && !is_there(lock, beside)) {
        sr_lock_release(lock);
        SR_TRY(sr_lock_try(beside, &lock, err));
    }
    if (lock < 0)
        return sr_fail(err, SR_EUSAGE,
                       "%s is being written by another process, or under two "
                       "names by this one: %s is held",
                       path, beside);
    *name = (struct sr_lock_name){lock, beside};
    return SR_OK;
}

void sr_lock_name_release(struct sr_lock_name *name)
{
    unlink(name->path); /* first: nobody else may have it meanwhile */
    sr_lock_release(name->lock);
}
