/* Images in files of their own or inside tar files, by an index. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/text.h"
#include "data/images.h"
#include "data/picture.h"
#include "data/sniff.h"

enum { MOST_BYTES = 1 << 28 }; /* of an image file */

bool sr_photos_named(const char *name)
{
    return sr_sniff_named(name, SR_IMAGE_JPEG) ||
           sr_sniff_named(name, SR_IMAGE_PNG) ||
           sr_sniff_named(name, SR_IMAGE_BMP) ||
           sr_sniff_named(name, SR_IMAGE_PNM);
}

static bool read_at(int file, unsigned char *bytes, size_t size, off_t at)
{
    for (size_t done = 0; done < size;) {
        const ssize_t got =
            pread(file, bytes + done, size - done, at + (off_t)done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* A file has to be what it was when it was listed; a tar file, whose time has
 * been compared, at least as long as the image needs. */
static enum sr_status check_size(const struct sr_images *images,
                                 const struct sr_entry *e, int64_t size,
                                 struct sr_err *err)
{
    const bool alone = images->index->source[e->source].size == SR_FOLDER;
    if (alone ? size == e->size : size >= e->offset + e->size)
        return SR_OK;
    const char *kept = images->index->kept;
    return sr_fail(err, SR_EDATA,
                   "%s has %lld bytes where %lld are expected: it was changed "
                   "after it was listed%s%s",
                   alone ? "it" : "the tar file", (long long)size,
                   (long long)(e->offset + e->size), kept ? " in " : "",
                   kept ? kept : "");
}

static enum sr_status read_open(const struct sr_images *images,
                                const struct sr_entry *e, int file,
                                struct sr_arena *arena, unsigned char **bytes,
                                struct sr_err *err)
{
    struct stat is;
    if (fstat(file, &is) != 0 || !S_ISREG(is.st_mode))
        return sr_fail(err, SR_EDATA, "it is no plain file any more");
    SR_TRY(check_size(images, e, is.st_size, err));
    *bytes = SR_TAKE(arena, e->size, unsigned char);
    if (!read_at(file, *bytes, (size_t)e->size, e->offset))
        return sr_fail(err, SR_EDATA, "%lld bytes of it cannot be read",
                       (long long)e->size);
    return SR_OK;
}

/* The file is opened each time: a set of a thousand shards would otherwise
 * need a thousand descriptors. */
static enum sr_status read_photo(const struct sr_images *images,
                                 const struct sr_entry *e,
                                 struct sr_arena *arena, unsigned char **bytes,
                                 struct sr_err *err)
{
    char path[4096];
    const struct sr_index *index = images->index;
    const struct sr_source *source = &index->source[e->source];
    if (e->size > MOST_BYTES)
        return sr_fail(err, SR_EDATA, "%lld bytes; at most %d are read",
                       (long long)e->size, MOST_BYTES);
    if (source->size == SR_FOLDER)
        sr_index_where(index, e, path, sizeof path);
    else
        snprintf(path, sizeof path, "%s", index->text + source->path);
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return sr_fail_errno(err, SR_EDATA, "open", path);
    const enum sr_status status = read_open(images, e, file, arena, bytes, err);
    close(file);
    return status;
}

static enum sr_status view_photo(const struct sr_images *images, int i,
                                 struct sr_arena *scratch, struct sr_view *view,
                                 struct sr_err *err)
{
    const struct sr_entry *e = &images->entry[i];
    unsigned char *bytes = NULL;
    struct sr_picture *p = SR_TAKE(scratch, 1, struct sr_picture);
    SR_TRY(read_photo(images, e, scratch, &bytes, err));
    SR_TRY(sr_picture_decode(bytes, (size_t)e->size,
                             (enum sr_jpeg_decoder)images->opts->jpeg, scratch,
                             p, err));
    *view = (struct sr_view){
        .pixel = p->pixel,
        .h = p->h,
        .w = p->w,
        .row = 3 * p->w,
        .column = 3,
        .channel = 1,
        .photo = p,
    };
    return SR_OK;
}

static enum sr_status sum_photo(const struct sr_images *images, int i,
                                struct sr_arena *scratch, char *sum,
                                struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const struct sr_entry *e = &images->entry[i];
    unsigned char *bytes = NULL;
    char where[1024];
    enum sr_status status = read_photo(images, e, scratch, &bytes, err);
    if (status == SR_OK) {
        sr_sha256(bytes, (size_t)e->size, sum);
    } else {
        sr_index_where(images->index, e, where, sizeof where);
        status = sr_fail_within(err, "%s", where);
    }
    sr_arena_release(scratch, mark);
    return status;
}

enum sr_status sr_data_sample(const struct sr_split *split, int n,
                              struct sr_arena *scratch, char sum[65],
                              struct sr_err *err)
{
    const struct sr_images *images = split->images;
    const int seen = n < SR_DATA_SAMPLE ? n : SR_DATA_SAMPLE;
    char sums[SR_DATA_SAMPLE][SR_SHA256_TEXT];

    *sum = '\0';
    if (!images || !images->entry)
        return SR_OK;
    for (int i = 0; i < seen; i++) {
        const int pos = (int)((int64_t)i * n / seen);
        SR_TRY(sum_photo(images, split->index[pos], scratch, sums[i], err));
    }
    sr_sha256(sums, (size_t)seen * sizeof *sums, sum);
    return SR_OK;
}

static void where_photo(const struct sr_images *images, int i, char *text,
                        size_t size)
{
    sr_index_where(images->index, &images->entry[i], text, size);
}

static struct sr_images *images_of(const struct sr_data *data,
                                   const struct sr_index *index, int split,
                                   int resize, struct sr_arena *arena)
{
    const int n = index->entries[split];
    struct sr_images *images = SR_TAKE(arena, 1, struct sr_images);
    int *label = SR_TAKE(arena, n, int);
    for (int i = 0; i < n; i++)
        label[i] = index->entry[split][i].label;
    *images = (struct sr_images){
        .n = n,
        .h = data->h,
        .w = data->w,
        .c = data->c,
        .resize = resize,
        .label = label,
        .view = view_photo,
        .where = where_photo,
        .entry = index->entry[split],
        .index = index,
        .opts = data->opts,
    };
    return images;
}

/* Names as they can be printed, also for classes that data.classes adds to
 * those found. */
static void name_classes(const struct sr_index *index, struct sr_data *data,
                         struct sr_arena *arena)
{
    if (index->named == 0)
        return;
    const char **name = SR_TAKE(arena, data->classes, const char *);
    for (int i = 0; i < data->classes; i++) {
        char *text =
            i < index->named
                ? sr_arena_text(arena, index->text + index->class_name[i])
                : sr_arena_format(arena, "class %d", i);
        sr_text_clean(text);
        name[i] = text;
    }
    data->class_name = name;
}

enum sr_status sr_photos_open(const struct sr_dataset *row,
                              struct sr_data *data, sr_list_fn *list,
                              struct sr_arena *arena, struct sr_err *err)
{
    const struct sr_index *index;
    SR_TRY(sr_index_open(data, list, arena, &index, err));
    if (index->entries[0] == 0)
        return sr_fail(err, SR_EDATA, "%s holds no training images",
                       data->path);
    SR_TRY(sr_data_count_classes(data, index->classes, err));
    const int resize =
        data->opts->resize > 0 ? (int)data->opts->resize : row->resize;
    data->h = data->w = sr_data_side(row, data->opts);
    data->split[SR_TRAIN].images = images_of(data, index, 0, resize, arena);
    data->split[SR_TEST].images = index->entries[1] > 0
                                      ? images_of(data, index, 1, resize, arena)
                                      : data->split[SR_TRAIN].images;
    snprintf(data->hash, sizeof data->hash, "%s", index->hash);
    data->index = index->kept;
    for (int i = 0; i < index->notes; i++)
        sr_data_note(data, arena, "%s", index->text + index->note[i]);
    name_classes(index, data, arena);
    return SR_OK;
}
