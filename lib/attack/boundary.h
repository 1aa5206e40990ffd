/* attack/boundary.h - the class boundary nearest to a point, to first order:
 * for attacks whose search asks for the slope of every class.
 *
 * Method   |z_k - z_y| over the dual norm of its slope, smallest over k
 */
#ifndef SR_ATTACK_BOUNDARY_H
#define SR_ATTACK_BOUNDARY_H

#include "attack/search.h"

struct sr_boundary {
    bool chosen;
    double ahead; /* logit of its class less that of y; below 0: not crossed */
    double near;  /* how far it is                                           */
};

/* Of a gather: t->value and t->g are those of sr_search_lead.  Keep them, the
 * slope in weights [pixels], if this boundary is nearer than those before. */
void sr_boundary_offer(const struct sr_trial *t, struct sr_boundary *nearest,
                       float *weights);

#endif
