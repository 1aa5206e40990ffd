/* config/problems.h - collecting everything that is wrong with a config.
 *
 * One pass over a file finds all of its mistakes, so that a user repairs them
 * in one go; only a syntax error ends the pass.
 */
#ifndef SR_CONFIG_PROBLEMS_H
#define SR_CONFIG_PROBLEMS_H

#include "base/arena.h"
#include "base/err.h"

/* A problem found in a config; a file may have many. */
struct sr_problems {
    int n;
    struct sr_err *list; /* from the arena, in the order of the files */
};

enum { SR_PROBLEMS_MAX = 64 }; /* further ones are dropped */

/* An empty list with room for SR_PROBLEMS_MAX, from ARENA. */
void sr_problems_begin(struct sr_problems *problems, struct sr_arena *arena);

/* Append one, with SR_ECONFIG. */
void sr_problems_add(struct sr_problems *problems, struct sr_src at,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Append one that a call has described; its place is `at` if it has none. */
void sr_problems_take(struct sr_problems *problems, struct sr_src at,
                      const struct sr_err *err);

/* By file, in the order of paths[0..files-1], then by line and column;
 * arguments come after all files.  Places share their path's pointer. */
void sr_problems_sort(struct sr_problems *problems, int files,
                      const char *const *paths);

#endif
