#include "report/setting.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/row.h"
#include "report/runs.h"

/* In the order of columns.  What the training attack is told is called so, as
 * the columns of results have attacks too. */
static const struct {
    const char *key, *title;
} known[] = {
    {"data.dataset", "dataset"},
    {"model.arch", "arch"},
    {"model.width", "width"},
    {"activation.forward", "activation"},
    {"activation.backward.attack", "attacker"},
    {"activation.backward.update", "update"},
    {"activation.alpha", "alpha"},
    {"activation.alpha.forward", "alpha"},
    {"activation.alpha.attack", "attacker alpha"},
    {"activation.alpha.update", "update alpha"},
    {"train.method", "method"},
    {"attack.name", "train attack"},
    {"attack.norm", "train norm"},
    {"attack.epsilon", "train epsilon"},
    {"attack.step_size", "train step"},
    {"attack.steps", "train steps"},
    {"attack.loss", "train loss"},
    {"train.epochs", "epochs"},
    {"train.schedule.name", "schedule"},
};
enum { KNOWN = sizeof known / sizeof *known };

bool sr_setting_counts(const char *key)
{
    static const char *const idle[] = {
        "name",           "data.path",      "data.test_path",
        "data.threads",   "engine.threads", "train.checkpoint_every",
        "train.log_every"};
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (strcmp(key, idle[i]) == 0)
            return false;
    return strncmp(key, "eval.", 5) != 0 && strncmp(key, "logging.", 8) != 0;
}

static int rank_of(const char *key)
{
    int i = 0;
    while (i < KNOWN && strcmp(key, known[i].key) != 0)
        i++;
    return i;
}

const char *sr_setting_title(const char *key)
{
    const int rank = rank_of(key);
    const char *dot = strrchr(key, '.');
    if (rank < KNOWN)
        return known[rank].title;
    return dot ? dot + 1 : key;
}

/* The sharpness of a function belongs to its name. */
static const struct {
    const char *name, *alpha;
} functions[] = {
    {"activation.forward", "activation.alpha.forward"},
    {"activation.backward.attack", "activation.alpha.attack"},
    {"activation.backward.update", "activation.alpha.update"},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* ---- values ---- */

static const char *value_of(const json_t *row, const char *key)
{
    return sr_json_text(json_object_get(row, "settings"), key);
}

/* "softplus(10)" for a function that has a sharpness; NULL for other keys. */
static json_t *function_of(const json_t *row, const char *key)
{
    for (int i = 0; i < FUNCTIONS; i++)
        if (strcmp(key, functions[i].name) == 0 &&
            *value_of(row, functions[i].alpha))
            return json_sprintf("%s(%s)", value_of(row, key),
                                value_of(row, functions[i].alpha));
    return NULL;
}

json_t *sr_setting_value(const json_t *row, const char *key)
{
    char text[32];
    double value;
    const char *is = value_of(row, key);
    json_t *function = function_of(row, key);
    if (function)
        return function;
    if ((sr_text_ends_in(key, "epsilon") ||
         sr_text_ends_in(key, "step_size")) &&
        sr_text_real(is, &value)) {
        sr_row_epsilon(value, text, sizeof text);
        return json_string(text);
    }
    return *is ? json_string(is) : NULL;
}

/* ---- which ---- */

static bool differs(const json_t *rows, const char *key)
{
    const char *first = value_of(json_array_get(rows, 0), key);
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        if (strcmp(value_of(row, key), first) != 0)
            return true;
    }
    return false;
}

static bool same_in_all(const json_t *rows, const char *key, const char *other)
{
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        if (strcmp(value_of(row, key), value_of(row, other)) != 0)
            return false;
    }
    return true;
}

/* A slope, or its sharpness, that is everywhere that of the forward function
 * says nothing new. */
static bool follows_forward(const json_t *rows, const char *key)
{
    for (int i = 1; i < FUNCTIONS; i++) {
        if (strcmp(key, functions[i].name) == 0)
            return same_in_all(rows, key, functions[0].name);
        if (strcmp(key, functions[i].alpha) == 0)
            return same_in_all(rows, key, functions[0].alpha);
    }
    return false;
}

/* Does the column of its function say it, "softplus(10)"? */
static bool follows_name(const json_t *rows, const char *key)
{
    for (int i = 0; i < FUNCTIONS; i++)
        if (strcmp(key, functions[i].alpha) == 0)
            return differs(rows, functions[i].name) &&
                   !follows_forward(rows, functions[i].name);
    return false;
}

/* *keys: the keys of all rows, each once, in their order. */
static json_t *all_keys(const json_t *rows)
{
    json_t *keys = json_object(), *row, *value;
    const char *key;
    size_t i;
    json_array_foreach (rows, i, row) {
        json_object_foreach (json_object_get(row, "settings"), key, value) {
            if (!json_object_get(keys, key))
                json_object_set_new(keys, key, json_true());
        }
    }
    return keys;
}

/* A title another column has, too, would say nothing: then it is the key. */
static void name_columns(json_t *columns)
{
    json_t *column, *other;
    size_t i, k;
    json_array_foreach (columns, i, column) {
        const char *key = sr_json_text(column, "key");
        const char *title = sr_setting_title(key);
        int same = 0;
        json_array_foreach (columns, k, other) {
            same += strcmp(sr_setting_title(sr_json_text(other, "key")),
                           title) == 0;
        }
        json_object_set_new(column, "title",
                            json_string(same > 1 ? key : title));
    }
}

/* Those of one rank; KNOWN is that of all others. */
static void add_ranked(json_t *columns, const json_t *rows, json_t *keys,
                       int rank)
{
    json_t *value;
    const char *key;
    json_object_foreach (keys, key, value) {
        if (rank_of(key) == rank && strcmp(key, "seed") != 0 &&
            sr_setting_counts(key) && differs(rows, key) &&
            !follows_forward(rows, key) && !follows_name(rows, key))
            json_array_append_new(columns, json_pack("{s:s}", "key", key));
    }
}

json_t *sr_settings_differing(const json_t *rows)
{
    json_t *columns = json_array(), *keys = all_keys(rows);
    for (int rank = 0; rank <= KNOWN; rank++)
        add_ranked(columns, rows, keys, rank);
    json_decref(keys);
    name_columns(columns);
    return columns;
}

/* What can be borrowed from the rows themselves: their own key. */
static const char *own_key(const json_t *row, const char *word)
{
    json_t *settings = json_object_get(row, "settings"), *value;
    const char *key;
    json_object_foreach (settings, key, value) {
        if (strcmp(key, word) == 0)
            return key;
    }
    json_object_foreach (settings, key, value) {
        if (strcmp(sr_setting_title(key), word) == 0)
            return key;
    }
    return NULL;
}

const char *sr_setting_find(const json_t *rows, const char *word)
{
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        const char *key = own_key(row, word);
        if (key)
            return key;
    }
    return NULL;
}
