/* engine/act.h - activations: values, slopes, and the gradients of their
 * parameters.
 *
 * The slope is a function of its own here, not necessarily the derivative of
 * the value that was computed: a layer may send ReLU forward and softplus's
 * slope backward (Xie et al. 2020, section 3).  All of them read the input of
 * the activation, never its output.
 *
 * Layout   any; `count` floats, elementwise
 * Twin     tests/engine/act_ref.h in double
 */
#ifndef SR_ENGINE_ACT_H
#define SR_ENGINE_ACT_H

#include <stddef.h>

#include "base/err.h"
#include "engine/engine.h"

enum { SR_ACT_PARAMS = 2 };

/* One activation: a row of act_list.h. */
struct sr_act {
    const char *name;
    const char *formula, *source;
    int alphas;   /* 1 when the user's alpha means something      */
    double alpha; /* its default                                  */
    double alpha_min, alpha_max;
    int learned;   /* parameters trained with the weights: 0..2    */
    int each_site; /* learned: 1 when every place in a network has a set of its
                      own, 0 when one set serves them all */
    double start[SR_ACT_PARAMS]; /* what the learned ones start from         */
    int id; /* index into the kernel tables                 */
};

/* The i-th activation, NULL past the last. */
const struct sr_act *sr_act_at(int i);
const char *sr_act_name(int i); /* an sr_words_fn */

/* The row called name.  There is no default: in this project the activation is
 * the experiment, and a typo must not become a ReLU.  Fails with SR_ECONFIG,
 * listing the known ones. */
enum sr_status sr_act_find(const char *name, struct sr_src at,
                           const struct sr_act **act, struct sr_err *err);

/* y = act(x).
 *   p   act's parameters: [0] alpha where alphas is 1; or the learned ones;
 *       ignored (may be NULL) where there are none
 *   y   [count], may be x
 * Threads: splits by count in fixed pieces; the same bits for any number.
 * Values stay finite for |x| <= 1e4. */
void sr_act_forward(const struct sr_engine *e, const struct sr_act *act,
                    const float *p, size_t count, const float *x, float *y);

/* s = slope(x), to be multiplied with dy.  s may be x. */
void sr_act_slope(const struct sr_engine *e, const struct sr_act *act,
                  const float *p, size_t count, const float *x, float *s);

/* dp[i] += sum of dy * d act / d p[i] for the learned parameters, summed in
 * double in fixed pieces, in a fixed order. */
void sr_act_backward_p(const struct sr_engine *e, const struct sr_act *act,
                       const float *p, size_t count, const float *x,
                       const float *dy, float *dp);

#endif
