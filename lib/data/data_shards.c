/* WebDataset shards: tar files whose members belong together when they follow
 * each other and have the same key.
 *
 * The key is a member's path up to the first dot of its base name, what comes
 * after that dot says what it is: jpg, jpeg or png the image, cls the label in
 * decimal; others are left alone.  All shards are looked through once; then an
 * image is read from its offset, so that any order is possible and an epoch is
 * exact.
 * Source: webdataset, tariterators.py (base_plus_ext, group_by_keys) */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "data/data_list.h"
#include "data/images.h"
#include "data/tar.h"

enum { MOST_SHARDS = 100000, MOST_CLASSES = 1000000, LABEL_TEXT = 16 };

/* The sample at hand while a shard is looked through. */
struct sample {
    const char *key; /* NULL: none yet */
    const char *name;
    bool has_image, has_label;
    int64_t offset, size;
    long long label;
};

struct shards {
    struct sr_maker *maker;
    struct sr_arena *arena; /* the maker's */
    bool test;
    const char *file; /* at hand */
    uint32_t source;  /* the same */
    struct sample sample;
    long long highest; /* label */
};

static enum sr_status end_sample(struct shards *shards, struct sr_err *err)
{
    const struct sample *s = &shards->sample;
    if (s->key && (!s->has_image || !s->has_label))
        return sr_fail(
            err, SR_EDATA, "%s: the sample %s has no %s", shards->file, s->key,
            s->has_image ? "label (.cls)" : "image (.jpg, .jpeg or .png)");
    if (s->key) {
        SR_TRY(sr_maker_image(shards->maker, shards->test, shards->source,
                              s->name, s->offset, s->size, (int)s->label, err));
        if (s->label > shards->highest)
            shards->highest = s->label;
    }
    shards->sample = (struct sample){0};
    return SR_OK;
}

static enum sr_status take_image(struct shards *shards,
                                 const struct sr_member *member,
                                 struct sr_err *err)
{
    struct sample *s = &shards->sample;
    if (s->has_image)
        return sr_fail(err, SR_EDATA, "%s: the sample %s has two images",
                       shards->file, s->key);
    if (member->offset < 0)
        return sr_fail(err, SR_EDATA,
                       "%s is compressed, so its images cannot be read one by "
                       "one; unpack it with gunzip",
                       shards->file);
    s->name = sr_arena_text(shards->arena, member->name);
    s->offset = member->offset;
    s->size = member->size;
    s->has_image = true;
    return SR_OK;
}

static enum sr_status take_label(struct shards *shards, struct sr_tar *tar,
                                 const struct sr_member *member,
                                 struct sr_err *err)
{
    struct sample *s = &shards->sample;
    char text[LABEL_TEXT] = "";
    if (s->has_label)
        return sr_fail(err, SR_EDATA, "%s: the sample %s has two labels",
                       shards->file, s->key);
    if (member->size >= LABEL_TEXT)
        return sr_fail(err, SR_EDATA,
                       "%s: the label of %s has %lld bytes, expected a number "
                       "from 0 to %d",
                       shards->file, s->key, (long long)member->size,
                       MOST_CLASSES - 1);
    size_t n = (size_t)member->size;
    SR_TRY(sr_tar_read(tar, text, n, err));
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    if (strlen(text) != n || !sr_text_int(text, &s->label) || s->label < 0 ||
        s->label >= MOST_CLASSES)
        return sr_fail(err, SR_EDATA,
                       "%s: the label of %s is '%s', expected a number from 0 "
                       "to %d",
                       shards->file, s->key, text, MOST_CLASSES - 1);
    s->has_label = true;
    return SR_OK;
}

/* Bytes before the first dot of the base name. */
static size_t key_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *dot = strchr(slash ? slash : name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

/* "__thing__": notes that some writers leave in a shard. */
static bool is_note(const char *name)
{
    const size_t n = strlen(name);
    return n >= 4 && strncmp(name, "__", 2) == 0 &&
           strcmp(name + n - 2, "__") == 0;
}

static enum sr_status take_member(struct shards *shards, struct sr_tar *tar,
                                  const struct sr_member *member,
                                  struct sr_err *err)
{
    static const char *const images[] = {".jpg", ".jpeg", ".png"};
    const size_t length = key_length(member->name);
    const char *what = member->name + length, *key = shards->sample.key;
    if (is_note(member->name) || !*what)
        return SR_OK;
    if (!key || strlen(key) != length ||
        strncmp(key, member->name, length) != 0) {
        SR_TRY(end_sample(shards, err));
        shards->sample.key =
            sr_arena_format(shards->arena, "%.*s", (int)length, member->name);
    }
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        if (strcasecmp(what, images[i]) == 0)
            return take_image(shards, member, err);
    if (strcasecmp(what, ".cls") == 0)
        return take_label(shards, tar, member, err);
    return SR_OK;
}

static enum sr_status read_members(struct shards *shards, struct sr_tar *tar,
                                   struct sr_err *err)
{
    for (;;) {
        struct sr_member member;
        bool more;
        SR_TRY(sr_tar_next(tar, &member, &more, err));
        if (!more)
            return end_sample(shards, err);
        SR_TRY(take_member(shards, tar, &member, err));
    }
}

static enum sr_status read_shard(struct shards *shards, const char *path,
                                 struct sr_err *err)
{
    struct sr_tar *tar;
    shards->file = path;
    shards->sample = (struct sample){0};
    SR_TRY(sr_tar_open(path, shards->arena, &tar, err));
    enum sr_status done =
        sr_maker_source(shards->maker, path, "", &shards->source, err);
    if (done == SR_OK)
        done = read_members(shards, tar, err);
    sr_tar_close(tar);
    return done;
}

/* "a-{000..004}.tar" as text before, two numbers, text after; the width is
 * that of the first number.  False where there is no range. */
struct range {
    int before, width;
    long long from, to;
    const char *after;
};

static bool parse_range(const char *path, struct range *range)
{
    const char *open = strchr(path, '{');
    const char *dots = open ? strstr(open, "..") : NULL;
    const char *close = dots ? strchr(dots, '}') : NULL;
    char from[16] = "", to[16] = "";
    if (!close || dots - open > 15 || close - dots > 16)
        return false;
    memcpy(from, open + 1, (size_t)(dots - open - 1));
    memcpy(to, dots + 2, (size_t)(close - dots - 2));
    range->before = (int)(open - path);
    range->width = (int)strlen(from);
    range->after = close + 1;
    return sr_text_int(from, &range->from) && sr_text_int(to, &range->to) &&
           range->from >= 0 && range->to >= range->from &&
           range->to - range->from < MOST_SHARDS;
}

static enum sr_status read_all(struct shards *shards, const char *path,
                               struct sr_err *err)
{
    struct range range;
    if (sr_file_is_dir(path))
        return sr_fail(
            err, SR_EDATA,
            "%s is a directory; shards are named one by one, "
            "%s/name.tar, or as a range, %s/name-{000000..000004}.tar",
            path, path, path);
    if (!strchr(path, '{'))
        return read_shard(shards, path, err);
    if (!parse_range(path, &range))
        return sr_fail(err, SR_EDATA,
                       "%s: a range of shards is written {000000..000004}, at "
                       "most %d of them",
                       path, MOST_SHARDS);
    for (long long i = range.from; i <= range.to; i++) {
        const char *shard =
            sr_arena_format(shards->arena, "%.*s%0*lld%s", range.before, path,
                            range.width, i, range.after);
        SR_TRY(read_shard(shards, shard, err));
        sr_maker_progress(shards->maker, path, i + 1 - range.from,
                          range.to + 1 - range.from);
    }
    return SR_OK;
}

static enum sr_status list_shards(struct sr_data *data, struct sr_maker *maker,
                                  struct sr_err *err)
{
    struct shards shards = {.maker = maker, .arena = sr_maker_arena(maker)};
    const char *other = data->opts->test_path;
    SR_TRY(read_all(&shards, data->path, err));
    if (other && *other) {
        shards.test = true;
        SR_TRY(read_all(&shards, other, err));
        if (sr_maker_images(maker, true) == 0)
            return sr_fail(err, SR_EDATA, "%s holds no test images", other);
    } else {
        sr_maker_note(maker,
                      "data.test_path is not set: the images of %s serve as "
                      "training and as test images",
                      data->path);
    }
    sr_maker_classes(maker, (int)shards.highest + 1, NULL);
    return SR_OK;
}

static enum sr_status open_shards(const struct sr_dataset *row,
                                  struct sr_data *data, struct sr_arena *arena,
                                  struct sr_err *err)
{
    return sr_photos_open(row, data, list_shards, arena, err);
}

const struct sr_dataset sr_dataset_shards = {
    .name = "shards",
    .title = "your own colour images in WebDataset tar shards, "
             "PATH = name-{000000..000004}.tar",
    .c = 3,
    .mean = {.485, .456, .406},
    .std = {.229, .224, .225},
    .get = "set data.path to a .tar or to a range of them, "
           "name-{000000..000004}.tar",
    .resize = 256,
    .image_size = 224,
    .takes = SR_TAKES_CLASSES | SR_TAKES_TEST_PATH | SR_TAKES_SIZES,
    .open = open_shards,
};
