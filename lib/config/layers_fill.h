/* config/layers_fill.h - model.layers: a network as a list in the config.
 */
#ifndef SR_CONFIG_LAYERS_FILL_H
#define SR_CONFIG_LAYERS_FILL_H

#include "config/fill.h"
#include "model/layers.h"

/* The layers that the list `node` describes by the rows of model/layers.h;
 * NULL when it is no list.  From ARENA. */
const struct sr_layers *sr_layers_fill(const struct sr_yaml *node,
                                       struct sr_arena *arena,
                                       struct sr_problems *problems);

#endif
