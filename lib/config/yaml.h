/* config/yaml.h - a YAML file as a tree in which everything has a place.
 *
 * The part of YAML that a config needs: one document of maps, lists and
 * scalars.  Anchors, aliases and tags are refused, and so are duplicate keys,
 * which libyaml lets pass.  Scalars have no type here: the row of the setting
 * decides.  A file may be 1 MiB, 16 levels deep and hold 10,000 nodes.
 */
#ifndef SR_CONFIG_YAML_H
#define SR_CONFIG_YAML_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/problems.h"

enum sr_yaml_kind { SR_YAML_SCALAR, SR_YAML_LIST, SR_YAML_MAP };

struct sr_yaml {
    enum sr_yaml_kind kind;
    struct sr_src at; /* of the value                                 */
    const char *text; /* of a scalar                                  */
    bool plain;       /* a scalar without quotes                      */
    const char *key;  /* in a map; NULL in a list and at the root     */
    struct sr_src key_at;
    const char *path; /* "train.lr", "model.layers[2]"; "" at the root */
    int depth;        /* 0 at the root                                */
    int children;
    struct sr_yaml *child; /* the first one, and ...                       */
    struct sr_yaml *sibling;
    struct sr_yaml *next; /* ... the whole tree in the order of the file  */
};

/* Parse the file.  Everything wrong with it goes to problems; the root, a map,
 * or NULL when there was something that spoils the whole tree.  `path` is
 * borrowed for all places.  From ARENA. */
struct sr_yaml *sr_yaml_read(const char *path, struct sr_arena *arena,
                             struct sr_problems *problems);

/* The first node of the file that is neither `node` nor under it. */
const struct sr_yaml *sr_yaml_after(const struct sr_yaml *node);

/* The value of a key of a map; NULL when it is not there. */
const struct sr_yaml *sr_yaml_find(const struct sr_yaml *map, const char *key);

/* Nothing was written where a value should be: `key:`, `key: ~`, `key: null`.
 */
bool sr_yaml_is_null(const struct sr_yaml *node);

#endif
