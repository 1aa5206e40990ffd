/* attack/oracle.h - all an attack may know of a classifier.
 *
 * Attacks never see graphs, weights or layers.  They get this view, so each one
 * can be tested on a linear model whose best attack is known in closed form,
 * and so that every query is counted in one place.
 *
 * Layout   x [n][h][w][c] in [0, 1]; z [n][classes]; y [n]
 */
#ifndef SR_ATTACK_ORACLE_H
#define SR_ATTACK_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/loss.h"
#include "engine/patch.h"

struct sr_oracle {
    const struct sr_engine *engine;
    int h, w, c, classes;
    int batch;   /* most images a call may have */
    void *model; /* for the two functions below */

    /* z = logits of x. */
    void (*forward)(void *model, int n, const float *x, float *z);

    /* gx = gradient, at the x of the last forward call, of sum(dz * logits).
     * One forward may be followed by several of these. */
    void (*backward)(void *model, int n, const float *dz, float *gx);

    /* The same numbers as forward for images that differ little from known
     * ones, at less cost; what is kept of each becomes that of its base.  NULL:
     * not to be had.
     *   kept_floats   of image->kept, of each image */
    void (*near)(void *model, int n, const struct sr_neighbour *image,
                 float *z);
    size_t kept_floats;

    uint64_t forwards, backwards; /* images sent through each so far */
};

static inline size_t sr_oracle_pixels(const struct sr_oracle *f)
{
    return (size_t)f->h * (size_t)f->w * (size_t)f->c;
}

/* The two calls, counted.  logits cuts n images, any number, into pieces of at
 * most f->batch; backward takes the n of a forward in one piece. */
void sr_oracle_logits(struct sr_oracle *f, int n, const float *x, float *z);
void sr_oracle_backward(struct sr_oracle *f, int n, const float *dz, float *gx);

/* near, counted as logits are; n at most f->batch. */
void sr_oracle_near(struct sr_oracle *f, int n,
                    const struct sr_neighbour *image, float *z);

/* Do the logits z [classes] say anything but y?  Logits that are not finite
 * always do, so that broken arithmetic never looks robust. */
bool sr_oracle_wrong(int classes, const float *z, int y);

#endif
