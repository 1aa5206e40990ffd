#include "eval/sanity.h"

#include <math.h>
#include <string.h>

#include "attack/ball.h"

enum sr_status sr_sanity_ball(const char *word, const struct sr_attack_opts *o,
                              const struct sr_oracle *oracle,
                              const struct sr_attack_batch *batch,
                              const float *adv, struct sr_err *err)
{
    const struct sr_ball ball = sr_ball_of(o, oracle);
    const double allowed = 1e-6 * fmax(1, o->epsilon);

    for (int i = 0; i < batch->n; i++) {
        const size_t at = (size_t)i * ball.pixels;
        const double excess = sr_ball_excess(&ball, batch->x + at, adv + at);
        if (!(excess <= allowed))
            return sr_fail(err, SR_EVERIFY,
                           "%s: the adversarial image %llu is %.3g outside its "
                           "%s ball of radius %g or [0, 1]; %g is allowed",
                           word, (unsigned long long)batch->id[i], excess,
                           sr_norm_name(o->norm), o->epsilon, allowed);
    }
    return SR_OK;
}

enum sr_status sr_sanity_zero(const char *word, int images, int clean,
                              int robust, struct sr_err *err)
{
    if (clean == robust)
        return SR_OK;
    return sr_fail(err, SR_EVERIFY,
                   "%s with epsilon 0 leaves %d of %d images correct, without "
                   "an attack %d are: the attack's passes are not the "
                   "network's",
                   word, robust, images, clean);
}

/* Is `other` the same attack as `one`, only with at least as many steps and
 * restarts?  All else is the same for every attack of an evaluation. */
static bool longer(const struct sr_eval_attack *one,
                   const struct sr_eval_attack *other)
{
    const struct sr_attack_opts *a = &one->stage[0].opts;
    const struct sr_attack_opts *b = &other->stage[0].opts;
    return one->stages == 1 && other->stages == 1 &&
           strcmp(a->name, b->name) == 0 && b->steps >= a->steps &&
           b->restarts >= a->restarts;
}

static enum sr_status compare(const struct sr_eval *eval, int shorter,
                              int longer_one, const unsigned char *survived,
                              struct sr_err *err)
{
    const unsigned char *s = survived + (size_t)shorter * (size_t)eval->images;
    const unsigned char *l =
        survived + (size_t)longer_one * (size_t)eval->images;
    int lost = 0, won = 0; /* by trying longer, seen from the attack */

    for (int i = 0; i < eval->images; i++) {
        lost += l[i] && !s[i];
        won += s[i] && !l[i];
    }
    if ((double)(lost - won) <= 3 * sqrt((double)(lost + won)))
        return SR_OK;
    return sr_fail(
        err, SR_EVERIFY,
        "%s leaves %d images correct, %s, which tries less, only %d: "
        "the step size is too large for the ball or the gradient is "
        "unusable",
        eval->attack[longer_one].word, eval->attack[longer_one].robust,
        eval->attack[shorter].word, eval->attack[shorter].robust);
}

enum sr_status sr_sanity_order(const struct sr_eval *eval,
                               const unsigned char *survived,
                               struct sr_err *err)
{
    for (int a = 0; a < eval->attacks; a++)
        for (int b = 0; b < eval->attacks; b++)
            if (a != b && longer(&eval->attack[a], &eval->attack[b]))
                SR_TRY(compare(eval, a, b, survived, err));
    return SR_OK;
}
