/* base/file.h - files read whole, and files that are never half written.
 */
#ifndef SR_BASE_FILE_H
#define SR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* The whole file, with a zero byte after the last; from ARENA.
 *   limit    files of more bytes are refused
 *   status   what a failure means to the caller, SR_EDATA for instance
 * Fails: `status` when the file is missing, a directory, too large, or changes
 * its size while it is read; SR_ERESOURCE as sr_fail_errno. */
enum sr_status sr_file_read(const char *path, size_t limit,
                            enum sr_status status, struct sr_arena *arena,
                            unsigned char **bytes, size_t *size,
                            struct sr_err *err);

/* Write beside, fsync, rename over path, fsync the directory: after a crash
 * there is the old file or the new one.  Fails with SR_ERESOURCE; the file
 * beside is then removed.  Of a process that is killed it stays, as
 * path.PID.tmp, only on file systems where a file needs a name to be written.
 */
enum sr_status sr_file_write(const char *path, const void *bytes, size_t size,
                             struct sr_err *err);

/* mkdir -p.  Fails with SR_ERESOURCE. */
enum sr_status sr_file_mkdir(const char *path, struct sr_err *err);

/* The folder for what this user's program may forget, $XDG_CACHE_HOME/satrun or
 * ~/.cache/satrun, made if need be; from ARENA.  Fails with SR_ERESOURCE. */
enum sr_status sr_file_cache(struct sr_arena *arena, const char **dir,
                             struct sr_err *err);

/* rename(2) and fsync of the parent directory. */
enum sr_status sr_file_rename(const char *from, const char *to,
                              struct sr_err *err);

/* Make `path` a symbolic link to target, replacing an older link in one step.
 */
enum sr_status sr_file_link(const char *target, const char *path,
                            struct sr_err *err);

/* rm -rf of a directory this program made; symbolic links are not followed.
 * A missing directory is no failure. */
enum sr_status sr_file_remove_tree(const char *path, struct sr_err *err);

bool sr_file_exists(const char *path); /* anything, links followed */
bool sr_file_is_dir(const char *path);

/* Is there nothing, or a plain file?  A new file takes its place by a rename,
 * which would leave what a link leads to as it was, and put an end to a device
 * or a pipe. */
bool sr_file_is_replaceable(const char *path);

/* Do both lead to one file that is there? */
bool sr_file_is_same(const char *path, const char *other);

/* May `reader`, "report" say, write `output` while it reads `input`?  Fails
 * with SR_EUSAGE where both lead to one file, which would be lost. */
enum sr_status sr_file_check_kept(const char *output, const char *input,
                                  const char *reader, struct sr_err *err);

/* Is it a symbolic link to one of the folders its own path goes through?
 * Whoever follows it walks in circles. */
bool sr_file_leads_back(const char *path, struct sr_arena *scratch);
int64_t sr_file_size(const char *path); /* bytes; -1 when it is not a file */

/* Names in a directory, byte-sorted, without . and ..; from ARENA. */
enum sr_status sr_file_list(const char *path, enum sr_status status,
                            struct sr_arena *arena, const char *const **names,
                            int *n, struct sr_err *err);

/* "dir/name", or name alone when it is absolute or dir is "". */
char *sr_file_join(struct sr_arena *arena, const char *dir, const char *name);

/* Without the slashes a shell's completion leaves at its end; "/" stays. */
char *sr_file_trim(struct sr_arena *arena, const char *path);

/* The part behind the last '/', all of it when there is none.  Borrowed. */
const char *sr_file_name(const char *path);

/* The part before the last '/', "." when there is none. */
char *sr_file_dir(struct sr_arena *arena, const char *path);

#endif
