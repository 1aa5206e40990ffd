/* data/index_make.h - an index while it is made; private.
 */
#ifndef SR_DATA_INDEX_MAKE_H
#define SR_DATA_INDEX_MAKE_H

#include "base/log.h"
#include "data/index.h"
#include "data/index_block.h"

struct sr_entries {
    int n;
    size_t room;
    struct sr_entry *v;
};

struct sr_maker {
    struct sr_arena *arena;
    struct sr_log *log; /* NULL: nobody waits */
    int sources, classes, notes;
    size_t source_room, text_bytes, text_room;
    struct sr_source *source;
    struct sr_entries entries[2];
    uint32_t *class_name; /* [classes] or NULL */
    uint32_t note[SR_DATA_NOTES];
    char *text;
};

void sr_maker_begin(struct sr_maker *maker, struct sr_arena *arena,
                    struct sr_log *log);

/* Fill size and time as they are now, of what is neither a file nor a folder as
 * SR_ABSENT and 0. */
void sr_maker_look(const char *path, struct sr_source *source);

/* All of it as one block of *size bytes.  From ARENA. */
unsigned char *sr_maker_end(const struct sr_maker *maker, const char *key,
                            int64_t made, struct sr_arena *arena, size_t *size);

#endif
