/* graph/unit.h - layers that are computed together.
 *
 *   y = act(bnorm(conv(x)) + other)
 *
 * with any of the four parts left out.  conv, linear, bnorm, add and act are
 * units of one part; sr_graph_fuse joins neighbours.  What comes after the
 * convolution happens while its outputs are in cache, to the same bits as one
 * layer at a time; a batch norm with running statistics costs next to nothing.
 *
 * Saved from the forward to its backwards: where the gradient of batch norm
 * needs it, the convolution's output, with mean and variance in batch mode; the
 * slope of the activation, unless it is computed again from there, which saves
 * a third of the memory and costs little beside a large convolution.  The input
 * of the activation is never kept.
 */
#ifndef SR_GRAPH_UNIT_H
#define SR_GRAPH_UNIT_H

#include "engine/bnorm.h"
#include "engine/sums.h"
#include "engine/tail.h"
#include "graph/op.h"

/* Functions of struct sr_op, the same for all units. */
size_t sr_unit_saved(const struct sr_node *node, int n, unsigned want,
                     bool batch);
size_t sr_unit_scratch(const struct sr_engine *e, const struct sr_node *node,
                       int n);
void sr_unit_forward(const struct sr_op_call *call);
void sr_unit_backward(const struct sr_op_call *call);

/* Is the slope computed again by gradients that read what batch norm has read?
 */
bool sr_unit_slope_again(const struct sr_node *node);

/* When a backward reads the second input, for the slope: bits of reads_x. */
unsigned sr_unit_reads_other(const struct sr_node *node);

/* ---- shared by the two directions ---- */

/* A call, with its memory.  Pointers are NULL where there is no such thing. */
struct sr_unit {
    const struct sr_op_call *call;
    int c;
    size_t image; /* pixels of one image of y                     */
    struct sr_image_sums sums; /* scratch: of what batch norm reads, in batch
                                  mode */
    struct sr_bnorm bnorm; /* with the mean and var that are in use        */
    float *mean, *var;     /* [c], saved, in batch mode                    */
    float *conv_y;         /* [n][image][c], saved                         */
    float *slope;          /* [n][image][c], saved                         */
    float *dother;         /* of the second input, where wanted            */
    float *row[4];         /* [c], scratch: constants of affine maps       */
    float *scratch;        /* of the engine's calls                        */
};

struct sr_unit sr_unit_of(const struct sr_op_call *call);

static inline bool sr_unit_has(const struct sr_unit *u, enum sr_part part)
{
    return u->call->node->parts & part;
}

/* The parameters of the activation's function for a role. */
void sr_unit_act_params(const struct sr_node *node, enum sr_role role,
                        float p[SR_ACT_PARAMS]);

/* What follows the convolution, with the slope of the call's role.
 *   scale, shift   a batch norm's; not looked at where there is none */
struct sr_tail sr_unit_tail(const struct sr_unit *u, const float *scale,
                            const float *shift);

/* Call fn for all images, split among the workers. */
void sr_unit_each(const struct sr_unit *u, const struct sr_conv_hook *hook);

#endif
