#include "data/data.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "data/augment.h"
#include "data/data_list.h"
#include "data/batch.h"
#include "data/images.h"

static const struct sr_dataset *const datasets[] = {
#define SR_DATASET(name) &sr_dataset_##name,
    SR_DATASET_LIST(SR_DATASET)
#undef SR_DATASET
};

const struct sr_dataset *sr_dataset_at(int i)
{
    const size_t n = sizeof datasets / sizeof *datasets;
    return i >= 0 && (size_t)i < n ? datasets[i] : NULL;
}

const char *sr_dataset_name(int i)
{
    const struct sr_dataset *row = sr_dataset_at(i);
    return row ? row->name : NULL;
}

static const char *interpolation_name(int i)
{
    static const char *const names[] = {"bilinear", "bicubic"};
    return i < 2 ? names[i] : NULL;
}

static const char *jpeg_name(int i)
{
    static const char *const names[] = {"libjpeg", "stb"};
    return i < 2 ? names[i] : NULL;
}

static const char *on_error_name(int i)
{
    static const char *const names[] = {"fail", "skip"};
    return i < 2 ? names[i] : NULL;
}

/* clang-format off */
const struct sr_opt sr_data_rows[] = {
    SR_NAME(struct sr_data_opts, dataset, "", sr_dataset_name,
            "the data set; `satrun data list` tells about them"),
    SR_PATH(struct sr_data_opts, path, "",
            "file or directory; not set: looked for in SATRUN_DATA and the usual places"),
    SR_PATH(struct sr_data_opts, test_path, "",
            "folder, shards, ilsvrc: the test images, where path does not hold "
            "them"),
    SR_NAMES(struct sr_data_opts, augment, "", sr_augment_name,
             "random changes to training images"),
    SR_INT(struct sr_data_opts, crop_padding, "4", 0, 64, "pixels",
           "black border of an image before a random crop"),
    SR_REALS(struct sr_data_opts, crop_scale, "[0.08, 1]", 1e-6, 1, "of the area",
             "resized_crop: smallest and largest part of an image"),
    SR_REALS(struct sr_data_opts, crop_ratio, "[3/4, 4/3]", 0.01, 100, "",
             "resized_crop: smallest and largest width by height"),
    SR_REAL(struct sr_data_opts, jitter.brightness, "0.4", 0, 1, "",
            "jitter: factors 1 - this to 1 + this"),
    SR_REAL(struct sr_data_opts, jitter.contrast, "0.4", 0, 1, "",
            "jitter: the same of the distance to the mean grey"),
    SR_REAL(struct sr_data_opts, jitter.saturation, "0.4", 0, 1, "",
            "jitter: the same of the distance to the pixel's grey"),
    SR_REAL(struct sr_data_opts, jitter.hue, "0", 0, 0.5, "of a circle",
            "jitter: turn of the colours, either way"),
    SR_INT(struct sr_data_opts, limit, "0", 0, 1000000000, "images",
           "train on the first so many images of the files; 0 for all"),
    SR_REAL(struct sr_data_opts, validation, "0", 0, 0.9, "of the training images",
            "held out for validation, the same share of each class"),
    SR_BOOL(struct sr_data_opts, coarse, "false",
            "cifar100: the 20 coarse labels instead of the 100 fine ones"),
    SR_INT(struct sr_data_opts, classes, "0", 0, 1000000, "classes",
           "folder, shards, ilsvrc, idx: how many there are; 0 counts them"),
    SR_INT(struct sr_data_opts, resize, "0", 0, 4096, "pixels",
           "photos: shorter side after resizing; 0: 256, tiny-imagenet 64"),
    SR_INT(struct sr_data_opts, image_size, "0", 0, 4096, "pixels",
           "photos: side of the square cut from the middle or made by "
           "resized_crop; 0: 224, tiny-imagenet 64"),
    SR_ENUM(struct sr_data_opts, interpolation, "bilinear", interpolation_name,
            "how images are resized"),
    SR_ENUM(struct sr_data_opts, jpeg, "libjpeg", jpeg_name,
            "decoder of JPEG files; stb only for files you trust"),
    SR_ENUM(struct sr_data_opts, on_error, "fail", on_error_name,
            "what a damaged training image does: end the run, or be skipped "
            "and counted"),
    SR_INT(struct sr_data_opts, threads, "0", 0, 256, "",
           "that read and decode the next batch while this one is computed on; "
           "0: one for four of engine.threads"),
    {0},
};
/* clang-format on */

static const struct sr_dataset *find_row(const char *name)
{
    const struct sr_dataset *row;
    for (int i = 0; (row = sr_dataset_at(i)); i++)
        if (name && strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static enum sr_status no_row(const char *name, struct sr_err *err)
{
    char known[256] = "";
    sr_text_join(known, sizeof known, sr_dataset_name);
    if (!name || !*name)
        return sr_fail(err, SR_ECONFIG,
                       "data.dataset is not set; there are: %s", known);
    return sr_fail(err, SR_ECONFIG, "no data set '%s'; there are: %s", name,
                   known);
}

enum sr_status sr_dataset_find(const char *name, const struct sr_dataset **row,
                               struct sr_err *err)
{
    const struct sr_dataset *found = find_row(name);
    if (!found)
        return no_row(name, err);
    *row = found;
    return SR_OK;
}

void sr_data_note(struct sr_data *data, struct sr_arena *arena,
                  const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (data->notes < SR_DATA_NOTES)
        data->note[data->notes++] = sr_arena_text(arena, text);
}

void sr_data_add_file(struct sr_data *data, const char *name,
                      const unsigned char *bytes, size_t size)
{
    SR_REQUIRE(data->files < SR_DATA_FILES);
    struct sr_data_file *file = &data->file[data->files++];
    file->name = name;
    file->bytes = (long long)size;
    sr_sha256(bytes, size, file->sha256);
}

static void hash_files(struct sr_data *data)
{
    char text[SR_DATA_FILES * 256] = "";
    for (int i = 0; i < data->files; i++)
        sr_text_add(text, sizeof text, "%s  %s\n", data->file[i].sha256,
                    data->file[i].name);
    sr_sha256(text, strlen(text), data->hash);
}

enum sr_status sr_data_count_classes(struct sr_data *data, int found,
                                     struct sr_err *err)
{
    const long long set = data->opts->classes;
    if (set > 0 && found > set)
        return sr_fail(err, SR_EDATA,
                       "%s has images of %d classes where data.classes says "
                       "%lld",
                       data->path, found, set);
    data->classes = set > 0 ? (int)set : found;
    return SR_OK;
}

static enum sr_status check_labels(const struct sr_images *images, int classes,
                                   struct sr_err *err)
{
    char where[512];
    for (int i = 0; i < images->n; i++) {
        if (images->label[i] >= 0 && images->label[i] < classes)
            continue;
        images->where(images, i, where, sizeof where);
        return sr_fail(err, SR_EDATA, "%s: label %d is outside 0..%d", where,
                       images->label[i], classes - 1);
    }
    return SR_OK;
}

/* A key that would do nothing is a misunderstanding. */
static enum sr_status check_keys(const struct sr_dataset *row,
                                 const struct sr_data_opts *opts,
                                 struct sr_err *err)
{
    const struct {
        const char *key;
        bool set;
        enum sr_data_takes bit;
    } keys[] = {
        {"coarse", opts->coarse, SR_TAKES_COARSE},
        {"classes", opts->classes != 0, SR_TAKES_CLASSES},
        {"test_path", opts->test_path && *opts->test_path, SR_TAKES_TEST_PATH},
        {"resize", opts->resize != 0, SR_TAKES_SIZES},
        {"image_size", opts->image_size != 0, SR_TAKES_SIZES},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].set && !(row->takes & keys[i].bit))
            return sr_fail(err, SR_ECONFIG,
                           "data.%s is set, which means nothing to the data "
                           "set %s",
                           keys[i].key, row->name);
    return SR_OK;
}

int sr_data_side(const struct sr_dataset *row, const struct sr_data_opts *opts)
{
    return opts->image_size > 0 ? (int)opts->image_size : row->image_size;
}

/* All that the row and the keys say. */
static enum sr_status describe(const struct sr_dataset *row,
                               const struct sr_data_opts *opts,
                               struct sr_arena *arena, struct sr_data **out,
                               struct sr_err *err)
{
    SR_TRY(check_keys(row, opts, err));
    SR_TRY(sr_augment_check(opts, row->c, err));
    const int classes = opts->coarse        ? row->coarse_classes
                        : opts->classes > 0 ? (int)opts->classes
                                            : row->classes;
    const bool known = row->takes & SR_TAKES_SIZES && classes > 0;
    struct sr_data *data = SR_TAKE(arena, 1, struct sr_data);
    *data = (struct sr_data){
        .opts = opts,
        .h = known ? sr_data_side(row, opts) : row->h,
        .w = known ? sr_data_side(row, opts) : row->w,
        .c = row->c,
        .classes = classes,
        .class_name = opts->coarse ? row->coarse_name : row->class_name,
        .workers = SR_TAKE(arena, 1, struct sr_workers),
    };
    memcpy(data->mean, row->mean, sizeof data->mean);
    memcpy(data->std, row->std, sizeof data->std);
    *out = data;
    return SR_OK;
}

enum sr_status sr_data_describe(const struct sr_data_opts *opts,
                                struct sr_arena *arena, struct sr_data **data,
                                struct sr_err *err)
{
    const struct sr_dataset *row = find_row(opts->dataset);
    if (!row)
        return no_row(opts->dataset, err);
    return describe(row, opts, arena, data, err);
}

enum sr_status sr_data_check_here(const struct sr_data_opts *opts,
                                  struct sr_arena *arena, struct sr_err *err)
{
    const struct sr_dataset *row = find_row(opts->dataset);
    const char *path;
    if (!row)
        return no_row(opts->dataset, err);
    return sr_data_find(row, opts->path, arena, &path, err);
}

enum sr_status sr_data_open(const struct sr_data_opts *opts, uint64_t seed,
                            struct sr_log *log, struct sr_arena *arena,
                            struct sr_data **out, struct sr_err *err)
{
    const struct sr_dataset *row = find_row(opts->dataset);
    struct sr_data *data;
    if (!row)
        return no_row(opts->dataset, err);
    SR_TRY(describe(row, opts, arena, &data, err));
    data->log = log;
    SR_TRY(sr_data_find(row, opts->path, arena, &data->path, err));
    const int64_t bytes = sr_file_size(data->path);
    if (log && bytes > 1 << 26) /* that takes seconds */
        sr_log_say(log, "reading %s, %.0f MB", data->path,
                   1e-6 * (double)bytes);
    SR_TRY(row->open(row, data, arena, err));
    SR_TRY(check_labels(data->split[SR_TRAIN].images, data->classes, err));
    SR_TRY(check_labels(data->split[SR_TEST].images, data->classes, err));
    if (data->files > 0)
        hash_files(data);
    SR_TRY(sr_data_divide(data, seed, arena, err));
    *out = data;
    return SR_OK;
}

void sr_data_close(struct sr_data *data)
{
    if (!data)
        return;
    sr_workers_free(data->workers);
}

void sr_data_where(const struct sr_split *split, int pos, char *text,
                   size_t size)
{
    SR_REQUIRE(pos >= 0 && pos < split->n);
    split->images->where(split->images, split->index[pos], text, size);
}

enum sr_status sr_data_fill(const struct sr_data *data,
                            const struct sr_split *split, struct sr_par *par,
                            int n, const int *pos,
                            const struct sr_augment *augment, float *x, int *y,
                            uint64_t *id, struct sr_err *err)
{
    int skipped;
    const char *why;
    struct sr_fill fill = {
        .data = data,
        .split = split,
        .augment = augment,
        .n = n,
        .pos = pos,
        .x = x,
        .y = y,
        .id = id,
    };
    SR_TRY(sr_workers_need(data->workers, sr_par_threads(par), err));
    fill.scratch = data->workers->arena;
    sr_par_run(par, sr_fill_pieces(&fill), sr_fill_piece, &fill);
    return sr_fill_result(&fill, &skipped, &why, err);
}
