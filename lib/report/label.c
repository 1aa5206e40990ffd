#include "report/label.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/runs.h"
#include "report/setting.h"

enum { LABEL = 256, TIME_DIGITS = 6 }; /* bytes; of a date or a time of day */

static const char separators[] = "-_.";
static const char digits[] = "0123456789";

/* A piece of a name, between separators. */
struct word {
    const char *text;
    size_t n;
};

/* The k-th word; n is 0 behind the last. */
static struct word word_at(const char *name, int k)
{
    struct word w = {name, strcspn(name, separators)};
    for (; k > 0 && w.text[w.n]; k--) {
        w.text += w.n + 1;
        w.n = strcspn(w.text, separators);
    }
    return k > 0 ? (struct word){"", 0} : w;
}

static bool is(struct word w, const char *text)
{
    return w.n == strlen(text) && strncmp(w.text, text, w.n) == 0;
}

static bool is_number(struct word w) { return strspn(w.text, digits) >= w.n; }

/* How many letters all names have in common at the k-th word's begin.
 *   *whole      it is the same word in all
 *   *numbered   but for a number at its end */
static size_t shared_at(const json_t *names, int k, bool *whole, bool *numbered)
{
    const struct word first =
        word_at(json_string_value(json_array_get(names, 0)), k);
    size_t n = first.n, i;
    json_t *name;
    *whole = *numbered = true;
    json_array_foreach (names, i, name) {
        const struct word w = word_at(json_string_value(name), k);
        size_t same = 0;
        while (same < n && same < w.n && w.text[same] == first.text[same])
            same++;
        *whole = *whole && w.n == first.n && same == w.n;
        n = same;
    }
    while (!*whole && n > 0 && isdigit((unsigned char)first.text[n - 1]))
        n--;
    json_array_foreach (names, i, name) {
        const struct word w = word_at(json_string_value(name), k);
        *numbered = *numbered && is_number((struct word){w.text + n, w.n - n});
    }
    return n;
}

/* The part of the k-th word that names the experiment; n is 0 for none. */
static struct word kept_at(const json_t *names, int k)
{
    const struct word none = {"", 0};
    bool whole, numbered, next_whole, next_numbered;
    struct word w = word_at(json_string_value(json_array_get(names, 0)), k);
    w.n = shared_at(names, k, &whole, &numbered);
    if (!whole && (!numbered || is(w, "seed") || is(w, "s")))
        return none;
    if (is_number(w) && w.n >= TIME_DIGITS)
        return none;
    shared_at(names, k + 1, &next_whole, &next_numbered);
    return is(w, "seed") && !next_whole ? none : w;
}

/* "split-both" of "003-split-both-seed0" and "004-split-both-seed1"; "" when
 * they share nothing. */
static void share_name(const json_t *names, char *label, size_t size)
{
    const char *first = json_string_value(json_array_get(names, 0));
    label[0] = '\0';
    for (int k = 0; word_at(first, k).n > 0; k++) {
        const struct word w = kept_at(names, k);
        if (w.n > 0)
            sr_text_add(label, size, "%s%.*s", *label ? "-" : "", (int)w.n,
                        w.text);
    }
    sr_text_clean(label); /* a letter may have been cut */
}

/* "activation relu, epochs 3": in what rows differ. */
static void name_settings(const json_t *rows, const json_t *row, char *text,
                          size_t size)
{
    json_t *columns = sr_settings_differing(rows), *column;
    size_t i;
    text[0] = '\0';
    json_array_foreach (columns, i, column) {
        json_t *value = sr_setting_value(row, sr_json_text(column, "key"));
        if (value)
            sr_text_add(text, size, "%s%s %s", *text ? ", " : "",
                        sr_json_text(column, "title"),
                        json_string_value(value));
        json_decref(value);
    }
    sr_text_clean(text); /* a letter may have been cut */
    json_decref(columns);
}

/* Is another experiment called the same? */
static bool is_taken(const json_t *rows, const json_t *row, const char *label)
{
    json_t *other;
    size_t i;
    bool taken = false;
    json_array_foreach (rows, i, other) {
        if (strcmp(sr_json_text(other, "run"), label) != 0)
            continue;
        json_t *both = json_pack("[O, O]", row, other);
        json_t *columns = sr_settings_differing(both);
        taken = taken || json_array_size(columns) > 0;
        json_decref(columns);
        json_decref(both);
    }
    return taken;
}

static bool is_group(const json_t *row)
{
    return json_array_size(json_object_get(row, "runs")) > 1;
}

/* The caller owns it. */
static json_t *full_label(const json_t *rows, const json_t *row)
{
    char settings[LABEL];
    const char *label = sr_json_text(row, "run");
    name_settings(rows, row, settings, sizeof settings);
    if (!*settings && !*label)
        return json_sprintf("%zu seeds",
                            json_array_size(json_object_get(row, "runs")));
    return json_sprintf("%s%s%s%s", label, *label && *settings ? " (" : "",
                        settings, *label && *settings ? ")" : "");
}

void sr_label_groups(json_t *rows)
{
    char shared[LABEL];
    json_t *labels = json_array(), *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        if (!is_group(row))
            continue;
        share_name(json_object_get(row, "runs"), shared, sizeof shared);
        json_object_set_new(row, "run", json_string(shared));
    }
    json_array_foreach (rows, i, row) {
        const char *label = sr_json_text(row, "run");
        const bool good = *label && !is_taken(rows, row, label);
        json_array_append_new(labels, !is_group(row) || good
                                          ? json_string(label)
                                          : full_label(rows, row));
    }
    json_array_foreach (rows, i, row) {
        json_object_set(row, "run", json_array_get(labels, i));
    }
    json_decref(labels);
}
