/* data/gzip.h - the bytes of a file, inflated where it is gzip; zlib's door.
 *
 * Whether a file is gzip is seen from its first bytes, never from its name.
 * A reader asks for as many bytes as the format says there are, so that a file
 * of a few kilobytes cannot unpack to gigabytes.
 */
#ifndef SR_DATA_GZIP_H
#define SR_DATA_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct sr_gzip;

/* From ARENA; sr_gzip_close gives the file back.  Fails with SR_EDATA. */
enum sr_status sr_gzip_open(const char *path, struct sr_arena *arena,
                            struct sr_gzip **gz, struct sr_err *err);
void sr_gzip_close(struct sr_gzip *gz);

/* From here on a plain file, of which nothing has been read, is these bytes
 * alone.  They are cut to those there are. */
void sr_gzip_part(struct sr_gzip *gz, int64_t offset, int64_t size);

bool sr_gzip_plain(const struct sr_gzip *gz); /* not compressed */

/* The most bytes that deflate makes of one. */
enum { SR_GZIP_MOST = 1032 };

/* The most bytes the file can hold unpacked.  A header that promises more is
 * lying. */
uint64_t sr_gzip_most(const struct sr_gzip *gz);

/* The next bytes: at most `size`, 0 only at the end.  Fails with SR_EDATA,
 * naming the file: truncated or damaged compressed data, a checksum. */
enum sr_status sr_gzip_some(struct sr_gzip *gz, void *bytes, size_t size,
                            size_t *got, struct sr_err *err);

/* Exactly `size` bytes; fewer is a failure that names the file. */
enum sr_status sr_gzip_read(struct sr_gzip *gz, void *bytes, size_t size,
                            struct sr_err *err);

/* Nothing may follow; the checksum at the end of gzip data is checked. */
enum sr_status sr_gzip_end(struct sr_gzip *gz, struct sr_err *err);

/* Move forward in a plain file without reading, never past its end; returns
 * the bytes skipped, 0 in a compressed one. */
int64_t sr_gzip_skip(struct sr_gzip *gz, int64_t bytes);

/* The first `want` bytes of what zlib data unpacks to.  False: it is damaged or
 * unpacks to less. */
bool sr_gzip_inflate(const void *from, size_t size, void *to, size_t want);

/* CRC-32 as PNG and gzip use it. */
uint32_t sr_gzip_crc(const void *bytes, size_t size);

#endif
