#include "attack/boundary.h"

#include <math.h>
#include <string.h>

#include "attack/norm.h"

void sr_boundary_offer(const struct sr_trial *t, struct sr_boundary *nearest,
                       float *weights)
{
    const size_t pixels = t->ball->pixels;
    const double slope = sr_norm_at(t->ball->norm)->dual(pixels, t->g);
    const double near = fabs((double)t->value) / (1e-12 + slope);

    if (nearest->chosen && !(near < nearest->near))
        return;
    *nearest = (struct sr_boundary){true, (double)t->value, near};
    memcpy(weights, t->g, pixels * sizeof *t->g);
}
