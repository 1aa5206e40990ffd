/* attack/search.h - attacks that look for an adversarial image point by point,
 * every image on its own.
 *
 * Such an attack is written for one image: it names a point to look at, is told
 * the logits there and the gradient of what it climbs, and names the next one.
 * What all of them share is here:
 *
 *   - points of many images are asked together, and an image that is done gives
 *     its place to the next, so the network sees full batches to the end;
 *   - an image is done as soon as a point inside the ball is misclassified;
 *   - the first point is the image itself; restarts and targets follow each
 *     other, each from a fresh state and with draws of its own;
 *   - of an image that holds out, the point of largest margin is returned.
 *
 * Everything random is keyed by (seed, attack, image, target, restart, point),
 * so an image's result depends on nothing but itself.
 */
#ifndef SR_ATTACK_SEARCH_H
#define SR_ATTACK_SEARCH_H

#include "attack/attack.h"
#include "attack/ball.h"
#include "base/rng.h"

enum { SR_SEARCH_ROWS = 8 };

/* One image under attack, as its attack sees it. */
struct sr_trial {
    const struct sr_attack_opts *o;
    const struct sr_ball *ball;
    int h, w, c, classes;

    const float *x; /* [pixels] the image, [0, 1]                           */
    int y;
    float *clean; /* [classes] logits of x                                  */
    int target;   /* the class this run leads to: the likeliest but y at x,
                     the next likeliest, ...                                */
    int restart;  /* 0, 1, ... of this target                               */
    uint64_t key; /* of this run's draws                                    */

    void *state;                /* the attack's own, zero when a run begins */
    float *row[SR_SEARCH_ROWS]; /* [pixels] each; contents lost before      */

    /* Where `near` is said: the next point differs from base in `news` only,
     * and that from the base of the point before in `renewed` only.  Before a
     * run `news` is the whole image. */
    const float *base;
    struct sr_patch news, renewed;

    float *at;        /* [pixels] the point, to be overwritten by the next */
    const float *z;   /* [classes] its logits                              */
    const float *g;   /* [pixels] gradient of the loss there               */
    float value;      /* the loss there                                    */
    float margin;     /* largest logit but y's, less y's; infinite where a
                         logit is not finite; above 0: misclassified       */
    long long looked; /* points of this run so far                         */
};

/* How often the gradient is asked for at a point. */
enum sr_slopes {
    SR_SLOPES_NONE,
    SR_SLOPES_ONE,
    SR_SLOPES_EACH, /* once for every class but y */
};

struct sr_search {
    size_t state; /* bytes          */
    int rows;     /* of those above */
    bool roams;   /* looks outside the ball, too; those points do not count */
    bool near;    /* tells how the next point differs from one before */
    enum sr_slopes slopes;

    /* Value and gradient in the logits of loss `k`: 0, or with SLOPES_EACH the
     * class; runs on one thread. */
    float (*loss)(const struct sr_trial *t, int k, float *dz);

    /* SLOPES_EACH: t->g and t->value are those of loss k; NULL otherwise. */
    void (*gather)(struct sr_trial *t, int k);

    /* Write the first point of a run to t->at. */
    void (*begin)(struct sr_trial *t);

    /* The answer is there: write the next point to t->at; false: give up. */
    bool (*step)(struct sr_trial *t);
};

/* Key of the draws for the next point. */
static inline uint64_t sr_trial_key(const struct sr_trial *t)
{
    return sr_rng_mix(t->key ^ (uint64_t)t->looked);
}

/* Key of the draws of one run on image `image` of b. */
uint64_t sr_search_key(const struct sr_attack_opts *o,
                       const struct sr_attack_batch *b, int image, int rank,
                       int restart);

/* An sr_search.loss: the loss o->loss of y. */
float sr_search_loss(const struct sr_trial *t, int k, float *dz);

/* The same: the logit of class k over that of y. */
float sr_search_lead(const struct sr_trial *t, int k, float *dz);

/* What sr_attack_work does for attacks of this kind. */
bool sr_search_run(const struct sr_search *how, const struct sr_attack_job *job,
                   struct sr_oracle *f, struct sr_arena *scratch);

#endif
