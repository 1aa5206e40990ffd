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

/* Images that differ little from known ones, as graph/run.h has it: is it to be
 * had for such a pass? */
bool sr_model_has_near(const struct sr_model *model,
                       const struct sr_pass *pass);
void sr_model_forward_near(struct sr_model *model, const struct sr_pass *pass,
                           int n, const struct sr_neighbour *image, float *z);

#endif
