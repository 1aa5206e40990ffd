#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/exp.h"
#include "model/layers.h"

enum { LEVELS = 4, PART = 64, COMMENT_COLUMN = 44, VALUE = 8192 };

/* YAML being written: groups are opened and closed as the dots of the keys
 * ask for, in blocks (a level is an indented line) or in flow ({a: 1}). */
struct writer {
    struct sr_arena *arena;
    char *text;
    size_t used, size;
    size_t line; /* where the current line begins */
    enum sr_dump how;
    bool canonical;          /* the same bytes for the same value */
    char open[LEVELS][PART]; /* groups open now */
    int depth;
};

static void put(struct writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    SR_REQUIRE(length >= 0);
    const size_t need = w->used + (size_t)length + 1;
    if (need > w->size) {
        char *larger = SR_TAKE(w->arena, 2 * need, char);
        if (w->used)
            memcpy(larger, w->text, w->used);
        w->text = larger;
        w->size = 2 * need;
    }
    vsnprintf(w->text + w->used, w->size - w->used, format, again);
    va_end(again);
    w->used += (size_t)length;
}

/* Plain where no reader could take it for anything else. */
static bool is_plain(const char *text)
{
    const size_t safe = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_./+-");
    return *text && !text[safe] && strcmp(text, "null") != 0 &&
           strcmp(text, "-") != 0 && strncmp(text, "---", 3) != 0 &&
           strcmp(text, "...") != 0;
}

static void put_text(struct writer *w, const char *text)
{
    if (is_plain(text)) {
        put(w, "%s", text);
        return;
    }
    put(w, "\"");
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            put(w, "\\%c", *p);
        else if (*p < 32 || *p == 127)
            put(w, "\\x%02x", *p);
        else
            put(w, "%c", *p);
    }
    put(w, "\"");
}

static bool is_list(const struct sr_opt *row)
{
    return row->type == SR_OPT_INTS || row->type == SR_OPT_REALS ||
           row->type == SR_OPT_NAMES || row->type == SR_OPT_WORDS;
}

static bool is_text(const struct sr_opt *row)
{
    return row->type == SR_OPT_TEXT || row->type == SR_OPT_PATH;
}

/* Of any length, unlike what sr_opt_show can hold. */
static const char *text_of(const struct sr_opt *row, const void *base)
{
    const char *text;
    memcpy(&text, (const char *)base + row->offset, sizeof text);
    return text ? text : "";
}

/* A fraction stays as the user wrote it: 8/255 says more than its digits, and
 * reads back to the same double. */
static void put_value(struct writer *w, const struct sr_key *key)
{
    char text[VALUE];
    const char *own = key->origin.text;
    sr_opt_show(key->row, key->base, text, sizeof text);
    if (key->row->type == SR_OPT_REAL && own && strchr(own, '/') &&
        !w->canonical)
        put(w, "%s", own);
    else if (is_text(key->row))
        put_text(w, text_of(key->row, key->base));
    else if (is_list(key->row))
        put(w, "%s", text);
    else
        put_text(w, text);
}

/* Not set, as opposed to an empty text or list.  Of a key that is a group too
 * and the keys in it, the one or the others are. */
static bool is_unset(const struct sr_key *key)
{
    char text[VALUE];
    if (is_text(key->row) || is_list(key->row))
        return false;
    sr_opt_show(key->row, key->base, text, sizeof text);
    return !*text;
}

static bool is_empty_text(const struct sr_key *key)
{
    return is_text(key->row) && !*text_of(key->row, key->base);
}

static void put_gap(struct writer *w)
{
    const int gap = COMMENT_COLUMN - (int)(w->used - w->line);
    put(w, "%*s# ", gap > 1 ? gap : 1, "");
}

static void put_origin(struct writer *w, const struct sr_origin *o)
{
    if (o->note)
        put(w, "%s", o->note);
    else if (o->at.path)
        put(w, "%s:%d", o->at.path, o->at.line);
    else if (o->at.line)
        put(w, "argument %d", o->at.line);
    else
        put(w, "default");
}

/* What ends a line; help NULL: there is none. */
static void put_comment(struct writer *w, const struct sr_origin *o,
                        const char *help)
{
    if (w->how == SR_DUMP_ORIGINS) {
        put_gap(w);
        put_origin(w, o);
    } else if (w->how == SR_DUMP_HELP && help) {
        put_gap(w);
        put(w, "%s", help);
    }
    put(w, "\n");
    w->line = w->used;
}

/* The parts of "train.schedule.name"; returns how many. */
static int split(const char *name, char part[LEVELS + 1][PART])
{
    int n = 0;
    for (;;) {
        const size_t length = strcspn(name, ".");
        SR_REQUIRE(n <= LEVELS && length < PART);
        memcpy(part[n], name, length);
        part[n++][length] = '\0';
        if (!name[length])
            return n;
        name += length + 1;
    }
}

static int shared_groups(const struct writer *w, char part[LEVELS + 1][PART],
                         int groups)
{
    int shared = 0;
    while (shared < w->depth && shared < groups &&
           strcmp(w->open[shared], part[shared]) == 0)
        shared++;
    return shared;
}

/* "attack:" lines for the groups that name asks for; then its last part. */
static void put_block_key(struct writer *w, const char *name)
{
    char part[LEVELS + 1][PART];
    const int groups = split(name, part) - 1;
    for (w->depth = shared_groups(w, part, groups); w->depth < groups;
         w->depth++) {
        put(w, "%*s%s:\n", 4 * w->depth, "", part[w->depth]);
        memcpy(w->open[w->depth], part[w->depth], PART);
    }
    w->line = w->used;
    put(w, "%*s%s: ", 4 * groups, "", part[groups]);
}

static void close_flow(struct writer *w, int depth)
{
    for (; w->depth > depth; w->depth--)
        put(w, "}");
}

static void put_flow_key(struct writer *w, const char *name, bool first)
{
    char part[LEVELS + 1][PART];
    const int groups = split(name, part) - 1;
    const int shared = shared_groups(w, part, groups);
    close_flow(w, shared);
    put(w, "%s", first ? "" : ", ");
    for (; w->depth < groups; w->depth++) {
        put(w, "%s: {", part[w->depth]);
        memcpy(w->open[w->depth], part[w->depth], PART);
    }
    put(w, "%s: ", part[groups]);
}

/* "- conv: {out: 16, kernel: 3}". */
static void put_layer(struct writer *w, const struct sr_layer *layer)
{
    const struct sr_section sections[] = {{"", layer->kind->rows, 0},
                                          {NULL, NULL, 0}};
    struct sr_layer copy;
    struct sr_keys keys;
    sr_keys_begin(&keys, sections, &copy, w->arena, NULL);
    copy = *layer; /* the line above has set it to defaults */

    struct writer flow = {.arena = w->arena, .canonical = w->canonical};
    for (int i = 0; i < keys.n; i++) {
        const struct sr_key *key = &keys.list[i];
        if (is_unset(key) || is_empty_text(key))
            continue;
        put_flow_key(&flow, key->name, flow.used == 0);
        put_value(&flow, key);
    }
    close_flow(&flow, 0);
    w->line = w->used;
    if (flow.used)
        put(w, "      - %s: {%s}", layer->kind->name, flow.text);
    else
        put(w, "      - %s", layer->kind->name);
    put_comment(w, &(struct sr_origin){.at = layer->at}, NULL);
}

static void put_layers(struct writer *w, const struct sr_exp *exp)
{
    const struct sr_layers *layers = exp->model.layers;
    if (!layers)
        return;
    put_block_key(w, "model.layers");
    put_comment(w, &(struct sr_origin){.at = exp->layers_at}, NULL);
    for (int i = 0; i < layers->n; i++)
        put_layer(w, &layers->layer[i]);
}

bool sr_exp_decides(const struct sr_exp *exp, const char *name)
{
    static const char *const left_out[] = {"name",
                                           "data.threads",
                                           "engine.threads",
                                           "logging.tensorboard",
                                           "train.checkpoint_every",
                                           "train.log_every",
                                           "train.result",
                                           "eval.batch_size",
                                           "eval.sanity",
                                           "eval.split"};
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strcmp(left_out[i], name) == 0)
            return false;
    return exp->train.patience > 0 || strncmp(name, "eval.", 5) != 0;
}

static bool is_wanted(const struct writer *w, const struct sr_key *key)
{
    const struct sr_origin *o = &key->origin;
    if (is_unset(key))
        return false;
    return w->how != SR_DUMP_HELP || o->at.path || o->at.line;
}

/* Does a key matter to whoever asks? */
typedef bool counts_fn(const struct sr_exp *exp, const char *name);

static bool any(const struct sr_exp *exp, const char *name)
{
    return exp && name;
}

/* What a network computes with given weights. */
static bool makes_network(const struct sr_exp *exp, const char *name)
{
    static const char *const loading[] = {"model.weights", "model.partial",
                                          "model.reset_head"};
    for (size_t i = 0; i < sizeof loading / sizeof *loading; i++)
        if (strcmp(loading[i], name) == 0)
            return false;
    return any(exp, name) && (strncmp(name, "model.", 6) == 0 ||
                              strncmp(name, "activation.", 11) == 0);
}

static void write_config(struct writer *w, const struct sr_exp *exp,
                         counts_fn *counts)
{
    const struct sr_keys *keys = &exp->keys;
    for (int i = 0; i < keys->n; i++) {
        const struct sr_key *key = &keys->list[i];
        const bool model_ends =
            strncmp(key->name, "model.", 6) == 0 &&
            (i + 1 == keys->n || strncmp(key[1].name, "model.", 6) != 0);
        if (is_wanted(w, key) && counts(exp, key->name)) {
            put_block_key(w, key->name);
            put_value(w, key);
            put_comment(w, &key->origin, key->row->help);
        }
        if (model_ends)
            put_layers(w, exp);
    }
}

char *sr_exp_dump(const struct sr_exp *exp, enum sr_dump how,
                  struct sr_arena *arena)
{
    struct writer w = {.arena = arena, .how = how};
    write_config(&w, exp, any);
    return w.text;
}

static void hash(const struct sr_exp *exp, counts_fn *counts,
                 struct sr_arena *arena, char text[SR_SHA256_TEXT])
{
    struct writer w = {.arena = arena, .canonical = true};
    write_config(&w, exp, counts);
    sr_sha256(w.text, w.used, text);
}

void sr_exp_hash(const struct sr_exp *exp, struct sr_arena *arena,
                 char text[SR_SHA256_TEXT])
{
    hash(exp, sr_exp_decides, arena, text);
}

void sr_exp_hash_network(const struct sr_exp *exp, struct sr_arena *arena,
                         char text[SR_SHA256_TEXT])
{
    hash(exp, makes_network, arena, text);
}
