/* data/tar.h - the members of a tar file in their order; libarchive's door.
 *
 * Plain or compressed by gzip.  Only regular members are handed out.  Names are
 * never used to write files.
 */
#ifndef SR_DATA_TAR_H
#define SR_DATA_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct sr_tar;

struct sr_member {
    const char *name; /* borrowed until the next sr_tar_next */
    int64_t size;     /* bytes                               */
    int64_t offset; /* of its first byte in a plain file; -1 when compressed */
};

/* Plain or compressed.  From ARENA.  Fails with SR_EDATA. */
enum sr_status sr_tar_open(const char *path, struct sr_arena *arena,
                           struct sr_tar **tar, struct sr_err *err);
/* The tar file that lies in `size` bytes at `offset` of a plain file.  Members'
 * offsets count from the beginning of that.
 *   shown  what it is called in messages */
enum sr_status sr_tar_open_part(const char *path, const char *shown,
                                int64_t offset, int64_t size,
                                struct sr_arena *arena, struct sr_tar **tar,
                                struct sr_err *err);
void sr_tar_close(struct sr_tar *tar);

/* *more = false after the last member: everything has been checked then that
 * can be: a plain file has to end with the two zero blocks that close a tar
 * file, a compressed one with its checksum.
 * Fails with SR_EDATA, naming the file: truncated, damaged, not a tar. */
enum sr_status sr_tar_next(struct sr_tar *tar, struct sr_member *member,
                           bool *more, struct sr_err *err);

/* The whole content of the member at hand, member.size bytes. */
enum sr_status sr_tar_read(struct sr_tar *tar, void *bytes, size_t size,
                           struct sr_err *err);

#endif
