/* graph/plan.h - where every value of a pass lives in one block of memory.
 *
 * A pass is a fixed sequence: forward of nodes 1, 2, ... N, then backward of
 * N, ... 1 as often as the caller likes.  Each buffer is alive from its first
 * to its last use in that sequence; what a backward reads stays to the end.
 * Buffers that are alive together get places apart; all plans of a graph share
 * one block as large as the largest.
 *
 * Method   buffers placed from the largest to the smallest, each in the lowest
 *          gap between those it lives with
 * Source   greedy by size: Pisarchyk and Lee 2020, "Efficient memory management
 *          for deep neural net inference"
 */
#ifndef SR_GRAPH_PLAN_H
#define SR_GRAPH_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "graph/graph.h"

#define SR_NOWHERE ((size_t)-1)

/* Places in the block, in floats from its start, multiples of 16 (64 bytes);
 * SR_NOWHERE where there is none.  Node 0's y and dy are the caller's. */
struct sr_places {
    size_t y;  /* output                                   */
    size_t dy; /* gradient of the output                   */
    size_t
        part[SR_NODE_INPUTS];   /* a gradient of an input that another node has
                                   already written: computed here, then added */
    bool wants[SR_NODE_INPUTS]; /* is the gradient of this input computed?  */
    bool keeps[SR_NODE_INPUTS]; /* does the backward read this input?       */
    size_t saved;
};

struct sr_plan {
    unsigned want;
    bool batch;           /* batch norm by the batch's statistics     */
    int images;           /* most a pass may have                     */
    struct sr_places *at; /* [nodes]                                  */
    size_t scratch;       /* shared by all nodes                      */
    size_t floats;        /* of the whole block                       */
};

/* Plan passes of at most `images` images.  From ARENA.  Cannot fail. */
void sr_plan_make(const struct sr_graph *graph, unsigned want, bool batch,
                  int images, struct sr_arena *arena, struct sr_plan *plan);

#endif
