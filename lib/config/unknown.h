/* config/unknown.h - what to say about a key that does not exist.
 */
#ifndef SR_CONFIG_UNKNOWN_H
#define SR_CONFIG_UNKNOWN_H

#include "config/fill.h"

/* "; did you mean 'attack.steps'?", "; attack has: name, steps, ..." or "",
 * for the end of the sentence.  From the keys' arena. */
const char *sr_unknown_hint(const struct sr_keys *keys, const char *name);

/* "name, steps, epsilon": what a group may hold; "" is the top.  From the
 * keys' arena. */
const char *sr_unknown_members(const struct sr_keys *keys, const char *group);

#endif
