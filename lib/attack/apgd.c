#include "attack/apgd.h"

#include <string.h>

#include "attack/attack_list.h"

enum { BEFORE = SR_APGD_OWN, NEXT, ROWS };

/* How far a step of the method goes on as the one before did. */
static const float momentum = 0.25f;
/* Of the steps between two checkpoints, the share that must raise the loss. */
static const double enough = 0.75;

struct state {
    struct sr_apgd_best best;
    long long steps;  /* made so far                                       */
    long long since;  /* of them, since the last checkpoint                */
    long long rises;  /* of these, those after which the loss was higher   */
    long long period; /* steps from the last checkpoint to the next        */
    float step;       /* length of one                                     */
    float last;       /* loss of the newest point ...                      */
    float then;       /* ... and the highest one at the last checkpoint    */
    bool kept;        /* the step was not halved there                     */
};

void sr_apgd_offer(struct sr_trial *t, struct sr_apgd_best *best, bool first)
{
    const size_t bytes = t->ball->pixels * sizeof *t->at;
    if (!first && !(t->value > best->loss))
        return;
    best->loss = t->value;
    memcpy(t->row[SR_APGD_BEST], t->at, bytes);
    memcpy(t->row[SR_APGD_SLOPE], t->g, bytes);
}

float sr_apgd_loss(const struct sr_trial *t, int k, float *dz)
{
    float value;
    if (t->o->targets == 0)
        return sr_search_loss(t, k, dz);
    sr_loss_dlr_targeted(t->classes, t->z, t->y, t->target, &value, dz);
    return value;
}

static long long part(long long percent, long long steps)
{
    const long long n = percent * steps / 100;
    return n < 1 ? 1 : n;
}

static void begin(struct sr_trial *t)
{
    struct state *s = t->state;
    s->step = 2 * t->ball->epsilon;
    s->period = part(22, t->o->steps);
    sr_ball_edge(t->ball, t->key, t->x, t->at);
    memcpy(t->row[BEFORE], t->at, t->ball->pixels * sizeof *t->at);
}

/* The first loss is compared with 0, not with that of the start: so does the
 * authors' code, and for cross-entropy it counts as a rise. */
static void hear(struct sr_trial *t, struct state *s)
{
    const bool first = t->looked == 1;
    sr_apgd_offer(t, &s->best, first);
    if (first) {
        s->then = s->best.loss;
        return;
    }
    s->rises += t->value > s->last;
    s->last = t->value;
    s->since++;
}

/* At a checkpoint: has the loss been rising too seldom, or never above its
 * highest although the step was kept? */
static bool must_halve(struct state *s, long long steps)
{
    const bool seldom = (double)s->rises <= enough * (double)s->period;
    const bool stuck = s->kept && s->then >= s->best.loss;
    const long long shorter = s->period - part(3, steps),
                    least = part(6, steps);

    s->kept = !seldom && !stuck;
    s->then = s->best.loss;
    s->since = 0;
    s->rises = 0;
    s->period = shorter > least ? shorter : least;
    return !s->kept;
}

/* A step along the gradient, and on from there by a part of the last move. */
static void advance(struct sr_trial *t, const struct state *s, const float *g)
{
    float *at = t->at, *before = t->row[BEFORE], *next = t->row[NEXT];
    const float more = s->steps > 0 ? momentum : 0;

    memcpy(next, at, t->ball->pixels * sizeof *at);
    sr_ball_move(t->ball, s->step, g, next);
    sr_ball_project(t->ball, t->x, next);
    for (size_t i = 0; i < t->ball->pixels; i++) {
        const float now = at[i];
        at[i] = now + (1 - more) * (next[i] - now) + more * (now - before[i]);
        before[i] = now;
    }
    sr_ball_project(t->ball, t->x, at);
}

static bool step(struct sr_trial *t)
{
    struct state *s = t->state;
    const float *g = t->g;

    hear(t, s);
    if (s->steps == t->o->steps)
        return false;
    if (s->since == s->period && must_halve(s, t->o->steps)) {
        s->step /= 2;
        g = t->row[SR_APGD_SLOPE];
        memcpy(t->at, t->row[SR_APGD_BEST], t->ball->pixels * sizeof *t->at);
    }
    advance(t, s, g);
    s->steps++;
    return true;
}

const struct sr_search sr_apgd_search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .slopes = SR_SLOPES_ONE,
    .loss = sr_apgd_loss,
    .begin = begin,
    .step = step,
};

static void climb_cross_entropy(struct sr_attack_opts *o)
{
    o->loss = SR_LOSS_CE;
}

static void climb_dlr(struct sr_attack_opts *o) { o->loss = SR_LOSS_DLR; }

static const struct sr_search *const searches[SR_NORMS] = {
    [SR_LINF] = &sr_apgd_search,
    [SR_L2] = &sr_apgd_search,
    [SR_L1] = &sr_apgd_l1_search,
};
enum { STEPS = 100 };

const struct sr_attack sr_attack_apgd_ce = {
    .name = "apgd-ce",
    .form = "apgd-ce[-STEPS[xRESTARTS]]",
    .source = "Croce and Hein 2020, 2021",
    .number = SR_NUMBER_ALLOWED,
    .steps = STEPS,
    .settle = climb_cross_entropy,
    .search = searches,
};

const struct sr_attack sr_attack_apgd_dlr = {
    .name = "apgd-dlr",
    .form = "apgd-dlr[-STEPS[xRESTARTS]]",
    .source = "Croce and Hein 2020, 2021",
    .number = SR_NUMBER_ALLOWED,
    .steps = STEPS,
    .settle = climb_dlr,
    .classes = SR_DLR_CLASSES,
    .instead = "apgd-ce",
    .search = searches,
};

const struct sr_attack sr_attack_apgd_t = {
    .name = "apgd-t",
    .form = "apgd-t[-STEPS[xRESTARTS]]",
    .source = "Croce and Hein 2020, 2021",
    .number = SR_NUMBER_ALLOWED,
    .steps = STEPS,
    .targets = 9,
    .settle = climb_dlr,
    .classes = SR_DLR_TARGETED_CLASSES,
    .instead = "apgd-ce, fab-t and square",
    .search = searches,
};
