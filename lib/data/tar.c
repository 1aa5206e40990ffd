#include "data/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "data/gzip.h"

enum { BUFFER = 1 << 17, ENDING = 1024, MOST_PADDING = 1 << 20 };

struct sr_tar {
    const char *path;
    struct sr_gzip *gz;
    int64_t begin; /* where it lies in its file */
    struct archive *archive;
    unsigned char *buffer;        /* [BUFFER]                             */
    unsigned char ending[ENDING]; /* the last bytes handed to libarchive  */
    struct sr_err read_err;       /* of the callback; status 0: none      */
};

/* Remember the last ENDING bytes of the stream. */
static void keep_ending(struct sr_tar *tar, const unsigned char *bytes,
                        size_t size)
{
    const size_t new = size < ENDING ? size : ENDING;
    memmove(tar->ending, tar->ending + new, ENDING - new);
    memcpy(tar->ending + ENDING - new, bytes + size - new, new);
}

static la_ssize_t read_piece(struct archive *archive, void *job,
                             const void **bytes)
{
    struct sr_tar *tar = job;
    size_t got;
    *bytes = tar->buffer;
    if (sr_gzip_some(tar->gz, tar->buffer, BUFFER, &got, &tar->read_err) ==
        SR_OK) {
        keep_ending(tar, tar->buffer, got);
        return (la_ssize_t)got;
    }
    archive_set_error(archive, EIO, "%s", tar->read_err.text);
    return -1;
}

static la_int64_t skip_bytes(struct archive *archive, void *job,
                             la_int64_t bytes)
{
    (void)archive;
    struct sr_tar *tar = job;
    memset(tar->ending, 0xff, ENDING); /* what is skipped is not seen */
    return sr_gzip_skip(tar->gz, bytes);
}

static enum sr_status tar_failed(const struct sr_tar *tar, struct sr_err *err)
{
    if (tar->read_err.status != SR_OK) {
        *err = tar->read_err;
        return err->status;
    }
    const char *why = archive_error_string(tar->archive);
    return sr_fail(err, SR_EDATA, "%s: damaged tar file: %s", tar->path,
                   why ? why : "unreadable");
}

static struct sr_tar *new_tar(const char *shown, struct sr_arena *arena)
{
    struct sr_tar *tar = SR_TAKE(arena, 1, struct sr_tar);
    tar->path = sr_arena_text(arena, shown);
    tar->buffer = SR_TAKE(arena, BUFFER, unsigned char);
    return tar;
}

static enum sr_status open_archive(struct sr_tar *tar, struct sr_err *err)
{
    if (sr_gzip_most(tar->gz) == 0) {
        sr_gzip_close(tar->gz);
        return sr_fail(err, SR_EDATA, "%s is empty, which no tar file is",
                       tar->path);
    }
    tar->archive = archive_read_new();
    if (!tar->archive) {
        sr_gzip_close(tar->gz);
        return sr_fail(err, SR_ERESOURCE, "no memory to read %s", tar->path);
    }
    archive_read_support_format_tar(tar->archive);
    archive_read_set_read_callback(tar->archive, read_piece);
    archive_read_set_skip_callback(tar->archive, skip_bytes);
    archive_read_set_callback_data(tar->archive, tar);
    if (archive_read_open1(tar->archive) != ARCHIVE_OK) {
        tar_failed(tar, err);
        sr_tar_close(tar);
        return err->status;
    }
    return SR_OK;
}

enum sr_status sr_tar_open(const char *path, struct sr_arena *arena,
                           struct sr_tar **out, struct sr_err *err)
{
    struct sr_tar *tar = new_tar(path, arena);
    SR_TRY(sr_gzip_open(path, arena, &tar->gz, err));
    SR_TRY(open_archive(tar, err));
    *out = tar;
    return SR_OK;
}

enum sr_status sr_tar_open_part(const char *path, const char *shown,
                                int64_t offset, int64_t size,
                                struct sr_arena *arena, struct sr_tar **out,
                                struct sr_err *err)
{
    struct sr_tar *tar = new_tar(shown, arena);
    SR_TRY(sr_gzip_open(path, arena, &tar->gz, err));
    if (!sr_gzip_plain(tar->gz)) {
        sr_gzip_close(tar->gz);
        return sr_fail(err, SR_EDATA, "%s is compressed", path);
    }
    sr_gzip_part(tar->gz, offset, size);
    tar->begin = offset;
    SR_TRY(open_archive(tar, err));
    *out = tar;
    return SR_OK;
}

void sr_tar_close(struct sr_tar *tar)
{
    archive_read_free(tar->archive);
    sr_gzip_close(tar->gz);
}

/* A file cut off between two members would otherwise look complete. */
static enum sr_status check_ending(struct sr_tar *tar, struct sr_err *err)
{
    static const unsigned char zeros[ENDING];
    size_t got, padding = 0;
    do {
        SR_TRY(sr_gzip_some(tar->gz, tar->buffer, BUFFER, &got, err));
        keep_ending(tar, tar->buffer, got);
        padding += got;
    } while (got > 0 && padding <= MOST_PADDING);
    if (got > 0)
        return sr_fail(err, SR_EDATA, "%s goes on after the tar file in it",
                       tar->path);
    if (memcmp(tar->ending, zeros, ENDING) != 0)
        return sr_fail(err, SR_EDATA,
                       "%s lacks the two zero blocks that end a tar file; it "
                       "is truncated",
                       tar->path);
    return SR_OK;
}

/* Links, directories and devices have no images in them; sparse members are
 * not stored in one piece. */
static bool is_regular(struct archive_entry *entry)
{
    return archive_entry_filetype(entry) == AE_IFREG &&
           !archive_entry_hardlink(entry) && archive_entry_size_is_set(entry) &&
           archive_entry_sparse_count(entry) == 0;
}

enum sr_status sr_tar_next(struct sr_tar *tar, struct sr_member *member,
                           bool *more, struct sr_err *err)
{
    struct archive_entry *entry;
    for (;;) {
        const int code = archive_read_next_header(tar->archive, &entry);
        if (code == ARCHIVE_EOF) {
            *more = false;
            return check_ending(tar, err);
        }
        if (code < ARCHIVE_WARN)
            return tar_failed(tar, err);
        if (is_regular(entry))
            break;
    }
    member->name = archive_entry_pathname(entry);
    if (!member->name)
        return sr_fail(err, SR_EDATA, "%s: a member's name cannot be read",
                       tar->path);
    member->size = archive_entry_size(entry);
    member->offset = sr_gzip_plain(tar->gz)
                         ? tar->begin + archive_filter_bytes(tar->archive, 0)
                         : -1;
    *more = true;
    return SR_OK;
}

enum sr_status sr_tar_read(struct sr_tar *tar, void *bytes, size_t size,
                           struct sr_err *err)
{
    for (size_t done = 0; done < size;) {
        const la_ssize_t got =
            archive_read_data(tar->archive, (char *)bytes + done, size - done);
        if (got < 0)
            return tar_failed(tar, err);
        if (got == 0)
            return sr_fail(err, SR_EDATA, "%s: a member ends %zu bytes early",
                           tar->path, size - done);
        done += (size_t)got;
    }
    return SR_OK;
}
