/* satrun init: a config of one's own to begin with, from a ready one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "base/file.h"
#include "base/text.h"
#include "document.h"
#include "recipes.h"
#include "setup.h"

struct flags {
    bool force;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_BOOL(struct flags, force, "false", "replace FILE if it is there"),
    {.key = NULL}
};
/* clang-format on */

/* ---- the list ---- */

enum { COLUMNS = 80 };

/* From column `indent` on, and never left of it. */
static void print_wrapped(const char *text, int indent)
{
    int column = indent;
    while (*text) {
        const int word = (int)strcspn(text, " ");
        if (column > indent && column + 1 + word > COLUMNS) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        column += printf("%s%.*s", column > indent ? " " : "", word, text);
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_list(const struct sr_recipe *list, int n)
{
    int width = 0;
    for (int i = 0; i < n; i++) {
        const int length = (int)strlen(list[i].name);
        width = length > width ? length : width;
    }
    for (int i = 0; i < n; i++) {
        printf("%-*s  ", width, list[i].name);
        print_wrapped(list[i].about, width + 2);
    }
}

static void print_json(const struct sr_recipe *list, int n)
{
    json_t *all = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(all, json_pack("{ss ss ss}", "name", list[i].name,
                                             "about", list[i].about, "path",
                                             list[i].path));
    sr_document_give(
        json_pack("{ss so}", "schema", "satrun.recipes/1", "recipes", all));
}

/* ---- one of them ---- */

/* By its name, or by the last part of it where only one has that; NULL, told
 * in err, for none. */
static const struct sr_recipe *choose(const char *name,
                                      const struct sr_recipe *list, int n,
                                      struct sr_err *err)
{
    int found = -1, same = 0;
    struct sr_nearest nearest = {0};
    for (int i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
        if (strcmp(sr_file_name(list[i].name), name) == 0) {
            found = i;
            same++;
        }
        if (sr_text_nearer(name, list[i].name, &nearest) ||
            sr_text_nearer(name, sr_file_name(list[i].name), &nearest))
            nearest.word = list[i].name;
    }
    if (same == 1)
        return &list[found];
    sr_fail(err, SR_EUSAGE,
            same > 1 ? "more than one recipe is called '%s'%s%s%s; satrun "
                       "init lists them"
                     : "no recipe '%s'%s%s%s; satrun init lists them",
            name, nearest.word ? "; did you mean '" : "",
            nearest.word ? nearest.word : "", nearest.word ? "'?" : "");
    return NULL;
}

/* The comments of all files that the config was put together from, its own
 * first. */
static void put_comments(const struct sr_exp *exp, const char *own, FILE *out,
                         struct sr_arena *arena)
{
    enum { FILES = 8 };
    const char *told[FILES] = {own};
    int n = 1;
    fputs(sr_recipe_comment(own, arena), out);
    for (int i = 0; i < exp->keys.n && n < FILES; i++) {
        const char *path = exp->keys.list[i].origin.at.path;
        bool is_new = path != NULL;
        for (int k = 0; k < n && is_new; k++)
            is_new = strcmp(told[k], path) != 0;
        if (!is_new)
            continue;
        told[n++] = path;
        fprintf(out, "#\n# What it extends, %s:\n%s", sr_file_name(path),
                sr_recipe_comment(path, arena));
    }
}

static enum sr_status write_file(const struct sr_call *call,
                                 const struct sr_recipe *recipe,
                                 const char *path, struct sr_err *err)
{
    struct sr_exp *exp;
    char *text = NULL;
    size_t size = 0;
    SR_TRY(sr_setup_read(call, recipe->path, &exp, err));
    FILE *out = open_memstream(&text, &size);
    SR_REQUIRE(out != NULL);
    put_comments(exp, recipe->path, out, call->arena);
    fprintf(out,
            "#\n# From satrun %s, satrun init %s; it extends no other file."
            "\n# What is not here has its default: satrun config show %s\n%s",
            SR_VERSION, recipe->name, path,
            sr_exp_dump(exp, SR_DUMP_HELP, call->arena));
    SR_REQUIRE(fclose(out) == 0);
    const enum sr_status status = sr_file_write(path, text, size, err);
    free(text);
    return status;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const struct sr_recipe *list, *recipe;
    int n;
    SR_TRY(sr_recipes_list(call->arena, &list, &n, err));
    if (call->words == 0) {
        if (call->common.json)
            print_json(list, n);
        else
            print_list(list, n);
        return SR_OK;
    }
    recipe = choose(call->word[0], list, n, err);
    if (!recipe)
        return err->status;
    const char *path = call->words > 1
                           ? call->word[1]
                           : sr_arena_format(call->arena, "%s.yaml",
                                             sr_file_name(recipe->name));
    if (!flags->force && sr_file_exists(path))
        return sr_fail(err, SR_EUSAGE,
                       "%s is there already; --force replaces it", path);
    SR_TRY(write_file(call, recipe, path, err));
    sr_log_say(call->log, "%s: from %s; satrun train %s", path, recipe->name,
               path);
    return SR_OK;
}

const struct sr_cmd sr_cmd_init = {
    .name = "init",
    .summary = "list the ready configs, or begin one's own from one",
    .usage = "[RECIPE [FILE]] [key=value ...] [flags]",
    .details = "Writes a config that stands alone, each line with what it is, "
               "into FILE, or into\nRECIPE.yaml here. The last part of a "
               "recipe's name is enough where only one has it.",
    .examples = "  satrun init\n"
                "  satrun init cifar10/madry mine.yaml\n"
                "  satrun init fast_resnet20_silu activation.forward=gelu "
                "name=gelu\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 2,
    .overrides = true,
    .run = run,
};
