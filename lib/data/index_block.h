/* data/index_block.h - the block of memory that an index is; private.
 */
#ifndef SR_DATA_INDEX_BLOCK_H
#define SR_DATA_INDEX_BLOCK_H

#include "base/digest.h"
#include "data/index.h"

/* All an index is made of, in lists of their own. */
struct sr_index_parts {
    const char *key; /* which files it is about */
    int64_t made;    /* ns since 1970           */
    char hash[SR_SHA256_TEXT];
    uint32_t classes;
    uint32_t sources, named, notes;
    uint64_t entries[2], text_bytes;
    const struct sr_source *source;
    const struct sr_entry *entry[2];
    const uint32_t *class_name, *note;
    const char *text; /* its last byte is 0 */
};

/* One block of *size bytes with everything in it.  From ARENA. */
unsigned char *sr_index_pack(const struct sr_index_parts *parts, size_t *size,
                             struct sr_arena *arena);

/* Is this a block that sr_index_pack made, on a machine like this one, of `key`
 * and whole?  Then fill *index, which points into it, and *made. */
bool sr_index_view(const unsigned char *block, size_t size, const char *key,
                   struct sr_index *index, int64_t *made);

#endif
