#include "data_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"

enum { BATCH = 64, MOST_LISTED = 20, MOST_CHANNELS = 4 };

static const char *const split_names[SR_SPLITS] = {"train", "validation",
                                                   "test"};

/* A walk over images, batch by batch. */
struct walk {
    const struct sr_call *call;
    struct sr_data *data;
    struct sr_par *par;
    float *x;        /* [BATCH][h][w][c] */
    size_t floats;   /* of one image     */
    json_t *damaged; /* sentences        */
    int damages;
    double sum[MOST_CHANNELS], square[MOST_CHANNELS]; /* of what was read */
};

static enum sr_status fill(struct walk *walk, const struct sr_split *split,
                           int begin, int n, struct sr_err *err)
{
    int pos[BATCH], y[BATCH];
    uint64_t id[BATCH];
    for (int i = 0; i < n; i++)
        pos[i] = begin + i;
    return sr_data_fill(walk->data, split, walk->par, n, pos, NULL, walk->x, y,
                        id, err);
}

/* Images one by one, to find all damaged ones of a batch. */
static enum sr_status list_damaged(struct walk *walk,
                                   const struct sr_split *split, int begin,
                                   int n, struct sr_err *err)
{
    for (int i = 0; i < n; i++) {
        const enum sr_status status = fill(walk, split, begin + i, 1, err);
        if (status != SR_OK && status != SR_EDATA)
            return status;
        if (status == SR_EDATA && walk->damages++ < MOST_LISTED)
            json_array_append_new(walk->damaged, json_string(err->text));
    }
    return SR_OK;
}

static enum sr_status check_batch(struct walk *walk,
                                  const struct sr_split *split, int begin,
                                  int n, struct sr_err *err)
{
    const enum sr_status status = fill(walk, split, begin, n, err);
    if (status == SR_EDATA)
        return list_damaged(walk, split, begin, n, err);
    return status;
}

static enum sr_status sum_batch(struct walk *walk, const struct sr_split *split,
                                int begin, int n, struct sr_err *err)
{
    const size_t c = (size_t)walk->data->c;
    SR_TRY(fill(walk, split, begin, n, err));
    for (size_t i = 0; i < (size_t)n * walk->floats; i++) {
        walk->sum[i % c] += walk->x[i];
        walk->square[i % c] += (double)walk->x[i] * walk->x[i];
    }
    return SR_OK;
}

typedef enum sr_status batch_fn(struct walk *walk, const struct sr_split *split,
                                int begin, int n, struct sr_err *err);

static enum sr_status walk_split(struct walk *walk, enum sr_split_name which,
                                 batch_fn *fn, struct sr_err *err)
{
    const struct sr_split *split = &walk->data->split[which];
    for (int begin = 0; begin < split->n; begin += BATCH) {
        const int left = split->n - begin;
        SR_TRY(fn(walk, split, begin, left < BATCH ? left : BATCH, err));
        sr_log_progress(walk->call->log, split_names[which],
                        begin + (left < BATCH ? left : BATCH), split->n, "");
    }
    sr_log_progress_end(walk->call->log);
    return SR_OK;
}

static struct walk begin(const struct sr_call *call, struct sr_data *data,
                         struct sr_par *par)
{
    struct walk walk = {.call = call, .data = data, .par = par};
    walk.floats = (size_t)data->h * (size_t)data->w * (size_t)data->c;
    walk.x = SR_TAKE(call->arena, BATCH * walk.floats, float);
    return walk;
}

static void print_document(json_t *document)
{
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
}

/* {"schema", "dataset", "path", "hash"}: what both documents begin with. */
static json_t *head(const char *schema, const struct sr_data *data)
{
    return json_pack("{ss ss ss ss}", "schema", schema, "dataset",
                     data->opts->dataset, "path", data->path, "hash",
                     data->hash);
}

static const struct sr_dataset *row_of(const struct sr_data *data)
{
    int i = 0;
    while (strcmp(sr_dataset_at(i)->name, data->opts->dataset) != 0)
        i++;
    return sr_dataset_at(i);
}

/* The SHA-256 that the publisher's file of this name has; NULL: not known. */
static const char *known_sum(const struct sr_dataset *row, const char *name)
{
    for (const struct sr_unpacked *u = row->unpacked; u && u->name; u++)
        if (strcmp(u->name, name) == 0)
            return u->sha256;
    return NULL;
}

/* One object a file; *differ counts those that are not as published. */
static json_t *compare_files(const struct sr_data *data, int *differ)
{
    json_t *list = json_array();
    *differ = 0;
    for (int i = 0; i < data->files; i++) {
        const struct sr_data_file *file = &data->file[i];
        const char *known = known_sum(row_of(data), file->name);
        const bool same = known && strcmp(known, file->sha256) == 0;
        *differ += known && !same;
        json_array_append_new(
            list, json_pack("{ss sI ss so}", "name", file->name, "bytes",
                            (json_int_t)file->bytes, "sha256", file->sha256,
                            "as_published",
                            known ? json_boolean(same) : json_null()));
    }
    return list;
}

static void print_verdict(const struct sr_data *data, const json_t *files,
                          const struct walk *walk, int images)
{
    size_t i;
    json_t *entry;
    printf("%s: %s\ncontent %s\n", data->opts->dataset, data->path, data->hash);
    json_array_foreach (files, i, entry) {
        const json_t *same = json_object_get(entry, "as_published");
        printf("  %-28s %s  %s\n",
               json_string_value(json_object_get(entry, "name")),
               json_string_value(json_object_get(entry, "sha256")),
               json_is_true(same)    ? "as published"
               : json_is_false(same) ? "NOT as published"
                                     : "no published sum known");
    }
    json_array_foreach (walk->damaged, i, entry) {
        printf("  damaged: %s\n", json_string_value(entry));
    }
    printf("%d images read, %d damaged\n", images, walk->damages);
}

static enum sr_status verify(struct walk *walk, struct sr_err *err)
{
    struct sr_data *data = walk->data;
    int images = 0, differ;
    walk->damaged = json_array();
    for (int i = 0; i < SR_SPLITS; i++) {
        SR_TRY(walk_split(walk, (enum sr_split_name)i, check_batch, err));
        images += data->split[i].n;
    }
    json_t *files = compare_files(data, &differ);
    if (walk->call->common.json) {
        json_t *document = head("satrun.data.verify/1", data);
        json_object_set(document, "files", files);
        json_object_set_new(document, "images", json_integer(images));
        json_object_set_new(document, "damaged", json_integer(walk->damages));
        json_object_set(document, "first_damaged", walk->damaged);
        print_document(document);
        json_decref(document);
    } else {
        print_verdict(data, files, walk, images);
    }
    json_decref(files);
    if (differ || walk->damages)
        return sr_fail(err, SR_EVERIFY,
                       "%s: %d of %d files are not as published, %d of %d "
                       "images are damaged",
                       data->path, differ, data->files, walk->damages, images);
    return SR_OK;
}

enum sr_status sr_data_verify(const struct sr_call *call,
                              const struct sr_exp *exp, struct sr_data *data,
                              struct sr_err *err)
{
    struct sr_par *par;
    SR_TRY(sr_par_open((int)exp->engine.threads, &par, err));
    struct walk walk = begin(call, data, par);
    const enum sr_status status = verify(&walk, err);
    json_decref(walk.damaged);
    sr_par_close(par);
    return status;
}

static json_t *count_classes(const struct sr_data *data,
                             const struct sr_split *split,
                             struct sr_arena *arena)
{
    int *count = SR_TAKE(arena, data->classes, int);
    json_t *list = json_array();
    for (int i = 0; i < split->n; i++)
        count[split->label[i]]++;
    for (int k = 0; k < data->classes; k++)
        json_array_append_new(list, json_integer(count[k]));
    return list;
}

static json_t *stats_document(const struct walk *walk)
{
    const struct sr_data *data = walk->data;
    const double n = (double)data->split[SR_TRAIN].n * data->h * data->w;
    json_t *document = head("satrun.data.stats/1", data);
    json_t *mean = json_array(), *std = json_array(), *names = json_array();
    for (int k = 0; k < data->c; k++) {
        const double m = walk->sum[k] / n;
        json_array_append_new(mean, json_real(m));
        json_array_append_new(
            std, json_real(sqrt(fmax(0, walk->square[k] / n - m * m))));
    }
    for (int k = 0; data->class_name && k < data->classes; k++)
        json_array_append_new(names, json_string(data->class_name[k]));
    json_object_set_new(document, "size",
                        json_pack("[iii]", data->h, data->w, data->c));
    json_object_set_new(document, "class_names", names);
    for (int i = 0; i < SR_SPLITS; i++)
        json_object_set_new(
            document, split_names[i],
            json_pack("{si so}", "images", data->split[i].n, "per_class",
                      count_classes(data, &data->split[i], walk->call->arena)));
    json_object_set_new(document, "mean", mean);
    json_object_set_new(document, "std", std);
    return document;
}

static const char *reals(const json_t *list, struct sr_arena *arena)
{
    size_t i;
    json_t *value;
    char *text = "";
    json_array_foreach (list, i, value) {
        text = sr_arena_format(arena, "%s %.5f", text, json_real_value(value));
    }
    return text;
}

static void print_classes(const struct walk *walk, const json_t *document)
{
    const struct sr_data *data = walk->data;
    printf("%-32s %10s %10s %10s\n", "class", split_names[0], split_names[1],
           split_names[2]);
    for (int k = 0; k < data->classes; k++) {
        printf("%-32s", data->class_name
                            ? data->class_name[k]
                            : sr_arena_format(walk->call->arena, "%d", k));
        for (int i = 0; i < SR_SPLITS; i++) {
            const json_t *split = json_object_get(document, split_names[i]);
            printf(" %10lld",
                   (long long)json_integer_value(json_array_get(
                       json_object_get(split, "per_class"), (size_t)k)));
        }
        putchar('\n');
    }
}

static void print_stats(const struct walk *walk, const json_t *document)
{
    const struct sr_data *data = walk->data;
    printf("%s: %s\ncontent %s\n", data->opts->dataset, data->path, data->hash);
    printf("images of %d x %d x %d: %d to train on, %d for validation, %d to "
           "test on\n",
           data->h, data->w, data->c, data->split[SR_TRAIN].n,
           data->split[SR_VALIDATION].n, data->split[SR_TEST].n);
    printf("training images, in [0, 1]: mean%s, deviation%s\n",
           reals(json_object_get(document, "mean"), walk->call->arena),
           reals(json_object_get(document, "std"), walk->call->arena));
    print_classes(walk, document);
}

enum sr_status sr_data_stats(const struct sr_call *call,
                             const struct sr_exp *exp, struct sr_data *data,
                             struct sr_err *err)
{
    struct sr_par *par;
    SR_TRY(sr_par_open((int)exp->engine.threads, &par, err));
    struct walk walk = begin(call, data, par);
    const enum sr_status status = walk_split(&walk, SR_TRAIN, sum_batch, err);
    sr_par_close(par);
    SR_TRY(status);
    json_t *document = stats_document(&walk);
    if (call->common.json)
        print_document(document);
    else
        print_stats(&walk, document);
    json_decref(document);
    return SR_OK;
}
