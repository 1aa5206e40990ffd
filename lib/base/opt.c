#include "base/opt.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* One value on its way between text and field.  Fields are copied to and from
 * it byte by byte, so that one code serves every type. */
union value {
    int64_t whole;
    double real;
    bool flag;
    int index;
    const char *text;
    char word[SR_WORD_SIZE];
};

typedef bool parse_fn(const struct sr_opt *row, const char *text,
                      union value *v, char *why, size_t size);
typedef void show_fn(const struct sr_opt *row, const union value *v, char *text,
                     size_t size);

/* A list is a count followed by elements of a scalar type. */
struct kind {
    parse_fn *parse;
    show_fn *show;
    size_t bytes; /* of one value                              */
    size_t list;  /* of the elements in the list struct; 0: scalar */
    size_t whole; /* bytes of the field                        */
};

static void say_range(const struct sr_opt *row, const char *text, char *why,
                      size_t size)
{
    snprintf(why, size, "%s is outside [%.10g, %.10g]%s%s", text, row->min,
             row->max, *row->unit ? " " : "", row->unit);
}

/* Only a row that may be "not set" takes the empty text. */
static bool is_unset(const struct sr_opt *row, const char *text)
{
    return !*text && !*row->fallback;
}

static bool parse_int(const struct sr_opt *row, const char *text,
                      union value *v, char *why, size_t size)
{
    long long whole;
    double real;
    if (!sr_text_int(text, &whole)) {
        if (!sr_text_real(text, &real) || floor(real) != real)
            snprintf(why, size, "'%s' is not a whole number", text);
        else if (!(real >= row->min && real <= row->max))
            say_range(row, text, why, size);
        else
            snprintf(why, size, "write the whole number '%s' with digits alone",
                     text);
        return false;
    }
    if ((double)whole < row->min || (double)whole > row->max) {
        say_range(row, text, why, size);
        return false;
    }
    v->whole = whole;
    return true;
}

static bool parse_real(const struct sr_opt *row, const char *text,
                       union value *v, char *why, size_t size)
{
    if (is_unset(row, text)) {
        v->real = NAN;
        return true;
    }
    if (!sr_text_real(text, &v->real)) {
        snprintf(why, size,
                 "'%s' is not a number; write 0.03, 1e-3 or a fraction 8/255",
                 text);
        return false;
    }
    if (v->real < row->min || v->real > row->max) {
        say_range(row, text, why, size);
        return false;
    }
    return true;
}

static bool parse_bool(const struct sr_opt *row, const char *text,
                       union value *v, char *why, size_t size)
{
    (void)row;
    v->flag = strcmp(text, "true") == 0;
    if (v->flag || strcmp(text, "false") == 0)
        return true;
    snprintf(why, size, "'%s' is neither true nor false", text);
    return false;
}

/* Index into the row's words, or -1 with the reason. */
static int find_word(const struct sr_opt *row, const char *text, char *why,
                     size_t size)
{
    for (int i = 0; row->words(i); i++)
        if (strcmp(row->words(i), text) == 0)
            return i;
    const char *near = sr_text_nearest(text, row->words);
    snprintf(why, size, "there is no '%s'", text);
    if (near)
        sr_text_add(why, size, "; did you mean '%s'?", near);
    sr_text_add(why, size, "%s there are: ", near ? "" : ";");
    for (int i = 0; row->words(i); i++)
        sr_text_add(why, size, "%s%s", i ? ", " : "", row->words(i));
    return -1;
}

static bool parse_enum(const struct sr_opt *row, const char *text,
                       union value *v, char *why, size_t size)
{
    v->index = find_word(row, text, why, size);
    return v->index >= 0;
}

static bool parse_name(const struct sr_opt *row, const char *text,
                       union value *v, char *why, size_t size)
{
    if (is_unset(row, text)) {
        v->text = NULL;
        return true;
    }
    const int i = find_word(row, text, why, size);
    v->text = i < 0 ? NULL : row->words(i);
    return i >= 0;
}

static bool parse_text(const struct sr_opt *row, const char *text,
                       union value *v, char *why, size_t size)
{
    (void)row, (void)why, (void)size;
    v->text = text;
    return true;
}

static bool parse_word(const struct sr_opt *row, const char *text,
                       union value *v, char *why, size_t size)
{
    (void)row;
    if (strlen(text) >= sizeof v->word) {
        snprintf(why, size,
                 "'%.40s...' is longer than the %d letters of a word", text,
                 SR_WORD_SIZE - 1);
        return false;
    }
    memset(v, 0, sizeof *v);
    memcpy(v->word, text, strlen(text));
    return true;
}

static void show_int(const struct sr_opt *row, const union value *v, char *text,
                     size_t size)
{
    (void)row;
    snprintf(text, size, "%lld", (long long)v->whole);
}

/* Whole numbers as such, because "1e+02" is not how one writes 100. */
static void show_real(const struct sr_opt *row, const union value *v,
                      char *text, size_t size)
{
    (void)row;
    if (isnan(v->real)) {
        snprintf(text, size, "%s", "");
        return;
    }
    if (fabs(v->real) < 1e15 && floor(v->real) == v->real) {
        snprintf(text, size, "%.0f", v->real);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, v->real);
        if (strtod(text, NULL) == v->real)
            return;
    }
}

static void show_bool(const struct sr_opt *row, const union value *v,
                      char *text, size_t size)
{
    (void)row;
    snprintf(text, size, "%s", v->flag ? "true" : "false");
}

static void show_enum(const struct sr_opt *row, const union value *v,
                      char *text, size_t size)
{
    snprintf(text, size, "%s", row->words(v->index));
}

static void show_text(const struct sr_opt *row, const union value *v,
                      char *text, size_t size)
{
    (void)row;
    snprintf(text, size, "%s", v->text ? v->text : "");
}

static void show_word(const struct sr_opt *row, const union value *v,
                      char *text, size_t size)
{
    (void)row;
    snprintf(text, size, "%s", v->word);
}

/* clang-format off */
static const struct kind kinds[] = {
    [SR_OPT_INT]   = { parse_int,  show_int,  sizeof(int64_t), 0, sizeof(int64_t) },
    [SR_OPT_REAL]  = { parse_real, show_real, sizeof(double),  0, sizeof(double) },
    [SR_OPT_BOOL]  = { parse_bool, show_bool, sizeof(bool),    0, sizeof(bool) },
    [SR_OPT_ENUM]  = { parse_enum, show_enum, sizeof(int),     0, sizeof(int) },
    [SR_OPT_NAME]  = { parse_name, show_text, sizeof(char *),  0, sizeof(char *) },
    [SR_OPT_TEXT]  = { parse_text, show_text, sizeof(char *),  0, sizeof(char *) },
    [SR_OPT_PATH]  = { parse_text, show_text, sizeof(char *),  0, sizeof(char *) },
    [SR_OPT_INTS]  = { parse_int,  show_int,  sizeof(int64_t),
                       offsetof(struct sr_ints, v),  sizeof(struct sr_ints) },
    [SR_OPT_REALS] = { parse_real, show_real, sizeof(double),
                       offsetof(struct sr_reals, v), sizeof(struct sr_reals) },
    [SR_OPT_NAMES] = { parse_name, show_text, sizeof(char *),
                       offsetof(struct sr_names, v), sizeof(struct sr_names) },
    [SR_OPT_WORDS] = { parse_word, show_word, SR_WORD_SIZE,
                       offsetof(struct sr_wordlist, v),
                       sizeof(struct sr_wordlist) },
};
/* clang-format on */

_Static_assert(sizeof(long long) == sizeof(int64_t), "elements of sr_ints");

static int list_count(const void *list)
{
    int n;
    memcpy(&n, list, sizeof n);
    return n;
}

/* `list` is one of the list structs: its count comes first. */
static bool append(const struct sr_opt *row, char *list, const char *text,
                   char *why, size_t size)
{
    const struct kind *kind = &kinds[row->type];
    const int n = list_count(list);
    union value v;
    if (n >= SR_LIST_MAX) {
        snprintf(why, size, "more than the %d elements a list may have",
                 SR_LIST_MAX);
        return false;
    }
    if (!*text) {
        snprintf(why, size, "an element of the list is empty");
        return false;
    }
    if (!kind->parse(row, text, &v, why, size))
        return false;
    memcpy(list + kind->list + (size_t)n * kind->bytes, &v, kind->bytes);
    memcpy(list, &(int){n + 1}, sizeof n);
    return true;
}

/* Copy [from, to) without the spaces around it; false if it does not fit. */
static bool trimmed(const char *from, const char *to, char *word, size_t size)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (from < to && isspace((unsigned char)to[-1]))
        to--;
    const size_t length = (size_t)(to - from);
    if (length >= size)
        return false;
    memcpy(word, from, length);
    word[length] = '\0';
    return true;
}

/* `text` without the brackets around it, as [*from, *to). */
static bool unwrap(const char *text, const char **from, const char **to)
{
    *from = text + strspn(text, " \t");
    *to = text + strlen(text);
    while (*to > *from && isspace((unsigned char)(*to)[-1]))
        --*to;
    const bool opened = **from == '[';
    const bool closed = *to > *from && (*to)[-1] == ']';
    if (opened && closed) {
        ++*from;
        --*to;
    }
    return opened == closed;
}

static bool parse_list(const struct sr_opt *row, char *list, const char *text,
                       char *why, size_t size)
{
    const char *from, *to;
    char word[128];
    if (!unwrap(text, &from, &to)) {
        snprintf(why, size, "'%s' has one bracket without the other", text);
        return false;
    }
    if (trimmed(from, to, word, sizeof word) && !*word)
        return true;
    while (from <= to) {
        const char *comma = memchr(from, ',', (size_t)(to - from));
        const char *end = comma ? comma : to;
        if (!trimmed(from, end, word, sizeof word)) {
            snprintf(why, size, "an element of the list is longer than %zu",
                     sizeof word - 1);
            return false;
        }
        if (!append(row, list, word, why, size))
            return false;
        from = end + 1;
    }
    return true;
}

bool sr_opt_set(const struct sr_opt *row, void *base, const char *text,
                char *why, size_t why_size)
{
    const struct kind *kind = &kinds[row->type];
    char *field = (char *)base + row->offset;
    union {
        union value scalar;
        struct sr_ints ints;
        struct sr_reals reals;
        struct sr_names names;
        struct sr_wordlist words;
    } made;
    memset(&made, 0, sizeof made);

    const bool good = kind->list
                          ? parse_list(row, (char *)&made, text, why, why_size)
                          : kind->parse(row, text, &made.scalar, why, why_size);
    if (good)
        memcpy(field, &made, kind->whole);
    return good;
}

bool sr_opt_append(const struct sr_opt *row, void *base, const char *text,
                   char *why, size_t why_size)
{
    SR_REQUIRE(kinds[row->type].list > 0);
    return append(row, (char *)base + row->offset, text, why, why_size);
}

void sr_opt_defaults(const struct sr_opt *rows, void *base)
{
    for (const struct sr_opt *row = rows; row->key; row++) {
        char why[512], text[700];
        if (sr_opt_set(row, base, row->fallback, why, sizeof why))
            continue;
        snprintf(text, sizeof text, "the default of %s: %s", row->key, why);
        sr_broken(text, __FILE__, __LINE__);
    }
}

void sr_opt_show(const struct sr_opt *row, const void *base, char *text,
                 size_t size)
{
    const struct kind *kind = &kinds[row->type];
    const char *field = (const char *)base + row->offset;
    union value v;
    if (!kind->list) {
        memcpy(&v, field, kind->bytes);
        kind->show(row, &v, text, size);
        return;
    }
    snprintf(text, size, "[");
    for (int i = 0; i < list_count(field); i++) {
        char word[128];
        memcpy(&v, field + kind->list + (size_t)i * kind->bytes, kind->bytes);
        kind->show(row, &v, word, sizeof word);
        sr_text_add(text, size, "%s%s", i ? ", " : "", word);
    }
    sr_text_add(text, size, "]");
}
