#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "data_verbs.h"
#include "document.h"
#include "setup.h"

struct flags {
    bool plain;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_BOOL(struct flags, plain, "false",
            "list: a line a file, separated by tabs: data set, file, bytes, "
            "SHA-256, address"),
    {.key = NULL}
};
/* clang-format on */

json_t *sr_data_head(const char *schema, const struct sr_data *data)
{
    return json_pack("{ss ss ss ss}", "schema", schema, "dataset",
                     data->opts->dataset, "path", data->path, "hash",
                     data->hash);
}

/* Where a data set is on this machine; NULL when it is not, or when only its
 * owner knows. */
static const char *place_of(const struct sr_dataset *row,
                            struct sr_arena *arena)
{
    struct sr_err err;
    const char *found;
    if (!row->looked_for || sr_data_find(row, "", arena, &found, &err) != SR_OK)
        return NULL;
    return found;
}

static void print_plain(const struct sr_dataset *row)
{
    for (const struct sr_published *p = row->published; p && p->name; p++)
        printf("%s\t%s\t%lld\t%s\t%s\n", row->name, p->name, p->bytes,
               p->sha256, p->address);
}

static void print_row(const struct sr_dataset *row, struct sr_arena *arena)
{
    const char *place = place_of(row, arena);
    printf("%s\n    %s\n", row->name, row->title);
    if (!row->looked_for) {
        printf("    %s\n", row->get);
        return;
    }
    printf("    %s%s\n", place ? "here: " : "not here; ",
           place ? place : row->get);
    for (const struct sr_published *p = row->published; p && p->name; p++)
        printf("    %s\n        %lld bytes, SHA-256 %s\n", p->address, p->bytes,
               p->sha256);
}

static json_t *json_row(const struct sr_dataset *row, struct sr_arena *arena)
{
    json_t *files = json_array();
    const char *place = place_of(row, arena);
    for (const struct sr_published *p = row->published; p && p->name; p++)
        json_array_append_new(files,
                              json_pack("{ss sI ss ss}", "name", p->name,
                                        "bytes", (json_int_t)p->bytes, "sha256",
                                        p->sha256, "address", p->address));
    return json_pack("{ss ss ss so so}", "name", row->name, "title", row->title,
                     "get", row->get, "here",
                     place ? json_string(place) : json_null(), "files", files);
}

static enum sr_status list(const struct sr_call *call, struct sr_err *err)
{
    (void)err;
    const struct flags *flags = call->flags;
    const struct sr_dataset *row;
    json_t *sets = json_array();
    for (int i = 0; (row = sr_dataset_at(i)); i++) {
        if (call->common.json)
            json_array_append_new(sets, json_row(row, call->arena));
        else if (flags->plain)
            print_plain(row);
        else
            print_row(row, call->arena);
    }
    json_t *document =
        json_pack("{ss so}", "schema", "satrun.data/1", "datasets", sets);
    if (call->common.json)
        sr_document_give(document);
    else
        json_decref(document);
    return SR_OK;
}

enum sr_status sr_data_index(const struct sr_call *call,
                             const struct sr_exp *exp, struct sr_data *data,
                             struct sr_err *err)
{
    (void)exp, (void)err;
    const int train = data->split[SR_TRAIN].n + data->split[SR_VALIDATION].n;
    const int test = data->split[SR_TEST].n;
    if (call->common.json) {
        json_t *document = sr_data_head("satrun.data.index/1", data);
        json_object_set_new(document, "index",
                            data->index ? json_string(data->index)
                                        : json_null());
        json_object_set_new(document, "train_images", json_integer(train));
        json_object_set_new(document, "test_images", json_integer(test));
        json_object_set_new(document, "classes", json_integer(data->classes));
        sr_document_give(document);
        return SR_OK;
    }
    printf("%s: %s\ncontent %s\n%d training images, %d test images, %d "
           "classes\n",
           data->opts->dataset, data->path, data->hash, train, test,
           data->classes);
    printf("%s\n", data->index       ? data->index
                   : data->files > 0 ? "read whole each time: no index needed"
                                     : "the index cannot be kept");
    return SR_OK;
}

/* Open what a config or data.* arguments name, and do the rest with it. */
static enum sr_status with_data(const struct sr_call *call, sr_data_verb_fn *fn,
                                struct sr_err *err)
{
    struct sr_exp *exp;
    struct sr_data *data;
    SR_TRY(
        sr_setup_read(call, call->words > 1 ? call->word[1] : NULL, &exp, err));
    SR_TRY(sr_data_open(&exp->data, (uint64_t)exp->top.seed, call->log,
                        call->arena, &data, err));
    sr_setup_tell(call->log, data);
    const enum sr_status status = fn(call, exp, data, err);
    sr_data_close(data);
    return status;
}

/* A verb on data that has been opened, or one that needs none. */
static const struct {
    const char *word;
    int words_max;
    sr_data_verb_fn *with;
    enum sr_status (*without)(const struct sr_call *, struct sr_err *);
} verbs[] = {
    {"list", 1, NULL, list},           {"verify", 2, sr_data_verify, NULL},
    {"stats", 2, sr_data_stats, NULL}, {"bench", 2, sr_data_bench, NULL},
    {"index", 2, sr_data_index, NULL},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const char *verb_word(int i) { return i < VERBS ? verbs[i].word : NULL; }

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    int i = 0;
    while (strcmp(call->word[0], verbs[i].word) != 0)
        i++;
    if (call->words > verbs[i].words_max)
        return sr_fail(err, SR_EUSAGE, "satrun data %s takes no '%s'",
                       verbs[i].word, call->word[1]);
    return verbs[i].with ? with_data(call, verbs[i].with, err)
                         : verbs[i].without(call, err);
}

const struct sr_cmd sr_cmd_data = {
    .name = "data",
    .summary = "what data sets there are, where they are, whether they are "
               "whole",
    .usage = "list|verify|stats|bench|index [CONFIG] [key=value ...] [flags]",
    .details =
        "list tells the official addresses, sizes and checksums, and what is "
        "on this machine;\nscripts/get_data.sh fetches. verify compares files "
        "and numbers of images with the\npublished ones, decodes every image "
        "once, and counts those that are there twice.\nstats counts images and "
        "classes, and measures sizes, mean and deviation. bench times\nhow "
        "files become batches. index looks through folders and tar files for "
        "images, which\notherwise the first run does, and says where it keeps "
        "the list.",
    .examples = "  satrun data list\n"
                "  satrun data verify data.dataset=cifar10\n"
                "  satrun data stats configs/smoke.yaml\n"
                "  satrun data bench configs/imagenet/resnet50_silu.yaml "
                "data.path=/data/imagenet\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 2,
    .verbs = verb_word,
    .overrides = true,
    .run = run,
};
