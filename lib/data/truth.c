#include "data/truth.h"

#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "data/mat.h"
#include "data/tar.h"
#include "data/wnids.h"

enum { MOST_IMAGES = 1000000, MOST_CLASSES = 100000, DIGITS = 8 };

static const size_t most_bytes = (size_t)1 << 26;

static const char numbers_name[] = "ILSVRC2012_validation_ground_truth.txt";
static const char meta_name[] = "meta.mat";

struct reading {
    struct sr_maker *maker;
    struct sr_arena *arena;
    struct sr_truth *truth;
    const char *path; /* of the text at hand */
};

/* A file as it was read; size 0 and bytes NULL: it is not there. */
struct bytes {
    const char *path;
    unsigned char *bytes;
    size_t size;
};

int sr_truth_number(const char *name, const char *end)
{
    static const char before[] = "ILSVRC2012_val_";
    int number = 0;
    if (strncmp(name, before, sizeof before - 1) != 0)
        return 0;
    name += sizeof before - 1;
    for (int i = 0; i < DIGITS; i++, name++) {
        if (!isdigit((unsigned char)*name))
            return 0;
        number = 10 * number + *name - '0';
    }
    return strcmp(name, end) == 0 ? number : 0;
}

static enum sr_status read_file(struct reading *r, const char *path,
                                struct bytes *b, struct sr_err *err)
{
    uint32_t source;
    SR_TRY(sr_maker_source(r->maker, path, "", &source, err));
    b->path = path;
    return sr_file_read(path, most_bytes, SR_EDATA, r->arena, &b->bytes,
                        &b->size, err);
}

/* Room for as many images as the text has lines. */
static void make_room(struct reading *r, const char *text)
{
    int lines = 1;
    SR_REQUIRE(text != NULL);
    for (const char *p = text; *p && lines < MOST_IMAGES; p++)
        lines += *p == '\n';
    r->truth->wnid = SR_TAKE(r->arena, lines, const char *);
    r->truth->path = r->path;
}

static enum sr_status bad_line(const struct reading *r, int line,
                               const char *text, const char *expected,
                               struct sr_err *err)
{
    return sr_fail(err, SR_EDATA, "%s:%d: '%.60s' is not %s", r->path, line,
                   text, expected);
}

/* ---- LOC_val_solution.csv ---- */

/* Each image once, in any order. */
static enum sr_status take_solution(struct reading *r, int at, int lines,
                                    char *line, struct sr_err *err)
{
    static const char what[] = "a new ILSVRC2012_val_NNNNNNNN, a comma and a "
                               "class";
    char *id = strchr(line, ',');
    if (!id || id[1] == '\0')
        return bad_line(r, at, line, what, err);
    *id++ = '\0';
    id[strcspn(id, " ")] = '\0';
    const int number = sr_truth_number(line, "");
    if (number < 1 || number > lines || r->truth->wnid[number - 1] ||
        !sr_wnid_is(id, ""))
        return bad_line(r, at, line, what, err);
    r->truth->wnid[number - 1] = id;
    return SR_OK;
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text && lines < MOST_IMAGES; text++)
        lines += *text != '\n' && (text[1] == '\n' || text[1] == '\0');
    return lines;
}

static enum sr_status read_solutions(struct reading *r, struct sr_err *err)
{
    struct bytes b;
    SR_TRY(read_file(r, r->path, &b, err));
    char *text = (char *)b.bytes, *line;
    const int images = count_lines(text) - 1;
    make_room(r, text);
    for (int at = 1; (line = sr_text_line(&text)); at++) {
        if (at == 1 && strncmp(line, "ImageId,", 8) != 0)
            return bad_line(r, at, line, "ImageId,PredictionString", err);
        if (at == 1)
            continue;
        SR_TRY(take_solution(r, at, images, line, err));
        r->truth->n++;
    }
    return SR_OK;
}

/* ---- imagenet_2012_validation_synset_labels.txt ---- */

static enum sr_status read_labels(struct reading *r, struct sr_err *err)
{
    struct bytes b;
    SR_TRY(read_file(r, r->path, &b, err));
    char *text = (char *)b.bytes, *line;
    make_room(r, text);
    while ((line = sr_text_line(&text))) {
        if (!sr_wnid_is(line, "") || r->truth->n == MOST_IMAGES)
            return bad_line(r, r->truth->n + 1, line,
                            "a class, n and eight digits", err);
        r->truth->wnid[r->truth->n++] = line;
    }
    return SR_OK;
}

/* ---- the development kit ---- */

/* name[i]: the WordNet id of class number i; NULL: there is no such number. */
struct numbers {
    int n;
    const char **name;
};

/* Leaves of the tree of classes are those without children. */
static enum sr_status take_synset(const struct sr_mat *all, int64_t i,
                                  struct numbers *numbers,
                                  struct sr_arena *arena)
{
    char wnid[SR_WNID + 2] = "";
    const struct sr_mat *id = sr_mat_field(all, i, "ILSVRC2012_ID");
    const struct sr_mat *name = sr_mat_field(all, i, "WNID");
    const struct sr_mat *children = sr_mat_field(all, i, "num_children");
    if (!id || !name || !children || id->kind != SR_MAT_NUMBERS ||
        name->kind != SR_MAT_TEXT || children->kind != SR_MAT_NUMBERS ||
        id->count != 1 || children->count != 1)
        return SR_EDATA;
    if (sr_mat_number(children, 0) != 0)
        return SR_OK;
    const double number = sr_mat_number(id, 0);
    sr_mat_text(name, wnid, sizeof wnid);
    if (!(number >= 1 && number < numbers->n) || !sr_wnid_is(wnid, "") ||
        numbers->name[(int)number])
        return SR_EDATA;
    numbers->name[(int)number] = sr_arena_text(arena, wnid);
    return SR_OK;
}

static enum sr_status read_meta(struct reading *r, const struct bytes *b,
                                struct numbers *numbers, struct sr_err *err)
{
    struct sr_mat_file file;
    const struct sr_mat *synsets;
    SR_TRY(sr_mat_parse(b->path, b->bytes, b->size, r->arena, &file, err));
    SR_TRY(sr_mat_find(&file, "synsets", SR_MAT_STRUCTS, &synsets, err));
    numbers->n =
        (synsets->count < MOST_CLASSES ? (int)synsets->count : MOST_CLASSES) +
        1;
    numbers->name = SR_TAKE(r->arena, numbers->n, const char *);
    for (int64_t i = 0; i < synsets->count; i++)
        if (take_synset(synsets, i, numbers, r->arena) != SR_OK)
            return sr_fail(err, SR_EDATA,
                           "%s: element %lld of synsets (counted from 0) is "
                           "not a class with ILSVRC2012_ID, WNID and "
                           "num_children of its own",
                           b->path, (long long)i);
    return SR_OK;
}

static enum sr_status read_numbers(struct reading *r, const struct bytes *b,
                                   const struct numbers *numbers,
                                   struct sr_err *err)
{
    char *text = (char *)b->bytes, *line;
    r->path = b->path;
    make_room(r, text);
    while ((line = sr_text_line(&text))) {
        long long number;
        if (!sr_text_int(line, &number) || number < 1 || number >= numbers->n ||
            !numbers->name[number] || r->truth->n == MOST_IMAGES)
            return bad_line(r, r->truth->n + 1, line,
                            "the number of a class in meta.mat", err);
        r->truth->wnid[r->truth->n++] = numbers->name[number];
    }
    return SR_OK;
}

static enum sr_status read_kit(struct reading *r, const struct bytes *text,
                               const struct bytes *meta, struct sr_err *err)
{
    struct numbers numbers;
    SR_TRY(read_meta(r, meta, &numbers, err));
    return read_numbers(r, text, &numbers, err);
}

/* r->path is a folder. */
static enum sr_status read_kit_folder(struct reading *r, struct sr_err *err)
{
    struct bytes text, meta;
    const char *dir = sr_file_dir(r->arena, r->path);
    SR_TRY(read_file(r, r->path, &text, err));
    SR_TRY(read_file(r, sr_file_join(r->arena, dir, meta_name), &meta, err));
    return read_kit(r, &text, &meta, err);
}

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n > m && name[n - m - 1] == '/' && strcmp(name + n - m, end) == 0;
}

static enum sr_status take_member(struct reading *r, struct sr_tar *tar,
                                  const struct sr_member *member,
                                  struct bytes *b, struct sr_err *err)
{
    if (member->size > (int64_t)most_bytes || b->bytes)
        return sr_fail(err, SR_EDATA, "%s: %s is there twice, or too large",
                       r->path, member->name);
    b->path = sr_arena_format(r->arena, "%s: %s", r->path, member->name);
    b->size = (size_t)member->size;
    b->bytes = SR_TAKE(r->arena, b->size + 1, unsigned char);
    return sr_tar_read(tar, b->bytes, b->size, err);
}

static enum sr_status read_members(struct reading *r, struct sr_tar *tar,
                                   struct bytes *text, struct bytes *meta,
                                   struct sr_err *err)
{
    struct sr_member member;
    bool more;
    for (;;) {
        SR_TRY(sr_tar_next(tar, &member, &more, err));
        if (!more)
            break;
        if (ends_with(member.name, numbers_name))
            SR_TRY(take_member(r, tar, &member, text, err));
        if (ends_with(member.name, meta_name))
            SR_TRY(take_member(r, tar, &member, meta, err));
    }
    if (!text->bytes || !meta->bytes)
        return sr_fail(err, SR_EDATA, "%s lacks %s", r->path,
                       text->bytes ? meta_name : numbers_name);
    return SR_OK;
}

static enum sr_status read_kit_archive(struct reading *r, struct sr_err *err)
{
    struct bytes text = {0}, meta = {0};
    struct sr_tar *tar;
    uint32_t source;
    SR_TRY(sr_maker_source(r->maker, r->path, "", &source, err));
    SR_TRY(sr_tar_open(r->path, r->arena, &tar, err));
    const enum sr_status status = read_members(r, tar, &text, &meta, err);
    sr_tar_close(tar);
    SR_TRY(status);
    return read_kit(r, &text, &meta, err);
}

typedef enum sr_status read_fn(struct reading *r, struct sr_err *err);

static enum sr_status read_kind(struct reading *r, read_fn *read,
                                struct sr_err *err)
{
    SR_TRY(read(r, err));
    if (r->truth->n == 0)
        return sr_fail(err, SR_EDATA, "%s tells of nothing", r->path);
    return SR_OK;
}

static const struct {
    const char *name;
    read_fn *read;
} kinds[] = {
    {"LOC_val_solution.csv", read_solutions},
    {"imagenet_2012_validation_synset_labels.txt", read_labels},
    {"ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
     read_kit_folder},
    {"ILSVRC2012_devkit_t12.tar.gz", read_kit_archive},
    {"ILSVRC2012_validation_ground_truth.txt", read_kit_folder},
};

enum sr_status sr_truth_read(const char *dir, struct sr_maker *maker,
                             struct sr_truth *truth, struct sr_err *err)
{
    char known[512] = "";
    struct reading r = {
        .maker = maker, .arena = sr_maker_arena(maker), .truth = truth};
    *truth = (struct sr_truth){0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        r.path = sr_file_join(r.arena, dir, kinds[i].name);
        if (sr_file_exists(r.path))
            return read_kind(&r, kinds[i].read, err);
        sr_text_add(known, sizeof known, "%s%s", i ? ", " : "", kinds[i].name);
    }
    return sr_fail(err, SR_EDATA,
                   "nothing in %s says of which classes the validation images "
                   "are; looked for %s",
                   dir, known);
}
