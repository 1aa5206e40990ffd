/* model/net.h - what a model keeps to itself.
 */
#ifndef SR_MODEL_NET_H
#define SR_MODEL_NET_H

#include "graph/run.h"
#include "model/model_list.h"

/* An oracle's model: one for each different pass, so that two oracles on one
 * model can be in use in turns. */
struct sr_view {
    struct sr_model *model;
    struct sr_pass pass;
};
enum { SR_VIEWS = SR_WANTS * SR_BN_MODES * SR_ROLES };

struct sr_net {
    const struct sr_model_row *row;
    struct sr_graph *graph;
    struct sr_run run;
    struct sr_view view[SR_VIEWS];
};

#endif
