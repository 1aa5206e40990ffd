/* model/builder.h - what the function that builds an architecture works with.
 *
 * Each call appends one node and returns its value, so that a builder reads
 * like the network.  The first failure sticks: later calls do nothing, and the
 * builder is asked for its status once, at the end.
 *
 * Names are PyTorch's, without the parameter: "layer1.0.conv1".
 */
#ifndef SR_MODEL_BUILDER_H
#define SR_MODEL_BUILDER_H

#include "graph/graph.h"
#include "model/model.h"
#include "model/size.h"

struct sr_builder {
    struct sr_graph *graph;
    const struct sr_model_opts *opts;
    const struct sr_activation *activation; /* the network's */
    const struct sr_problem *problem;
    struct sr_size size;
    int shared; /* parameter all sites of a learned activation share, -1 */
    int drops;  /* how many drop something                               */
    enum sr_status status;
    struct sr_err *err;
};

/* printf for the name of a node; lives as long as the graph. */
const char *sr_build_name(struct sr_builder *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* (x - mean) / std with opts' numbers or the problem's. */
int sr_build_normalize(struct sr_builder *b, int x);

/* Square filters without bias, as batch norm follows. */
int sr_build_conv(struct sr_builder *b, int x, const char *name, int out,
                  int kernel, int stride, int pad);

/* Square filters of any kind; the input's sizes are filled in. */
int sr_build_any_conv(struct sr_builder *b, int x, const char *name,
                      const struct sr_conv_op *conv);
int sr_build_bnorm(struct sr_builder *b, int x, const char *name);
int sr_build_linear(struct sr_builder *b, int x, const char *name, int out,
                    bool bias);
int sr_build_add(struct sr_builder *b, int x, int shortcut, const char *name);

/* x with every channel times the gate's. */
int sr_build_scale(struct sr_builder *b, int x, int gate, const char *name);

/* x without a share of its numbers or of its images, while an update is made;
 * x itself for a rate of 0. */
int sr_build_drop(struct sr_builder *b, int x, const char *name, double rate,
                  bool images);
int sr_build_maxpool(struct sr_builder *b, int x, const char *name, int kernel,
                     int stride, int pad);
int sr_build_globalpool(struct sr_builder *b, int x, const char *name);
int sr_build_flatten(struct sr_builder *b, int x, const char *name);

/* The network's activation, or `own` where that is not NULL. */
int sr_build_act(struct sr_builder *b, int x, const char *name,
                 const struct sr_activation *own);

/* Any node; what the calls above are made of. */
int sr_build_node(struct sr_builder *b, const struct sr_node *node);

/* Another name for the layer of that value (op.h: alias). */
void sr_build_alias(struct sr_builder *b, int value, const char *alias);

/* Channels of a value. */
int sr_build_channels(const struct sr_builder *b, int value);

/* That many channels times the network's width, at least one. */
int sr_build_wide(const struct sr_builder *b, int channels);

#endif
