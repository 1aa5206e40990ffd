/* The lists of an index while they grow. */
#include "data/index_make.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/stop.h"

/* Room for one more of `size` bytes behind the `n` at *list. */
static void *grow(void *list, size_t n, size_t *room, size_t size,
                  struct sr_arena *arena)
{
    if (n < *room)
        return list;
    const size_t more = *room ? 2 * *room : 256;
    void *larger = sr_arena_take(arena, more, size);
    if (n > 0)
        memcpy(larger, list, n * size);
    *room = more;
    return larger;
}

struct sr_arena *sr_maker_arena(struct sr_maker *m) { return m->arena; }

/* The offset of a copy of text; names past 4 GB are refused by the caller. */
static uint32_t keep_text(struct sr_maker *m, const char *text)
{
    const size_t bytes = strlen(text) + 1, at = m->text_bytes;
    while (m->text_room < at + bytes)
        m->text = grow(m->text, m->text_room, &m->text_room, 1, m->arena);
    memcpy(m->text + at, text, bytes);
    m->text_bytes += bytes;
    return (uint32_t)at;
}

void sr_maker_begin(struct sr_maker *m, struct sr_arena *arena,
                    struct sr_log *log)
{
    *m = (struct sr_maker){.arena = arena, .log = log};
    keep_text(m, "");
}

void sr_maker_look(const char *path, struct sr_source *source)
{
    struct stat is;
    source->size = SR_ABSENT;
    source->time = 0;
    if (stat(path, &is) != 0 || !(S_ISREG(is.st_mode) || S_ISDIR(is.st_mode)))
        return;
    source->size = S_ISDIR(is.st_mode) ? SR_FOLDER : is.st_size;
    source->time = is.st_mtim.tv_sec * (int64_t)1000000000 + is.st_mtim.tv_nsec;
}

static uint32_t add_source(struct sr_maker *m, struct sr_source source,
                           const char *path, const char *shown)
{
    source.path = keep_text(m, path);
    source.shown = keep_text(m, shown);
    m->source = grow(m->source, (size_t)m->sources, &m->source_room,
                     sizeof *m->source, m->arena);
    m->source[m->sources] = source;
    return (uint32_t)m->sources++;
}

void sr_maker_absent(struct sr_maker *m, const char *path)
{
    add_source(m, (struct sr_source){.size = SR_ABSENT}, path, "");
}

enum sr_status sr_maker_source(struct sr_maker *m, const char *path,
                               const char *shown, uint32_t *source,
                               struct sr_err *err)
{
    struct sr_source found = {0};
    sr_maker_look(path, &found);
    if (found.size == SR_ABSENT)
        return sr_fail(err, SR_EDATA,
                       "%s is not there, or neither a file nor a folder", path);
    *source = add_source(m, found, path, shown);
    return SR_OK;
}

enum sr_status sr_maker_image(struct sr_maker *m, bool test, uint32_t source,
                              const char *name, int64_t offset, int64_t size,
                              int label, struct sr_err *err)
{
    struct sr_entries *e = &m->entries[test];
    if (sr_stop_wanted()) /* there may be millions of them */
        return sr_fail(err, SR_STOPPED,
                       "interrupted while images were looked for");
    if (m->text_bytes + strlen(name) + 1 > UINT32_MAX || e->n == INT_MAX)
        return sr_fail(err, SR_EDATA,
                       "%s: %d images and %zu bytes of names are more than are "
                       "read",
                       m->text + m->source[source].path, e->n, m->text_bytes);
    e->v = grow(e->v, (size_t)e->n, &e->room, sizeof *e->v, m->arena);
    e->v[e->n++] = (struct sr_entry){.offset = offset,
                                     .size = size,
                                     .source = source,
                                     .name = keep_text(m, name),
                                     .label = label};
    return SR_OK;
}

int sr_maker_images(const struct sr_maker *m, bool test)
{
    return m->entries[test].n;
}

void sr_maker_classes(struct sr_maker *m, int classes, const char *const *name)
{
    m->classes = classes;
    m->class_name =
        name ? sr_arena_take(m->arena, (size_t)classes, sizeof(uint32_t))
             : NULL;
    for (int i = 0; name && i < classes; i++)
        m->class_name[i] = keep_text(m, name[i]);
}

void sr_maker_note(struct sr_maker *m, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (m->notes < SR_DATA_NOTES)
        m->note[m->notes++] = keep_text(m, text);
}

void sr_maker_progress(struct sr_maker *m, const char *what, int64_t done,
                       int64_t total)
{
    if (m->log)
        sr_log_progress(m->log, what, done, total, "");
}

/* A line "<label> <bytes> <name>" an image; with text NULL only the length. */
static size_t list_images(const struct sr_maker *m, int test, char *text,
                          size_t size)
{
    size_t used = 0;
    for (int i = 0; i < m->entries[test].n; i++) {
        const struct sr_entry *e = &m->entries[test].v[i];
        const char *shown = m->text + m->source[e->source].shown;
        used += (size_t)snprintf(
            text ? text + used : NULL, text ? size - used : 0, "%d %lld %s%s\n",
            e->label, (long long)e->size, shown, m->text + e->name);
    }
    return used;
}

static void hash_images(const struct sr_maker *m, char hash[SR_SHA256_TEXT])
{
    const size_t first = list_images(m, 0, NULL, 0);
    const size_t size = first + list_images(m, 1, NULL, 0);
    char *text = SR_TAKE(m->arena, size + 1, char);
    list_images(m, 0, text, size + 1);
    list_images(m, 1, text + first, size + 1 - first);
    sr_sha256(text, size, hash);
}

unsigned char *sr_maker_end(const struct sr_maker *m, const char *key,
                            int64_t made, struct sr_arena *arena, size_t *size)
{
    struct sr_index_parts parts = {
        .key = key,
        .made = made,
        .classes = (uint32_t)m->classes,
        .sources = (uint32_t)m->sources,
        .named = m->class_name ? (uint32_t)m->classes : 0,
        .notes = (uint32_t)m->notes,
        .entries = {(uint64_t)m->entries[0].n, (uint64_t)m->entries[1].n},
        .text_bytes = m->text_bytes,
        .source = m->source,
        .entry = {m->entries[0].v, m->entries[1].v},
        .class_name = m->class_name,
        .note = m->note,
        .text = m->text,
    };
    hash_images(m, parts.hash);
    return sr_index_pack(&parts, size, arena);
}
