#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "data_survey.h"
#include "data_verbs.h"
#include "document.h"

/* Everything a verdict rests on. */
struct verdict {
    const struct sr_dataset *row;
    struct sr_survey survey;
    struct sr_repeats repeats;
    json_t *files, *counts;
    int known;      /* files and counts that were published */
    int differ;     /* of these: not as published           */
    int empty;      /* classes without training images      */
    bool reordered; /* files differ, numbers of images do not */
};

static const struct sr_dataset *row_of(const struct sr_data *data)
{
    int i = 0;
    while (strcmp(sr_dataset_at(i)->name, data->opts->dataset) != 0)
        i++;
    return sr_dataset_at(i);
}

/* ---- files ---- */

static void add_file(struct verdict *v, const char *name, long long bytes,
                     const char *algorithm, const char *sum, const char *known)
{
    const bool same = known && strcmp(known, sum) == 0;
    v->known += known != NULL;
    v->differ += known && !same;
    json_array_append_new(
        v->files, json_pack("{ss sI ss so}", "name", name, "bytes",
                            (json_int_t)bytes, algorithm, sum, "as_published",
                            known ? json_boolean(same) : json_null()));
}

/* The SHA-256 that the publisher's file of this name has; NULL: not known. */
static const char *known_sum(const struct sr_dataset *row, const char *name)
{
    for (const struct sr_unpacked *u = row->unpacked; u && u->name; u++)
        if (strcmp(u->name, name) == 0)
            return u->sha256;
    return NULL;
}

static enum sr_status compare_archives(struct verdict *v,
                                       const struct sr_call *call,
                                       const struct sr_data *data,
                                       struct sr_err *err)
{
    char sum[SR_MD5_TEXT];
    for (const struct sr_archive *a = v->row->archive; a && a->name; a++) {
        const char *path = sr_file_join(call->arena, data->path, a->name);
        const int64_t bytes = sr_file_size(path);
        if (bytes < 0)
            continue;
        sr_log_say(call->log, "MD5 of %s, %.1f GB", path, (double)bytes / 1e9);
        SR_TRY(sr_md5_file(path, SR_EDATA, sum, err));
        add_file(v, a->name, bytes, "md5", sum, a->md5);
    }
    return SR_OK;
}

static enum sr_status compare_files(struct verdict *v,
                                    const struct sr_call *call,
                                    const struct sr_data *data,
                                    struct sr_err *err)
{
    for (int i = 0; i < data->files; i++) {
        const struct sr_data_file *file = &data->file[i];
        add_file(v, file->name, file->bytes, "sha256", file->sha256,
                 known_sum(v->row, file->name));
    }
    return compare_archives(v, call, data, err);
}

/* ---- numbers ---- */

static void add_count(struct verdict *v, const char *name, int found,
                      int published)
{
    v->known += published != 0;
    v->differ += published && found != published;
    json_array_append_new(
        v->counts,
        json_pack("{ss si so}", "split", name, "images", found, "published",
                  published ? json_integer(published) : json_null()));
}

/* Of one set of images that serves as both, nobody knows which one it is. */
static void compare_counts(struct verdict *v, const struct sr_data *data)
{
    const struct sr_split *test = &data->split[SR_TEST];
    const bool both = test->images == data->split[SR_TRAIN].images;
    const bool all = data->opts->limit == 0 && !both;
    add_count(v, "train",
              data->split[SR_TRAIN].n + data->split[SR_VALIDATION].n,
              all ? v->row->train_images : 0);
    add_count(v, "test", test->n, both ? 0 : v->row->test_images);
}

static int count_empty(const struct sr_data *data, struct sr_arena *arena)
{
    int *count = SR_TAKE(arena, data->classes, int), empty = 0;
    for (int s = SR_TRAIN; s <= SR_VALIDATION; s++)
        for (int i = 0; i < data->split[s].n; i++)
            count[data->split[s].label[i]]++;
    for (int k = 0; k < data->classes; k++)
        empty += count[k] == 0;
    return empty;
}

/* ---- telling ---- */

static void tell_json(const struct verdict *v, const struct sr_data *data)
{
    const struct sr_survey *s = &v->survey;
    json_t *document = sr_data_head("satrun.data.verify/1", data);
    json_object_set(document, "files", v->files);
    json_object_set(document, "counts", v->counts);
    json_object_set_new(document, "empty_classes", json_integer(v->empty));
    json_object_set_new(document, "images", json_integer(s->images));
    json_object_set_new(document, "damaged", json_integer(s->damaged));
    json_object_set(document, "first_damaged", s->why);
    json_object_set_new(document, "repeated",
                        json_pack("{si si si}", "images", v->repeats.images,
                                  "other_label", v->repeats.other_label,
                                  "in_both_splits", v->repeats.leaked));
    json_object_set_new(document, "stored", sr_survey_json(s));
    sr_document_give(document);
}

static void print_files(const json_t *files)
{
    size_t i;
    json_t *entry;
    json_array_foreach (files, i, entry) {
        const json_t *same = json_object_get(entry, "as_published");
        const json_t *md5 = json_object_get(entry, "md5");
        printf("  %-28s %s  %s\n",
               json_string_value(json_object_get(entry, "name")),
               json_string_value(md5 ? md5 : json_object_get(entry, "sha256")),
               json_is_true(same)    ? "as published"
               : json_is_false(same) ? "NOT as published"
                                     : "no published sum known");
    }
}

static void print_counts(const json_t *counts)
{
    size_t i;
    json_t *entry;
    json_array_foreach (counts, i, entry) {
        const json_int_t n =
            json_integer_value(json_object_get(entry, "images"));
        const json_int_t known =
            json_integer_value(json_object_get(entry, "published"));
        printf("  %-6s %9lld images",
               json_string_value(json_object_get(entry, "split")),
               (long long)n);
        if (known)
            printf(n == known ? ", as published" : ", NOT %lld as published",
                   (long long)known);
        putchar('\n');
    }
}

static void tell(const struct verdict *v, const struct sr_data *data)
{
    size_t i;
    json_t *entry;
    const struct sr_survey *s = &v->survey;
    printf("%s: %s\ncontent %s\n", data->opts->dataset, data->path, data->hash);
    print_files(v->files);
    print_counts(v->counts);
    if (v->reordered)
        printf("  all numbers are as published, the bytes are not: the same "
               "images in another order,\n  or others\n");
    if (v->empty > 0)
        printf("  %d of %d classes have no training images\n", v->empty,
               data->classes);
    sr_survey_print(s);
    if (v->repeats.images == 0)
        printf("no image is there twice\n");
    else
        printf("%d images show what another one shows, pixel by pixel: %d of "
               "them with another label, %d in the training and in the test "
               "images\n",
               v->repeats.images, v->repeats.other_label, v->repeats.leaked);
    json_array_foreach (s->why, i, entry) {
        printf("  damaged: %s\n", json_string_value(entry));
    }
    printf("%d images read, %d damaged\n", s->images, s->damaged);
}

static enum sr_status judge(const struct verdict *v, const struct sr_data *data,
                            struct sr_err *err)
{
    const struct sr_survey *s = &v->survey;
    if (v->differ > 0)
        return sr_fail(err, SR_EVERIFY,
                       "%s: %d of %d files and numbers are not as published, "
                       "%d of %d images are damaged",
                       data->path, v->differ, v->known, s->damaged, s->images);
    if (s->damaged > 0)
        return sr_fail(err, SR_EVERIFY, "%s: %d of %d images are damaged",
                       data->path, s->damaged, s->images);
    return SR_OK;
}

static enum sr_status verify(struct verdict *v, const struct sr_call *call,
                             const struct sr_exp *exp, struct sr_data *data,
                             struct sr_err *err)
{
    SR_TRY(compare_files(v, call, data, err));
    SR_TRY(
        sr_data_survey(call, data, (int)exp->engine.threads, &v->survey, err));
    v->repeats = sr_survey_repeats(&v->survey);
    v->empty = count_empty(data, call->arena);
    const int files_differ = v->differ;
    compare_counts(v, data);
    v->reordered = files_differ > 0 && v->differ == files_differ;
    if (call->common.json)
        tell_json(v, data);
    else
        tell(v, data);
    return judge(v, data, err);
}

enum sr_status sr_data_verify(const struct sr_call *call,
                              const struct sr_exp *exp, struct sr_data *data,
                              struct sr_err *err)
{
    struct verdict v = {
        .row = row_of(data), .files = json_array(), .counts = json_array()};
    const enum sr_status status = verify(&v, call, exp, data, err);
    json_decref(v.survey.why);
    json_decref(v.survey.kinds);
    json_decref(v.files);
    json_decref(v.counts);
    return status;
}
