/* model/about.h - what a file of weights says of itself.
 *
 * Whoever finds the file alone can use it; whoever loads it into another
 * network is warned.
 */
#ifndef SR_MODEL_ABOUT_H
#define SR_MODEL_ABOUT_H

#include "model/model.h"
#include "model/safetensors.h"

enum { SR_ABOUT_SIZE = 256, SR_ABOUT_LINES = 7 };

/* Metadata and what they point to: not to be copied. */
struct sr_about {
    char activation[SR_ABOUT_SIZE], classes[SR_ABOUT_SIZE],
        input[SR_ABOUT_SIZE], mean[SR_ABOUT_SIZE], std[SR_ABOUT_SIZE];
    struct sr_meta meta[SR_ABOUT_LINES];
};

void sr_about_fill(const struct sr_model *model, struct sr_about *about);

/* "0.5,0.25,1" */
void sr_about_floats(const float *values, int n, char text[SR_ABOUT_SIZE]);

#endif
