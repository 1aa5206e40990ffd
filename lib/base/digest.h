/* base/digest.h - checksums.
 */
#ifndef SR_BASE_DIGEST_H
#define SR_BASE_DIGEST_H

#include <stddef.h>

#include "base/err.h"

enum { SR_SHA256_TEXT = 65 }; /* 64 hexadecimal digits and a zero byte */

void sr_sha256(const void *bytes, size_t size, char text[SR_SHA256_TEXT]);

/* Of a whole file, read in pieces.  Fails with `status`. */
enum sr_status sr_sha256_file(const char *path, enum sr_status status,
                              char text[SR_SHA256_TEXT], struct sr_err *err);

#endif
