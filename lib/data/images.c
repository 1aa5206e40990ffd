#include "data/images.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "data/picture.h"

enum { MOST_BYTES = 1 << 28 }; /* of an image file */

static enum sr_status view_record(const struct sr_images *images, int i,
                                  struct sr_arena *scratch,
                                  struct sr_view *view, struct sr_err *err)
{
    (void)scratch, (void)err;
    const struct sr_records *r = &images->records;
    *view = (struct sr_view){r->first + (size_t)i * r->stride, r->row,
                             r->column, r->channel};
    return SR_OK;
}

static void where_record(const struct sr_images *images, int i, char *text,
                         size_t size)
{
    const struct sr_records *r = &images->records;
    snprintf(text, size, "%s: record %d (counted from 0)",
             r->file[i / r->per_file], i % r->per_file);
}

struct sr_images *sr_images_records(const struct sr_data *data, int n,
                                    const int *label,
                                    const struct sr_records *records,
                                    struct sr_arena *arena)
{
    struct sr_images *images = SR_TAKE(arena, 1, struct sr_images);
    *images = (struct sr_images){
        .n = n,
        .h = data->h,
        .w = data->w,
        .c = data->c,
        .label = label,
        .view = view_record,
        .where = where_record,
        .records = *records,
    };
    return images;
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

/* The file is opened each time: a set of a thousand shards would otherwise
 * need a thousand descriptors. */
static enum sr_status read_photo(const struct sr_photo *photo,
                                 struct sr_arena *arena, unsigned char **bytes,
                                 struct sr_err *err)
{
    if (photo->size > MOST_BYTES)
        return sr_fail(err, SR_EDATA, "%lld bytes; at most %d are read",
                       (long long)photo->size, MOST_BYTES);
    const int file = open(photo->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return sr_fail_errno(err, SR_EDATA, "open", photo->file);
    struct stat is;
    const bool there = fstat(file, &is) == 0 && S_ISREG(is.st_mode) &&
                       is.st_size >= photo->offset + photo->size;
    bool good = false;
    if (there) {
        *bytes = SR_TAKE(arena, photo->size, unsigned char);
        good = read_at(file, *bytes, (size_t)photo->size, photo->offset);
    }
    close(file);
    if (!good)
        return sr_fail(err, SR_EDATA,
                       "it cannot be read or has become shorter since the data "
                       "was opened");
    return SR_OK;
}

static enum sr_status view_photo(const struct sr_images *images, int i,
                                 struct sr_arena *scratch, struct sr_view *view,
                                 struct sr_err *err)
{
    const struct sr_data_opts *opts = images->opts;
    const struct sr_photo *photo = &images->photo[i];
    const int side = (int)opts->image_size;
    unsigned char *bytes = NULL;
    struct sr_picture whole, small;
    SR_TRY(read_photo(photo, scratch, &bytes, err));
    SR_TRY(sr_picture_decode(bytes, (size_t)photo->size,
                             (enum sr_jpeg_decoder)opts->jpeg, scratch, &whole,
                             err));
    SR_TRY(sr_picture_resize_short(&whole, (int)opts->resize,
                                   (enum sr_interpolation)opts->interpolation,
                                   scratch, &small, err));
    unsigned char *pixel = SR_TAKE(scratch, 3 * side * side, unsigned char);
    sr_picture_crop(&small, side, pixel);
    *view = (struct sr_view){pixel, 3 * side, 3, 1};
    return SR_OK;
}

static void where_photo(const struct sr_images *images, int i, char *text,
                        size_t size)
{
    const struct sr_photo *photo = &images->photo[i];
    snprintf(text, size, "%s%s%s", photo->file, photo->member ? ": " : "",
             photo->member ? photo->member : "");
}

struct sr_images *sr_images_photos(const struct sr_data *data,
                                   const struct sr_photos *photos,
                                   struct sr_arena *arena)
{
    struct sr_images *images = SR_TAKE(arena, 1, struct sr_images);
    *images = (struct sr_images){
        .n = photos->n,
        .h = data->h,
        .w = data->w,
        .c = data->c,
        .label = photos->label,
        .view = view_photo,
        .where = where_photo,
        .photo = photos->photo,
        .opts = data->opts,
    };
    return images;
}

static void make_room(struct sr_photos *photos, struct sr_arena *arena)
{
    const int room = photos->room ? 2 * photos->room : 1024;
    struct sr_photo *photo = SR_TAKE(arena, room, struct sr_photo);
    int *label = SR_TAKE(arena, room, int);
    for (int i = 0; i < photos->n; i++) {
        photo[i] = photos->photo[i];
        label[i] = photos->label[i];
    }
    photos->photo = photo;
    photos->label = label;
    photos->room = room;
}

void sr_photos_add(struct sr_photos *photos, const struct sr_photo *photo,
                   int label, struct sr_arena *arena)
{
    if (photos->n == photos->room)
        make_room(photos, arena);
    photos->photo[photos->n] = *photo;
    photos->label[photos->n] = label;
    photos->n++;
}

/* "<label> <bytes> <name>" per line; with text NULL only the length. */
static size_t list_photos(const struct sr_photos *photos, char *text,
                          size_t size)
{
    size_t used = 0;
    for (int i = 0; i < photos->n; i++) {
        const struct sr_photo *p = &photos->photo[i];
        used += (size_t)snprintf(text ? text + used : NULL,
                                 text ? size - used : 0, "%d %lld %s\n",
                                 photos->label[i], (long long)p->size, p->name);
    }
    return used;
}

static void hash_photos(struct sr_data *data, const struct sr_photos *train,
                        const struct sr_photos *test, struct sr_arena *arena)
{
    static const struct sr_photos none;
    const struct sr_photos *second = test ? test : &none;
    const size_t first = list_photos(train, NULL, 0);
    const size_t size = first + list_photos(second, NULL, 0);
    const struct sr_mark before = sr_arena_mark(arena);
    char *text = SR_TAKE(arena, size + 1, char);
    list_photos(train, text, size + 1);
    list_photos(second, text + first, size + 1 - first);
    sr_sha256(text, size, data->hash);
    sr_arena_release(arena, before);
}

enum sr_status sr_data_take_photos(struct sr_data *data,
                                   const struct sr_photos *train,
                                   const struct sr_photos *test, int classes,
                                   struct sr_arena *arena, struct sr_err *err)
{
    if (train->n == 0 || (test && test->n == 0))
        return sr_fail(err, SR_EDATA, "%s holds no %s images", data->path,
                       train->n == 0 ? "training" : "test");
    SR_TRY(sr_data_count_classes(data, classes, err));
    data->h = data->w = (int)data->opts->image_size;
    data->split[SR_TRAIN].images = sr_images_photos(data, train, arena);
    data->split[SR_TEST].images = test ? sr_images_photos(data, test, arena)
                                       : data->split[SR_TRAIN].images;
    hash_photos(data, train, test, arena);
    return SR_OK;
}
