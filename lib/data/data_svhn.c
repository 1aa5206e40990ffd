/* SVHN, the cropped digits: train_32x32.mat and test_32x32.mat, in each X,
 * bytes of [32 rows][32 columns][3 channels][n images], the first fastest, and
 * y, the digits, of which 0 is written 10. Source:
 * http://ufldl.stanford.edu/housenumbers/ (Netzer et al. 2011) */
#include <string.h>

#include "base/file.h"
#include "data/data_list.h"
#include "data/images.h"
#include "data/mat.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, CLASSES = 10 };

static const size_t most_bytes = (size_t)1 << 31;

static enum sr_status check_images(const char *path, const struct sr_mat *x,
                                   const struct sr_mat *y, struct sr_err *err)
{
    if (x->dims == 4 && x->dim[0] == SIDE && x->dim[1] == SIDE &&
        x->dim[2] == 3 && x->width == 1 && y->count == x->dim[3] &&
        x->dim[3] > 0)
        return SR_OK;
    return sr_fail(err, SR_EDATA,
                   "%s: X has to be bytes of 32 x 32 x 3 x n with n labels in "
                   "y; there are %lld values and %lld labels",
                   path, (long long)x->count, (long long)y->count);
}

static enum sr_status fill_labels(const char *path, const struct sr_mat *y,
                                  int *label, struct sr_err *err)
{
    for (int64_t i = 0; i < y->count; i++) {
        const double digit = sr_mat_number(y, i);
        if (!(digit >= 1 && digit <= CLASSES))
            return sr_fail(err, SR_EDATA,
                           "%s: record %lld (counted from 0): label %g is "
                           "outside 1..10",
                           path, (long long)i, digit);
        label[i] = (int)digit % CLASSES;
    }
    return SR_OK;
}

/* The variables may lie in the file itself, so that it stays in memory. */
static enum sr_status read_split(struct sr_data *data, const char *name,
                                 struct sr_arena *arena,
                                 struct sr_images **images, struct sr_err *err)
{
    const char *path = sr_file_join(arena, data->path, name);
    struct sr_mat_file file;
    const struct sr_mat *x, *y;
    unsigned char *bytes;
    size_t size;
    SR_TRY(sr_file_read(path, most_bytes, SR_EDATA, arena, &bytes, &size, err));
    SR_TRY(sr_mat_parse(path, bytes, size, arena, &file, err));
    SR_TRY(sr_mat_find(&file, "X", SR_MAT_NUMBERS, &x, err));
    SR_TRY(sr_mat_find(&file, "y", SR_MAT_NUMBERS, &y, err));
    SR_TRY(check_images(path, x, y, err));
    sr_data_add_file(data, name, bytes, size);

    const int n = (int)y->count;
    int *label = SR_TAKE(arena, n, int);
    const char **names = SR_TAKE(arena, 1, const char *);
    SR_TRY(fill_labels(path, y, label, err));
    names[0] = path;
    const struct sr_records records = {
        .first = x->bytes,
        .stride = PIXELS,
        .row = 1,
        .column = SIDE,
        .channel = PLANE,
        .file = names,
        .per_file = n,
    };
    *images = sr_images_records(data, n, label, &records, arena);
    return SR_OK;
}

static enum sr_status open_svhn(const struct sr_dataset *row,
                                struct sr_data *data, struct sr_arena *arena,
                                struct sr_err *err)
{
    (void)row;
    SR_TRY(read_split(data, "train_32x32.mat", arena,
                      &data->split[SR_TRAIN].images, err));
    return read_split(data, "test_32x32.mat", arena,
                      &data->split[SR_TEST].images, err);
}

static const char *const names[] = {"0", "1", "2", "3", "4",
                                    "5", "6", "7", "8", "9"};

/* clang-format off */
static const struct sr_published published[] = {
    {"train_32x32.mat", "http://ufldl.stanford.edu/housenumbers/train_32x32.mat",
     182040794, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"},
    {"test_32x32.mat", "http://ufldl.stanford.edu/housenumbers/test_32x32.mat",
     64275384, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"},
    {0},
};
static const struct sr_unpacked unpacked[] = {
    {"train_32x32.mat", "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"},
    {"test_32x32.mat", "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"},
    {0},
};
/* clang-format on */

static const char *const looked_for[] = {"svhn", "SVHN", NULL};

const struct sr_dataset sr_dataset_svhn = {
    .name = "svhn",
    .title = "SVHN: 99,289 cropped house numbers of 10 classes, 32 x 32",
    .h = SIDE,
    .w = SIDE,
    .c = 3,
    .classes = CLASSES,
    .class_name = names,
    .mean = {.4377, .4438, .4728},
    .std = {.1980, .2010, .1970},
    .looked_for = looked_for,
    .train_images = 73257,
    .test_images = 26032,
    .get = "`scripts/get_data.sh svhn` fetches it from "
           "http://ufldl.stanford.edu/housenumbers/",
    .published = published,
    .unpacked = unpacked,
    .open = open_svhn,
};
