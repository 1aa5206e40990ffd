/* The accuracy that PGD-k leaves, for growing k.  All k are points of one and
 * the same attack, so each is measured against the one before on the same
 * images from the same starts. */
#include "audit/check.h"

static const int steps[] = {1, 2, 5, 10, 20, 50, 100};
enum { COUNTS = sizeof steps / sizeof *steps };

/* Images that went from wrong to correct and from correct to wrong. */
struct change {
    int regained, lost;
};

static struct change change_of(const struct sr_trail *t, int from, int to)
{
    struct change c = {0, 0};
    for (int i = 0; i < t->n; i++) {
        const bool before = t->wrong[sr_trail_at(t, from, i)];
        const bool after = t->wrong[sr_trail_at(t, to, i)];
        c.regained += before && !after;
        c.lost += !before && after;
    }
    return c;
}

static int correct_at(const struct sr_trail *t, int point)
{
    int correct = 0;
    for (int i = 0; i < t->n; i++)
        correct += !t->wrong[sr_trail_at(t, point, i)];
    return correct;
}

/* The largest net gain of a longer attack's images that chance does not
 * explain; the chance is shared by all comparisons made (Bonferroni). */
static int worst_rise(const struct sr_trail *t)
{
    int worst = 0;
    for (int i = 0; i + 1 < COUNTS; i++) {
        const struct change c = change_of(t, steps[i], steps[i + 1]);
        const double chance =
            sr_ruling_coin(c.regained, c.regained + c.lost) * (COUNTS - 1);
        if (chance < SR_RULING_ERROR && c.regained - c.lost > worst)
            worst = c.regained - c.lost;
    }
    return worst;
}

static void draw(const struct sr_inquiry *q, struct sr_finding *f)
{
    static const char *const names[COUNTS] = {
        "correct after 1", "after 2",  "after 5",  "after 10",
        "after 20",        "after 50", "after 100"};
    double x[COUNTS], y[COUNTS];

    for (int i = 0; i < COUNTS; i++) {
        const int correct = correct_at(&q->trail, steps[i]);
        x[i] = steps[i];
        y[i] = sr_inquiry_percent(q, correct);
        sr_finding_number(f, names[i], correct);
    }
    sr_finding_curve(q, f,
                     (struct sr_panel){.title = "accuracy against steps",
                                       .x_label = "steps",
                                       .y_label = "correct, %"},
                     "PGD", COUNTS, x, y);
}

static void say(const struct sr_inquiry *q, struct sr_finding *f, int rise,
                bool falling)
{
    const int first = correct_at(&q->trail, 1),
              last = correct_at(&q->trail, 100);

    sr_finding_say(f, "%.1f %% are correct after 1 step, %.1f %% after 100",
                   sr_inquiry_percent(q, first), sr_inquiry_percent(q, last));
    if (rise > 0)
        sr_finding_say(f,
                       ", but %d more after a longer attack than after a "
                       "shorter one: the steps lead nowhere.",
                       rise);
    else if (falling)
        sr_finding_say(f, ", and the number is still falling: 100 steps are "
                          "not enough.");
    else if (first == last)
        sr_finding_say(f, ": the steps change nothing; other checks tell why.");
    else
        sr_finding_say(f, "; the curve falls and flattens out.");
}

/* A curve that still falls says something of the attack, not of the network. */
static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    const struct change last =
        change_of(&q->trail, steps[COUNTS - 2], steps[COUNTS - 1]);
    const int rise = worst_rise(&q->trail);
    const int fall = last.lost > last.regained ? last.lost - last.regained : 0;
    const bool falling = sr_ruling_of(fall, q->n) >= SR_RULING_SUSPECT;
    (void)err;

    draw(q, f);
    sr_finding_rule(f, rise, q->n);
    if (rise > 0 || falling)
        f->ruling = sr_ruling_worse(f->ruling, SR_RULING_SUSPECT);
    sr_finding_number(f, "rise with more steps", rise);
    sr_finding_number(f, "fall over the last 50", fall);
    say(q, f, rise, falling);
    return SR_OK;
}

const struct sr_check sr_check_steps = {
    .name = "steps",
    .question = "Do more steps of the attack leave fewer images correct, until "
                "more make no difference?",
    .source = "Athalye et al. 2018, sec. 3.1; Carlini et al. 2019, sec. 3",
    .look = look,
};
