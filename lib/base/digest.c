#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <md5.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static void print(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static void finish_sha256(SHA2_CTX *sum, char text[SR_SHA256_TEXT])
{
    uint8_t bytes[SHA256_DIGEST_LENGTH];
    SHA256Final(bytes, sum);
    print(bytes, sizeof bytes, text);
}

void sr_sha256(const void *bytes, size_t size, char text[SR_SHA256_TEXT])
{
    SHA2_CTX sum;
    SHA256Init(&sum);
    SHA256Update(&sum, bytes, size);
    finish_sha256(&sum, text);
}

typedef void take_fn(void *sum, const uint8_t *bytes, size_t size);

static void take_sha256(void *sum, const uint8_t *bytes, size_t size)
{
    SHA256Update(sum, bytes, size);
}

static void take_md5(void *sum, const uint8_t *bytes, size_t size)
{
    MD5Update(sum, bytes, size);
}

static enum sr_status take_file(const char *path, enum sr_status status,
                                take_fn *take, void *sum, struct sr_err *err)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return sr_fail_errno(err, status, "open", path);

    uint8_t piece[PIECE];
    ssize_t got;
    while ((got = read(file, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            const enum sr_status failed =
                sr_fail_errno(err, status, "read", path);
            close(file);
            return failed;
        }
        take(sum, piece, (size_t)got);
    }
    close(file);
    return SR_OK;
}

enum sr_status sr_sha256_file(const char *path, enum sr_status status,
                              char text[SR_SHA256_TEXT], struct sr_err *err)
{
    SHA2_CTX sum;
    SHA256Init(&sum);
    SR_TRY(take_file(path, status, take_sha256, &sum, err));
    finish_sha256(&sum, text);
    return SR_OK;
}

enum sr_status sr_md5_file(const char *path, enum sr_status status,
                           char text[SR_MD5_TEXT], struct sr_err *err)
{
    MD5_CTX sum;
    uint8_t bytes[MD5_DIGEST_LENGTH];
    MD5Init(&sum);
    SR_TRY(take_file(path, status, take_md5, &sum, err));
    MD5Final(bytes, &sum);
    print(bytes, sizeof bytes, text);
    return SR_OK;
}
