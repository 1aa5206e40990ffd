#include "data/gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 1 << 17, PIECE = 1 << 26 };

struct sr_gzip {
    const char *path;
    gzFile file;
    int64_t bytes; /* of the file, or of what is in front of its end */
    int64_t at;    /* of a plain one: where we are                   */
    bool plain;
};

static enum sr_status open_file(const char *path, int *file, int64_t *bytes,
                                struct sr_err *err)
{
    /* O_NONBLOCK: a pipe nobody writes to must fail, not wait. */
    const int f = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat is;
    if (f < 0)
        return sr_fail_errno(err, SR_EDATA, "open", path);
    if (fstat(f, &is) != 0 || !S_ISREG(is.st_mode)) {
        close(f);
        return sr_fail(err, SR_EDATA, "%s is not a plain file", path);
    }
    *file = f;
    *bytes = is.st_size;
    return SR_OK;
}

enum sr_status sr_gzip_open(const char *path, struct sr_arena *arena,
                            struct sr_gzip **out, struct sr_err *err)
{
    struct sr_gzip *gz = SR_TAKE(arena, 1, struct sr_gzip);
    int file = -1;
    SR_TRY(open_file(path, &file, &gz->bytes, err));
    gz->path = sr_arena_text(arena, path);
    gz->file = gzdopen(file, "rb");
    if (!gz->file) {
        close(file);
        return sr_fail(err, SR_ERESOURCE, "no memory to read %s", path);
    }
    gzbuffer(gz->file, BUFFER);
    gz->plain = gzdirect(gz->file) != 0;
    *out = gz;
    return SR_OK;
}

void sr_gzip_close(struct sr_gzip *gz) { gzclose(gz->file); }

void sr_gzip_part(struct sr_gzip *gz, int64_t offset, int64_t size)
{
    SR_REQUIRE(gz->plain && gz->at == 0 && offset >= 0 && size >= 0);
    if (offset < gz->bytes && size < gz->bytes - offset)
        gz->bytes = offset + size;
    gz->at = offset < gz->bytes ? offset : gz->bytes;
    gzseek(gz->file, gz->at, SEEK_SET);
}

bool sr_gzip_plain(const struct sr_gzip *gz) { return gz->plain; }

uint64_t sr_gzip_most(const struct sr_gzip *gz)
{
    return (uint64_t)gz->bytes * (gz->plain ? 1 : SR_GZIP_MOST);
}

/* zlib's sentence without the "<fd:4>: " it begins with. */
static const char *reason(const char *text)
{
    const char *end = strstr(text, ">: ");
    return end ? end + 3 : text;
}

enum sr_status sr_gzip_some(struct sr_gzip *gz, void *bytes, size_t size,
                            size_t *got, struct sr_err *err)
{
    unsigned want = size < PIECE ? (unsigned)size : PIECE;
    if (gz->plain && gz->bytes - gz->at < want)
        want = (unsigned)(gz->bytes - gz->at);
    const int n = gzread(gz->file, bytes, want);
    int code;
    const char *why = gzerror(gz->file, &code);
    if (code == Z_ERRNO)
        return sr_fail_errno(err, SR_EDATA, "read", gz->path);
    if (n < 0 || code != Z_OK)
        return sr_fail(err, SR_EDATA, "%s: damaged gzip data: %s", gz->path,
                       reason(why));
    gz->at += n;
    *got = (size_t)n;
    return SR_OK;
}

enum sr_status sr_gzip_read(struct sr_gzip *gz, void *bytes, size_t size,
                            struct sr_err *err)
{
    for (size_t done = 0, got = 0; done < size; done += got) {
        SR_TRY(sr_gzip_some(gz, (char *)bytes + done, size - done, &got, err));
        if (got == 0)
            return sr_fail(err, SR_EDATA,
                           "%s ends %zu bytes before its content does",
                           gz->path, size - done);
    }
    return SR_OK;
}

enum sr_status sr_gzip_end(struct sr_gzip *gz, struct sr_err *err)
{
    char more;
    size_t got = 0;
    SR_TRY(sr_gzip_some(gz, &more, 1, &got, err));
    if (got > 0)
        return sr_fail(err, SR_EDATA, "%s goes on after its content ends",
                       gz->path);
    return SR_OK;
}

int64_t sr_gzip_skip(struct sr_gzip *gz, int64_t bytes)
{
    const int64_t left = gz->plain ? gz->bytes - gz->at : 0;
    const int64_t skipped = bytes < left ? bytes : left;
    if (skipped <= 0 || gzseek(gz->file, skipped, SEEK_CUR) < 0)
        return 0;
    gz->at += skipped;
    return skipped;
}

bool sr_gzip_inflate(const void *from, size_t size, void *to, size_t want)
{
    z_stream z = {0};
    size_t done = 0;
    int code = inflateInit(&z);
    z.next_in = (z_const Bytef *)from;
    while (code == Z_OK && done < want) {
        const size_t left = size - z.total_in, more = want - done;
        z.avail_in = left < PIECE ? (uInt)left : PIECE;
        z.avail_out = more < PIECE ? (uInt)more : PIECE;
        z.next_out = (Bytef *)to + done;
        code = inflate(&z, Z_NO_FLUSH);
        done = z.total_out;
    }
    inflateEnd(&z);
    return done == want && (code == Z_OK || code == Z_STREAM_END);
}

uint32_t sr_gzip_crc(const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(0, bytes, size);
}
