/* Tiny-ImageNet: ROOT/train/<wnid>/images/, ROOT/val/images/ with
 * ROOT/val/val_annotations.txt (name, wnid and a box, separated by tabs), and
 * ROOT/wnids.txt, whose order is that of the classes.
 *
 * The images of ROOT/test have no labels and are left alone.
 * Source: http://cs231n.stanford.edu/tiny-imagenet-200.zip */
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "data/data_list.h"
#include "data/images.h"
#include "data/wnids.h"

static const size_t most_text = (size_t)1 << 26;

struct tiny {
    const char *root;
    struct sr_maker *maker;
    struct sr_arena *arena;
    struct sr_wnids wnids;
};

static const char *path_of(const struct tiny *tiny, const char *name)
{
    return sr_file_join(tiny->arena, tiny->root, name);
}

static enum sr_status read_text(struct tiny *tiny, const char *path,
                                char **text, struct sr_err *err)
{
    unsigned char *bytes;
    uint32_t source;
    size_t size;
    SR_TRY(sr_maker_source(tiny->maker, path, "", &source, err));
    SR_TRY(sr_file_read(path, most_text, SR_EDATA, tiny->arena, &bytes, &size,
                        err));
    *text = (char *)bytes;
    return SR_OK;
}

static enum sr_status read_wnids(struct tiny *tiny, struct sr_err *err)
{
    const char *path = path_of(tiny, "wnids.txt");
    char *text, *line;
    SR_TRY(read_text(tiny, path, &text, err));
    for (int number = 1; (line = sr_text_line(&text)); number++) {
        if (!sr_wnid_is(line, ""))
            return sr_fail(err, SR_EDATA,
                           "%s:%d: '%s' is not a class, n and eight digits",
                           path, number, line);
        sr_wnids_add(&tiny->wnids, line, tiny->arena);
    }
    if (tiny->wnids.n == 0)
        return sr_fail(err, SR_EDATA, "%s is empty", path);
    return sr_wnids_end(&tiny->wnids, false, path, tiny->arena, err);
}

static enum sr_status add_class(struct tiny *tiny, int class,
                                struct sr_err *err)
{
    const char *shown = sr_arena_format(tiny->arena, "train/%s/images/",
                                        tiny->wnids.name[class]);
    const char *dir = sr_file_trim(tiny->arena, path_of(tiny, shown));
    const char *const *names;
    uint32_t source;
    int n;
    SR_TRY(sr_maker_source(tiny->maker, dir, shown, &source, err));
    SR_TRY(sr_file_list(dir, SR_EDATA, tiny->arena, &names, &n, err));
    for (int i = 0; i < n; i++) {
        const int64_t size =
            sr_file_size(sr_file_join(tiny->arena, dir, names[i]));
        if (size >= 0 && names[i][0] != '.' && sr_photos_named(names[i]))
            SR_TRY(sr_maker_image(tiny->maker, false, source, names[i], 0, size,
                                  class, err));
    }
    return SR_OK;
}

static enum sr_status add_training(struct tiny *tiny, struct sr_err *err)
{
    for (int i = 0; i < tiny->wnids.n; i++) {
        SR_TRY(add_class(tiny, i, err));
        sr_maker_progress(tiny->maker, tiny->root, i + 1, tiny->wnids.n);
    }
    return SR_OK;
}

/* "val_0.JPEG\tn03444034\t0\t32\t44\t62" */
static enum sr_status add_line(struct tiny *tiny, char *line, const char *dir,
                               uint32_t source, struct sr_err *err)
{
    char *id = strchr(line, '\t');
    if (!id || strchr(line, '/'))
        return sr_fail(err, SR_EDATA,
                       "'%s' is not a file's name, a tab and a class", line);
    *id++ = '\0';
    id[strcspn(id, "\t")] = '\0';
    const int class = sr_wnids_find(&tiny->wnids, id);
    const int64_t size = sr_file_size(sr_file_join(tiny->arena, dir, line));
    if (class < 0)
        return sr_fail(err, SR_EDATA, "'%s' is no class of wnids.txt", id);
    if (size < 0)
        return sr_fail(err, SR_EDATA, "there is no %s in %s", line, dir);
    return sr_maker_image(tiny->maker, true, source, line, 0, size, class, err);
}

static enum sr_status add_test(struct tiny *tiny, struct sr_err *err)
{
    const char *dir = path_of(tiny, "val/images");
    const char *path = path_of(tiny, "val/val_annotations.txt");
    uint32_t source;
    char *text, *line;
    SR_TRY(sr_maker_source(tiny->maker, dir, "val/images/", &source, err));
    SR_TRY(read_text(tiny, path, &text, err));
    for (int number = 1; (line = sr_text_line(&text)); number++)
        if (add_line(tiny, line, dir, source, err) != SR_OK)
            return sr_fail_within(err, "%s:%d", path, number);
    if (sr_maker_images(tiny->maker, true) == 0)
        return sr_fail(err, SR_EDATA, "%s is empty", path);
    return SR_OK;
}

static enum sr_status list_tiny(struct sr_data *data, struct sr_maker *maker,
                                struct sr_err *err)
{
    struct tiny tiny = {
        .root = data->path, .maker = maker, .arena = sr_maker_arena(maker)};
    SR_TRY(read_wnids(&tiny, err));
    SR_TRY(add_training(&tiny, err));
    SR_TRY(add_test(&tiny, err));
    sr_maker_classes(maker, tiny.wnids.n, tiny.wnids.name);
    return SR_OK;
}

static enum sr_status open_tiny(const struct sr_dataset *row,
                                struct sr_data *data, struct sr_arena *arena,
                                struct sr_err *err)
{
    return sr_photos_open(row, data, list_tiny, arena, err);
}

static const char *const looked_for[] = {"tiny-imagenet-200", NULL};

const struct sr_dataset sr_dataset_tiny_imagenet = {
    .name = "tiny-imagenet",
    .title = "Tiny-ImageNet: 110,000 colour photos of 200 classes, 64 x 64",
    .c = 3,
    .mean = {.4802, .4481, .3975},
    .std = {.2770, .2691, .2821},
    .looked_for = looked_for,
    .train_images = 100000,
    .test_images = 10000,
    .get = "unpack http://cs231n.stanford.edu/tiny-imagenet-200.zip "
           "(248,100,043 bytes, MD5 90528d7ca1a48142e341f4ef8d21d0de) with "
           "unzip",
    .resize = 64,
    .image_size = 64,
    .takes = SR_TAKES_CLASSES | SR_TAKES_SIZES,
    .open = open_tiny,
};
