/* graph/op.h - what a layer must say about itself.
 *
 * A network is a list of nodes; a node is an op with its geometry, its inputs
 * and its parameters.  An op is a row of functions in an op_*.c file, and
 * op_list.h lists them all: building, planning and running know ops through
 * this struct only.
 *
 * Layout   values are NHWC: [n][h][w][c], channels fastest.  A fully connected
 *          layer is a 1x1 convolution of a 1x1 image.
 */
#ifndef SR_GRAPH_OP_H
#define SR_GRAPH_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "engine/act.h"
#include "engine/conv.h"
#include "engine/engine.h"
#include "engine/pool.h"

/* One image's value. */
struct sr_shape {
    int h, w, c;
};
static inline size_t sr_shape_floats(struct sr_shape s)
{
    return (size_t)s.h * (size_t)s.w * (size_t)s.c;
}

/* Which gradients a pass computes. */
enum sr_want { SR_WANT_LOGITS = 0, SR_WANT_INPUT = 1, SR_WANT_WEIGHTS = 2 };
enum { SR_WANTS = 4 }; /* both gradients at once: 3 */

/* Whose slope a backward pass uses. */
enum sr_role { SR_ROLE_FORWARD, SR_ROLE_ATTACK, SR_ROLE_UPDATE, SR_ROLES };

/* An activation with its slopes: for each role an act and its alpha. */
struct sr_activation {
    const struct sr_act *act[SR_ROLES];
    double alpha[SR_ROLES];
};

/* One named tensor of a network. */
enum sr_param_kind {
    SR_PARAM_WEIGHT, /* of convolutions and linear layers  */
    SR_PARAM_BIAS,   /* of the same                        */
    SR_PARAM_NORM,   /* gamma and beta of batch norm       */
    SR_PARAM_ACT,    /* learned by an activation           */
    SR_PARAM_BUFFER, /* running statistics: no gradient    */
};
struct sr_param {
    const char *name;  /* "layer1.0.conv1.weight"          */
    const char *alias; /* what another library calls it; NULL: the same */
    enum sr_param_kind kind;
    int rank, shape[4];
    size_t count; /* product of the shape              */
    float *value; /* [count], in PyTorch's layout      */
    float *grad;  /* [count]; NULL for buffers         */
};

enum { SR_NODE_INPUTS = 2, SR_CHANNELS_NORMALIZED = 4 };

/* Places of a node's parameters; those it does not have are -1 or NULL.  Ops
 * that have one kind only begin at 0. */
enum sr_slot {
    SR_SLOT_WEIGHT,
    SR_SLOT_BIAS,
    SR_SLOT_GAMMA,
    SR_SLOT_BETA,
    SR_SLOT_MEAN,
    SR_SLOT_VAR,
    SR_SLOT_ACT,
    SR_NODE_PARAMS
};

/* The parts of a unit (unit.h), in the order in which they are computed. */
enum sr_part {
    SR_PART_CONV = 1,
    SR_PART_BNORM = 2,
    SR_PART_ADD = 4,
    SR_PART_ACT = 8
};

/* Geometry of the ops that have one; each op says which member is its own. */
struct sr_normalize {
    float mean[SR_CHANNELS_NORMALIZED], std[SR_CHANNELS_NORMALIZED];
};
/* y = (x - mean) / std for `pixels` pixels of c channels. */
void sr_normalize_pixels(const struct sr_normalize *u, size_t pixels, int c,
                         const float *x, float *y);
struct sr_conv_op {
    struct sr_conv g;
    int pad;   /* on all four sides, or SR_PAD_SAME */
    bool bias; /* param[1]          */
};
struct sr_drop {
    float rate;  /* in [0, 1): share that becomes 0                */
    bool images; /* of whole images; else of single numbers        */
    int number;  /* its own in the graph: what draws are keyed by  */
};
struct sr_bnorm_op {
    float eps, momentum;
};
struct sr_act_op {
    struct sr_activation activation;
    float p[SR_ROLES][SR_ACT_PARAMS]; /* of acts that learn nothing      */
};

struct sr_node {
    const struct sr_op *op;
    const char *name;  /* of the layer: "layer1.0.conv1"; borrowed   */
    const char *label; /* the same for people; of joined layers
                          "layer1.0.conv1 to layer1.0.act1"          */
    int inputs;
    int input[SR_NODE_INPUTS]; /* nodes; 0 is the image             */
    struct sr_shape in[SR_NODE_INPUTS], out;
    unsigned reads_x[SR_NODE_INPUTS]; /* the op's, or of the joined layers   */
    unsigned parts; /* of a unit: bits of enum sr_part                       */
    struct {
        struct sr_conv_op conv; /* conv, linear                     */
        struct sr_bnorm_op bnorm;
        struct sr_act_op act;
        union {
            struct sr_normalize normalize;
            struct sr_pool pool; /* avgpool, maxpool                 */
            struct sr_drop drop;
            struct {
                int stride, channels;
            } shortcut;
        };
    } u;
    int params; /* before append: 0, or how many of others' it uses */
    int param[SR_NODE_PARAMS];          /* in the graph's table     */
    struct sr_param *p[SR_NODE_PARAMS]; /* the same, once it stands */
    float *packed;                      /* [op->packed]             */
};

/* A parameter as a node asks for it. */
struct sr_param_wish {
    const char *suffix; /* "weight" */
    enum sr_param_kind kind;
    int rank, shape[4];
};

/* What a node is handed to compute one pass.  Pointers not named for a pass are
 * not to be touched in it. */
struct sr_op_call {
    const struct sr_engine *engine;
    const struct sr_node *node;
    int n;                /* images                                       */
    bool batch, track;    /* batch norm: the batch's statistics; keep them */
    unsigned want;        /* bits of enum sr_want: the gradients that a
                             backward is to compute, in a forward already */
    enum sr_role role;    /* whose slope that backward uses               */
    const uint64_t *drop; /* [n] keys of what is dropped; NULL: nothing   */
    const float *x[SR_NODE_INPUTS]; /* inputs; in a backward, NULL unless
                                       `reads_x` said they are read       */
    float *y;  /* forward: output, written in full               */
    float *dy; /* backward: its gradient; may be spoiled         */
    float *dx[SR_NODE_INPUTS]; /* backward: written in full; NULL: not
                                  wanted                                  */
    float *saved;   /* [op->saved] from the forward to its backwards  */
    float *scratch; /* [op->scratch], contents lost                   */
};

/* When a backward reads x: bits of op->reads_x. */
enum {
    SR_READS_FOR_X = 1,       /* for the gradient of x                    */
    SR_READS_FOR_X_BATCH = 2, /* the same, in batch mode                  */
    SR_READS_FOR_W = 4,       /* for the gradients of the parameters      */
};

/* Functions that may be NULL: nothing to declare, nothing needed. */
struct sr_op {
    const char *name;
    int inputs;
    enum sr_slot slot;                /* of its first parameter */
    unsigned reads_x[SR_NODE_INPUTS]; /* of each input          */
    bool in_place; /* y may be x[0], and any one dx may be dy */

    /* Fill node->out from node->in; finish the geometry.  Fails with
     * SR_ECONFIG, naming the sizes that do not fit, not the layer. */
    enum sr_status (*shape)(struct sr_node *node, struct sr_err *err);

    /* The parameters, in state_dict order; returns how many. */
    int (*params)(const struct sr_node *node,
                  struct sr_param_wish wish[SR_NODE_PARAMS]);

    /* Floats, for n images; a call of fewer has room for fewer.
     *   want, batch   what the pass will be */
    size_t (*saved)(const struct sr_node *node, int n, unsigned want,
                    bool batch);
    size_t (*scratch)(const struct sr_engine *e, const struct sr_node *node,
                      int n);
    /* Rearranged weights, made again whenever they change. */
    size_t (*packed)(const struct sr_engine *e, const struct sr_node *node);
    void (*pack)(const struct sr_engine *e, const struct sr_node *node);

    /* May be called several times after one forward. */
    void (*forward)(const struct sr_op_call *call);
    void (*backward)(const struct sr_op_call *call);

    /* The convolution in it, a fully connected layer's being one too. */
    const struct sr_conv *(*conv)(const struct sr_node *node);
};

#endif
