/* graph/run.h - forward and backward through a planned graph.
 *
 * Forward keeps what the backward that is wanted will read; backward computes
 * the gradients of the input, of the parameters, or both, and nothing else.
 * A value used twice gets the sum of its gradients.
 *
 * Threads  one run belongs to one thread; the engine splits inside.  The same
 *          bits for any thread count.
 */
#ifndef SR_GRAPH_RUN_H
#define SR_GRAPH_RUN_H

#include "graph/near.h"
#include "graph/plan.h"

/* What one pass does. */
struct sr_run_pass {
    unsigned want;        /* bits of enum sr_want: the backward to follow     */
    bool batch;           /* batch norm by the batch's statistics             */
    bool track;           /* and these collected in the running ones          */
    enum sr_role role;    /* whose slope a backward uses                      */
    const uint64_t *drop; /* [n] a key for each image: what dropout takes
                             from it; NULL: nothing is dropped.  Borrowed
                             until the last backward                       */
};

struct sr_run {
    struct sr_graph *graph;
    struct sr_plan plan[SR_WANTS][2]; /* [want][batch]; images 0: not planned */
    float *block;
    size_t floats;
    int images; /* most a pass may have */

    struct sr_near near; /* the first nodes, for images that differ little */

    struct sr_run_pass pass; /* the last forward */
    int n;
    const float *x; /* borrowed */
};

/* Plan every pass whose wants are among the bits `wants`.  From ARENA: the
 * plans and the block; nothing is allocated afterwards. */
void sr_run_open(struct sr_graph *graph, unsigned wants, int images,
                 struct sr_arena *arena, struct sr_run *run);

/* z [n][classes] = logits of x [n][h][w][c].
 *   x   stays as it is until the last backward of this forward */
void sr_run_forward(struct sr_run *run, const struct sr_run_pass *pass, int n,
                    const float *x, float *z);

/* The same numbers for images that differ little from known ones, where
 * run->near.depth > 0; no backward and no batch statistics.  What is kept of
 * each image becomes that of its base. */
void sr_run_forward_near(struct sr_run *run, const struct sr_run_pass *pass,
                         int n, const struct sr_neighbour *image, float *z);

/* Gradients of sum(dz * logits) at the last forward; may be called again.
 *   gx   written with SR_WANT_INPUT, [n][h][w][c]; NULL without
 * With SR_WANT_WEIGHTS, added to the parameters' gradients. */
void sr_run_backward(struct sr_run *run, const float *dz, float *gx);

/* The first node whose output of the last forward is not finite; NULL when all
 * are.  Runs that forward again, so x and the parameters must be unchanged. */
const char *sr_run_first_nonfinite(struct sr_run *run);

#endif
