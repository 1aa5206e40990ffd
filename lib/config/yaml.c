#include "config/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"

enum { BYTES_MAX = 1 << 20, DEPTH_MAX = 16, NODES_MAX = 10000, KEY_MAX = 63 };

/* The maps and lists that are open, outermost first. */
struct level {
    struct sr_yaml *node;
    struct sr_yaml *last; /* child so far                            */
    const char *key;      /* of a map, waiting for its value, or NULL */
    struct sr_src key_at;
};

struct reader {
    const char *path;
    struct sr_arena *arena;
    struct sr_problems *problems;
    yaml_parser_t parser;
    const char *bytes;
    size_t size;
    struct sr_yaml *root, *last;
    struct level level[DEPTH_MAX + 1];
    int depth, nodes, documents;
    bool broken; /* the tree is worth nothing */
};

static struct sr_src place(const struct reader *r, yaml_mark_t mark)
{
    return (struct sr_src){r->path, (int)mark.line + 1, (int)mark.column + 1};
}

/* Line and column of a byte, for errors below the level of characters. */
static struct sr_src byte_place(const struct reader *r, size_t offset)
{
    struct sr_src at = {r->path, 1, 1};
    for (size_t i = 0; i < offset && i < r->size; i++) {
        const unsigned char c = (unsigned char)r->bytes[i];
        if (c == '\n') {
            at.line++;
            at.column = 1;
        } else if ((c & 0xc0) != 0x80) { /* not inside a UTF-8 sequence */
            at.column++;
        }
    }
    return at;
}

static void spoil(struct reader *r, struct sr_src at, const char *text)
{
    r->broken = true;
    sr_problems_add(r->problems, at, "%s", text);
}

static void syntax_error(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *why = p->problem ? p->problem : "cannot be read as YAML";
    r->broken = true;
    if (p->error == YAML_READER_ERROR) {
        sr_problems_add(r->problems, byte_place(r, p->problem_offset),
                        "not YAML: %s", why);
        return;
    }
    const size_t at = p->problem_mark.index;
    if (at < r->size && r->bytes[at] == '\t')
        why = "found a tab; YAML is indented with spaces";
    sr_problems_add(r->problems, place(r, p->problem_mark), "not YAML: %s%s%s",
                    why, p->context ? " " : "", p->context ? p->context : "");
}

static const char *child_path(struct reader *r, const struct level *in)
{
    if (in->node->kind == SR_YAML_LIST)
        return sr_arena_format(r->arena, "%s[%d]", in->node->path,
                               in->node->children);
    if (!*in->node->path)
        return in->key;
    return sr_arena_format(r->arena, "%s.%s", in->node->path, in->key);
}

/* Hang the node into whatever is open. */
static void attach(struct reader *r, struct sr_yaml *node)
{
    if (r->last)
        r->last->next = node;
    r->last = node;
    node->path = "";
    if (r->depth == 0) {
        r->root = node;
        return;
    }
    struct level *in = &r->level[r->depth - 1];
    node->path = child_path(r, in);
    node->key = in->key;
    node->key_at = in->key_at;
    node->depth = r->depth;
    if (in->last)
        in->last->sibling = node;
    else
        in->node->child = node;
    in->last = node;
    in->node->children++;
    in->key = NULL;
}

static struct sr_yaml *add_node(struct reader *r, enum sr_yaml_kind kind,
                                yaml_mark_t mark)
{
    struct sr_yaml *node = SR_TAKE(r->arena, 1, struct sr_yaml);
    node->kind = kind;
    node->at = place(r, mark);
    attach(r, node);
    if (++r->nodes > NODES_MAX)
        spoil(r, node->at, "more than the 10000 nodes a config may have");
    return node;
}

static void check_duplicate(struct reader *r, const struct level *in)
{
    const struct sr_yaml *first = sr_yaml_find(in->node, in->key);
    if (first)
        sr_problems_add(r->problems, in->key_at,
                        "duplicate key '%s'; it is also on line %d", in->key,
                        first->key_at.line);
}

/* Maps alternate keys and values: is it a key's turn? */
static bool wants_key(const struct reader *r)
{
    return r->depth > 0 && r->level[r->depth - 1].node->kind == SR_YAML_MAP &&
           !r->level[r->depth - 1].key;
}

static void take_key(struct reader *r, const char *key, struct sr_src at)
{
    struct level *in = &r->level[r->depth - 1];
    in->key = key;
    in->key_at = at;
    if (strlen(key) > KEY_MAX)
        spoil(r, at, "a key longer than 63 letters");
    else
        check_duplicate(r, in);
}

static void take_scalar(struct reader *r, const yaml_event_t *e)
{
    const char *value = (const char *)e->data.scalar.value;
    const size_t length = e->data.scalar.length;
    if (strlen(value) != length)
        sr_problems_add(r->problems, place(r, e->start_mark),
                        "a zero byte inside a text");
    char *text = sr_arena_text(r->arena, value);
    if (wants_key(r)) {
        take_key(r, text, place(r, e->start_mark));
        return;
    }
    struct sr_yaml *node = add_node(r, SR_YAML_SCALAR, e->start_mark);
    node->text = text;
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void open_level(struct reader *r, enum sr_yaml_kind kind,
                       const yaml_event_t *e)
{
    if (wants_key(r)) {
        spoil(r, place(r, e->start_mark), "a key must be a word");
        return;
    }
    struct sr_yaml *node = add_node(r, kind, e->start_mark);
    if (r->depth == DEPTH_MAX) {
        spoil(r, node->at, "more than the 16 levels a config may have");
        return;
    }
    r->level[r->depth++] = (struct level){.node = node};
}

static void refuse(struct reader *r, const yaml_event_t *e, const char *what)
{
    sr_problems_add(r->problems, place(r, e->start_mark),
                    "%s are not part of a config; write the value out", what);
}

static void refuse_properties(struct reader *r, const yaml_event_t *e,
                              const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        refuse(r, e, "anchors");
    if (tag)
        refuse(r, e, "tags");
}

static void take_event(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        refuse_properties(r, e, e->data.scalar.anchor, e->data.scalar.tag);
        take_scalar(r, e);
        break;
    case YAML_SEQUENCE_START_EVENT:
        refuse_properties(r, e, e->data.sequence_start.anchor,
                          e->data.sequence_start.tag);
        open_level(r, SR_YAML_LIST, e);
        break;
    case YAML_MAPPING_START_EVENT:
        refuse_properties(r, e, e->data.mapping_start.anchor,
                          e->data.mapping_start.tag);
        open_level(r, SR_YAML_MAP, e);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: r->depth--; break;
    case YAML_ALIAS_EVENT:
        refuse(r, e, "aliases");
        r->broken = true; /* what it stood for is not known */
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (++r->documents > 1)
            spoil(r, place(r, e->start_mark),
                  "a second document; a config is one document");
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    }
}

static void parse(struct reader *r)
{
    for (bool more = true; more && !r->broken;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event)) {
            syntax_error(r);
            return;
        }
        take_event(r, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
}

static struct sr_yaml *checked_root(struct reader *r)
{
    if (r->broken)
        return NULL;
    if (r->root && r->root->kind == SR_YAML_MAP)
        return r->root;
    const struct sr_src at =
        r->root ? r->root->at : (struct sr_src){r->path, 0, 0};
    spoil(r, at, "a config is a map of keys such as `name:` and `train:`");
    return NULL;
}

struct sr_yaml *sr_yaml_read(const char *path, struct sr_arena *arena,
                             struct sr_problems *problems)
{
    struct reader r = {.path = path, .arena = arena, .problems = problems};
    struct sr_err err;
    unsigned char *bytes;
    if (sr_file_read(path, BYTES_MAX, SR_ECONFIG, arena, &bytes, &r.size,
                     &err) != SR_OK) {
        err.at = (struct sr_src){path, 0, 0};
        sr_problems_take(problems, err.at, &err);
        return NULL;
    }
    r.bytes = (const char *)bytes;
    if (!yaml_parser_initialize(&r.parser)) {
        spoil(&r, (struct sr_src){path, 0, 0}, "no memory to read it");
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, bytes, r.size);
    parse(&r);
    yaml_parser_delete(&r.parser);
    return checked_root(&r);
}

const struct sr_yaml *sr_yaml_after(const struct sr_yaml *node)
{
    const struct sr_yaml *n = node->next;
    while (n && n->depth > node->depth)
        n = n->next;
    return n;
}

const struct sr_yaml *sr_yaml_find(const struct sr_yaml *map, const char *key)
{
    for (const struct sr_yaml *n = map->child; n; n = n->sibling)
        if (n->key && strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

bool sr_yaml_is_null(const struct sr_yaml *node)
{
    return node->kind == SR_YAML_SCALAR && node->plain &&
           (!*node->text || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}
