/* graph/near.h - the first nodes of a graph, for images that differ little from
 * known ones: only what the changed pixels reach is computed.
 *
 * Of an image that many others are like, the base, the outputs of those nodes
 * are kept.  For one that differs in a window, each node computes the window of
 * its outputs that see the change, from the kept values around it.  That pays
 * for small windows and filters: a random search that moves 4x4 pixels of 28x28
 * needs a tenth of the products.
 *
 * Nodes    normalize, then convolutions, with an activation or none, one after
 *          the other, as far as they go; if they have less than half of the
 *          graph's products or keep more than MOST_FLOATS: none
 * Twin     a whole pass: the same numbers (a zero may have another sign),
 *          tests/graph/test_near.c
 */
#ifndef SR_GRAPH_NEAR_H
#define SR_GRAPH_NEAR_H

#include "engine/patch.h"
#include "graph/graph.h"

struct sr_near {
    int depth;           /* nodes 1 .. depth; 0: there is nothing to be had */
    size_t kept_floats;  /* of an image                                     */
    size_t patch_floats; /* scratch: the largest window of outputs          */
    size_t seen_floats;  /* and of what outputs see, with its padding       */
    float *work;         /* [workers][2 patch + seen]                       */
};

/* From ARENA: the scratch. */
void sr_near_open(const struct sr_graph *graph, struct sr_arena *arena,
                  struct sr_near *near);

/* y [n][..] = outputs of node `depth` for n images; what is kept of each
 * becomes that of its base.  Threads: splits over images. */
void sr_near_forward(const struct sr_graph *graph, const struct sr_near *near,
                     int n, const struct sr_neighbour *image, float *y);

#endif
