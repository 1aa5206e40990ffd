/* cmd/recipes.h - the ready configs that come with the program.
 *
 * They are the files of configs/, beside the program in its source tree and
 * under share/satrun as installed.
 */
#ifndef SR_RECIPES_H
#define SR_RECIPES_H

#include "base/arena.h"
#include "base/err.h"

struct sr_recipe {
    const char *name;  /* "cifar10/madry" */
    const char *path;  /* of its file */
    const char *about; /* the first sentence of the file's comment, or "" */
};

/* All of them by name, but for those that are there to be extended (base.yaml).
 * From ARENA.  Fails with SR_EUSAGE, naming the places, when there are none. */
enum sr_status sr_recipes_list(struct sr_arena *arena,
                               const struct sr_recipe **list, int *n,
                               struct sr_err *err);

/* The lines at the beginning of a config that are comments, "" for none.  From
 * ARENA. */
const char *sr_recipe_comment(const char *path, struct sr_arena *arena);

#endif
