/* tests/attack/scene.h - a linear classifier and images in its middle, whose
 * nearest misclassified points are known: the gap to the nearest class over the
 * dual norm of what separates it.
 */
#ifndef SR_TESTS_ATTACK_SCENE_H
#define SR_TESTS_ATTACK_SCENE_H

#include "attack/oracles.h"

enum { SCENE_D = 20, SCENE_CLASSES = 3, SCENE_N = 12 };

struct scene {
    struct classifier c;
    struct sr_oracle f;
    struct sr_attack_batch b; /* labels are what the model says */
    float *w;
};

void scene_open(struct scene *s);

/* Distance from image i to its nearest misclassified point; where it is above
 * 0.4 the pixel range may be in the way. */
double scene_nearest(struct scene *s, int norm, int i);

/* Attack image i alone with radius `share` of that distance: how far is what is
 * found, as a share of it?  0: nothing was found. */
double scene_attack(struct scene *s, const struct sr_attack_opts *o, int i,
                    double share);

#endif
