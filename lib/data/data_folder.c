/* Folders of image files, a folder a class: ROOT/train/<class>/ and
 * ROOT/val/<class>/ (or test), with folders inside these as deep as wanted; or
 * ROOT/<class>/ alone.
 *
 * Classes are numbered by their names sorted byte by byte, images ordered by
 * folder and name in the same way.
 * Source: torchvision 0.14, datasets/folder.py, whose numbers these are */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "data/data_list.h"
#include "data/images.h"

enum { MOST_FOLDERS = 10000, MOST_ODD = 16 };

/* Extensions (or what they are) of files that were left out, to be told about.
 */
struct odd {
    int n, files;
    struct {
        const char *extension;
        int files;
    } kind[MOST_ODD];
};

struct folder {
    struct sr_maker *maker;
    struct sr_arena *arena;   /* the maker's: gone when the index is made */
    struct sr_arena *scratch; /* of one class                             */
    const char *root; /* what names in the content's list are relative to */
    int classes;
    const char **class_name; /* [classes] */
    int empty;               /* classes without training images, ...   */
    const char *first_empty; /* ... and one of them                     */
    struct odd odd;
};

static const char *extension_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot : "(none)";
}

static void count_odd(struct folder *folder, const char *extension)
{
    struct odd *odd = &folder->odd;
    int i = 0;
    while (i < odd->n && strcmp(odd->kind[i].extension, extension) != 0)
        i++;
    odd->files++;
    if (i == MOST_ODD)
        return;
    if (i == odd->n)
        odd->kind[odd->n++].extension = sr_arena_text(folder->arena, extension);
    odd->kind[i].files++;
}

static void tell_odd(struct folder *folder, const char *path)
{
    char text[256] = "";
    const struct odd *odd = &folder->odd;
    for (int i = 0; i < odd->n; i++)
        sr_text_add(text, sizeof text, "%s%d %s", i ? ", " : "",
                    odd->kind[i].files, odd->kind[i].extension);
    if (odd->files > 0)
        sr_maker_note(folder->maker,
                      "%d files under %s are left out, not being images that "
                      "are read: %s",
                      odd->files, path, text);
}

/* Names that begin with a dot are an editor's, not a class or an image. */
static bool is_folder(const char *path, const char *name)
{
    return name[0] != '.' && sr_file_is_dir(path);
}

static enum sr_status list_classes(struct folder *folder, const char *dir,
                                   struct sr_err *err)
{
    const char *const *names;
    int n;
    SR_TRY(sr_file_list(dir, SR_EDATA, folder->arena, &names, &n, err));
    folder->class_name = SR_TAKE(folder->arena, n, const char *);
    for (int i = 0; i < n; i++)
        if (is_folder(sr_file_join(folder->arena, dir, names[i]), names[i]))
            folder->class_name[folder->classes++] = names[i];
    if (folder->classes == 0)
        return sr_fail(err, SR_EDATA,
                       "%s has no folders in it, one for each class", dir);
    return SR_OK;
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* dir and all folders below it, sorted.  *out [MOST_FOLDERS] */
static enum sr_status list_folders(struct folder *folder, const char *dir,
                                   const char **out, int *n, struct sr_err *err)
{
    struct sr_arena *arena = folder->scratch;
    out[0] = dir;
    *n = 1;
    for (int i = 0; i < *n; i++) {
        const char *const *names;
        int found;
        if (sr_file_leads_back(out[i], arena))
            return sr_fail(err, SR_EDATA,
                           "%s is a link to a folder that it is in", out[i]);
        SR_TRY(sr_file_list(out[i], SR_EDATA, arena, &names, &found, err));
        for (int j = 0; j < found; j++) {
            const char *path = sr_file_join(arena, out[i], names[j]);
            if (!is_folder(path, names[j]))
                continue;
            if (*n == MOST_FOLDERS)
                return sr_fail(err, SR_EDATA,
                               "%s has more than %d folders in it", dir,
                               MOST_FOLDERS);
            out[(*n)++] = path;
        }
    }
    qsort(out, (size_t)*n, sizeof *out, by_bytes);
    return SR_OK;
}

/* "train/cat/" of ROOT/train/cat: what stands before its images' names. */
static const char *shown_part(const struct folder *folder, const char *dir)
{
    return sr_arena_format(folder->scratch, "%s/",
                           dir + strlen(folder->root) + 1);
}

static enum sr_status add_files(struct folder *folder, const char *dir,
                                int label, bool test, struct sr_err *err)
{
    const char *const *names;
    uint32_t source;
    int n;
    SR_TRY(sr_maker_source(folder->maker, dir, shown_part(folder, dir), &source,
                           err));
    SR_TRY(sr_file_list(dir, SR_EDATA, folder->scratch, &names, &n, err));
    for (int i = 0; i < n; i++) {
        const char *path = sr_file_join(folder->scratch, dir, names[i]);
        const int64_t size = sr_file_size(path);
        if (names[i][0] == '.' || sr_file_is_dir(path))
            continue;
        if (size < 0)
            count_odd(folder, "(broken link or no plain file)");
        else if (!sr_photos_named(names[i]))
            count_odd(folder, extension_of(names[i]));
        else
            SR_TRY(sr_maker_image(folder->maker, test, source, names[i], 0,
                                  size, label, err));
    }
    return SR_OK;
}

/* A class that only the test folder has would shift all numbers after it. */
static enum sr_status check_classes(const struct folder *folder,
                                    const char *dir, struct sr_err *err)
{
    const char *const *names;
    int n;
    SR_TRY(sr_file_list(dir, SR_EDATA, folder->arena, &names, &n, err));
    for (int i = 0; i < n; i++) {
        const char *path = sr_file_join(folder->arena, dir, names[i]);
        if (is_folder(path, names[i]) &&
            !bsearch(&names[i], folder->class_name, (size_t)folder->classes,
                     sizeof *folder->class_name, by_bytes))
            return sr_fail(err, SR_EDATA,
                           "%s is not one of the %d classes of the training "
                           "images",
                           path, folder->classes);
    }
    return SR_OK;
}

/* A class's folder and all below it. */
static enum sr_status add_class(struct folder *folder, const char *path,
                                int label, bool test, struct sr_err *err)
{
    const char **folders = SR_TAKE(folder->scratch, MOST_FOLDERS, const char *);
    int n;
    SR_TRY(list_folders(folder, path, folders, &n, err));
    for (int i = 0; i < n; i++)
        SR_TRY(add_files(folder, folders[i], label, test, err));
    return SR_OK;
}

/* It keeps its number, as in torchvision. */
static void count_empty(struct folder *folder, int label)
{
    if (folder->empty++ == 0)
        folder->first_empty = folder->class_name[label];
}

static void tell_empty(const struct folder *folder)
{
    if (folder->empty > 0)
        sr_maker_note(folder->maker,
                      "%d of %d classes have no training images, %s the first",
                      folder->empty, folder->classes, folder->first_empty);
}

static enum sr_status add_split(struct folder *folder, const char *dir,
                                bool test, struct sr_err *err)
{
    uint32_t source;
    SR_TRY(sr_maker_source(folder->maker, dir, "", &source, err));
    SR_TRY(check_classes(folder, dir, err));
    for (int i = 0; i < folder->classes; i++) {
        const struct sr_mark mark = sr_arena_mark(folder->scratch);
        const char *path =
            sr_file_join(folder->scratch, dir, folder->class_name[i]);
        const int before = sr_maker_images(folder->maker, test);
        if (sr_file_is_dir(path))
            SR_TRY(add_class(folder, path, i, test, err));
        if (!test && sr_maker_images(folder->maker, test) == before)
            count_empty(folder, i);
        sr_arena_release(folder->scratch, mark);
        sr_maker_progress(folder->maker, dir, i + 1, folder->classes);
    }
    return SR_OK;
}

/* The folder of test images: data.test_path, or val or test beside train. */
static const char *test_folder(const struct folder *folder,
                               const struct sr_data *data)
{
    static const char *const names[] = {"val", "test"};
    const char *set = data->opts->test_path;
    if (set && *set)
        return set;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = sr_file_join(folder->arena, data->path, names[i]);
        if (sr_file_is_dir(path))
            return path;
    }
    return NULL;
}

static enum sr_status add_test(struct folder *folder,
                               const struct sr_data *data, const char *dir,
                               struct sr_err *err)
{
    const char *set = data->opts->test_path;
    if (set && *set)
        folder->root = dir;
    SR_TRY(add_split(folder, dir, true, err));
    if (sr_maker_images(folder->maker, true) == 0)
        return sr_fail(err, SR_EDATA, "%s holds no test images", dir);
    return SR_OK;
}

static enum sr_status list_all(struct folder *folder, struct sr_data *data,
                               struct sr_err *err)
{
    uint32_t source;
    if (!sr_file_is_dir(data->path))
        return sr_fail(err, SR_EDATA, "data.path: %s is not a folder",
                       data->path);
    SR_TRY(sr_maker_source(folder->maker, data->path, "", &source, err));
    const char *inside = sr_file_join(folder->arena, data->path, "train");
    const bool split = sr_file_is_dir(inside);
    const char *from = split ? inside : data->path;
    const char *other =
        split || data->opts->test_path ? test_folder(folder, data) : NULL;
    SR_TRY(list_classes(folder, from, err));
    SR_TRY(add_split(folder, from, false, err));
    if (other)
        SR_TRY(add_test(folder, data, other, err));
    else
        sr_maker_note(folder->maker,
                      "%s has no test images of its own and data.test_path is "
                      "not set: the training images serve as test images too",
                      data->path);
    tell_odd(folder, data->path);
    tell_empty(folder);
    sr_maker_classes(folder->maker, folder->classes, folder->class_name);
    return SR_OK;
}

static enum sr_status list_folder(struct sr_data *data, struct sr_maker *maker,
                                  struct sr_err *err)
{
    struct folder folder = {
        .maker = maker,
        .arena = sr_maker_arena(maker),
        .scratch = sr_arena_new(NULL),
        .root = data->path,
    };
    const enum sr_status status = list_all(&folder, data, err);
    sr_arena_free(folder.scratch);
    return status;
}

static enum sr_status open_folder(const struct sr_dataset *row,
                                  struct sr_data *data, struct sr_arena *arena,
                                  struct sr_err *err)
{
    return sr_photos_open(row, data, list_folder, arena, err);
}

const struct sr_dataset sr_dataset_folder = {
    .name = "folder",
    .title =
        "your own colour images: PATH/train/<class>/ and PATH/val/<class>/",
    .c = 3,
    .mean = {.485, .456, .406},
    .std = {.229, .224, .225},
    .get = "set data.path to the folder that train/ and val/ are in",
    .resize = 256,
    .image_size = 224,
    .takes = SR_TAKES_CLASSES | SR_TAKES_TEST_PATH | SR_TAKES_SIZES,
    .open = open_folder,
};
