/* attack/goal.h - what an attack climbs: the loss of the true label, or, when
 * targeted, the negated loss of the target.
 *
 * Every attack asks its queries through this, so that "higher is worse for the
 * classifier" holds whatever the settings.
 */
#ifndef SR_ATTACK_GOAL_H
#define SR_ATTACK_GOAL_H

#include "attack/attack.h"

struct sr_goal {
    enum sr_loss loss;
    float sign; /* of the loss in the goal: 1, or -1 when targeted     */
    int n;
    const int *label; /* [n] whose loss: y, or the class after it            */
    float *from;      /* kl: [n][classes] logits of the images themselves    */
    float *value;     /* [n] after a call: the goal; +inf where the logits are
                         not finite, which is as wrong as can be             */
    float *z;         /* [n][classes] after a call: logits                   */
    float *dz;        /* private */
};

/* For the images of b, at most f->batch.  Buffers from the arena.  kl asks for
 * the images' own logits: one forward. */
struct sr_goal sr_goal_of(const struct sr_attack_opts *o, struct sr_oracle *f,
                          const struct sr_attack_batch *b,
                          struct sr_arena *scratch);

/* One forward: value and z at adv [n][h][w][c]. */
void sr_goal_value(struct sr_goal *goal, struct sr_oracle *f, const float *adv);

/* One forward and one backward: value, z, and g = the gradient of the loss,
 * which is sign times the gradient of the goal. */
void sr_goal_gradient(struct sr_goal *goal, struct sr_oracle *f,
                      const float *adv, float *g);

#endif
