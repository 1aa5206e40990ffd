#include "model/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static enum sr_status failed(const struct sr_draft *d, const char *what,
                             struct sr_err *err)
{
    return sr_fail_errno(err, SR_ERESOURCE, what, d->part);
}

static enum sr_status put_at(const struct sr_draft *d, size_t at,
                             const void *bytes, size_t size, struct sr_err *err)
{
    const unsigned char *from = bytes;
    for (size_t done = 0; done < size;) {
        const ssize_t n =
            pwrite(d->file, from + done, size - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return failed(d, "write", err);
        done += n > 0 ? (size_t)n : 0;
    }
    return SR_OK;
}

static enum sr_status get_at(const struct sr_draft *d, size_t at, void *bytes,
                             size_t size, struct sr_err *err)
{
    unsigned char *to = bytes;
    for (size_t done = 0; done < size;) {
        const ssize_t n =
            pread(d->file, to + done, size - done, (off_t)(at + done));
        if (n == 0)
            return sr_fail(err, SR_ERESOURCE, "%s has shrunk meanwhile",
                           d->part);
        if (n < 0 && errno != EINTR)
            return failed(d, "read", err);
        done += n > 0 ? (size_t)n : 0;
    }
    return SR_OK;
}

static enum sr_status begin(struct sr_draft *d, struct sr_err *err)
{
    d->file = open(d->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (d->file < 0)
        return failed(d, "create", err);
    errno = posix_fallocate(d->file, 0, (off_t)d->layout.bytes);
    if (errno != 0) {
        const enum sr_status status =
            failed(d, "find room on the disk for", err);
        unlink(d->part);
        return status;
    }
    return put_at(d, 0, d->layout.head, d->layout.head_bytes, err);
}

static enum sr_status check_head(const struct sr_draft *d, const char *path,
                                 struct sr_arena *arena, struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(arena);
    const size_t size = d->layout.head_bytes;
    unsigned char *head = SR_TAKE(arena, size, unsigned char);
    enum sr_status status = SR_OK;

    if (sr_file_size(path) == (int64_t)d->layout.bytes)
        status = get_at(d, 0, head, size, err);
    if (status == SR_OK && memcmp(head, d->layout.head, size) != 0)
        status = sr_fail(err, SR_EUSAGE,
                         "%s has not the tensors and the metadata that are "
                         "to be gone on with",
                         path);
    sr_arena_release(arena, mark);
    return status;
}

/* One that has its name already becomes a draft again. */
static enum sr_status go_on_with(struct sr_draft *d, struct sr_arena *arena,
                                 struct sr_err *err)
{
    const bool finished = !sr_file_exists(d->part) && sr_file_exists(d->path);
    const char *is = finished ? d->path : d->part;

    d->file = open(is, O_RDWR | O_CLOEXEC);
    if (d->file < 0)
        return sr_fail_errno(err, SR_EUSAGE, "go on with", is);
    SR_TRY(check_head(d, is, arena, err));
    return finished ? sr_file_rename(d->path, d->part, err) : SR_OK;
}

enum sr_status sr_draft_open(const char *path, int n,
                             const struct sr_tensor_out *tensors, int metas,
                             const struct sr_meta *meta, bool go_on,
                             struct sr_arena *arena, struct sr_draft *draft,
                             struct sr_err *err)
{
    struct sr_draft made = {
        .path = sr_arena_text(arena, path),
        .part = sr_arena_format(arena, "%s.part", path),
        .file = -1,
        .layout = sr_tensors_layout(n, tensors, metas, meta, arena)};
    const enum sr_status status =
        go_on ? go_on_with(&made, arena, err) : begin(&made, err);
    if (status != SR_OK)
        sr_draft_close(&made);
    else
        *draft = made;
    return status;
}

enum sr_status sr_draft_put(const struct sr_draft *draft, int i, size_t first,
                            const void *bytes, size_t size, struct sr_err *err)
{
    return put_at(draft, draft->layout.at[i] + first, bytes, size, err);
}

enum sr_status sr_draft_get(const struct sr_draft *draft, int i, size_t first,
                            void *bytes, size_t size, struct sr_err *err)
{
    return get_at(draft, draft->layout.at[i] + first, bytes, size, err);
}

enum sr_status sr_draft_sync(const struct sr_draft *draft, struct sr_err *err)
{
    return draft->file < 0 || fsync(draft->file) == 0
               ? SR_OK
               : failed(draft, "sync", err);
}

enum sr_status sr_draft_finish(struct sr_draft *draft, struct sr_err *err)
{
    SR_TRY(sr_draft_sync(draft, err));
    sr_draft_close(draft);
    return sr_file_rename(draft->part, draft->path, err);
}

void sr_draft_close(struct sr_draft *draft)
{
    if (draft->file >= 0)
        close(draft->file);
    draft->file = -1;
}
