/* The angle between the gradients at an image and close to it.  Where the loss
 * is smooth on the scale of the attack they agree; where it is shattered they
 * have as much to do with each other as two random directions.  Of those the
 * cosine has mean 0 and variance 1 / pixels, so evidence is a cosine that one
 * in SR_RULING_ERROR pairs of random directions would exceed: below
 * 3.09 / sqrt(pixels).
 *
 * It makes a network suspect at most: gradients that turn all the time may
 * still lead somewhere, as those of a quantised input do whose signs are right.
 * Whether they do is what the attacks of the other checks show. */
#include <math.h>
#include <stdlib.h>

#include "attack/ball.h"
#include "audit/check.h"
#include "base/rng.h"

static const double quantile = 3.0902323061678132; /* of the normal, 0.999 */

/* NaN where one of them has no direction. */
static double cosine(size_t pixels, const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < pixels; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / (sqrt(aa) * sqrt(bb));
}

/* x = the images, a tenth of the radius away in a random direction. */
static void step_aside(const struct sr_inquiry *q, float *x)
{
    const struct sr_attack_opts o = sr_inquiry_pgd(q, 1, 1);
    struct sr_ball ball = sr_ball_of(&o, &q->own->oracle);

    ball.epsilon = (float)(o.epsilon / 10);
    for (int i = 0; i < q->n; i++) {
        const size_t at = (size_t)i * q->pixels;
        const uint64_t key =
            sr_rng_key(q->batch.seed, SR_RNG_AUDIT, 0, q->batch.id[i], 0);
        sr_ball_edge(&ball, key, q->batch.x + at, x + at);
    }
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* From the smallest to the largest. */
static void draw(const struct sr_inquiry *q, struct sr_finding *f, int n,
                 double *value)
{
    double *rank = SR_TAKE(q->arena, n, double);

    qsort(value, (size_t)n, sizeof *value, by_value);
    for (int i = 0; i < n; i++)
        rank[i] = 100.0 * (i + 1) / n;
    sr_finding_curve(
        q, f,
        (struct sr_panel){.title = "cosine of gradients epsilon / 10 apart",
                          .x_label = "images, %",
                          .y_label = "cosine"},
        "cosine", (size_t)n, rank, value);
    sr_finding_number(f, "median cosine", value[n / 2]);
    sr_finding_number(f, "smallest cosine", value[0]);
}

/* value = the cosines of the images that have one; returns how many. */
static int compare(struct sr_inquiry *q, double *value)
{
    const struct sr_mark mark = sr_arena_mark(q->arena);
    const size_t all = (size_t)q->n * q->pixels;
    float *near = SR_TAKE(q->arena, all, float);
    float *g = SR_TAKE(q->arena, 2 * all, float);
    int known = 0;

    step_aside(q, near);
    sr_inquiry_gradient(q, &q->own->oracle, SR_LOSS_CE, q->batch.x, g);
    sr_inquiry_gradient(q, &q->own->oracle, SR_LOSS_CE, near, g + all);
    for (int i = 0; i < q->n; i++) {
        const float *own = g + (size_t)i * q->pixels;
        const double c = cosine(q->pixels, own, own + all);
        if (isfinite(c))
            value[known++] = c;
    }
    sr_arena_release(q->arena, mark);
    return known;
}

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    const double limit = quantile / sqrt((double)q->pixels);
    double *value = SR_TAKE(q->arena, q->n, double);
    const int known = compare(q, value);
    int apart = 0;
    (void)err;

    for (int i = 0; i < known; i++)
        apart += value[i] < limit;
    sr_finding_rule(f, apart, known);
    if (f->ruling == SR_RULING_MASKED)
        f->ruling = SR_RULING_SUSPECT;
    sr_finding_number(f, "random directions stay below", limit);
    if (known == 0) {
        sr_finding_say(f, "No image has a gradient to compare.");
        return SR_OK;
    }
    draw(q, f, known, value);
    sr_finding_say(f,
                   "The median cosine of gradients epsilon / 10 apart is "
                   "%.3f; %d of %d are no nearer than random directions.",
                   value[known / 2], apart, known);
    return SR_OK;
}

const struct sr_check sr_check_cosine = {
    .name = "cosine",
    .question = "Does the gradient point the same way a little further on?",
    .source = "Athalye et al. 2018, sec. 3 (shattered gradients); Balduzzi et "
              "al. 2017",
    .look = look,
};
