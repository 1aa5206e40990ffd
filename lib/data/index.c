#include "data/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "data/images.h"
#include "data/index_make.h"

/* Of folders with at most so many images every file is looked at again: what
 * was changed in place is then seen at once, and it costs a blink.  In larger
 * ones it is seen when the image is read. */
enum { MOST_LOOKED_AT = 50000 };

/* A source that changed less than this before the index was begun may have
 * changed again without a newer time: clocks of file systems tick slowly. */
#define YOUNG_NS INT64_C(2000000000)

static const size_t most_bytes = (size_t)1 << 32;

void sr_index_where(const struct sr_index *x, const struct sr_entry *e,
                    char *text, size_t size)
{
    const struct sr_source *s = &x->source[e->source];
    const char *path = x->text + s->path, *name = x->text + e->name;
    if (s->size == SR_FOLDER)
        snprintf(text, size, "%s/%s", path, name);
    else
        snprintf(text, size, "%s: %s at byte %lld", path, name,
                 (long long)e->offset);
}

/* ---- is it still right? ---- */

static bool same_file(const struct sr_index *x, const struct sr_entry *e)
{
    char path[4096];
    sr_index_where(x, e, path, sizeof path);
    return sr_file_size(path) == e->size;
}

static bool same_files(const struct sr_index *x)
{
    if (x->entries[0] + x->entries[1] > MOST_LOOKED_AT)
        return true;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < x->entries[k]; i++) {
            const struct sr_entry *e = &x->entry[k][i];
            if (x->source[e->source].size == SR_FOLDER && !same_file(x, e))
                return false;
        }
    return true;
}

static bool is_fresh(const struct sr_index *x, int64_t made)
{
    for (int i = 0; i < x->sources; i++) {
        const struct sr_source *was = &x->source[i];
        struct sr_source is;
        sr_maker_look(x->text + was->path, &is);
        if (is.size != was->size || is.time != was->time ||
            is.time > made - YOUNG_NS)
            return false;
    }
    return same_files(x);
}

/* ---- where it is kept ---- */

static const char *absolute(const char *path, struct sr_arena *arena)
{
    char here[4096];
    if (!path || !*path || *path == '/' || !getcwd(here, sizeof here))
        return path ? path : "";
    return sr_file_join(arena, here, path);
}

/* What the index is about, in full. */
static const char *key_of(const struct sr_data *data, struct sr_arena *arena)
{
    return sr_arena_format(arena, "%s\n%s\n%s", data->opts->dataset,
                           absolute(data->path, arena),
                           absolute(data->opts->test_path, arena));
}

static const char *file_of(const struct sr_data *data, const char *dir,
                           const char *key, struct sr_arena *arena)
{
    char sum[SR_SHA256_TEXT];
    sr_sha256(key, strlen(key), sum);
    return sr_arena_format(arena, "%s/%s-%.16s.index", dir, data->opts->dataset,
                           sum);
}

/* ---- reading back, making, keeping ---- */

static bool read_back(const char *file, const char *key, struct sr_index *index,
                      struct sr_arena *arena)
{
    struct sr_err ignored;
    unsigned char *block;
    size_t size;
    int64_t made;
    const struct sr_mark before = sr_arena_mark(arena);
    if (!sr_file_exists(file))
        return false;
    if (sr_file_read(file, most_bytes, SR_EDATA, arena, &block, &size,
                     &ignored) == SR_OK &&
        sr_index_view(block, size, key, index, &made) && is_fresh(index, made))
        return true;
    sr_arena_release(arena, before);
    return false;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

static enum sr_status make(struct sr_data *data, sr_list_fn *list,
                           const char *key, struct sr_arena *arena,
                           unsigned char **block, size_t *size,
                           struct sr_err *err)
{
    struct sr_arena *scratch = sr_arena_new(NULL);
    struct sr_maker maker;
    const int64_t made = now();
    sr_maker_begin(&maker, scratch, data->log);
    const enum sr_status status = list(data, &maker, err);
    if (data->log)
        sr_log_progress_end(data->log);
    if (status == SR_OK)
        *block = sr_maker_end(&maker, key, made, arena, size);
    sr_arena_free(scratch);
    return status;
}

enum sr_status sr_index_open(struct sr_data *data, sr_list_fn *list,
                             struct sr_arena *arena,
                             const struct sr_index **out, struct sr_err *err)
{
    struct sr_index *index = SR_TAKE(arena, 1, struct sr_index);
    struct sr_err unkept = {0};
    const char *key = key_of(data, arena);
    const char *dir;
    const char *file = sr_file_cache(arena, &dir, &unkept) == SR_OK
                           ? file_of(data, dir, key, arena)
                           : NULL;
    *out = index;
    if (file && read_back(file, key, index, arena)) {
        index->kept = file;
        return SR_OK;
    }
    unsigned char *block;
    size_t size;
    int64_t made;
    SR_TRY(make(data, list, key, arena, &block, &size, err));
    SR_REQUIRE(sr_index_view(block, size, key, index, &made));
    if (file && sr_file_write(file, block, size, &unkept) == SR_OK)
        index->kept = file;
    else
        sr_data_note(data, arena,
                     "the list of images will be made anew each time: %s",
                     unkept.text);
    return SR_OK;
}
