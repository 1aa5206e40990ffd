/* The accuracy in growing balls.  In a ball of radius 0 it is the clean one, in
 * one that holds every image there is it has to be 0, and a larger ball holds
 * every adversarial image of a smaller one. */
#include <math.h>

#include "attack/norm.h"
#include "audit/check.h"

enum { RADII = 24, STEPS = 20 };

/* From corner to corner of [0, 1]^pixels. */
static double whole_range(const struct sr_inquiry *q)
{
    const double pixels = (double)q->pixels;
    const int norm = q->opts->eval->how.norm;
    return norm == SR_LINF ? 1 : norm == SR_L2 ? sqrt(pixels) : pixels;
}

/* 0, a quarter of epsilon, then twice as much each time, up to the range. */
static int radii_of(const struct sr_inquiry *q, double *radius)
{
    const double epsilon = q->opts->eval->how.epsilon, most = whole_range(q);
    int n = 0;

    radius[n++] = 0;
    for (double r = epsilon / 4; r > 0 && r < most && n < RADII - 1; r *= 2)
        radius[n++] = r;
    radius[n++] = most;
    return n;
}

/* Images that a ball breaks and a larger one does not. */
static int count_lost(const struct sr_inquiry *q, int n, bool *const *broken)
{
    int lost = 0;
    for (int i = 0; i < q->n; i++) {
        bool before = false, against = false;
        for (int r = 0; r < n; r++) {
            against = against || (before && !broken[r][i]);
            before = before || broken[r][i];
        }
        lost += against;
    }
    return lost;
}

static void conclude(const struct sr_inquiry *q, struct sr_finding *f, int n,
                     bool *const *broken)
{
    const int zero = sr_inquiry_count(q, broken[0]);
    const int left = q->n - sr_inquiry_count(q, broken[n - 1]);
    const int lost = count_lost(q, n, broken);

    sr_finding_number(f, "broken at radius 0", zero);
    sr_finding_number(f, "correct at the whole range", left);
    sr_finding_number(f, "broken, but not in a larger ball", lost);
    sr_finding_rule(f, lost > left ? lost : left, q->n);
    if (zero > 0)
        f->ruling = SR_RULING_MASKED;
    if (zero > 0)
        sr_finding_say(
            f,
            "%d images are broken without being changed: the network "
            "does not say the same thing twice.",
            zero);
    else
        sr_finding_say(f,
                       "In a ball that is the whole pixel range %d of %d "
                       "images stay correct, and %d that a ball breaks "
                       "survive in a larger one.",
                       left, q->n, lost);
}

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    double radius[RADII], y[RADII];
    bool *broken[RADII] = {0};
    const int n = radii_of(q, radius);

    for (int r = 0; r < n; r++) {
        struct sr_attack_opts o = sr_inquiry_pgd(q, STEPS, 1);
        o.epsilon = radius[r];
        o.step_size = radius[r] / 4;
        broken[r] = sr_inquiry_flags(q);
        SR_TRY(sr_inquiry_attack(q, &q->own->oracle, &o, NULL, broken[r], err));
        y[r] = sr_inquiry_percent(q, q->n - sr_inquiry_count(q, broken[r]));
    }
    sr_finding_curve(q, f,
                     (struct sr_panel){.title = "accuracy against epsilon",
                                       .x_label = "epsilon",
                                       .y_label = "correct, %"},
                     "PGD-20", (size_t)n, radius, y);
    conclude(q, f, n, broken);
    return SR_OK;
}

const struct sr_check sr_check_radius = {
    .name = "radius",
    .question = "Does accuracy begin at the clean one, fall as the ball grows, "
                "and reach 0 % where every image is allowed?",
    .source = "Athalye et al. 2018, sec. 3.1; Pintor et al. 2022 "
              "(unconstrained attack failure)",
    .look = look,
};
