/* data/wnids.h - WordNet ids ("n01440764"), the names of ImageNet's classes.
 */
#ifndef SR_DATA_WNIDS_H
#define SR_DATA_WNIDS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum { SR_WNID = 9 }; /* letters */

struct sr_wnids {
    int n, room;
    const char **name; /* [n] of class 0, 1, ... */
    int *sorted;       /* [n] classes in the order of their names */
};

/* Does text begin with a WordNet id, and then `end`? */
bool sr_wnid_is(const char *text, const char *end);

/* One more class, its id copied.  From ARENA. */
void sr_wnids_add(struct sr_wnids *wnids, const char *id,
                  struct sr_arena *arena);

/* All are there: they can be found now.
 *   rank   number them by their names, byte by byte
 * Fails with SR_EDATA: one that is there twice; `where` says of what. */
enum sr_status sr_wnids_end(struct sr_wnids *wnids, bool rank,
                            const char *where, struct sr_arena *arena,
                            struct sr_err *err);

/* The class with this id; -1: there is none. */
int sr_wnids_find(const struct sr_wnids *wnids, const char *id);

#endif
