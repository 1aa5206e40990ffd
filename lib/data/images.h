/* data/images.h - where the images of one file set come from.
 *
 * Two kinds cover every data set.  Records: the whole file is kept in memory as
 * it was read, and an image is a place in it with strides (CIFAR's planes are
 * never rearranged).  Photos: image files in a folder or inside tar shards,
 * read and decoded each time they are asked for.
 */
#ifndef SR_DATA_IMAGES_H
#define SR_DATA_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/data.h"

/* Pixels of one image; the numbers are bytes between neighbours. */
struct sr_view {
    const unsigned char *pixel;
    int row, column, channel;
};

/* The pixels of image i.  They are borrowed from the source, or taken from
 * scratch.  Fails with SR_EDATA, without naming the image: the caller does. */
typedef enum sr_status sr_view_fn(const struct sr_images *images, int i,
                                  struct sr_arena *scratch,
                                  struct sr_view *view, struct sr_err *err);

/* "file: record 7", for messages. */
typedef void sr_where_fn(const struct sr_images *images, int i, char *text,
                         size_t size);

/* Images in memory, `stride` bytes apart. */
struct sr_records {
    const unsigned char *first; /* first pixel of image 0              */
    size_t stride;
    int row, column, channel; /* as in sr_view                       */
    const char *const *file;  /* image i is of file[i / per_file] ... */
    int per_file;             /* ... and there record i % per_file    */
};

/* An image file, or a member of a tar file. */
struct sr_photo {
    const char *file;   /* to be opened                                     */
    const char *member; /* of the tar file; NULL when the file is the image */
    const char *name;   /* that part of the path which names the content    */
    int64_t offset, size;
};

struct sr_images {
    int n, h, w, c;
    const int *label; /* [n] */
    sr_view_fn *view;
    sr_where_fn *where;
    struct sr_records records;       /* one of these two */
    const struct sr_photo *photo;    /* [n]              */
    const struct sr_data_opts *opts; /* of photos        */
};

/* A list of photos that grows.  From ARENA. */
struct sr_photos {
    int n, room;
    struct sr_photo *photo;
    int *label;
};
void sr_photos_add(struct sr_photos *photos, const struct sr_photo *photo,
                   int label, struct sr_arena *arena);

/* Records of h x w x c pixels.  From ARENA. */
struct sr_images *sr_images_records(const struct sr_data *data, int n,
                                    const int *label,
                                    const struct sr_records *records,
                                    struct sr_arena *arena);
/* Photos that become data->h x data->w RGB images (see photo.c). */
struct sr_images *sr_images_photos(const struct sr_data *data,
                                   const struct sr_photos *photos,
                                   struct sr_arena *arena);

/* What the openers of photos end with: the two sources, the number of classes
 * and the content's name.
 *   test     NULL: the training images serve as the test images too
 *   classes  found in the files; data.classes may only be larger
 * Fails with SR_EDATA: no images; more classes than data.classes. */
enum sr_status sr_data_take_photos(struct sr_data *data,
                                   const struct sr_photos *train,
                                   const struct sr_photos *test, int classes,
                                   struct sr_arena *arena, struct sr_err *err);

/* data.classes if it is set and large enough for `found`, else `found`. */
enum sr_status sr_data_count_classes(struct sr_data *data, int found,
                                     struct sr_err *err);

/* Put a sentence into data->note; past SR_DATA_NOTES it is dropped. */
void sr_data_note(struct sr_data *data, struct sr_arena *arena,
                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Name a file that was read whole, and its unpacked content. */
void sr_data_add_file(struct sr_data *data, const char *name,
                      const unsigned char *bytes, size_t size);

/* Divide the training images by data.limit and data.validation; all test
 * images are the test split.  Fails with SR_ECONFIG. */
enum sr_status sr_data_divide(struct sr_data *data, uint64_t seed,
                              struct sr_arena *arena, struct sr_err *err);

#endif
