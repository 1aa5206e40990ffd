/* graph/fuse.h - joins layers that can be computed together.
 */
#ifndef SR_GRAPH_FUSE_H
#define SR_GRAPH_FUSE_H

#include "graph/graph.h"

/* Join neighbours conv, bnorm, add, act, in this order, any left out, into one
 * node each (unit.h), where nobody else reads what is between them; an
 * activation that learns stays alone, because its gradient reads its input.
 * Between the last append and sr_graph_finish.  Changes no bit of any result as
 * long as no value has more than two readers, whose gradients may be added in
 * another order; parameters keep their numbers, nodes do not.  A joined node
 * has the name of its first layer. */
void sr_graph_fuse(struct sr_graph *graph);

#endif
