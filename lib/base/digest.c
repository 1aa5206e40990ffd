#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static void finish(SHA2_CTX *sum, char text[SR_SHA256_TEXT])
{
    uint8_t bytes[SHA256_DIGEST_LENGTH];
    SHA256Final(bytes, sum);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

void sr_sha256(const void *bytes, size_t size, char text[SR_SHA256_TEXT])
{
    SHA2_CTX sum;
    SHA256Init(&sum);
    SHA256Update(&sum, bytes, size);
    finish(&sum, text);
}

enum sr_status sr_sha256_file(const char *path, enum sr_status status,
                              char text[SR_SHA256_TEXT], struct sr_err *err)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return sr_fail_errno(err, status, "open", path);

    uint8_t piece[PIECE];
    SHA2_CTX sum;
    ssize_t got;
    SHA256Init(&sum);
    while ((got = read(file, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            const enum sr_status failed =
                sr_fail_errno(err, status, "read", path);
            close(file);
            return failed;
        }
        SHA256Update(&sum, piece, (size_t)got);
    }
    close(file);
    finish(&sum, text);
    return SR_OK;
}
