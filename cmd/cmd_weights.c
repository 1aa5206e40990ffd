/* satrun weights: files of weights looked at, compared and rewritten. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "document.h"
#include "model/tensor_look.h"

struct flags {
    const char *rename, *drop;
    double tolerance;
    bool force;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_FLAG(struct flags, rename, "FROM=TO,...",
            "convert: what names begin with, and what takes its place"),
    SR_FLAG(struct flags, drop, "PREFIX,...",
            "convert: leave out what begins so"),
    SR_BOOL(struct flags, force, "false",
            "convert: replace OUT if it is there"),
    SR_REAL(struct flags, tolerance, "", 0, 1e300, "",
            "diff: fail if a tensor is relatively further apart, or only in "
            "one file"),
    {.key = NULL}
};
/* clang-format on */

enum { SHAPE_SIZE = 200, RENAMES = 64 };

static void shape_text(const struct sr_tensor *tensor, char text[SHAPE_SIZE])
{
    text[0] = 0;
    for (int i = 0; i < tensor->rank; i++)
        sr_text_add(text, SHAPE_SIZE, "%s%lld", i ? ", " : "[",
                    (long long)tensor->shape[i]);
    sr_text_add(text, SHAPE_SIZE, "%s", tensor->rank ? "]" : "[]");
}

static json_t *shape_json(const struct sr_tensor *tensor)
{
    json_t *shape = json_array();
    for (int i = 0; i < tensor->rank; i++)
        json_array_append_new(shape, json_integer(tensor->shape[i]));
    return shape;
}

/* Where a run, or a checkpoint of one, has its weights; a file is its own. */
static const char *weights_of(const struct sr_call *call, const char *word)
{
    static const char *const inside[] = {"model.safetensors",
                                         "checkpoints/last/model.safetensors"};
    for (int i = 0; i < 2 && sr_file_is_dir(word); i++) {
        const char *path = sr_file_join(call->arena, word, inside[i]);
        if (sr_file_exists(path))
            return path;
    }
    return word;
}

/* ---- inspect ---- */

static json_t *stats_json(const struct sr_tensor *tensor,
                          const struct sr_tensor_stats *stats)
{
    json_t *row =
        json_pack("{ss ss so sI}", "name", tensor->name, "dtype",
                  sr_dtype_name(tensor->dtype), "shape", shape_json(tensor),
                  "numbers", (json_int_t)tensor->count);
    if (stats)
        json_object_update_new(row, json_pack("{sf sf sf sI}", "min",
                                              stats->min, "max", stats->max,
                                              "mean", stats->mean, "nonfinite",
                                              (json_int_t)stats->nonfinite));
    return row;
}

static void print_stats(const struct sr_tensor *tensor,
                        const struct sr_tensor_stats *stats)
{
    char shape[SHAPE_SIZE];
    shape_text(tensor, shape);
    printf("%-40s %-5s %-20s", tensor->name, sr_dtype_name(tensor->dtype),
           shape);
    if (stats)
        printf(" %12.5g %12.5g %12.5g", stats->min, stats->max, stats->mean);
    if (stats && stats->nonfinite)
        printf("  %lld not finite", (long long)stats->nonfinite);
    putchar('\n');
}

/* Prints the rows, or adds them to list where that is not NULL. */
static enum sr_status inspect_tensors(const struct sr_tensors *file,
                                      json_t *list, struct sr_err *err)
{
    for (int i = 0; i < file->n; i++) {
        const struct sr_tensor *tensor = &file->tensor[i];
        const bool known = sr_dtype_is_number(tensor->dtype);
        struct sr_tensor_stats stats;
        if (known)
            SR_TRY(sr_tensor_stats(file, tensor, &stats, err));
        if (list)
            json_array_append_new(list,
                                  stats_json(tensor, known ? &stats : NULL));
        else
            print_stats(tensor, known ? &stats : NULL);
    }
    return SR_OK;
}

struct totals {
    int64_t numbers, bytes;
};

static struct totals totals_of(const struct sr_tensors *file)
{
    struct totals t = {0, 0};
    for (int i = 0; i < file->n; i++) {
        t.numbers += file->tensor[i].count;
        t.bytes += file->tensor[i].end - file->tensor[i].begin;
    }
    return t;
}

static enum sr_status inspect_json(const struct sr_tensors *file,
                                   struct sr_err *err)
{
    const struct totals t = totals_of(file);
    json_t *metadata = json_object(), *list = json_array();
    const enum sr_status status = inspect_tensors(file, list, err);
    for (int i = 0; i < file->metas; i++)
        json_object_set_new(metadata, file->meta[i].key,
                            json_string(file->meta[i].value));
    json_t *document = json_pack(
        "{ss ss so sI sI so}", "schema", "satrun.weights/1", "file", file->path,
        "metadata", metadata, "numbers", (json_int_t)t.numbers, "bytes",
        (json_int_t)t.bytes, "tensors", list);
    if (status == SR_OK)
        sr_document_give(document);
    else
        json_decref(document);
    return status;
}

/* What a file says of itself must not steer a terminal. */
static void print_meta(const struct sr_meta *meta, struct sr_arena *arena)
{
    char *line = sr_arena_format(arena, "%-20s %.400s", meta->key, meta->value);
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
    puts(line);
}

static enum sr_status inspect_table(const struct sr_tensors *file,
                                    struct sr_arena *arena, struct sr_err *err)
{
    const struct totals t = totals_of(file);
    printf("%-40s %-5s %-20s %12s %12s %12s\n", "name", "dtype", "shape", "min",
           "max", "mean");
    SR_TRY(inspect_tensors(file, NULL, err));
    printf("\n%d tensors, %lld numbers, %.2f MB\n", file->n,
           (long long)t.numbers, 1e-6 * (double)t.bytes);
    for (int i = 0; i < file->metas; i++)
        print_meta(&file->meta[i], arena);
    return SR_OK;
}

static enum sr_status inspect(const struct sr_call *call, struct sr_err *err)
{
    struct sr_tensors file;
    SR_TRY(sr_tensors_open(weights_of(call, call->word[1]), call->arena, &file,
                           err));
    const enum sr_status status = call->common.json
                                      ? inspect_json(&file, err)
                                      : inspect_table(&file, call->arena, err);
    sr_tensors_close(&file);
    return status;
}

/* ---- diff ---- */

/* What a comparison of the files a and b has found. */
struct diff {
    struct sr_tensors a, b;
    int same;                                  /* tensors             */
    json_t *only_a, *only_b, *shapes, *differ; /* lists of the others */
    double most;                               /* relative            */
};

static enum sr_status compare(struct diff *d, const struct sr_tensor *a,
                              const struct sr_tensor *b, struct sr_err *err)
{
    struct sr_tensor_distance apart;
    if (!sr_tensor_same_shape(a, b)) {
        json_array_append_new(d->shapes,
                              json_pack("{ss so so}", "name", a->name, "a",
                                        shape_json(a), "b", shape_json(b)));
        return SR_OK;
    }
    SR_TRY(sr_tensor_distance(&d->a, a, &d->b, b, &apart, err));
    if (apart.largest <= 0) {
        d->same++;
        return SR_OK;
    }
    d->most = fmax(d->most, apart.relative);
    json_array_append_new(d->differ,
                          json_pack("{ss so so}", "name", a->name, "largest",
                                    sr_json_real(apart.largest), "relative",
                                    sr_json_real(apart.relative)));
    return SR_OK;
}

static enum sr_status compare_all(struct diff *d, struct sr_err *err)
{
    for (int i = 0; i < d->a.n; i++) {
        const struct sr_tensor *a = &d->a.tensor[i];
        const struct sr_tensor *b = sr_tensors_find(&d->b, a->name);
        if (b)
            SR_TRY(compare(d, a, b, err));
        else
            json_array_append_new(d->only_a, json_string(a->name));
    }
    for (int i = 0; i < d->b.n; i++)
        if (!sr_tensors_find(&d->a, d->b.tensor[i].name))
            json_array_append_new(d->only_b, json_string(d->b.tensor[i].name));
    return SR_OK;
}

static void print_names(const char *path, const json_t *names)
{
    size_t i;
    json_t *name;
    json_array_foreach (names, i, name)
        printf("only in %s: %s\n", path, json_string_value(name));
}

/* "inf" where JSON has null. */
static double real(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_null(value) ? (double)INFINITY : json_real_value(value);
}

static void print_diff(const struct diff *d)
{
    size_t i;
    json_t *row;
    print_names(d->a.path, d->only_a);
    print_names(d->b.path, d->only_b);
    json_array_foreach (d->shapes, i, row)
        printf("of another shape: %s\n",
               json_string_value(json_object_get(row, "name")));
    if (json_array_size(d->differ) > 0)
        printf("%-40s %12s %12s\n", "differs", "largest", "relative");
    json_array_foreach (d->differ, i, row)
        printf("%-40s %12.3g %12.3g\n",
               json_string_value(json_object_get(row, "name")),
               real(row, "largest"), real(row, "relative"));
    printf("%d tensors are the same, %zu differ, %zu are of another shape, "
           "%zu are in one file only\n",
           d->same, json_array_size(d->differ), json_array_size(d->shapes),
           json_array_size(d->only_a) + json_array_size(d->only_b));
}

static enum sr_status judge(const struct diff *d, double tolerance,
                            struct sr_err *err)
{
    const size_t apart = json_array_size(d->shapes) +
                         json_array_size(d->only_a) +
                         json_array_size(d->only_b);
    if (isnan(tolerance) || (apart == 0 && d->most <= tolerance))
        return SR_OK;
    if (apart > 0)
        return sr_fail(err, SR_EVERIFY, "%s and %s are not of the same tensors",
                       d->a.path, d->b.path);
    return sr_fail(err, SR_EVERIFY,
                   "%s and %s are up to %.3g apart, more than %.3g", d->a.path,
                   d->b.path, d->most, tolerance);
}

static enum sr_status diff_open(const struct sr_call *call, struct diff *d,
                                struct sr_err *err)
{
    const struct flags *flags = call->flags;
    *d = (struct diff){.a = d->a,
                       .b = d->b,
                       .only_a = json_array(),
                       .only_b = json_array(),
                       .shapes = json_array(),
                       .differ = json_array()};
    SR_TRY(compare_all(d, err));
    if (call->common.json)
        sr_document_give(json_pack(
            "{ss ss ss si sO sO sO sO}", "schema", "satrun.weights-diff/1", "a",
            d->a.path, "b", d->b.path, "same", d->same, "differ", d->differ,
            "shapes", d->shapes, "only_a", d->only_a, "only_b", d->only_b));
    else
        print_diff(d);
    return judge(d, flags->tolerance, err);
}

static enum sr_status diff(const struct sr_call *call, struct sr_err *err)
{
    struct diff d;
    SR_TRY(sr_tensors_open(weights_of(call, call->word[1]), call->arena, &d.a,
                           err));
    enum sr_status status = sr_tensors_open(weights_of(call, call->word[2]),
                                            call->arena, &d.b, err);
    if (status == SR_OK) {
        status = diff_open(call, &d, err);
        json_decref(d.only_a);
        json_decref(d.only_b);
        json_decref(d.shapes);
        json_decref(d.differ);
        sr_tensors_close(&d.b);
    }
    sr_tensors_close(&d.a);
    return status;
}

/* ---- convert ---- */

struct renames {
    struct sr_rename rule[RENAMES];
    int n;
};

/* The rules of one flag: "A=B,C=D", or "A,C" where to is not wanted. */
static enum sr_status add_rules(const struct sr_call *call, const char *flag,
                                const char *text, bool takes_to,
                                struct renames *all, struct sr_err *err)
{
    char *rest = sr_arena_text(call->arena, text);
    while (*rest) {
        char *from = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : rest + strlen(rest);
        if (comma)
            *comma = 0;
        char *equals = strchr(from, '=');
        if (!*from || equals == from || !equals == takes_to)
            return sr_fail(err, SR_EUSAGE, "--%s: '%s' is not of the form %s",
                           flag, from, takes_to ? "FROM=TO" : "PREFIX");
        if (all->n == RENAMES)
            return sr_fail(err, SR_EUSAGE, "--%s: more than %d rules", flag,
                           RENAMES);
        if (equals)
            *equals = 0;
        all->rule[all->n++] =
            (struct sr_rename){from, equals ? equals + 1 : NULL};
    }
    return SR_OK;
}

/* A rule that fits no name is a slip. */
static enum sr_status check_rules(const struct renames *all,
                                  const struct sr_tensors *file,
                                  struct sr_err *err)
{
    for (int i = 0; i < all->n; i++) {
        const char *from = all->rule[i].from;
        int fits = 0;
        for (int k = 0; k < file->n && !fits; k++)
            fits = strncmp(file->tensor[k].name, from, strlen(from)) == 0;
        if (!fits)
            return sr_fail(
                err, SR_EUSAGE, "--%s: no tensor of %s begins with '%s'",
                all->rule[i].to ? "rename" : "drop", file->path, from);
    }
    return SR_OK;
}

static enum sr_status convert(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct renames all = {.n = 0};
    struct sr_tensors file;
    int tensors = 0;
    if (!flags->force && sr_file_exists(call->word[2]))
        return sr_fail(err, SR_EUSAGE,
                       "%s is there already; --force replaces it",
                       call->word[2]);
    SR_TRY(add_rules(call, "drop", flags->drop, false, &all, err));
    SR_TRY(add_rules(call, "rename", flags->rename, true, &all, err));
    SR_TRY(sr_tensors_open(weights_of(call, call->word[1]), call->arena, &file,
                           err));
    enum sr_status status = check_rules(&all, &file, err);
    if (status == SR_OK)
        status = sr_tensors_convert(&file, all.rule, all.n, call->word[2],
                                    &tensors, err);
    sr_tensors_close(&file);
    if (status == SR_OK)
        sr_log_say(call->log, "%s: %d of %d tensors", call->word[2], tensors,
                   file.n);
    return status;
}

/* ---- the command ---- */

static const struct {
    const char *word;
    int words;
    enum sr_status (*run)(const struct sr_call *, struct sr_err *);
} verbs[] = {
    {"inspect", 2, inspect}, {"diff", 3, diff}, {"convert", 3, convert}};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const char *verb_word(int i) { return i < VERBS ? verbs[i].word : NULL; }

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    int i = 0;
    while (strcmp(call->word[0], verbs[i].word) != 0)
        i++;
    if (call->words != verbs[i].words)
        return sr_fail(err, SR_EUSAGE, "satrun weights %s takes %d file%s",
                       verbs[i].word, verbs[i].words - 1,
                       verbs[i].words > 2 ? "s" : "");
    return verbs[i].run(call, err);
}

const struct sr_cmd sr_cmd_weights = {
    .name = "weights",
    .summary = "look at files of weights, compare them, rename their tensors",
    .usage = "inspect FILE | diff A B | convert IN OUT [flags]",
    .details =
        "inspect lists the tensors with their smallest, largest and mean "
        "number. diff tells\nwhich tensors differ and by how much; a run "
        "stands for its last checkpoint. convert "
        "writes half and double precision as\nsingle, and changes names. "
        "Files are safetensors; scripts/pt2safetensors.py makes\nthem from "
        "what torch.save wrote.",
    .examples = "  satrun weights inspect model.safetensors\n"
                "  satrun weights diff a.safetensors b.safetensors --tolerance "
                "1e-6\n"
                "  satrun weights diff runs/one runs/other\n"
                "  satrun weights convert in.safetensors out.safetensors "
                "--rename module.=,fc.=linear.\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 2,
    .words_max = 3,
    .verbs = verb_word,
    .run = run,
};
