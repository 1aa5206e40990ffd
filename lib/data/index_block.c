#include "data/index_block.h"

#include <limits.h>
#include <string.h>

static const char magic[8] = "satrunIX";
enum { VERSION = 1, ORDER = 0x01020304, ALIGN = 8, SUM = 80 };

/* What a block begins with.  No gaps: it is compared and summed as bytes. */
struct head {
    char magic[8];
    uint32_t version, order;
    char sum[SUM]; /* SHA-256 of all that follows this field */
    char hash[SUM];
    int64_t made;
    uint64_t entries[2], text_bytes, key_bytes;
    uint32_t sources, classes, named, notes;
};

/* Where its lists begin. */
struct layout {
    uint64_t source, entry[2], class_name, note, key, text, end;
};

static uint64_t after(uint64_t begin, uint64_t count, size_t size)
{
    return (begin + count * size + ALIGN - 1) / ALIGN * ALIGN;
}

static struct layout lay_out(const struct head *h)
{
    struct layout l = {.source = sizeof *h};
    l.entry[0] = after(l.source, h->sources, sizeof(struct sr_source));
    l.entry[1] = after(l.entry[0], h->entries[0], sizeof(struct sr_entry));
    l.class_name = after(l.entry[1], h->entries[1], sizeof(struct sr_entry));
    l.note = after(l.class_name, h->named, sizeof(uint32_t));
    l.key = after(l.note, h->notes, sizeof(uint32_t));
    l.text = after(l.key, h->key_bytes, 1);
    l.end = after(l.text, h->text_bytes, 1);
    return l;
}

enum { SUMMED = offsetof(struct head, hash) };

/* The rest of text becomes zero. */
static void sum(const unsigned char *block, size_t size, char text[SUM])
{
    memset(text, 0, SUM);
    sr_sha256(block + SUMMED, size - SUMMED, text);
}

static void put(unsigned char *to, const void *from, uint64_t count,
                size_t size)
{
    if (count > 0)
        memcpy(to, from, (size_t)count * size);
}

unsigned char *sr_index_pack(const struct sr_index_parts *p, size_t *size,
                             struct sr_arena *arena)
{
    struct head h = {
        .version = VERSION,
        .order = ORDER,
        .made = p->made,
        .entries = {p->entries[0], p->entries[1]},
        .text_bytes = p->text_bytes,
        .key_bytes = strlen(p->key) + 1,
        .sources = p->sources,
        .classes = p->classes,
        .named = p->named,
        .notes = p->notes,
    };
    const struct layout l = lay_out(&h);
    unsigned char *block = sr_arena_take(arena, (size_t)l.end, 1);
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.hash, p->hash, sizeof p->hash);
    put(block, &h, 1, sizeof h);
    put(block + l.source, p->source, h.sources, sizeof *p->source);
    for (int i = 0; i < 2; i++)
        put(block + l.entry[i], p->entry[i], h.entries[i], sizeof **p->entry);
    put(block + l.class_name, p->class_name, h.named, sizeof *p->class_name);
    put(block + l.note, p->note, h.notes, sizeof *p->note);
    put(block + l.key, p->key, h.key_bytes, 1);
    put(block + l.text, p->text, h.text_bytes, 1);
    sum(block, (size_t)l.end, ((struct head *)block)->sum);
    *size = (size_t)l.end;
    return block;
}

/* Sizes are compared before they are multiplied. */
static bool is_ours(const struct head *h, size_t size)
{
    return memcmp(h->magic, magic, sizeof magic) == 0 &&
           h->version == VERSION && h->order == ORDER &&
           h->entries[0] <= INT_MAX && h->entries[1] <= INT_MAX &&
           h->sources <= INT_MAX && h->classes <= INT_MAX &&
           h->named <= INT_MAX && h->notes <= INT_MAX &&
           h->text_bytes <= UINT32_MAX && h->key_bytes <= UINT32_MAX &&
           h->text_bytes > 0 && h->key_bytes > 0 && lay_out(h).end == size;
}

static bool good_texts(const uint32_t *at, uint32_t count, uint64_t text_bytes)
{
    for (uint32_t i = 0; i < count; i++)
        if (at[i] >= text_bytes)
            return false;
    return true;
}

static bool good_entries(const struct sr_entry *e, uint64_t count,
                         const struct head *h)
{
    for (uint64_t i = 0; i < count; i++)
        if (e[i].source >= h->sources || e[i].name >= h->text_bytes ||
            e[i].offset < 0 || e[i].size < 0)
            return false;
    return true;
}

static bool good_sources(const struct sr_source *s, const struct head *h)
{
    for (uint32_t i = 0; i < h->sources; i++)
        if (s[i].path >= h->text_bytes || s[i].shown >= h->text_bytes)
            return false;
    return true;
}

/* Every number that will be used as an offset. */
static bool good_numbers(const struct sr_index *x, const struct head *h)
{
    return x->text[h->text_bytes - 1] == '\0' && good_sources(x->source, h) &&
           good_entries(x->entry[0], h->entries[0], h) &&
           good_entries(x->entry[1], h->entries[1], h) &&
           good_texts(x->class_name, h->named, h->text_bytes) &&
           good_texts(x->note, h->notes, h->text_bytes) &&
           (h->named == 0 || h->named == h->classes);
}

bool sr_index_view(const unsigned char *block, size_t size, const char *key,
                   struct sr_index *index, int64_t *made)
{
    const struct head *h = (const struct head *)block;
    char found[SUM];
    if (size < sizeof *h || !is_ours(h, size))
        return false;
    const struct layout l = lay_out(h);
    sum(block, size, found);
    if (memcmp(found, h->sum, sizeof found) != 0 ||
        h->key_bytes != strlen(key) + 1 ||
        memcmp(block + l.key, key, (size_t)h->key_bytes) != 0)
        return false;
    *index = (struct sr_index){
        .sources = (int)h->sources,
        .classes = (int)h->classes,
        .named = (int)h->named,
        .notes = (int)h->notes,
        .source = (const struct sr_source *)(block + l.source),
        .entries = {(int)h->entries[0], (int)h->entries[1]},
        .entry = {(const struct sr_entry *)(block + l.entry[0]),
                  (const struct sr_entry *)(block + l.entry[1])},
        .class_name = (const uint32_t *)(block + l.class_name),
        .note = (const uint32_t *)(block + l.note),
        .text = (const char *)(block + l.text),
        .hash = h->hash,
    };
    *made = h->made;
    return good_numbers(index, h);
}
