/* graph/op_list.h - every kind of layer, one row each.
 *
 * A row needs sr_op_NAME in an op_*.c file and a case row in
 * tests/graph/test_ops.c, which tests shape, gradients and accumulation.
 */
#ifndef SR_GRAPH_OP_LIST_H
#define SR_GRAPH_OP_LIST_H

#include "graph/op.h"

/* clang-format off */
#define SR_OP_LIST(SR_OP)                                                      \
    SR_OP(normalize)  /* (x - mean) / std by channel                        */ \
    SR_OP(conv)       /* 2-D convolution                                    */ \
    SR_OP(linear)     /* fully connected, of a 1x1 image                    */ \
    SR_OP(bnorm)      /* batch normalisation                                */ \
    SR_OP(act)        /* activation, with a slope for each role             */ \
    SR_OP(add)        /* sum of two values of one shape                     */ \
    SR_OP(scale)      /* channels times the one pixel of another value       */ \
    SR_OP(drop)       /* dropout, stochastic depth                          */ \
    SR_OP(avgpool)                                                             \
    SR_OP(maxpool)                                                             \
    SR_OP(globalpool)                                                          \
    SR_OP(adaptivepool) /* average, to a given size                         */ \
    SR_OP(flatten)    /* to 1x1, in PyTorch's order: channels slowest       */ \
    SR_OP(shortcut)   /* every stride-th pixel, zero channels on both sides */
/* clang-format on */

#define SR_OP(name) extern const struct sr_op sr_op_##name;
SR_OP_LIST(SR_OP)
#undef SR_OP

#endif
