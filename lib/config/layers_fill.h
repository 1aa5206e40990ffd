/* config/layers_fill.h - model.layers: a network as a list in the config.
 */
#ifndef SR_CONFIG_LAYERS_FILL_H
#define SR_CONFIG_LAYERS_FILL_H

#include "config/fill.h"
#include "model/layers.h"

/* Fill *layers from the list `node` by the rows of model/layers.h.  From
 * ARENA. */
void sr_layers_fill(struct sr_layers *layers, const struct sr_yaml *node,
                    struct sr_arena *arena, struct sr_problems *problems);

#endif
