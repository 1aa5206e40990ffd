/* The loss along the attack.  A step uphill raises the loss unless there is no
 * hill: evidence is an image whose loss is at no point above where it began. */
#include <math.h>

#include "audit/check.h"

/* Is the attack's first point a question at all?  One that is misclassified
 * already needs no higher loss. */
static bool asked(const struct sr_trail *t, int image)
{
    const size_t at = sr_trail_at(t, 0, image);
    return !t->wrong[at] && isfinite(t->loss[at]);
}

static bool rises(const struct sr_trail *t, int image)
{
    for (int p = 1; p < t->points; p++)
        if (t->loss[sr_trail_at(t, p, image)] >
            t->loss[sr_trail_at(t, 0, image)])
            return true;
    return false;
}

/* Over the images whose loss is finite there. */
static double mean_at(const struct sr_trail *t, int point)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < t->n; i++) {
        const float loss = t->loss[sr_trail_at(t, point, i)];
        sum += isfinite(loss) ? (double)loss : 0;
        count += isfinite(loss);
    }
    return count > 0 ? sum / count : NAN;
}

static void draw(const struct sr_inquiry *q, struct sr_finding *f)
{
    const size_t points = (size_t)q->trail.points;
    double *x = SR_TAKE(q->arena, points, double);
    double *y = SR_TAKE(q->arena, points, double);

    for (size_t p = 0; p < points; p++) {
        x[p] = (double)p;
        y[p] = mean_at(&q->trail, (int)p);
    }
    sr_finding_curve(q, f,
                     (struct sr_panel){.title = "loss along the attack",
                                       .x_label = "step",
                                       .y_label = "mean cross-entropy"},
                     "PGD", points, x, y);
    sr_finding_number(f, "mean loss at the start", y[0]);
    sr_finding_number(f, "mean loss at the end", y[points - 1]);
}

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    int images = 0, level = 0;
    (void)err;

    for (int i = 0; i < q->n; i++) {
        images += asked(&q->trail, i);
        level += asked(&q->trail, i) && !rises(&q->trail, i);
    }
    sr_finding_rule(f, level, images);
    draw(q, f);
    sr_finding_say(f,
                   "The loss rises at %d of %d images, and never at the other "
                   "%d.",
                   images - level, images, level);
    return SR_OK;
}

const struct sr_check sr_check_loss = {
    .name = "loss",
    .question = "Does the loss rise along the attack?",
    .source = "Pintor et al. 2022 (incomplete optimization)",
    .look = look,
};
