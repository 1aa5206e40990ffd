#include "report/resolved.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

enum { LIMIT = 1 << 20 }; /* bytes of a config            */
enum {
    INDENT = 4,
    LEVELS = 5,
    KEY = 256, /* blanks; groups; bytes        */
    KEPT = 1000
}; /* bytes a manifest keeps whole */

/* NULL: there is none to be read. */
static char *read_config(const char *run, struct sr_arena *arena)
{
    struct sr_err ignored; /* whoever reads it may do without */
    unsigned char *bytes;
    size_t size;
    return sr_file_read(sr_file_join(arena, run, "config.yaml"), LIMIT,
                        SR_EDATA, arena, &bytes, &size, &ignored) == SR_OK
               ? (char *)bytes
               : NULL;
}

/* ---- layers ---- */

/* A line without its comment and outer blanks. */
static char *bare(char *line)
{
    char *comment = strstr(line, " #");
    if (comment)
        *comment = '\0';
    line += strspn(line, " ");
    for (size_t n = strlen(line); n > 0 && line[n - 1] == ' '; n--)
        line[n - 1] = '\0';
    return line;
}

const char *sr_resolved_layers(const char *run, struct sr_arena *arena)
{
    char *rest = read_config(run, arena), *line;
    const char *layers = "";
    bool inside = false;
    while (rest && (line = sr_text_line(&rest))) {
        if (inside && strncmp(line, "     ", 5) != 0)
            break;
        if (inside)
            layers = sr_arena_format(arena, "%s%s%s", layers,
                                     *layers ? " " : "", bare(line));
        inside = inside || strncmp(line, "    layers:", 11) == 0;
    }
    return layers;
}

/* ---- settings ---- */

/* Take the quotes off a text in place; false where its end is missing. */
static bool unquote(char *text)
{
    char *to = text;
    const char *from = text + 1;
    for (; *from && *from != '"'; from++) {
        char code[3] = "";
        if (*from == '\\' && from[1] == 'x' && from[2] && from[3]) {
            memcpy(code, from + 2, 2);
            *to++ = (char)strtol(code, NULL, 16);
            from += 3;
        } else {
            from += *from == '\\' && from[1];
            *to++ = *from;
        }
    }
    const bool closed = *from == '"';
    *to = '\0';
    return closed;
}

/* Is what stands behind a key this value?  A list may hold a # itself, so the
 * value is looked for before the comment is cut; fractions are kept as they
 * were written.  value is left for people to read. */
static bool is_value(char *value, const char *was)
{
    const size_t n = strlen(was);
    double a, b;
    if (*value == '"')
        return unquote(value) && strcmp(value, was) == 0;
    const char *behind =
        strncmp(value, was, n) == 0 ? value + n + strspn(value + n, " ") : "x";
    if (n > 0 && (*behind == '\0' || (*behind == '#' && behind > value + n)))
        return true;
    const char *bared = bare(value);
    return sr_text_real(bared, &a) && sr_text_real(was, &b) && a == b;
}

/* Where in the groups a line stands. */
struct place {
    char group[LEVELS][KEY];
};

/* The whole key of a line, and what stands behind it; NULL for a line that has
 * none. */
static char *take_key(char *line, struct place *at, char key[LEVELS * KEY])
{
    const size_t blanks = strspn(line, " "), level = blanks / INDENT;
    const size_t n = strcspn(line + blanks, ":");
    char *value = line + blanks + n;
    if (strchr("#-", line[blanks]) || *value != ':' || level >= LEVELS ||
        n >= KEY)
        return NULL;
    value += 1 + strspn(value + 1, " ");
    snprintf(at->group[level], KEY, "%.*s", (int)n, line + blanks);
    key[0] = '\0';
    for (size_t i = 0; i <= level; i++)
        sr_text_add(key, LEVELS * KEY, "%s%s", i ? "." : "", at->group[i]);
    return *value && *value != '#' ? value : NULL;
}

/* A setting that training had and the file has not.  A manifest is a file that
 * anybody may have written: what is no text there says nothing. */
static const char *find_missing(const json_t *settings, const json_t *seen,
                                struct sr_arena *arena)
{
    json_t *was;
    const char *key;
    json_object_foreach ((json_t *)settings, key, was) {
        const char *value = json_string_value(was);
        if (value && *value && !json_object_get(seen, key))
            return sr_arena_format(arena, "it has no %s, which was %s", key,
                                   value);
    }
    return NULL;
}

const char *sr_resolved_change(const char *run, const json_t *settings,
                               struct sr_arena *arena)
{
    char *rest = read_config(run, arena), *line;
    char key[LEVELS * KEY];
    struct place at = {0};
    const char *change = NULL;
    if (!rest || json_object_size(settings) == 0)
        return NULL;
    json_t *seen = json_object();
    while (!change && (line = sr_text_line(&rest))) {
        char *value = take_key(line, &at, key);
        const char *was =
            value ? json_string_value(json_object_get(settings, key)) : NULL;
        if (!was)
            continue;
        json_object_set_new(seen, key, json_true());
        if (strlen(was) < KEPT && !is_value(value, was))
            change =
                sr_arena_format(arena, "it says %s %s, which was %s", key,
                                *value ? value : "\"\"", *was ? was : "\"\"");
    }
    if (!change)
        change = find_missing(settings, seen, arena);
    json_decref(seen);
    return change;
}
