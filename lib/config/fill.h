/* config/fill.h - YAML and key=value words into structs, by their rows.
 *
 * Knows rows and trees, not experiments: what it fills is described by
 * sections, each a prefix, a table of rows and the place of a struct.  The
 * keys of all sections, prefix and row key joined ("attack.steps"), are
 * numbered through.  A key that is the beginning of others followed by a dot
 * is a group, a map in YAML; where it is a row too (`alpha: 10`, `alpha:
 * {attack: 5}`), a scalar sets the row and takes back what the group's rows
 * were given before.  A scalar where a group with a row `name` belongs sets
 * that row: `schedule: cosine`.
 */
#ifndef SR_CONFIG_FILL_H
#define SR_CONFIG_FILL_H

#include <stdbool.h>

#include "base/opt.h"
#include "config/problems.h"
#include "config/yaml.h"

/* The sections of a config and whose rows fill them. */
struct sr_section {
    const char *prefix; /* "attack.", "" for the top level */
    const struct sr_opt *rows;
    size_t offset; /* of the struct in the whole      */
};

/* Where a value came from.  Default: all zero.  Argument: path NULL and line
 * not 0.  `note` says it in words where it is neither. */
struct sr_origin {
    struct sr_src at;
    const char *text;           /* as the user wrote it; NULL for lists     */
    const struct sr_yaml *node; /* of a list, for the places of its elements */
    const char *note;
    bool bad; /* a value was refused: rules skip it       */
};

struct sr_key {
    const char *name; /* "attack.steps" */
    const struct sr_opt *row;
    void *base; /* of the row's struct */
    struct sr_origin origin;
};

struct sr_keys {
    int n;
    struct sr_key *list; /* [n], in the order of the rows */
    struct sr_arena *arena;
    struct sr_problems *problems;

    /* A map or list that rows cannot describe, or NULL; gets its node. */
    const char *special;
    void (*fill_special)(void *whole, const struct sr_yaml *node,
                         struct sr_arena *arena, struct sr_problems *problems);
    void *whole;
};

/* Number the keys of the sections (ended by rows NULL), and set every field of
 * `whole` to its default.  From ARENA. */
void sr_keys_begin(struct sr_keys *keys, const struct sr_section *sections,
                   void *whole, struct sr_arena *arena,
                   struct sr_problems *problems);

/* Set what the map `root` says; keys are named from there.  Nodes whose key is
 * `skip` (NULL: none) are left out at the top. */
void sr_keys_fill(struct sr_keys *keys, const struct sr_yaml *root,
                  const char *skip);

/* Set one from the argument "key=value", the i-th, counting from 0. */
void sr_keys_argument(struct sr_keys *keys, int i, const char *word);

/* The key called name, or NULL. */
struct sr_key *sr_keys_find(const struct sr_keys *keys, const char *name);

/* Does `name` begin other keys, followed by a dot? */
bool sr_keys_is_group(const struct sr_keys *keys, const char *name);

bool sr_origin_is_default(const struct sr_origin *origin);

#endif
