#include "config/unknown.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { LIST_MAX = 240 }; /* letters of a list that still reads well */

/* The i-th key's name, the special one last; NULL past it. */
static const char *name_at(const struct sr_keys *keys, int i)
{
    if (i < keys->n)
        return keys->list[i].name;
    return i == keys->n ? keys->special : NULL;
}

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static const char *group_of(const struct sr_keys *keys, const char *name)
{
    const char *last = last_part(name);
    const size_t length = last == name ? 0 : (size_t)(last - name) - 1;
    return sr_arena_format(keys->arena, "%.*s", (int)length, name);
}

/* The part of key that stands directly inside the group, from the arena; NULL
 * when key is not inside it. */
static const char *member(const struct sr_keys *keys, const char *key,
                          const char *group)
{
    const size_t length = strlen(group);
    if (length) {
        if (strncmp(key, group, length) != 0 || key[length] != '.')
            return NULL;
        key += length + 1;
    }
    return sr_arena_format(keys->arena, "%.*s", (int)strcspn(key, "."), key);
}

/* Does a key before the i-th stand in the same member of the group? */
static bool is_listed(const struct sr_keys *keys, const char *group, int i)
{
    const char *m = member(keys, name_at(keys, i), group);
    for (int j = 0; j < i; j++) {
        const char *before = member(keys, name_at(keys, j), group);
        if (before && strcmp(m, before) == 0)
            return true;
    }
    return false;
}

const char *sr_unknown_members(const struct sr_keys *keys, const char *group)
{
    char text[2048] = "";
    for (int i = 0; name_at(keys, i); i++) {
        const char *m = member(keys, name_at(keys, i), group);
        if (m && !is_listed(keys, group, i))
            sr_text_add(text, sizeof text, "%s%s", *text ? ", " : "", m);
    }
    return sr_arena_text(keys->arena, text);
}

static const char *nearest_member(const struct sr_keys *keys, const char *name,
                                  const char *group)
{
    struct sr_nearest nearest = {0};
    for (int i = 0; name_at(keys, i); i++) {
        const char *m = member(keys, name_at(keys, i), group);
        if (m)
            sr_text_nearer(last_part(name), m, &nearest);
    }
    if (!nearest.word || !*group)
        return nearest.word;
    return sr_arena_format(keys->arena, "%s.%s", group, nearest.word);
}

/* The right key in the wrong place: `steps:` at the top. */
static const char *same_elsewhere(const struct sr_keys *keys, const char *name)
{
    for (int i = 0; name_at(keys, i); i++)
        if (strcmp(last_part(name_at(keys, i)), last_part(name)) == 0)
            return name_at(keys, i);
    return NULL;
}

static const char *nearest_of_all(const struct sr_keys *keys, const char *name)
{
    struct sr_nearest nearest = {0};
    for (int i = 0; name_at(keys, i); i++)
        sr_text_nearer(name, name_at(keys, i), &nearest);
    return nearest.word;
}

/* The innermost group around name that exists; "" is the top. */
static const char *known_group(const struct sr_keys *keys, const char *name)
{
    const char *group = group_of(keys, name);
    while (*group && !sr_keys_is_group(keys, group))
        group = group_of(keys, group);
    return group;
}

const char *sr_unknown_hint(const struct sr_keys *keys, const char *name)
{
    const char *group = known_group(keys, name);
    const char *meant = nearest_member(keys, name, group);
    if (!meant)
        meant = same_elsewhere(keys, name);
    if (!meant)
        meant = nearest_of_all(keys, name);
    if (meant)
        return sr_arena_format(keys->arena, "; did you mean '%s'?", meant);

    const char *members = sr_unknown_members(keys, group);
    if (strlen(members) > LIST_MAX)
        return "; see satrun show keys";
    return sr_arena_format(keys->arena, "; %s has: %s",
                           *group ? group : "the top level", members);
}
