#include "config/fill.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "config/unknown.h"

/* What a user is told a row takes. */
/* clang-format off */
static const struct { const char *takes; bool list; } types[] = {
    [SR_OPT_INT]   = { "a whole number",          false },
    [SR_OPT_REAL]  = { "a number",                false },
    [SR_OPT_BOOL]  = { "true or false",           false },
    [SR_OPT_ENUM]  = { "a word",                  false },
    [SR_OPT_NAME]  = { "a name",                  false },
    [SR_OPT_TEXT]  = { "a text",                  false },
    [SR_OPT_PATH]  = { "a path",                  false },
    [SR_OPT_INTS]  = { "a list of whole numbers", true },
    [SR_OPT_REALS] = { "a list of numbers",       true },
    [SR_OPT_NAMES] = { "a list of names",         true },
    [SR_OPT_WORDS] = { "a list of words",         true },
};

/* What YAML 1.1 calls a truth value and we do not. */
static const struct { const char *word, *meant; } truths[] = {
    { "yes", "true" },  { "on", "true" },   { "y", "true" },  { "1", "true" },
    { "True", "true" }, { "TRUE", "true" }, { "Yes", "true" },
    { "no", "false" },  { "off", "false" }, { "n", "false" }, { "0", "false" },
    { "False", "false" }, { "FALSE", "false" }, { "No", "false" },
};
/* clang-format on */

bool sr_origin_is_default(const struct sr_origin *o)
{
    return !o->at.path && o->at.line == 0 && !o->note;
}

static int count_rows(const struct sr_section *sections)
{
    int n = 0;
    for (; sections->rows; sections++)
        for (const struct sr_opt *row = sections->rows; row->key; row++)
            n++;
    return n;
}

void sr_keys_begin(struct sr_keys *keys, const struct sr_section *sections,
                   void *whole, struct sr_arena *arena,
                   struct sr_problems *problems)
{
    *keys =
        (struct sr_keys){.arena = arena, .problems = problems, .whole = whole};
    keys->list = SR_TAKE(arena, count_rows(sections), struct sr_key);
    for (const struct sr_section *s = sections; s->rows; s++) {
        void *base = (char *)whole + s->offset;
        sr_opt_defaults(s->rows, base);
        for (const struct sr_opt *row = s->rows; row->key; row++)
            keys->list[keys->n++] = (struct sr_key){
                .name = sr_arena_format(arena, "%s%s", s->prefix, row->key),
                .row = row,
                .base = base,
            };
    }
}

struct sr_key *sr_keys_find(const struct sr_keys *keys, const char *name)
{
    for (int i = 0; i < keys->n; i++)
        if (strcmp(keys->list[i].name, name) == 0)
            return &keys->list[i];
    return NULL;
}

/* Is `key` inside the group called name? */
static bool is_inside(const char *key, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(key, name, length) == 0 && key[length] == '.';
}

bool sr_keys_is_group(const struct sr_keys *keys, const char *name)
{
    for (int i = 0; i < keys->n; i++)
        if (is_inside(keys->list[i].name, name))
            return true;
    return false;
}

/* A value on its way: where it stands and how it is called there. */
struct given {
    const char *path; /* for messages: all of it, also of a layer's key */
    struct sr_src at;
    const char *text;
    bool null; /* nothing was written */
    const struct sr_yaml *node;
};

static void refuse(struct sr_keys *keys, struct sr_key *key,
                   const struct given *g, const char *why)
{
    key->origin.bad = true;
    sr_problems_add(keys->problems, g->at, "%s: %s", g->path, why);
}

/* Files may be read from anywhere later, the resolved config above all: paths
 * become absolute. */
static const char *resolve_path(const struct sr_keys *keys,
                                const struct given *g)
{
    char cwd[4096];
    if (!*g->text || *g->text == '/' || !getcwd(cwd, sizeof cwd))
        return g->text;
    const char *dir = cwd;
    if (g->at.path)
        dir = sr_file_join(keys->arena, cwd,
                           sr_file_dir(keys->arena, g->at.path));
    const size_t length = strlen(dir);
    if (length > 2 && strcmp(dir + length - 2, "/.") == 0)
        dir = cwd;
    return sr_file_join(keys->arena, dir, g->text);
}

static void add_hint(const struct sr_opt *row, const char *text, char *why,
                     size_t size)
{
    if (row->type != SR_OPT_BOOL)
        return;
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++)
        if (strcmp(truths[i].word, text) == 0)
            sr_text_add(why, size, "; write %s", truths[i].meant);
}

/* A scalar for a key that is a group too stands for the whole group. */
static void take_back_group(const struct sr_keys *keys, const char *name)
{
    for (int i = 0; i < keys->n; i++) {
        struct sr_key *key = &keys->list[i];
        char why[512];
        if (!is_inside(key->name, name))
            continue;
        SR_REQUIRE(sr_opt_set(key->row, key->base, key->row->fallback, why,
                              sizeof why));
        key->origin = (struct sr_origin){0};
    }
}

/* Configs and results are written in UTF-8, where such a value, a path that was
 * completed above all, could not be read back. */
static bool refuse_unclean(struct sr_keys *keys, struct sr_key *key,
                           const struct given *g, const char *text)
{
    char why[512];
    if (sr_text_is_clean(text))
        return false;
    snprintf(why, sizeof why,
             "'%.400s' has control characters in it, or bytes that are not "
             "UTF-8",
             text);
    sr_text_clean(why);
    refuse(keys, key, g, why);
    return true;
}

static void set_scalar(struct sr_keys *keys, struct sr_key *key,
                       const struct given *g)
{
    char why[512];
    const struct sr_opt *row = key->row;
    const char *text = g->text;
    if (g->null && *row->fallback) {
        snprintf(why, sizeof why, "has no value; it takes %s",
                 types[row->type].takes);
        refuse(keys, key, g, why);
        return;
    }
    if (g->null)
        text = "";
    else if (row->type == SR_OPT_PATH)
        text = resolve_path(keys, g);
    if (refuse_unclean(keys, key, g, text))
        return;
    if (!sr_opt_set(row, key->base, text, why, sizeof why)) {
        add_hint(row, text, why, sizeof why);
        refuse(keys, key, g, why);
        return;
    }
    key->origin = (struct sr_origin){.at = g->at, .text = text};
    take_back_group(keys, key->name);
}

static void append_elements(struct sr_keys *keys, struct sr_key *key,
                            const struct given *g)
{
    for (const struct sr_yaml *e = g->node->child; e; e = e->sibling) {
        const struct given item = {.path = e->path, .at = e->at};
        char why[512];
        if (e->kind != SR_YAML_SCALAR)
            refuse(keys, key, &item, "a list inside a list, or a map");
        else if (!sr_opt_append(key->row, key->base, e->text, why, sizeof why))
            refuse(keys, key, &item, why);
    }
}

static void set_list(struct sr_keys *keys, struct sr_key *key,
                     const struct given *g)
{
    char why[512];
    if (!types[key->row->type].list) {
        snprintf(why, sizeof why, "takes %s, not a list",
                 types[key->row->type].takes);
        refuse(keys, key, g, why);
        return;
    }
    key->origin = (struct sr_origin){.at = g->at, .node = g->node};
    SR_REQUIRE(sr_opt_set(key->row, key->base, "[]", why, sizeof why));
    append_elements(keys, key, g);
}

static void set_key(struct sr_keys *keys, struct sr_key *key,
                    const struct given *g)
{
    char why[512];
    if (g->node && g->node->kind == SR_YAML_MAP) {
        snprintf(why, sizeof why, "takes %s, not a map of keys",
                 types[key->row->type].takes);
        refuse(keys, key, g, why);
    } else if (g->node && g->node->kind == SR_YAML_LIST) {
        set_list(keys, key, g);
    } else {
        set_scalar(keys, key, g);
    }
}

/* A value where a map of keys belongs: `schedule: cosine`, or a mistake. */
static void set_group(struct sr_keys *keys, const char *name,
                      const struct given *g)
{
    const bool scalar = !g->node || g->node->kind == SR_YAML_SCALAR;
    const char *named = sr_arena_format(keys->arena, "%s.name", name);
    struct sr_key *key = scalar ? sr_keys_find(keys, named) : NULL;
    if (scalar && g->null)
        return; /* a section all of whose keys are commented out */
    if (key) {
        set_scalar(keys, key, g);
        return;
    }
    sr_problems_add(keys->problems, g->at, "%s: takes a map of keys: %s",
                    g->path, sr_unknown_members(keys, name));
}

static void unknown(struct sr_keys *keys, const char *name, const char *path,
                    struct sr_src at)
{
    if (keys->problems->n == SR_PROBLEMS_MAX)
        return; /* spare the search for what was meant */
    sr_problems_add(keys->problems, at, "unknown key '%s'%s", path,
                    sr_unknown_hint(keys, name));
}

/* One node of a tree; what comes after it, or inside it when it is a group. */
static const struct sr_yaml *fill_node(struct sr_keys *keys, const char *name,
                                       const struct sr_yaml *node)
{
    const struct given g = {.path = node->path,
                            .at = node->at,
                            .text = node->text,
                            .null = sr_yaml_is_null(node),
                            .node = node};
    struct sr_key *key = sr_keys_find(keys, name);
    const bool group = sr_keys_is_group(keys, name);
    if (strchr(node->key, '.')) {
        sr_problems_add(keys->problems, node->key_at,
                        "unknown key '%s'; in a file, each dot is a level of "
                        "its own",
                        node->key);
    } else if (keys->special && strcmp(name, keys->special) == 0) {
        keys->fill_special(keys->whole, node, keys->arena, keys->problems);
    } else if (group && node->kind == SR_YAML_MAP) {
        return node->next;
    } else if (key) {
        set_key(keys, key, &g);
    } else if (group) {
        set_group(keys, name, &g);
    } else {
        unknown(keys, name, node->path, node->key_at);
    }
    return sr_yaml_after(node);
}

void sr_keys_fill(struct sr_keys *keys, const struct sr_yaml *root,
                  const char *skip)
{
    const size_t prefix = strlen(root->path) + (*root->path ? 1 : 0);
    const struct sr_yaml *end = sr_yaml_after(root);
    const struct sr_yaml *node = root->next;
    while (node != end) {
        const bool top = node->depth == root->depth + 1;
        if (top && skip && strcmp(node->key, skip) == 0)
            node = sr_yaml_after(node);
        else
            node = fill_node(keys, node->path + prefix, node);
    }
}

void sr_keys_argument(struct sr_keys *keys, int i, const char *word)
{
    const size_t length = strcspn(word, "=");
    const char *name = sr_arena_format(keys->arena, "%.*s", (int)length, word);
    struct sr_src at = {NULL, i + 1, 1};
    if (!word[length]) {
        sr_problems_add(keys->problems, at, "expected key=value");
        return;
    }
    const struct given g = {.path = name,
                            .at = {NULL, i + 1, (int)length + 2},
                            .text = word + length + 1};
    struct sr_key *key = sr_keys_find(keys, name);
    if (key)
        set_key(keys, key, &g);
    else if (keys->special && strcmp(name, keys->special) == 0)
        sr_problems_add(keys->problems, at, "%s can only be given in a file",
                        name);
    else if (sr_keys_is_group(keys, name))
        set_group(keys, name, &g);
    else
        unknown(keys, name, name, at);
}
