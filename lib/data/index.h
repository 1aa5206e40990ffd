/* data/index.h - which images there are and where their bytes lie.
 *
 * Folders and tar files are looked through once; what was found is kept in the
 * user's cache and read back as long as every file and folder it was made from
 * has the size and the time it had.  A set of a million photos then opens in a
 * second.
 *
 * Layout   one block of memory that is also the file: a head, then sources,
 *          entries, classes, notes and texts, in the machine's byte order
 *          (another machine's file is made anew).  Texts end with a zero byte
 *          and are named by their offset.
 * Place    $XDG_CACHE_HOME/satrun (or ~/.cache/satrun)/<data set>-<key>.index
 */
#ifndef SR_DATA_INDEX_H
#define SR_DATA_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/data.h"

/* Sizes of what is no file: a folder, or nothing, yet. */
enum { SR_FOLDER = -1, SR_ABSENT = -2 };

/* A folder of image files, a tar file with images in it, a file that was read
 * for labels, or one that would have been read had it been there. */
struct sr_source {
    int64_t size;   /* bytes; or SR_FOLDER, SR_ABSENT              */
    int64_t time;   /* of its last change, ns since 1970           */
    uint32_t path;  /* as it is opened                             */
    uint32_t shown; /* what stands before names in the content     */
};

/* An image. */
struct sr_entry {
    int64_t offset, size; /* bytes, in the tar file; of a file, all of it */
    uint32_t source;      /* number of its folder or tar file             */
    uint32_t name;        /* of the file or the member of the tar file    */
    int32_t label;
    uint32_t unused;
};

struct sr_index {
    int sources, classes, named, notes;
    const struct sr_source *source;  /* [sources]                           */
    int entries[2];                  /* training images, test images; of the
                                        latter none: the first serve as both */
    const struct sr_entry *entry[2]; /* [entries]                           */
    const uint32_t *class_name;      /* [named]: 0 or classes               */
    const uint32_t *note;            /* [notes]                             */
    const char *text;
    const char *hash; /* the content's name, as struct sr_data tells of it */
    const char *kept; /* the file it is in; NULL: nowhere                  */
};

/* What an image's path is, into text [size]. */
void sr_index_where(const struct sr_index *index, const struct sr_entry *entry,
                    char *text, size_t size);

/* Looks through the files of data->path and puts what it finds into the maker.
 * Fails with SR_EDATA: files that are not what they should be. */
struct sr_maker;
typedef enum sr_status sr_list_fn(struct sr_data *data, struct sr_maker *maker,
                                  struct sr_err *err);

/* The index of data->path and test_path: read back, or made by `list` and kept.
 * That it cannot be kept is a note.  From ARENA.  Fails as `list` does. */
enum sr_status sr_index_open(struct sr_data *data, sr_list_fn *list,
                             struct sr_arena *arena,
                             const struct sr_index **index, struct sr_err *err);

/* ---- for a list function ---- */

/* Memory that lives until the index is made. */
struct sr_arena *sr_maker_arena(struct sr_maker *maker);

/* A file or folder that the index depends on; before it is looked into.
 *   shown   what stands before the names of its images in the content's name,
 *           "" for nothing
 * Fails with SR_EDATA: it is not there. */
enum sr_status sr_maker_source(struct sr_maker *maker, const char *path,
                               const char *shown, uint32_t *source,
                               struct sr_err *err);

/* A file that would change the index if it came into being. */
void sr_maker_absent(struct sr_maker *maker, const char *path);

/* An image; test: of the second split.  The text is copied.  Fails: SR_EDATA,
 * there are too many; SR_STOPPED when asked to stop. */
enum sr_status sr_maker_image(struct sr_maker *maker, bool test,
                              uint32_t source, const char *name, int64_t offset,
                              int64_t size, int label, struct sr_err *err);
int sr_maker_images(const struct sr_maker *maker, bool test);

/* How many classes; name: [classes], copied, or NULL. */
void sr_maker_classes(struct sr_maker *maker, int classes,
                      const char *const *name);

/* A sentence for data->note, now and whenever the index is read back. */
void sr_maker_note(struct sr_maker *maker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How far it is, for people who wait: `done` of `total` units of `what`. */
void sr_maker_progress(struct sr_maker *maker, const char *what, int64_t done,
                       int64_t total);

#endif
