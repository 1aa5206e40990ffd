/* data/images.h - where the images of one file set come from.
 *
 * Two kinds cover every data set.  Records: the whole file is kept in memory as
 * it was read, and an image is a place in it with strides (CIFAR's planes are
 * never rearranged).  Photos: image files in folders or inside tar files, read
 * and decoded each time they are asked for (photos.c).
 */
#ifndef SR_DATA_IMAGES_H
#define SR_DATA_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/data.h"
#include "data/index.h"
#include "data/picture.h"

/* Pixels of one image; the last three are bytes between neighbours. */
struct sr_view {
    const unsigned char *pixel;
    int h, w;
    int row, column, channel;
    const struct sr_picture *photo; /* as it was decoded; NULL of records */
};

/* The pixels of image i as they are stored, of whatever size.  They are
 * borrowed from the source, or taken from scratch.  Fails with SR_EDATA,
 * without naming the image: the caller does. */
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

struct sr_images {
    int n, h, w, c;   /* h x w is what becomes of an image of another size */
    int resize;       /* by this short side, and a cut from the middle     */
    const int *label; /* [n] */
    sr_view_fn *view;
    sr_where_fn *where;
    struct sr_records records;    /* one of these two */
    const struct sr_entry *entry; /* [n], of index    */
    const struct sr_index *index;
    const struct sr_data_opts *opts; /* of photos */
};

/* Records of data->h x data->w x data->c pixels.  From ARENA. */
struct sr_images *sr_images_records(const struct sr_data *data, int n,
                                    const int *label,
                                    const struct sr_records *records,
                                    struct sr_arena *arena);

/* Open a set of photos: the images that `list` finds (index.h) become both
 * sources, the classes, their names, the content's name and the notes of
 * *data; of no test images the training images serve as such.
 *   row  says the size of images where the options do not
 * Fails with SR_EDATA: as list does; no images; more classes than
 * data.classes. */
enum sr_status sr_photos_open(const struct sr_dataset *row,
                              struct sr_data *data, sr_list_fn *list,
                              struct sr_arena *arena, struct sr_err *err);

/* Does the name end as those of images that the decoders read?  What is in a
 * file is seen when it is read. */
bool sr_photos_named(const char *name);

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
