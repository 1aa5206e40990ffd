#define _GNU_SOURCE /* nftw, O_TMPFILE */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: opening a pipe nobody writes to must fail, not wait. */
enum { READING = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

static ssize_t read_some(int file, void *bytes, size_t size)
{
    ssize_t got;
    do
        got = read(file, bytes, size);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Fill bytes [size]; *got < size when the file ends before. */
static bool read_all(int file, unsigned char *bytes, size_t size, size_t *got)
{
    for (*got = 0; *got < size;) {
        const ssize_t some = read_some(file, bytes + *got, size - *got);
        if (some < 0)
            return false;
        if (some == 0)
            return true;
        *got += (size_t)some;
    }
    return true;
}

static enum sr_status read_open(int file, const char *path, size_t limit,
                                enum sr_status status, struct sr_arena *arena,
                                unsigned char **bytes, size_t *size,
                                struct sr_err *err)
{
    struct stat is;
    if (fstat(file, &is) != 0)
        return sr_fail_errno(err, status, "look at", path);
    if (!S_ISREG(is.st_mode))
        return sr_fail(err, status, "%s is %s, expected a file", path,
                       S_ISDIR(is.st_mode) ? "a directory" : "no plain file");
    const size_t expected = (size_t)is.st_size;
    if (expected > limit)
        return sr_fail(err, status, "%s has %zu bytes, more than the %zu read",
                       path, expected, limit);

    const struct sr_mark before = sr_arena_mark(arena);
    unsigned char *text = sr_arena_take(arena, expected + 1, 1), more;
    size_t got;
    enum sr_status failed = SR_OK;
    if (!read_all(file, text, expected, &got))
        failed = sr_fail_errno(err, status, "read", path);
    else if (got < expected || read_some(file, &more, 1) > 0)
        failed = sr_fail(err, status, "%s changed while it was read", path);
    if (failed != SR_OK) {
        sr_arena_release(arena, before);
        return failed;
    }
    *bytes = text;
    *size = expected;
    return SR_OK;
}

enum sr_status sr_file_read(const char *path, size_t limit,
                            enum sr_status status, struct sr_arena *arena,
                            unsigned char **bytes, size_t *size,
                            struct sr_err *err)
{
    const int file = open(path, READING);
    if (file < 0)
        return sr_fail_errno(err, status, "open", path);
    const enum sr_status done =
        read_open(file, path, limit, status, arena, bytes, size, err);
    close(file);
    return done;
}

/* The length of the directory part of path, without the '/'; 0 for none. */
static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + (slash == path) : 0;
}

static bool parent_of(const char *path, char dir[PATH_MAX])
{
    const size_t length = parent_length(path);
    if (length >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(dir, PATH_MAX, "%.*s", length ? (int)length : 1,
             length ? path : ".");
    return true;
}

static bool sync_file(int file)
{
    int code;
    do
        code = fsync(file);
    while (code != 0 && errno == EINTR);
    return code == 0;
}

/* Makes a rename or a new file durable.  Some file systems have no fsync of
 * directories and say EINVAL, and some directories may be written but not read
 * (EACCES); theirs are then as durable as they get. */
static bool sync_parent(const char *path)
{
    char dir[PATH_MAX];
    if (!parent_of(path, dir))
        return false;
    const int file = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return errno == EACCES;
    const bool good = sync_file(file) || errno == EINVAL;
    const int code = errno;
    close(file);
    errno = code;
    return good;
}

static bool write_all(int file, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t some = write(file, bytes, size);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return false;
        bytes += some;
        size -= (size_t)some;
    }
    return true;
}

/* A name beside path that no other process uses. */
static bool beside(const char *path, char name[PATH_MAX])
{
    const int length =
        snprintf(name, PATH_MAX, "%s.%ld.tmp", path, (long)getpid());
    if (length > 0 && length < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

/* A file for path that has no name until it is whole, so that a process that is
 * killed leaves nothing; -1 where the system has none such. */
static int open_nameless(const char *path)
{
    char dir[PATH_MAX];
    if (access("/proc/self/fd", X_OK) != 0 || !parent_of(path, dir))
        return -1;
    return open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

static bool give_name(int file, const char *path)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", file);
    return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* A leftover of the same name can only be of a dead process with our number. */
static bool write_new(const char *path, const void *bytes, size_t size)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return false;
    int file = open_nameless(path);
    const bool nameless = file >= 0;
    if (!nameless)
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    const bool written = write_all(file, bytes, size) && sync_file(file) &&
                         (!nameless || give_name(file, path));
    const int code = errno;
    const bool closed = close(file) == 0 || errno == EINTR; /* closed anyway */
    if (!written)
        errno = code;
    return written && closed;
}

static void unlink_keeping_errno(const char *path)
{
    const int code = errno;
    unlink(path);
    errno = code;
}

bool sr_file_is_replaceable(const char *path)
{
    struct stat is;
    return lstat(path, &is) != 0 || S_ISREG(is.st_mode);
}

bool sr_file_is_same(const char *path, const char *other)
{
    struct stat a, b;
    return stat(path, &a) == 0 && stat(other, &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

enum sr_status sr_file_check_kept(const char *output, const char *input,
                                  const char *reader, struct sr_err *err)
{
    if (!sr_file_is_same(output, input))
        return SR_OK;
    return sr_fail(err, SR_EUSAGE,
                   "%s is read by this %s and would be replaced by it: give "
                   "what is written another name",
                   output, reader);
}

enum sr_status sr_file_write(const char *path, const void *bytes, size_t size,
                             struct sr_err *err)
{
    char temporary[PATH_MAX];
    if (!sr_file_is_replaceable(path))
        return sr_fail(err, SR_ERESOURCE,
                       "cannot write %s: it exists and is no plain file", path);
    if (!beside(path, temporary))
        return sr_fail_errno(err, SR_ERESOURCE, "write", path);
    if (!write_new(temporary, bytes, size) || rename(temporary, path) != 0) {
        unlink_keeping_errno(temporary);
        return sr_fail_errno(err, SR_ERESOURCE, "write", path);
    }
    if (!sync_parent(path))
        return sr_fail_errno(err, SR_ERESOURCE, "sync the directory of", path);
    return SR_OK;
}

static bool make_dir(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return sync_parent(path);
    const int code = errno;
    if (sr_file_is_dir(path))
        return true;
    errno = code == EEXIST ? ENOTDIR : code;
    return false;
}

enum sr_status sr_file_mkdir(const char *path, struct sr_err *err)
{
    char part[PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        errno = length ? ENAMETOOLONG : ENOENT;
        return sr_fail_errno(err, SR_ERESOURCE, "make the directory", path);
    }
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (!make_dir(part))
            return sr_fail_errno(err, SR_ERESOURCE, "make the directory", part);
        part[i] = path[i];
    }
    return SR_OK;
}

enum sr_status sr_file_cache(struct sr_arena *arena, const char **dir,
                             struct sr_err *err)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *path = xdg && *xdg ? sr_file_join(arena, xdg, "satrun")
                       : home && *home
                           ? sr_file_join(arena, home, ".cache/satrun")
                           : NULL;
    if (!path)
        return sr_fail(err, SR_ERESOURCE,
                       "neither XDG_CACHE_HOME nor HOME is set");
    SR_TRY(sr_file_mkdir(path, err));
    *dir = path;
    return SR_OK;
}

enum sr_status sr_file_rename(const char *from, const char *to,
                              struct sr_err *err)
{
    if (rename(from, to) != 0)
        return sr_fail_errno(err, SR_ERESOURCE, "rename to", to);
    if (!sync_parent(to))
        return sr_fail_errno(err, SR_ERESOURCE, "sync the directory of", to);
    return SR_OK;
}

enum sr_status sr_file_link(const char *target, const char *path,
                            struct sr_err *err)
{
    char temporary[PATH_MAX];
    if (!beside(path, temporary) ||
        (unlink(temporary) != 0 && errno != ENOENT) ||
        symlink(target, temporary) != 0)
        return sr_fail_errno(err, SR_ERESOURCE, "make the link", path);
    if (rename(temporary, path) != 0) {
        unlink_keeping_errno(temporary);
        return sr_fail_errno(err, SR_ERESOURCE, "make the link", path);
    }
    if (!sync_parent(path))
        return sr_fail_errno(err, SR_ERESOURCE, "sync the directory of", path);
    return SR_OK;
}

static int remove_one(const char *path, const struct stat *is, int type,
                      struct FTW *place)
{
    (void)is, (void)type, (void)place;
    return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

enum sr_status sr_file_remove_tree(const char *path, struct sr_err *err)
{
    struct stat is;
    if (lstat(path, &is) != 0 && errno == ENOENT)
        return SR_OK;
    const int code = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (code == 0)
        return SR_OK;
    if (code > 0)
        errno = code;
    return sr_fail_errno(err, SR_ERESOURCE, "remove", path);
}

bool sr_file_exists(const char *path)
{
    struct stat is;
    return stat(path, &is) == 0;
}

bool sr_file_is_dir(const char *path)
{
    struct stat is;
    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

bool sr_file_leads_back(const char *path, struct sr_arena *scratch)
{
    struct stat is, above;
    if (lstat(path, &is) != 0 || !S_ISLNK(is.st_mode) || stat(path, &is) != 0)
        return false;
    for (const char *at = path; strcmp(at, ".") != 0 && strcmp(at, "/") != 0;) {
        at = sr_file_dir(scratch, at);
        if (stat(at, &above) == 0 && above.st_dev == is.st_dev &&
            above.st_ino == is.st_ino)
            return true;
    }
    return false;
}

int64_t sr_file_size(const char *path)
{
    struct stat is;
    return stat(path, &is) == 0 && S_ISREG(is.st_mode) ? is.st_size : -1;
}

static int not_a_dot(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum sr_status sr_file_list(const char *path, enum sr_status status,
                            struct sr_arena *arena, const char *const **names,
                            int *n, struct sr_err *err)
{
    struct dirent **found;
    const int count = scandir(path, &found, not_a_dot, by_bytes);
    if (count < 0)
        return sr_fail_errno(err, status, "list", path);
    const char **list = SR_TAKE(arena, count, const char *);
    for (int i = 0; i < count; i++) {
        list[i] = sr_arena_text(arena, found[i]->d_name);
        free(found[i]);
    }
    free(found);
    *names = list;
    *n = count;
    return SR_OK;
}

char *sr_file_join(struct sr_arena *arena, const char *dir, const char *name)
{
    if (name[0] == '/' || dir[0] == '\0')
        return sr_arena_text(arena, name);
    const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";
    return sr_arena_format(arena, "%s%s%s", dir, slash, name);
}

char *sr_file_trim(struct sr_arena *arena, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return sr_arena_format(arena, "%.*s", (int)length, path);
}

const char *sr_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *sr_file_dir(struct sr_arena *arena, const char *path)
{
    const size_t length = parent_length(path);
    return length ? sr_arena_format(arena, "%.*s", (int)length, path)
                  : sr_arena_text(arena, ".");
}
