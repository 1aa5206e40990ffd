/* ILSVRC2012 ("ImageNet") as it is downloaded, without unpacking:
 *
 *   ILSVRC2012_img_train.tar   a tar file of tar files, one a class, named
 *                              <wnid>.tar, with its photos
 *   ILSVRC2012_img_val.tar     photos named ILSVRC2012_val_NNNNNNNN.JPEG
 *   and what tells their classes: see truth.h
 *
 * Classes are numbered by their WordNet ids sorted byte by byte, as everybody
 * does it; the numbers inside the development kit are others.  Where one of the
 * two archives is missing the other one serves as both.
 * Source: https://image-net.org/challenges/LSVRC/2012/ */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "data/data_list.h"
#include "data/images.h"
#include "data/tar.h"
#include "data/truth.h"
#include "data/wnids.h"

enum { MOST_CLASSES = 100000, ALL_CLASSES = 1000 };

static const char train_name[] = "ILSVRC2012_img_train.tar";
static const char val_name[] = "ILSVRC2012_img_val.tar";

/* A class's tar file inside the training archive. */
struct part {
    int64_t offset, size;
};

struct ilsvrc {
    struct sr_maker *maker;
    struct sr_arena *arena; /* the maker's */
    const char *train, *val;
    struct sr_wnids wnids;
    struct part *part; /* [MOST_CLASSES] as they come in the archive */
    int *came;         /* [wnids.n] which part is class 0, 1, ... */
    uint32_t source;   /* the archive at hand                     */
    bool test;         /* is it the second split?                 */
};

/* Every member of a tar file, one after the other. */
typedef enum sr_status member_fn(struct ilsvrc *set, void *job,
                                 const struct sr_member *member,
                                 struct sr_err *err);

static enum sr_status walk(struct ilsvrc *set, struct sr_tar *tar,
                           member_fn *fn, void *job, struct sr_err *err)
{
    for (;;) {
        struct sr_member member;
        bool more;
        SR_TRY(sr_tar_next(tar, &member, &more, err));
        if (!more)
            return SR_OK;
        SR_TRY(fn(set, job, &member, err));
    }
}

/* A whole archive: plain, because its images are read by their offsets. */
static enum sr_status walk_archive(struct ilsvrc *set, const char *path,
                                   member_fn *fn, void *job, struct sr_err *err)
{
    struct sr_tar *tar;
    SR_TRY(sr_maker_source(set->maker, path, "", &set->source, err));
    SR_TRY(sr_tar_open(path, set->arena, &tar, err));
    const enum sr_status status = walk(set, tar, fn, job, err);
    sr_tar_close(tar);
    return status;
}

static enum sr_status check_plain(const char *path,
                                  const struct sr_member *member,
                                  struct sr_err *err)
{
    if (member->offset >= 0)
        return SR_OK;
    return sr_fail(err, SR_EDATA,
                   "%s is compressed, so its images cannot be read one by one; "
                   "unpack it with gunzip",
                   path);
}

/* ---- training ---- */

static enum sr_status take_class(struct ilsvrc *set, void *job,
                                 const struct sr_member *member,
                                 struct sr_err *err)
{
    const char *name = sr_file_name(member->name);
    (void)job;
    SR_TRY(check_plain(set->train, member, err));
    if (!sr_wnid_is(name, ".tar") || set->wnids.n == MOST_CLASSES)
        return sr_fail(err, SR_EDATA,
                       "%s: the member '%.60s' is not a class's tar file, "
                       "nNNNNNNNN.tar",
                       set->train, member->name);
    set->part[set->wnids.n] = (struct part){member->offset, member->size};
    sr_wnids_add(&set->wnids, name, set->arena);
    sr_maker_progress(set->maker, "looking for classes", set->wnids.n,
                      ALL_CLASSES);
    return SR_OK;
}

/* came[class], for classes that have been ranked by their names since. */
static void remember_order(struct ilsvrc *set, const char *const *name, int n)
{
    set->came = SR_TAKE(set->arena, n, int);
    for (int i = 0; i < n; i++)
        set->came[sr_wnids_find(&set->wnids, name[i])] = i;
}

static enum sr_status find_classes(struct ilsvrc *set, struct sr_err *err)
{
    set->part = SR_TAKE(set->arena, MOST_CLASSES, struct part);
    SR_TRY(walk_archive(set, set->train, take_class, NULL, err));
    const int n = set->wnids.n;
    if (n == 0)
        return sr_fail(err, SR_EDATA, "%s holds no training images",
                       set->train);
    const char **name = SR_TAKE(set->arena, n, const char *);
    memcpy(name, set->wnids.name, (size_t)n * sizeof *name);
    SR_TRY(sr_wnids_end(&set->wnids, true, set->train, set->arena, err));
    remember_order(set, name, n);
    return SR_OK;
}

static enum sr_status take_photo(struct ilsvrc *set, void *class,
                                 const struct sr_member *member,
                                 struct sr_err *err)
{
    const char *name = sr_file_name(member->name);
    if (name[0] == '.')
        return SR_OK;
    if (!sr_photos_named(name))
        return sr_fail(
            err, SR_EDATA, "%s: %s.tar: the member '%.60s' is not a photo",
            set->train, set->wnids.name[*(int *)class], member->name);
    return sr_maker_image(set->maker, set->test, set->source, name,
                          member->offset, member->size, *(int *)class, err);
}

/* scratch: of this class alone. */
static enum sr_status add_class(struct ilsvrc *set, int class,
                                struct sr_arena *scratch, struct sr_err *err)
{
    const struct part *part = &set->part[set->came[class]];
    const char *shown = sr_arena_format(scratch, "%s: %s.tar", set->train,
                                        set->wnids.name[class]);
    const int before = sr_maker_images(set->maker, false);
    struct sr_tar *tar;
    SR_TRY(sr_tar_open_part(set->train, shown, part->offset, part->size,
                            scratch, &tar, err));
    const enum sr_status status = walk(set, tar, take_photo, &class, err);
    sr_tar_close(tar);
    SR_TRY(status);
    if (sr_maker_images(set->maker, false) == before)
        return sr_fail(err, SR_EDATA, "%s holds no photos", shown);
    return SR_OK;
}

static enum sr_status add_training(struct ilsvrc *set, struct sr_err *err)
{
    SR_TRY(find_classes(set, err));
    struct sr_arena *scratch = sr_arena_new(NULL);
    enum sr_status status = SR_OK;
    for (int i = 0; i < set->wnids.n && status == SR_OK; i++) {
        const struct sr_mark mark = sr_arena_mark(scratch);
        status = add_class(set, i, scratch, err);
        sr_arena_release(scratch, mark);
        sr_maker_progress(set->maker, "looking for images", i + 1,
                          set->wnids.n);
    }
    sr_arena_free(scratch);
    if (set->wnids.n != ALL_CLASSES)
        sr_maker_note(set->maker, "%s has %d classes; all of ImageNet has %d",
                      set->train, set->wnids.n, ALL_CLASSES);
    return status;
}

/* ---- validation ---- */

struct validation {
    struct sr_truth truth;
    bool *seen; /* [truth.n] */
    int images;
};

static enum sr_status take_numbered(struct ilsvrc *set, void *job,
                                    const struct sr_member *member,
                                    struct sr_err *err)
{
    struct validation *v = job;
    const char *name = sr_file_name(member->name);
    const int number = sr_truth_number(name, ".JPEG");
    SR_TRY(check_plain(set->val, member, err));
    if (name[0] == '.')
        return SR_OK;
    if (number < 1)
        return sr_fail(err, SR_EDATA,
                       "%s: the member '%.60s' is not named "
                       "ILSVRC2012_val_NNNNNNNN.JPEG",
                       set->val, member->name);
    if (number > v->truth.n)
        return sr_fail(err, SR_EDATA, "%s: %s says nothing of %s, only of %d",
                       set->val, v->truth.path, name, v->truth.n);
    if (v->seen[number - 1])
        return sr_fail(err, SR_EDATA, "%s has %s twice", set->val, name);
    const char *wnid = v->truth.wnid[number - 1];
    const int class = sr_wnids_find(&set->wnids, wnid);
    if (class < 0)
        return sr_fail(err, SR_EDATA,
                       "%s: %s is of class %s, of which %s has "
                       "no images",
                       set->val, name, wnid, set->train);
    v->seen[number - 1] = true;
    v->images++;
    return sr_maker_image(set->maker, set->test, set->source, name,
                          member->offset, member->size, class, err);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Without training images the classes are those of the validation images. */
static enum sr_status take_classes(struct ilsvrc *set,
                                   const struct sr_truth *truth,
                                   struct sr_err *err)
{
    const char **wnid = SR_TAKE(set->arena, truth->n, const char *);
    memcpy(wnid, truth->wnid, (size_t)truth->n * sizeof *wnid);
    qsort(wnid, (size_t)truth->n, sizeof *wnid, by_text);
    for (int i = 0; i < truth->n; i++)
        if (i == 0 || strcmp(wnid[i], wnid[i - 1]) != 0)
            sr_wnids_add(&set->wnids, wnid[i], set->arena);
    return sr_wnids_end(&set->wnids, true, truth->path, set->arena, err);
}

static enum sr_status add_validation(struct ilsvrc *set, const char *dir,
                                     struct sr_err *err)
{
    struct validation v = {0};
    SR_TRY(sr_truth_read(dir, set->maker, &v.truth, err));
    if (!set->test)
        SR_TRY(take_classes(set, &v.truth, err));
    v.seen = SR_TAKE(set->arena, v.truth.n, bool);
    SR_TRY(walk_archive(set, set->val, take_numbered, &v, err));
    if (v.images == 0)
        return sr_fail(err, SR_EDATA, "%s holds no images", set->val);
    if (v.images != v.truth.n)
        sr_maker_note(set->maker, "%s has %d of the %d images that %s tells of",
                      set->val, v.images, v.truth.n, v.truth.path);
    return SR_OK;
}

/* ---- both ---- */

static enum sr_status list_ilsvrc(struct sr_data *data, struct sr_maker *maker,
                                  struct sr_err *err)
{
    struct ilsvrc set = {.maker = maker, .arena = sr_maker_arena(maker)};
    set.train = sr_file_join(set.arena, data->path, train_name);
    set.val = sr_file_join(set.arena, data->path, val_name);
    const bool train = sr_file_exists(set.train), val = sr_file_exists(set.val);
    if (!train && !val)
        return sr_fail(err, SR_EDATA,
                       "data.path: %s has neither %s nor %s in it", data->path,
                       train_name, val_name);
    if (train)
        SR_TRY(add_training(&set, err));
    set.test = train;
    if (val)
        SR_TRY(add_validation(&set, data->path, err));
    if (!train || !val) {
        sr_maker_absent(maker, train ? set.val : set.train);
        sr_maker_note(maker,
                      "%s is not in %s: the images of %s serve as training and "
                      "as test images",
                      train ? val_name : train_name, data->path,
                      train ? train_name : val_name);
    }
    sr_maker_classes(maker, set.wnids.n, set.wnids.name);
    return SR_OK;
}

static enum sr_status open_ilsvrc(const struct sr_dataset *row,
                                  struct sr_data *data, struct sr_arena *arena,
                                  struct sr_err *err)
{
    return sr_photos_open(row, data, list_ilsvrc, arena, err);
}

static const char *const looked_for[] = {"imagenet", "ILSVRC2012", "ilsvrc",
                                         NULL};

/* As torchvision 0.14 has them, datasets/imagenet.py. */
static const struct sr_archive archives[] = {
    {train_name, "1d675b47d978889d74fa0da5fadfb00e"},
    {val_name, "29b22e2961454d5413ddabcf34fc5622"},
    {"ILSVRC2012_devkit_t12.tar.gz", "fa75699e90414af021442c21a62c3abf"},
    {NULL, NULL},
};

const struct sr_dataset sr_dataset_ilsvrc = {
    .name = "ilsvrc",
    .title =
        "ILSVRC2012, ImageNet's 1.3 million colour photos of 1000 classes, "
        "in the tar files as downloaded",
    .c = 3,
    .mean = {.485, .456, .406},
    .std = {.229, .224, .225},
    .looked_for = looked_for,
    .archive = archives,
    .train_images = 1281167,
    .test_images = 50000,
    .get = "put ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and "
           "ILSVRC2012_devkit_t12.tar.gz from https://image-net.org/ (after "
           "signing up) into one folder",
    .resize = 256,
    .image_size = 224,
    .takes = SR_TAKES_CLASSES | SR_TAKES_SIZES,
    .open = open_ilsvrc,
};
