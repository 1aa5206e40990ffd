#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack/sequence.h"
#include "base/json.h"
#include "base/text.h"
#include "args.h"
#include "cmd.h"
#include "config/exp.h"
#include "document.h"
#include "model/layers.h"
#include "opt_text.h"
#include "show_completion.h"
#include "show_man.h"
#include "show_plot.h"
#include "train/objective.h"

/* Each list is an array of objects, one a row, all with the same members in
 * the same order: printed as they are with --json, as a table without. */

static json_t *text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static json_t *show_activations(struct sr_arena *arena)
{
    json_t *list = json_array();
    const struct sr_act *a;
    for (int i = 0; (a = sr_act_at(i)); i++) {
        const char *alpha =
            a->alphas ? sr_arena_format(arena, "%g in [%g, %g]", a->alpha,
                                        a->alpha_min, a->alpha_max)
                      : NULL;
        json_array_append_new(
            list, json_pack("{ss so si ss ss}", "name", a->name, "alpha",
                            text_or_null(alpha), "learned", a->learned,
                            "formula", a->formula, "source", a->source));
    }
    return list;
}

static json_t *show_models(struct sr_arena *arena)
{
    (void)arena;
    json_t *list = json_array();
    const struct sr_arch *a;
    char size[160];
    for (int i = 0; (a = sr_arch_at(i)); i++) {
        sr_arch_size(i, size, sizeof size);
        json_array_append_new(
            list, json_pack("{ss ss ss so}", "name", a->name, "help", a->help,
                            "source", a->source, "size", text_or_null(size)));
    }
    return list;
}

static json_t *show_attacks(struct sr_arena *arena)
{
    json_t *list = json_array();
    const struct sr_attack *a;
    char stages[128];
    for (int i = 0; (a = sr_attack_at(i)); i++)
        json_array_append_new(list,
                              json_pack("{ss ss ss}", "name", a->name, "form",
                                        a->form, "source", a->source));
    for (int i = 0; sr_sequence_name(i); i++) {
        sr_sequence_stages(i, stages, sizeof stages);
        json_array_append_new(
            list, json_pack("{ss ss ss}", "name", sr_sequence_name(i), "form",
                            sr_sequence_name(i), "source",
                            sr_arena_format(arena, "Croce and Hein 2020: %s",
                                            stages)));
    }
    return list;
}

static json_t *show_methods(struct sr_arena *arena)
{
    (void)arena;
    json_t *list = json_array();
    const struct sr_objective *o;
    for (int i = 0; (o = sr_objective_at(i)); i++)
        json_array_append_new(
            list, json_pack("{ss ss ss ss ss ss}", "name", o->name,
                            "attack.loss", o->loss, "attack.start", o->start,
                            "attack.batchnorm", o->batchnorm, "formula",
                            o->formula, "source", o->source));
    return list;
}

static json_t *show_datasets(struct sr_arena *arena)
{
    json_t *list = json_array();
    const struct sr_dataset *d;
    for (int i = 0; (d = sr_dataset_at(i)); i++) {
        const char *size =
            d->h ? sr_arena_format(arena, "%dx%dx%d", d->h, d->w, d->c) : NULL;
        json_array_append_new(
            list, json_pack("{ss ss so so ss}", "name", d->name, "title",
                            d->title, "size", text_or_null(size), "classes",
                            d->classes ? json_integer(d->classes) : json_null(),
                            "get", d->get));
    }
    return list;
}

static void add_rows(json_t *list, const char *prefix,
                     const struct sr_opt *rows, struct sr_arena *arena)
{
    for (; rows->key; rows++) {
        const bool required = strstr(rows->help, "(required)") != NULL;
        json_array_append_new(
            list,
            json_pack("{so ss so so ss}", "key",
                      json_sprintf("%s%s", prefix, rows->key), "type",
                      sr_opt_type_word(rows), "default",
                      text_or_null(required ? "" : rows->fallback), "allowed",
                      text_or_null(sr_opt_allowed(rows, arena)), "help",
                      rows->help));
    }
}

static json_t *show_keys(struct sr_arena *arena)
{
    json_t *list = json_array();
    for (const struct sr_section *s = sr_sections; s->rows; s++)
        add_rows(list, s->prefix, s->rows, arena);
    return list;
}

static json_t *show_layers(struct sr_arena *arena)
{
    json_t *list = json_array();
    const struct sr_layer_kind *kind;
    for (int i = 0; (kind = sr_layer_kind_at(i)); i++)
        add_rows(list, sr_arena_format(arena, "%s.", kind->name), kind->rows,
                 arena);
    return list;
}

static const struct {
    const char *name;
    json_t *(*list)(struct sr_arena *arena);
} lists[] = {
    {"activations", show_activations},
    {"models", show_models},
    {"layers", show_layers},
    {"attacks", show_attacks},
    {"methods", show_methods},
    {"datasets", show_datasets},
    {"keys", show_keys},
};
enum { LISTS = sizeof lists / sizeof *lists, COLUMNS = 8, CELL_MAX = 48 };

/* What is made rather than listed. */
static const struct {
    const char *name;
    sr_cmd_fn *make;
} makers[] = {{"man", sr_show_man}, {"completion", sr_show_completion}};
enum { MAKERS = sizeof makers / sizeof *makers };

static const char *list_word(int i)
{
    if (i < LISTS)
        return lists[i].name;
    return i < LISTS + MAKERS ? makers[i - LISTS].name : NULL;
}

static const char *cell_text(const json_t *cell, struct sr_arena *arena)
{
    if (json_is_string(cell))
        return json_string_value(cell);
    if (json_is_integer(cell))
        return sr_arena_format(arena, "%lld",
                               (long long)json_integer_value(cell));
    return "-";
}

/* Long cells are cut on a terminal, except in the last column. */
static void print_cell(const char *text, size_t width)
{
    if (strlen(text) > width)
        printf("%.*s...  ", (int)width - 3, text);
    else
        printf("%-*s  ", (int)width, text);
}

/* Columns as wide as their widest cell; the last one is left ragged. */
static void print_table(json_t *list, struct sr_arena *arena)
{
    const size_t widest = isatty(STDOUT_FILENO) ? CELL_MAX : SIZE_MAX;
    size_t width[COLUMNS] = {0}, i;
    json_t *row, *cell;
    const char *key;
    json_array_foreach (list, i, row) {
        int c = 0;
        json_object_foreach (row, key, cell) {
            const size_t own = strlen(cell_text(cell, arena));
            const size_t head = i ? 0 : strlen(key);
            width[c] = own > width[c] ? own : width[c];
            width[c] = head > width[c] ? head : width[c];
            width[c] = width[c] > widest ? widest : width[c];
            c++;
        }
    }
    json_array_foreach (list, i, row) {
        for (int line = i ? 1 : 0; line < 2; line++) {
            int c = 0, left = (int)json_object_size(row);
            json_object_foreach (row, key, cell) {
                const char *text = line ? cell_text(cell, arena) : key;
                if (--left)
                    print_cell(text, width[c++]);
                else
                    printf("%s\n", text);
            }
        }
    }
}

struct flags {
    const char *plot;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_FLAG(struct flags, plot, "FILE",
            "activations: draw value and slopes of those named behind, as .svg, .pdf or .png"),
    {.key = NULL}
};
/* clang-format on */

static enum sr_status draw(const struct sr_call *call, const char *path,
                           struct sr_err *err)
{
    if (strcmp(call->word[0], "activations") != 0)
        return sr_fail(err, SR_EUSAGE,
                       "--plot draws activations, not the list '%s'",
                       call->word[0]);
    return sr_show_plot(call, call->words - 1, call->word + 1, path, err);
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const char *name = call->word[0];
    int i = 0;
    if (*flags->plot)
        return draw(call, flags->plot, err);
    for (int m = 0; m < MAKERS; m++)
        if (strcmp(makers[m].name, name) == 0)
            return makers[m].make(call, err);
    if (call->words > 1)
        return sr_fail(err, SR_EUSAGE, "'%s' is one argument too many",
                       call->word[1]);
    while (strcmp(lists[i].name, name) != 0)
        i++;
    json_t *list = lists[i].list(call->arena);
    if (!call->common.json) {
        print_table(list, call->arena);
        json_decref(list);
        return SR_OK;
    }
    json_t *document =
        json_pack("{ss so}", "schema", "satrun.show/1", name, list);
    sr_document_give(document);
    return SR_OK;
}

const struct sr_cmd sr_cmd_show = {
    .name = "show",
    .summary = "list what there is: activations, models, attacks, keys, ...",
    .usage =
        "activations|models|layers|attacks|methods|datasets|keys [--json]\n"
        "       satrun show activations [NAME...] --plot FILE\n"
        "       satrun show man [PAGE]\n"
        "       satrun show completion bash",
    .details =
        "--plot draws value and slopes of activations, of those that Xie et "
        "al. "
        "2020 compare\nif none is named. A name is FORWARD[:ALPHA], and "
        "FORWARD/ATTACK/UPDATE where the\nattack or the update see another "
        "function's slope. gnuplot draws; the numbers and\nits script stay "
        "beside the picture.\n\nman lists the pages of the manual, or prints "
        "one; completion prints what bash needs\nto complete commands, flags, "
        "keys and their values.",
    .examples = "  satrun show activations\n"
                "  satrun show keys --json\n"
                "  satrun show activations --plot figure.svg relu "
                "relu/softplus:10/softplus:10 silu\n"
                "  satrun show man satrun-train.1 | man -l -\n"
                "  . <(satrun show completion bash)\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1000,
    .verbs = list_word,
    .run = run,
};
