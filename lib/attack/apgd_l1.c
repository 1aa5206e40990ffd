/* APGD for L1: sparse steps, first in balls of three and two times the radius.
 * apgd.h has the sources. */
#include <math.h>
#include <string.h>

#include "attack/apgd.h"
#include "attack/norm.h"

enum { STAGES = 3, ROWS = SR_APGD_OWN };

static const double shorter = 1.5; /* a step becomes, and its pixels fewer */
static const double shortest = 10; /* parts of the radius                  */
static const double fewer = 0.95;  /* changed pixels that count as fewer   */

struct state {
    struct sr_apgd_best best;
    int stage;       /* of radius 3 epsilon, 2 epsilon, epsilon            */
    long long steps; /* made in this stage; -1: its first point is unheard */
    long long since; /* of them, since the last checkpoint                 */
    double step;     /* length of one                                      */
    double share;    /* of the pixels, that a step changes                 */
    double changed;  /* pixels the best point changed, a checkpoint ago    */
};

/* 30, 30 and 40 % of the steps. */
static long long stage_steps(const struct sr_trial *t, int stage)
{
    const long long early = t->o->steps * 30 / 100;
    return stage + 1 < STAGES ? early : t->o->steps - (STAGES - 1) * early;
}

static struct sr_ball ball_of(const struct sr_trial *t, int stage)
{
    struct sr_ball ball = *t->ball;
    ball.epsilon *= (float)(STAGES - stage);
    return ball;
}

static double changed(const struct sr_trial *t, const float *adv)
{
    size_t n = 0;
    for (size_t i = 0; i < t->ball->pixels; i++)
        n += adv[i] != t->x[i];
    return (double)n;
}

static void set_share(const struct sr_trial *t, struct state *s, double pixels)
{
    s->changed = pixels;
    s->share = pixels / (double)t->ball->pixels / shorter;
}

static void begin(struct sr_trial *t)
{
    struct state *s = t->state;
    const struct sr_ball ball = ball_of(t, 0);
    s->steps = -1;
    sr_ball_edge(&ball, t->key, t->x, t->at);
}

static void hear(struct sr_trial *t, struct state *s)
{
    const bool first = s->steps < 0;
    sr_apgd_offer(t, &s->best, first);
    if (first) {
        s->steps = 0;
        s->since = 0;
        s->step = (double)ball_of(t, s->stage).epsilon;
        set_share(t, s, changed(t, t->at));
    } else {
        s->since++;
    }
}

/* Where the best point has become sparser the step is made long again, and the
 * search goes back; elsewhere the step is made shorter. */
static bool check(struct sr_trial *t, struct state *s)
{
    const double radius = (double)ball_of(t, s->stage).epsilon;
    const double now = changed(t, t->row[SR_APGD_BEST]);
    const bool sparser = now < fewer * s->changed;

    s->step = sparser ? radius : fmax(s->step / shorter, radius / shortest);
    s->since = 0;
    set_share(t, s, now);
    return sparser;
}

/* Equal parts of the step along the pixels of steepest slope. */
static void advance(struct sr_trial *t, const struct state *s, const float *g)
{
    const size_t pixels = t->ball->pixels;
    const size_t left = (size_t)((1 - s->share) * (double)pixels);
    const size_t k = left < pixels ? pixels - left : 1;
    const float least = sr_norm_l1_kth(pixels, g, k);
    const struct sr_ball ball = ball_of(t, s->stage);
    size_t n = 0;

    for (size_t i = 0; i < pixels; i++)
        n += fabsf(g[i]) >= least && g[i] != 0;
    const float by = n > 0 ? (float)(s->step / (double)n) : 0;
    for (size_t i = 0; i < pixels; i++)
        if (fabsf(g[i]) >= least && g[i] != 0)
            t->at[i] += g[i] > 0 ? by : -by;
    sr_ball_project(&ball, t->x, t->at);
}

/* The best point of a stage, brought into the next one's ball. */
static bool next_stage(struct sr_trial *t, struct state *s)
{
    if (++s->stage == STAGES)
        return false;
    const struct sr_ball ball = ball_of(t, s->stage);
    s->steps = -1;
    memcpy(t->at, t->row[SR_APGD_BEST], ball.pixels * sizeof *t->at);
    sr_ball_project(&ball, t->x, t->at);
    return true;
}

static bool step(struct sr_trial *t)
{
    struct state *s = t->state;
    const float *g = t->g;

    hear(t, s);
    const long long steps = stage_steps(t, s->stage), period = steps * 4 / 100;
    if (s->steps == steps)
        return next_stage(t, s);
    if (s->since >= (period > 1 ? period : 1) && check(t, s)) {
        g = t->row[SR_APGD_SLOPE];
        memcpy(t->at, t->row[SR_APGD_BEST], t->ball->pixels * sizeof *t->at);
    }
    advance(t, s, g);
    s->steps++;
    return true;
}

const struct sr_search sr_apgd_l1_search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .roams = true,
    .slopes = SR_SLOPES_ONE,
    .loss = sr_apgd_loss,
    .begin = begin,
    .step = step,
};
