#include "report/layout.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/runs.h"
#include "report/setting.h"

static void add_column(json_t *columns, const char *title, const char *from,
                       const char *key)
{
    json_array_append_new(columns, json_pack("{s:s, s:s, s:s}", "title", title,
                                             "from", from, "key", key));
}

/* ---- values ---- */

/* The cell of a row; NULL where it is empty.  The caller owns it. */
static json_t *value_of(const json_t *row, const json_t *column)
{
    const char *from = sr_json_text(column, "from");
    const char *key = sr_json_text(column, "key");
    const json_t *settings = json_object_get(row, "settings");
    if (strcmp(from, "settings") == 0)
        return sr_setting_value(row, key);
    if (strcmp(from, "figures") == 0)
        return json_incref(
            json_object_get(json_object_get(row, "figures"), key));
    if (strcmp(key, "seeds") == 0)
        return json_integer(
            (json_int_t)json_array_size(json_object_get(row, "runs")));
    if (strcmp(key, "seed") == 0)
        return json_array_size(json_object_get(row, "runs")) == 1
                   ? json_incref(json_object_get(settings, "seed"))
                   : NULL;
    return json_incref(json_object_get(row, key));
}

json_t *sr_layout_lines(const json_t *rows, const json_t *columns)
{
    json_t *lines = json_array(), *row, *column;
    size_t i, k;
    json_array_foreach (rows, i, row) {
        json_t *line = json_object();
        json_array_append_new(lines, line);
        json_array_foreach (columns, k, column) {
            json_t *value = value_of(row, column);
            if (value)
                json_object_set_new(line, sr_json_text(column, "title"), value);
        }
    }
    return lines;
}

/* ---- the usual choice ---- */

static bool differs(const json_t *rows, const json_t *column)
{
    json_t *first = value_of(json_array_get(rows, 0), column), *row;
    bool found = false;
    size_t i;
    json_array_foreach (rows, i, row) {
        json_t *value = value_of(row, column);
        found = found || (value != first && !json_equal(value, first));
        json_decref(value);
    }
    json_decref(first);
    return found;
}

static bool any_group(const json_t *rows)
{
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        if (json_array_size(json_object_get(row, "runs")) > 1)
            return true;
    }
    return false;
}

static void add_differing(json_t *columns, const json_t *rows, const char *key)
{
    json_t *column = json_array();
    add_column(column, key, "row", key);
    if (differs(rows, json_array_get(column, 0)))
        json_array_extend(columns, column);
    json_decref(column);
}

json_t *sr_layout_figures(const json_t *rows)
{
    json_t *titles = json_array(), *seen = json_object(), *row, *figure;
    const char *title;
    size_t i;
    for (int worst = 0; worst < 2; worst++)
        json_array_foreach (rows, i, row) {
            json_object_foreach (json_object_get(row, "figures"), title,
                                 figure) {
                if ((strncmp(title, "worst case", 10) == 0) != worst ||
                    json_object_get(seen, title))
                    continue;
                json_object_set_new(seen, title, json_true());
                json_array_append_new(titles, json_string(title));
            }
        }
    json_decref(seen);
    return titles;
}

static json_t *usual(const json_t *rows)
{
    json_t *columns = json_array(), *settings = sr_settings_differing(rows);
    json_t *figures = sr_layout_figures(rows), *column;
    size_t i;
    add_column(columns, "run", "row", "run");
    add_differing(columns, rows, "state");
    json_array_foreach (settings, i, column) {
        add_column(columns, sr_json_text(column, "title"), "settings",
                   sr_json_text(column, "key"));
    }
    if (any_group(rows))
        add_column(columns, "seeds", "row", "seeds");
    else
        add_differing(columns, rows, "seed");
    add_differing(columns, rows, "data");
    add_differing(columns, rows, "checkpoint");
    add_differing(columns, rows, "evaluated with");
    add_differing(columns, rows, "images");
    json_array_foreach (figures, i, column) {
        const char *title = json_string_value(column);
        add_column(columns, title, "figures", title);
    }
    json_decref(settings);
    json_decref(figures);
    return columns;
}

/* ---- a user's choice ---- */

static const char *fact_at(int i)
{
    static const char *const facts[] = {"run",        "state",         "seeds",
                                        "seed",       "data",          "images",
                                        "checkpoint", "evaluated with"};
    return i >= 0 && i < 8 ? facts[i] : NULL;
}

static bool is_fact(const char *word)
{
    int i = 0;
    while (fact_at(i) && strcmp(fact_at(i), word) != 0)
        i++;
    return fact_at(i) != NULL;
}

/* The figure of that title, or all of that attack. */
static void add_figures(json_t *columns, const json_t *rows, const char *word)
{
    json_t *figures = sr_layout_figures(rows), *title;
    const size_t n = strlen(word);
    size_t i;
    json_array_foreach (figures, i, title) {
        const char *text = json_string_value(title);
        if (strncmp(text, word, n) == 0 && (text[n] == '\0' || text[n] == ' '))
            add_column(columns, text, "figures", text);
    }
    json_decref(figures);
}

/* What there is, for who asked for something else. */
static enum sr_status fail_unknown(const json_t *rows, const char *word,
                                   struct sr_err *err)
{
    char known[512] = "";
    json_t *columns = usual(rows), *column;
    size_t i;
    json_array_foreach (columns, i, column) {
        sr_text_add(known, sizeof known, "%s%s", i ? ", " : "",
                    sr_json_text(column, "title"));
    }
    json_decref(columns);
    return sr_fail(err, SR_EUSAGE,
                   "no column '%s'; there are: %s, and every key of the config",
                   word, known);
}

/* Columns of one word, behind the others. */
static enum sr_status add_word(json_t *columns, const json_t *rows,
                               const char *word, struct sr_err *err)
{
    const size_t before = json_array_size(columns);
    const char *key = sr_setting_find(rows, word);
    if (is_fact(word))
        add_column(columns, word, "row", word);
    else
        add_figures(columns, rows, word);
    if (json_array_size(columns) == before && key)
        add_column(columns, word, "settings", key);
    if (json_array_size(columns) == before)
        return fail_unknown(rows, word, err);
    return SR_OK;
}

/* The next of words with commas between, *rest moved behind it. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ,");
    const size_t n = strcspn(word, ",");
    if (n == 0)
        return NULL;
    *rest = word + n + (word[n] == ',');
    word[n] = '\0';
    return word;
}

static size_t index_of(const json_t *columns, const char *member,
                       const char *text)
{
    size_t i = 0;
    while (i < json_array_size(columns) &&
           strcmp(sr_json_text(json_array_get(columns, i), member), text) != 0)
        i++;
    return i;
}

/* Figures of different images look alike: where rows differ in theirs and
 * figures are shown, so are the images, before the first figure. */
static void add_measured_on(json_t *columns, const json_t *rows)
{
    static const char *const facts[] = {"data", "images"};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const size_t figure = index_of(columns, "from", "figures");
        json_t *fact = json_array();
        add_differing(fact, rows, facts[i]);
        if (json_array_size(fact) > 0 && figure < json_array_size(columns) &&
            index_of(columns, "title", facts[i]) == json_array_size(columns))
            json_array_insert(columns, figure, json_array_get(fact, 0));
        json_decref(fact);
    }
}

enum sr_status sr_layout_columns(const json_t *rows, const char *wanted,
                                 struct sr_arena *arena, json_t **columns,
                                 struct sr_err *err)
{
    if (!wanted || !*wanted) {
        *columns = usual(rows);
        return SR_OK;
    }
    json_t *made = json_array();
    char *rest = sr_arena_text(arena, wanted), *word;
    enum sr_status status = SR_OK;
    while (status == SR_OK && (word = next_word(&rest)))
        status = add_word(made, rows, word, err);
    if (status != SR_OK) {
        json_decref(made);
        return status;
    }
    add_measured_on(made, rows);
    *columns = made;
    return SR_OK;
}

/* ---- order ---- */

struct place {
    json_t *row;
    size_t index;
    const char *text; /* NULL: there is none */
    double number;
    bool is_number;
};

static struct place place_of(json_t *row, size_t index, const json_t *column,
                             struct sr_arena *arena)
{
    struct place p = {.row = row, .index = index};
    json_t *value = value_of(row, column);
    if (json_is_object(value)) {
        p.number = -json_number_value(json_object_get(value, "accuracy"));
        p.is_number = true;
        p.text = "";
    } else if (json_is_integer(value)) {
        p.number = json_number_value(value);
        p.is_number = true;
        p.text = "";
    } else if (value) {
        p.text = sr_arena_text(arena, json_string_value(value));
        p.is_number = sr_text_real(p.text, &p.number);
    }
    json_decref(value);
    return p;
}

static int by_place(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = 0;
    if (!a->text || !b->text)
        order = !a->text - !b->text;
    else if (a->is_number && b->is_number)
        order = (a->number > b->number) - (a->number < b->number);
    else if (a->is_number != b->is_number)
        order = b->is_number - a->is_number;
    else
        order = strcmp(a->text, b->text);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static json_t *sort(const json_t *rows, const json_t *column,
                    struct sr_arena *arena)
{
    const size_t n = json_array_size(rows);
    struct place *places = SR_TAKE(arena, n, struct place);
    json_t *sorted = json_array();
    for (size_t i = 0; i < n; i++)
        places[i] = place_of(json_array_get(rows, i), i, column, arena);
    qsort(places, n, sizeof *places, by_place);
    for (size_t i = 0; i < n; i++)
        json_array_append(sorted, places[i].row);
    return sorted;
}

enum sr_status sr_layout_sorted(const json_t *rows, const char *by,
                                struct sr_arena *arena, json_t **sorted,
                                struct sr_err *err)
{
    json_t *columns = json_array();
    enum sr_status status = add_word(columns, rows, by, err);
    if (status == SR_OK && json_array_size(columns) > 1)
        status = sr_fail(
            err, SR_EUSAGE,
            "'%s' is %zu columns, the first '%s': rows are sorted by one", by,
            json_array_size(columns),
            sr_json_text(json_array_get(columns, 0), "title"));
    if (status == SR_OK)
        *sorted = sort(rows, json_array_get(columns, 0), arena);
    json_decref(columns);
    return status;
}
