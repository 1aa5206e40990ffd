/* base/digest.h - checksums.
 */
#ifndef SR_BASE_DIGEST_H
#define SR_BASE_DIGEST_H

#include <stddef.h>

#include "base/err.h"

/* Hexadecimal digits and a zero byte. */
enum { SR_SHA256_TEXT = 65, SR_MD5_TEXT = 33 };

void sr_sha256(const void *bytes, size_t size, char text[SR_SHA256_TEXT]);

/* Of a whole file, read in pieces.  Fails with `status`. */
enum sr_status sr_sha256_file(const char *path, enum sr_status status,
                              char text[SR_SHA256_TEXT], struct sr_err *err);

/* The same by MD5, which guards against accidents alone: for what is published
 * with no other sum. */
enum sr_status sr_md5_file(const char *path, enum sr_status status,
                           char text[SR_MD5_TEXT], struct sr_err *err);

#endif
