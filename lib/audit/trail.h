/* audit/trail.h - an attack, and all that it saw on its way.
 *
 * The attack is the program's own, unchanged: it is given an oracle that passes
 * every question on and writes down the answers.
 */
#ifndef SR_AUDIT_TRAIL_H
#define SR_AUDIT_TRAIL_H

#include <stdbool.h>

#include "attack/attack.h"

/* [points][n] each, point 0 being where the attack starts. */
struct sr_trail {
    int n, points;
    bool *wrong;    /* misclassified there                                  */
    float *loss;    /* cross-entropy there                                  */
    bool *flat;     /* the gradient there is 0 in every pixel ...           */
    bool *unusable; /* ... or not finite in some; not known of the last one */
};

static inline size_t sr_trail_at(const struct sr_trail *t, int point, int image)
{
    return (size_t)point * (size_t)t->n + (size_t)image;
}

/* Room for an attack of o->steps steps on n images. */
struct sr_trail sr_trail_take(const struct sr_attack_opts *o, int n,
                              struct sr_arena *arena);

/* Run the attack on the images `first` and following of the trail, b->n of
 * them, at most f->batch. o   one start, and keep: worst, so that the last
 * point is looked at */
void sr_trail_follow(struct sr_trail *trail, int first,
                     const struct sr_attack_opts *o, struct sr_oracle *f,
                     const struct sr_attack_batch *b, struct sr_arena *scratch);

/* Is the gradient of one image 0 in every pixel / not finite in some? */
bool sr_trail_is_flat(size_t pixels, const float *g);
bool sr_trail_is_unusable(size_t pixels, const float *g);

#endif
