/* data/data.h - labelled images, whatever file they come from.
 *
 * x is always NHWC float in [0, 1]; normalisation by mean and deviation is part
 * of the model, so epsilon is in units of the pixel range everywhere.  y is
 * 0..classes-1.  Images are kept as bytes (or left in their files) and turned
 * into floats batch by batch.
 */
#ifndef SR_DATA_DATA_H
#define SR_DATA_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/par.h"

/* How far data.augment: jitter may go; 0 leaves a property alone. */
struct sr_jitter_opts {
    double brightness, contrast, saturation; /* factors 1 - this to 1 + this */
    double hue;                              /* of a circle, either way      */
};

/* The `data.` keys of a config. */
struct sr_data_opts {
    const char *dataset;     /* a row of data_list.h                          */
    const char *path;        /* NULL or "": searched for                      */
    const char *test_path;   /* photos: the other split, if elsewhere         */
    struct sr_names augment; /* crop, flip, resized_crop, jitter              */
    long long crop_padding;  /* pixels around an image before a random crop   */
    struct sr_reals crop_scale, crop_ratio; /* resized_crop: from, to         */
    struct sr_jitter_opts jitter;
    long long limit;      /* first so many training images; 0: all         */
    double validation;    /* share of the training images held out         */
    bool coarse;          /* CIFAR-100: the 20 coarse labels               */
    long long classes;    /* photos, idx: 0 counts them                    */
    long long resize;     /* photos: short side after resizing; 0: as row  */
    long long image_size; /* photos: side of the centre crop; 0: as row    */
    int interpolation;    /* bilinear, bicubic                             */
    int jpeg;             /* libjpeg, stb                                  */
    int on_error;         /* enum sr_on_error                              */
    long long threads;    /* of a loader; 0: by those that compute         */
};
extern const struct sr_opt sr_data_rows[];

/* What a damaged training image does: end the run, or give its place in the
 * batch to the next of its split that can be read.  In evaluation, where it
 * would change what is counted, it always ends the run. */
enum sr_on_error { SR_ON_ERROR_FAIL, SR_ON_ERROR_SKIP };

enum sr_split_name { SR_TRAIN, SR_VALIDATION, SR_TEST, SR_SPLITS };

struct sr_images;  /* where the images of one file set come from (images.h) */
struct sr_workers; /* private: scratch of each thread of a fill (batch.h)     */

/* Some images of a source, in file order.  n is 0 where there are none. */
struct sr_split {
    struct sr_images *images;
    int n;
    const int *index; /* [n] position in the source: also the image's id */
    const int *label; /* [n]                                             */
};

/* A file that was read whole. */
struct sr_data_file {
    const char *name; /* as its publisher calls it, unpacked */
    long long bytes;  /* unpacked                            */
    char sha256[65];  /* of the unpacked bytes               */
};

enum { SR_DATA_FILES = 8, SR_DATA_NOTES = 8 };

struct sr_data {
    const struct sr_data_opts *opts;
    const char *path; /* the file or directory that was opened */
    int h, w, c, classes;
    const char *const *class_name; /* [classes], NULL when nobody says     */
    double mean[4], std[4];        /* usual normalisation of this data set */
    struct sr_split split[SR_SPLITS];

    /* The content's name: SHA-256 of what `sha256sum` prints for the unpacked
     * files in the order they are read; of photos, whose pixels stay in their
     * files (sr_data_sample), of one line "<label> <bytes> <name>" an image. */
    char hash[65];
    int files; /* 0 for photos */
    struct sr_data_file file[SR_DATA_FILES];

    /* What a user ought to know about this data, as sentences: a command says
     * them before it starts. */
    int notes;
    const char *note[SR_DATA_NOTES];
    const char *index; /* the file that keeps the list of photos, or NULL */
    struct sr_workers *workers;
    struct sr_log *log;
};

/* Find, check and open the data set that opts name.  From ARENA.
 *   log  is told how far it is when images have to be looked for; NULL allowed
 * Fails with SR_EDATA: what was looked for where and how to get it; a file of
 * the wrong size; a label out of range (file, record, found, allowed); with
 * SR_STOPPED when asked to stop while photos are listed. */
enum sr_status sr_data_open(const struct sr_data_opts *opts, uint64_t seed,
                            struct sr_log *log, struct sr_arena *arena,
                            struct sr_data **data, struct sr_err *err);
void sr_data_close(struct sr_data *data); /* NULL allowed */

/* What its images look like, without a look at its files: there are none in
 * any split.  h is 0 where only the files tell.  From ARENA.
 * Fails with SR_ECONFIG, as sr_data_open does before it looks for files. */
enum sr_status sr_data_describe(const struct sr_data_opts *opts,
                                struct sr_arena *arena, struct sr_data **data,
                                struct sr_err *err);

/* The same, and in each split as many images as its publisher says, all of them
 * one picture of noise: to time what is computed on them where the files are
 * not there.  *data is NULL where only the files tell.  From ARENA.
 * Fails with SR_ECONFIG, as sr_data_open. */
enum sr_status sr_data_stand_in(const struct sr_data_opts *opts, uint64_t seed,
                                struct sr_arena *arena, struct sr_data **data,
                                struct sr_err *err);

/* Is the file or directory that opts mean there?  Nothing in it is looked at,
 * nor is a path of one's own images, which may be a pattern.  Fails as
 * sr_data_find. */
enum sr_status sr_data_check_here(const struct sr_data_opts *opts,
                                  struct sr_arena *arena, struct sr_err *err);

/* A name for the pixels of a split's first n images where data->hash does not
 * see them, of photos: SHA-256 over the bytes of the files of SR_DATA_SAMPLE of
 * them, evenly spread, or of all if there are no more.  So other pictures under
 * the old names and of the old sizes are noticed when they are one in fifty
 * (99.4 %); a single one among thousands may not be.
 *   sum  filled; "" where the hash has seen every byte
 * Fails with SR_EDATA, naming the file. */
enum { SR_DATA_SAMPLE = 256 };
enum sr_status sr_data_sample(const struct sr_split *split, int n,
                              struct sr_arena *scratch, char sum[65],
                              struct sr_err *err);

/* Where image `pos` of a split comes from, for messages: file and record. */
void sr_data_where(const struct sr_split *split, int pos, char *text,
                   size_t size);

/* order[split->n] = positions 0..n-1 in the order of this epoch: a permutation
 * that depends on (seed, epoch) alone. */
void sr_data_order(const struct sr_split *split, uint64_t seed, uint64_t epoch,
                   int *order);

/* Which random crops and flips; NULL where a fill should use none. */
struct sr_augment {
    uint64_t seed, epoch;
};

/* The images at positions pos[0..n-1] of a split.  With augment and on_error:
 * skip, a damaged one is replaced, label and id too.
 *   x   [n][h][w][c] in [0, 1], written in full
 *   y   [n] labels
 *   id  [n] what random draws about the image are keyed by
 * Fails with SR_EDATA, naming the file and the image: unreadable or damaged.
 * Threads: splits over images; the same bits for any thread count. */
enum sr_status sr_data_fill(const struct sr_data *data,
                            const struct sr_split *split, struct sr_par *par,
                            int n, const int *pos,
                            const struct sr_augment *augment, float *x, int *y,
                            uint64_t *id, struct sr_err *err);

/* A file as its publisher offers it. */
struct sr_published {
    const char *name, *address;
    long long bytes;
    const char *sha256;
};
/* A file as the publisher's unpacks. */
struct sr_unpacked {
    const char *name, *sha256;
};

/* An archive too large to be read whole, and its sum. */
struct sr_archive {
    const char *name, *md5;
};

/* Keys of `data.` that only some data sets understand. */
enum sr_data_takes {
    SR_TAKES_COARSE = 1,
    SR_TAKES_CLASSES = 2,
    SR_TAKES_TEST_PATH = 4,
    SR_TAKES_SIZES = 8, /* resize and image_size: it consists of photos */
};

/* The table behind `satrun show datasets` and `satrun data list`. */
struct sr_dataset {
    const char *name, *title;
    int h, w, c, classes;          /* 0: depends on the files               */
    const char *const *class_name; /* [classes] or NULL                     */
    int resize, image_size;        /* of photos, where data.* does not say  */
    int coarse_classes;            /* with data.coarse, where it is taken   */
    const char *const *coarse_name;
    double mean[4], std[4];
    const char *const *looked_for; /* file or directory names, NULL-ended   */
    const char *get;               /* one sentence: where it is to be had   */
    unsigned takes;                /* enum sr_data_takes, or'ed             */
    const struct sr_published *published; /* ends with a NULL name, or NULL */
    const struct sr_unpacked *unpacked;   /* the same                       */
    const struct sr_archive *archive;     /* the same: in the folder opened */
    int train_images, test_images;        /* as published; 0: nobody says   */
    enum sr_status (*open)(const struct sr_dataset *row, struct sr_data *data,
                           struct sr_arena *arena, struct sr_err *err);
};
const struct sr_dataset *sr_dataset_at(int i); /* NULL past the last */
const char *sr_dataset_name(int i);            /* an sr_words_fn     */
/* The row of this name.  Fails with SR_ECONFIG, naming those there are. */
enum sr_status sr_dataset_find(const char *name, const struct sr_dataset **row,
                               struct sr_err *err);

/* The side of this set's photos when a network sees them. */
int sr_data_side(const struct sr_dataset *row, const struct sr_data_opts *opts);

/* The file or directory of a data set: PATH, or, where that is NULL or "", the
 * first of the row's names in the places data.c looks.  From ARENA.
 * Fails with SR_EDATA: what was looked for where and how to get it. */
enum sr_status sr_data_find(const struct sr_dataset *row, const char *path,
                            struct sr_arena *arena, const char **found,
                            struct sr_err *err);

#endif
