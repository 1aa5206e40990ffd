#include "data/mat.h"

#include <stdbool.h>
#include <string.h>

#include "data/gzip.h"

enum { HEAD = 128, TAG = 8, MATRIX = 14, COMPRESSED = 15, MOST_FIELDS = 64 };

/* How values of each type are stored; width 0: no plain values. */
enum number { UNSIGNED, SIGNED, REAL };
static const struct {
    int width; /* bytes */
    enum number number;
} types[] = {
    [1] = {1, SIGNED},    [2] = {1, UNSIGNED},  [3] = {2, SIGNED},
    [4] = {2, UNSIGNED},  [5] = {4, SIGNED},    [6] = {4, UNSIGNED},
    [7] = {4, REAL},      [9] = {8, REAL},      [12] = {8, SIGNED},
    [13] = {8, UNSIGNED}, [16] = {1, UNSIGNED}, [17] = {2, UNSIGNED},
    [18] = {4, UNSIGNED},
};

static int width_of(uint32_t type)
{
    return type < sizeof types / sizeof *types ? types[type].width : 0;
}

/* What is left of a file or of an element in it. */
struct cursor {
    const char *path;
    const unsigned char *at;
    size_t left;
};

struct element {
    uint32_t type;
    const unsigned char *bytes;
    size_t size;
};

static uint32_t little32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
           p[0];
}

static enum sr_status damaged(const struct cursor *c, const char *what,
                              struct sr_err *err)
{
    return sr_fail(err, SR_EDATA, "%s: damaged MATLAB file: %s", c->path, what);
}

/* Up to four bytes fit into the tag itself.  Elements are padded to eight
 * bytes, compressed ones are not. */
static enum sr_status next(struct cursor *c, struct element *e,
                           struct sr_err *err)
{
    if (c->left < TAG)
        return damaged(c, "it ends within an element", err);
    const uint32_t word = little32(c->at), packed = word >> 16;
    e->type = packed ? word & 0xffff : word;
    e->size = packed ? packed : little32(c->at + 4);
    e->bytes = c->at + (packed ? 4 : TAG);
    if (packed > 4 || (!packed && e->size > c->left - TAG))
        return damaged(c, "an element is longer than what it is in", err);
    size_t used = packed ? TAG : TAG + e->size;
    if (e->type != COMPRESSED)
        used = (used + TAG - 1) / TAG * TAG;
    used = used < c->left ? used : c->left;
    c->at += used;
    c->left -= used;
    return SR_OK;
}

static enum sr_status expect(struct cursor *c, uint32_t type, const char *what,
                             struct element *e, struct sr_err *err)
{
    SR_TRY(next(c, e, err));
    return e->type == type ? SR_OK : damaged(c, what, err);
}

static struct cursor inside(const struct cursor *c, const struct element *e)
{
    return (struct cursor){c->path, e->bytes, e->size};
}

static const char *copy(const unsigned char *bytes, size_t size,
                        struct sr_arena *arena)
{
    return sr_arena_format(arena, "%.*s", (int)size, (const char *)bytes);
}

/* What an array begins with: flags, dimensions, name. */
static enum sr_status parse_head(struct cursor *c, struct sr_arena *arena,
                                 struct sr_mat *m, int *class,
                                 struct sr_err *err)
{
    enum { INT8 = 1, INT32 = 5, UINT32 = 6, COMPLEX = 1 << 11, NAME = 64 };
    struct element flags = {0}, dims = {0}, name = {0};
    SR_TRY(expect(c, UINT32, "an array without flags", &flags, err));
    SR_TRY(expect(c, INT32, "an array without dimensions", &dims, err));
    SR_TRY(expect(c, INT8, "an array without a name", &name, err));
    if (flags.size != 8 || dims.size % 4 != 0 || name.size > NAME)
        return damaged(c, "an array's head has another size", err);
    const uint32_t word = little32(flags.bytes);
    *class = (int)(word & 0xff);
    m->name = copy(name.bytes, name.size, arena);
    m->dims = (int)(dims.size / 4);
    m->count = 1;
    if (m->dims > SR_MAT_DIMS || word & COMPLEX) {
        *class = 0;
        m->dims = 0;
    }
    for (int i = 0; i < m->dims; i++) {
        const uint32_t d = little32(dims.bytes + 4 * i);
        m->dim[i] = d;
        if (d > INT32_MAX ||
            __builtin_mul_overflow(m->count, m->dim[i], &m->count))
            return damaged(c, "an array larger than memory", err);
    }
    return SR_OK;
}

/* Numbers and letters: one element with as many values as the array has.  Of
 * text in UTF-8 the bytes count as letters. */
static enum sr_status parse_values(struct cursor *c, struct sr_mat *m,
                                   struct sr_err *err)
{
    struct element e = {0};
    SR_TRY(next(c, &e, err));
    m->type = e.type;
    m->width = width_of(e.type);
    m->bytes = e.bytes;
    if (m->width == 0)
        return damaged(c, "values of an unknown type", err);
    const int64_t values = (int64_t)(e.size / (size_t)m->width);
    if (m->kind == SR_MAT_TEXT)
        m->count = values;
    if (e.size % (size_t)m->width != 0 || values != m->count)
        return damaged(c, "an array has more or fewer values than its size",
                       err);
    return SR_OK;
}

static enum sr_mat_kind kind_of(int class)
{
    enum { STRUCT = 2, CHAR = 4, FIRST_NUMBER = 6, LAST_NUMBER = 15 };
    return class == STRUCT                                 ? SR_MAT_STRUCTS
           : class == CHAR                                 ? SR_MAT_TEXT
           : class >= FIRST_NUMBER && class <= LAST_NUMBER ? SR_MAT_NUMBERS
                                                           : SR_MAT_OTHER;
}

/* An array inside a struct; structs within structs are not looked into. */
static enum sr_status parse_plain(struct cursor *c, struct sr_arena *arena,
                                  struct sr_mat *m, struct sr_err *err)
{
    struct element e = {0};
    int class = 0;
    SR_TRY(expect(c, MATRIX, "a field that is no array", &e, err));
    *m = (struct sr_mat){.name = "", .kind = SR_MAT_OTHER};
    if (e.size == 0)
        return SR_OK;
    struct cursor in = inside(c, &e);
    SR_TRY(parse_head(&in, arena, m, &class, err));
    m->kind = kind_of(class);
    if (m->kind == SR_MAT_NUMBERS || m->kind == SR_MAT_TEXT)
        return parse_values(&in, m, err);
    m->kind = SR_MAT_OTHER;
    return SR_OK;
}

/* Names of fields have one length, filled up with zero bytes. */
static enum sr_status parse_names(struct cursor *c, struct sr_arena *arena,
                                  struct sr_mat *m, struct sr_err *err)
{
    enum { INT8 = 1, INT32 = 5 };
    struct element length = {0}, names = {0};
    SR_TRY(expect(c, INT32, "a struct without fields", &length, err));
    SR_TRY(expect(c, INT8, "a struct without names", &names, err));
    const uint32_t bytes = length.size == 4 ? little32(length.bytes) : 0;
    if (bytes == 0 || names.size % bytes != 0 ||
        names.size / bytes > MOST_FIELDS)
        return damaged(c, "a struct's names have another size", err);
    m->fields = (int)(names.size / bytes);
    const char **field = SR_TAKE(arena, m->fields, const char *);
    for (int i = 0; i < m->fields; i++)
        field[i] = copy(names.bytes + (size_t)i * bytes, bytes, arena);
    m->field = field;
    return SR_OK;
}

/* Each field of each element takes a tag at least, so that the sizes are
 * bounded before memory is asked for. */
static enum sr_status parse_structs(struct cursor *c, struct sr_arena *arena,
                                    struct sr_mat *m, struct sr_err *err)
{
    SR_TRY(parse_names(c, arena, m, err));
    if (m->fields > 0 &&
        m->count > (int64_t)(c->left / TAG / (size_t)m->fields))
        return damaged(c, "fewer structs than it says", err);
    const int64_t values = m->count * m->fields;
    struct sr_mat *value = SR_TAKE(arena, values, struct sr_mat);
    for (int64_t i = 0; i < values; i++)
        SR_TRY(parse_plain(c, arena, &value[i], err));
    m->value = value;
    return SR_OK;
}

static enum sr_status parse_variable(struct cursor in, struct sr_arena *arena,
                                     struct sr_mat *m, struct sr_err *err)
{
    int class = 0;
    *m = (struct sr_mat){0};
    SR_TRY(parse_head(&in, arena, m, &class, err));
    m->kind = kind_of(class);
    if (m->kind == SR_MAT_STRUCTS)
        return parse_structs(&in, arena, m, err);
    return m->kind == SR_MAT_OTHER ? SR_OK : parse_values(&in, m, err);
}

/* One element inside: its tag says how large it is. */
static enum sr_status inflate_element(const struct cursor *c, struct element *e,
                                      struct sr_arena *arena,
                                      struct sr_err *err)
{
    unsigned char tag[TAG];
    if (!sr_gzip_inflate(e->bytes, e->size, tag, TAG))
        return damaged(c, "a variable cannot be inflated", err);
    const size_t size = little32(tag + 4);
    if (little32(tag) != MATRIX || size / SR_GZIP_MOST > e->size)
        return damaged(c, "a variable inflates to something else", err);
    unsigned char *bytes = SR_TAKE(arena, TAG + size, unsigned char);
    if (!sr_gzip_inflate(e->bytes, e->size, bytes, TAG + size))
        return damaged(c, "a variable cannot be inflated", err);
    *e = (struct element){MATRIX, bytes + TAG, size};
    return SR_OK;
}

static enum sr_status check_head(const struct cursor *c, struct sr_err *err)
{
    enum { VERSION = 124, ENDIAN = 126 };
    if (c->left < HEAD || memcmp(c->at + ENDIAN, "IM", 2) != 0 ||
        c->at[VERSION + 1] != 1)
        return sr_fail(err, SR_EDATA,
                       "%s is not a MATLAB file of version 5, little-endian",
                       c->path);
    return SR_OK;
}

enum sr_status sr_mat_parse(const char *path, const unsigned char *bytes,
                            size_t size, struct sr_arena *arena,
                            struct sr_mat_file *file, struct sr_err *err)
{
    struct cursor c = {path, bytes, size};
    SR_TRY(check_head(&c, err));
    c.at += HEAD;
    c.left -= HEAD;
    *file = (struct sr_mat_file){.path = path};
    while (c.left > 0) {
        struct element e = {0};
        SR_TRY(next(&c, &e, err));
        if (e.type == COMPRESSED)
            SR_TRY(inflate_element(&c, &e, arena, err));
        if (e.type != MATRIX || file->n == SR_MAT_VARIABLES)
            return damaged(&c, "something else than up to 16 variables", err);
        SR_TRY(parse_variable(inside(&c, &e), arena, &file->variable[file->n],
                              err));
        file->n++;
    }
    return SR_OK;
}

enum sr_status sr_mat_find(const struct sr_mat_file *file, const char *name,
                           enum sr_mat_kind kind, const struct sr_mat **found,
                           struct sr_err *err)
{
    static const char *const words[] = {"numbers", "text", "structs", "any"};
    for (int i = 0; i < file->n; i++)
        if (strcmp(file->variable[i].name, name) == 0 &&
            file->variable[i].kind == kind) {
            *found = &file->variable[i];
            return SR_OK;
        }
    return sr_fail(err, SR_EDATA, "%s: there is no variable '%s' of %s",
                   file->path, name, words[kind]);
}

const struct sr_mat *sr_mat_field(const struct sr_mat *structs, int64_t i,
                                  const char *name)
{
    for (int k = 0; k < structs->fields; k++)
        if (strcmp(structs->field[k], name) == 0)
            return &structs->value[i * structs->fields + k];
    return NULL;
}

/* Stored with the low byte first, whatever the machine does. */
static uint64_t bits_of(const struct sr_mat *m, int64_t i)
{
    uint64_t bits = 0;
    for (int k = m->width - 1; k >= 0; k--)
        bits = bits << 8 | m->bytes[i * m->width + k];
    return bits;
}

double sr_mat_number(const struct sr_mat *m, int64_t i)
{
    const uint64_t bits = bits_of(m, i);
    const uint32_t half = (uint32_t)bits;
    const int unused = 64 - 8 * m->width;
    float single;
    double real;
    if (types[m->type].number == UNSIGNED)
        return (double)bits;
    if (types[m->type].number == SIGNED)
        return (double)((int64_t)(bits << unused) >> unused);
    memcpy(&single, &half, sizeof single);
    memcpy(&real, &bits, sizeof real);
    return m->width == 4 ? (double)single : real;
}

void sr_mat_text(const struct sr_mat *m, char *text, size_t size)
{
    size_t n = 0;
    for (; n + 1 < size && n < (size_t)m->count; n++) {
        const uint64_t letter = bits_of(m, (int64_t)n);
        text[n] = letter >= 32 && letter < 127 ? (char)letter : '?';
    }
    text[n] = '\0';
}
