/* model/layers.h - a network written in the config: arch: sequential.
 *
 *   model:
 *     arch: sequential
 *     layers:
 *       - conv: {out: 16, kernel: 3, padding: 1}
 *       - activation                      # the kind's name alone: all defaults
 *       - flatten
 *       - linear: {out: 10, name: head}
 *
 * Each item is the name of a kind (sr_layer_kind_at), alone or as the one key
 * of a map of that kind's keys.  Whoever reads the config fills a struct
 * sr_layer for each item without knowing what the keys mean:
 *   1. find the kind by its name (sr_layer_kind_name lists the known ones);
 *   2. sr_opt_defaults(kind->rows, layer): sets the fields of the kind's rows,
 *      other fields stay zero and nobody reads them;
 *   3. sr_opt_set(row, layer, text) for every key given; a key with a dot
 *      ("backward.attack") is a level of the YAML as in any other section;
 *   4. layer->kind = kind, layer->at = place of the item.
 * What depends on the neighbours (sizes, a missing `out`) is checked when the
 * model is built; such errors name layer->at.
 */
#ifndef SR_MODEL_LAYERS_H
#define SR_MODEL_LAYERS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opt.h"
#include "model/model.h"

/* One kind of layer and its keys. */
struct sr_layer_kind {
    const char *name, *help;
    const struct sr_opt *rows; /* offsets into struct sr_layer */
};
const struct sr_layer_kind *sr_layer_kind_at(int i); /* NULL past the last */
const char *sr_layer_kind_name(int i);               /* an sr_words_fn     */

/* One item of the list. */
struct sr_layer {
    const struct sr_layer_kind *kind;
    struct sr_src at;
    const char *name; /* NULL or "": the item's number, from 0, as
                         torch.nn.Sequential counts              */
    long long out;    /* channels or features; 0: not given      */
    long long kernel; /* side in pixels; 0: not given            */
    long long stride; /* 0 in a pool: as kernel                  */
    long long padding, groups;
    bool bias;
    struct sr_activation_opts activation; /* forward NULL: the network's */
};

struct sr_layers {
    int n;
    const struct sr_layer *layer; /* [n], in order */
};

#endif
