#include "config/layers_fill.h"

#include <string.h>

#include "base/text.h"

static const struct sr_layer_kind *find_kind(const char *name)
{
    const struct sr_layer_kind *kind;
    for (int i = 0; (kind = sr_layer_kind_at(i)); i++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

static void unknown_kind(const char *name, struct sr_src at,
                         struct sr_problems *problems)
{
    char known[256];
    sr_text_join(known, sizeof known, sr_layer_kind_name);
    const char *nearest = sr_text_nearest(name, sr_layer_kind_name);
    sr_problems_add(problems, at, "no layer '%s'%s%s%s there are: %s", name,
                    nearest ? "; did you mean '" : ";", nearest ? nearest : "",
                    nearest ? "'?" : "", known);
}

/* The keys under `conv:`, by the kind's own rows. */
static void fill_keys(struct sr_layer *layer, const struct sr_yaml *value,
                      struct sr_arena *arena, struct sr_problems *problems)
{
    const struct sr_section sections[] = {{"", layer->kind->rows, 0},
                                          {NULL, NULL, 0}};
    struct sr_keys keys;
    sr_keys_begin(&keys, sections, layer, arena, problems);
    if (!value || sr_yaml_is_null(value))
        return;
    if (value->kind == SR_YAML_MAP)
        sr_keys_fill(&keys, value, NULL);
    else
        sr_problems_add(problems, value->at, "%s: takes a map of keys",
                        value->path);
}

static void fill_layer(struct sr_layer *layer, const struct sr_yaml *item,
                       struct sr_arena *arena, struct sr_problems *problems)
{
    const struct sr_yaml *value = NULL;
    const char *name = item->text;
    struct sr_src at = item->at;
    if (item->kind == SR_YAML_MAP && item->children == 1) {
        value = item->child;
        name = value->key;
        at = value->key_at;
    } else if (item->kind != SR_YAML_SCALAR) {
        sr_problems_add(problems, at,
                        "%s: a layer is one word, such as flatten, or one word "
                        "with its keys, such as conv: {out: 16, kernel: 3}",
                        item->path);
        return;
    }
    layer->at = at;
    layer->kind = find_kind(name);
    if (layer->kind)
        fill_keys(layer, value, arena, problems);
    else
        unknown_kind(name, at, problems);
}

const struct sr_layers *sr_layers_fill(const struct sr_yaml *node,
                                       struct sr_arena *arena,
                                       struct sr_problems *problems)
{
    if (node->kind != SR_YAML_LIST) {
        sr_problems_add(problems, node->at, "%s: takes a list of layers",
                        node->path);
        return NULL;
    }
    struct sr_layers *layers = SR_TAKE(arena, 1, struct sr_layers);
    struct sr_layer *list = SR_TAKE(arena, node->children, struct sr_layer);
    for (const struct sr_yaml *item = node->child; item; item = item->sibling)
        fill_layer(&list[layers->n++], item, arena, problems);
    layers->layer = list;
    return layers;
}
