#include <math.h>
#include <stdio.h>

#include "data_survey.h"
#include "data_verbs.h"
#include "document.h"
#include "eval/eval.h"

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

/* {"mean": [..], "std": [..]} of the training images' pixels. */
static json_t *moments(const struct sr_survey *s)
{
    const struct sr_data *data = s->data;
    const double n = (double)data->split[SR_TRAIN].n * data->h * data->w;
    json_t *mean = json_array(), *std = json_array();
    for (int k = 0; k < data->c; k++) {
        const double m = s->sum[k] / n;
        json_array_append_new(mean, json_real(m));
        json_array_append_new(
            std, json_real(sqrt(fmax(0, s->square[k] / n - m * m))));
    }
    return json_pack("{so so}", "mean", mean, "std", std);
}

static json_t *stats_document(const struct sr_survey *s)
{
    const struct sr_data *data = s->data;
    json_t *document = sr_data_head("satrun.data.stats/1", data);
    json_t *names = json_array();
    for (int k = 0; data->class_name && k < data->classes; k++)
        json_array_append_new(names, json_string(data->class_name[k]));
    json_object_set_new(document, "size",
                        json_pack("[iii]", data->h, data->w, data->c));
    json_object_set_new(document, "class_names", names);
    for (int i = 0; i < SR_SPLITS; i++)
        json_object_set_new(
            document, sr_split_word(i),
            json_pack("{si so}", "images", data->split[i].n, "per_class",
                      count_classes(data, &data->split[i], s->call->arena)));
    json_object_update_new(document, moments(s));
    json_object_set_new(document, "stored", sr_survey_json(s));
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

static void print_classes(const struct sr_survey *s, const json_t *document)
{
    const struct sr_data *data = s->data;
    printf("%-32s", "class");
    for (int i = 0; i < SR_SPLITS; i++)
        printf(" %10s", sr_split_word(i));
    putchar('\n');
    for (int k = 0; k < data->classes; k++) {
        printf("%-32s", data->class_name
                            ? data->class_name[k]
                            : sr_arena_format(s->call->arena, "%d", k));
        for (int i = 0; i < SR_SPLITS; i++) {
            const json_t *split = json_object_get(document, sr_split_word(i));
            printf(" %10lld",
                   (long long)json_integer_value(json_array_get(
                       json_object_get(split, "per_class"), (size_t)k)));
        }
        putchar('\n');
    }
}

static void print_stats(const struct sr_survey *s, const json_t *document)
{
    const struct sr_data *data = s->data;
    printf("%s: %s\ncontent %s\n", data->opts->dataset, data->path, data->hash);
    printf("images of %d x %d x %d: %d to train on, %d for validation, %d to "
           "test on\n",
           data->h, data->w, data->c, data->split[SR_TRAIN].n,
           data->split[SR_VALIDATION].n, data->split[SR_TEST].n);
    printf("training images, in [0, 1]: mean%s, deviation%s\n",
           reals(json_object_get(document, "mean"), s->call->arena),
           reals(json_object_get(document, "std"), s->call->arena));
    sr_survey_print(s);
    print_classes(s, document);
}

static enum sr_status tell(const struct sr_survey *s, struct sr_err *err)
{
    if (s->damaged > 0)
        return sr_fail(err, SR_EDATA,
                       "%d of %d images are damaged, the first one: %s; "
                       "`satrun data verify` lists them",
                       s->damaged, s->images,
                       json_string_value(json_array_get(s->why, 0)));
    json_t *document = stats_document(s);
    if (s->call->common.json) {
        sr_document_give(document);
        return SR_OK;
    }
    print_stats(s, document);
    json_decref(document);
    return SR_OK;
}

enum sr_status sr_data_stats(const struct sr_call *call,
                             const struct sr_exp *exp, struct sr_data *data,
                             struct sr_err *err)
{
    struct sr_survey s;
    enum sr_status status =
        sr_data_survey(call, data, (int)exp->engine.threads, &s, err);
    if (status == SR_OK)
        status = tell(&s, err);
    json_decref(s.why);
    json_decref(s.kinds);
    return status;
}
