/* The attack of Carlini and Wagner for L2: minimise
 *
 *     |x' - x|^2 + c max(z_y - max_{i != y} z_i, 0)
 *
 * over w, x' = (tanh w + 1) / 2, by Adam; the constant c is halved in where the
 * label changes and raised where it does not.
 *
 * Source   Carlini and Wagner 2017, "Towards evaluating the robustness of
 * neural networks", sec. V-A and VI-A (f_6, kappa 0); rate, first c and nine
 *          rounds are those of their code
 * Queries  one forward and backward a step, `steps` in each round
 */
#include <math.h>
#include <string.h>

#include "attack/attack_list.h"
#include "attack/search.h"

enum { W, MEAN, SQUARE, ROWS };
enum { ROUNDS = 9 };

static const float rate = 0.01f;
static const float keep_mean = 0.9f, keep_square = 0.999f; /* Adam's betas */
static const double first_c = 1e-3, no_bound = 1e10;
static const float inside = 0.999999f; /* so that atanh is finite */

struct state {
    int round;
    long long steps; /* of this round                 */
    bool fooled;     /* in this round                 */
    double c, low, high;
};

static void write_point(struct sr_trial *t)
{
    for (size_t i = 0; i < t->ball->pixels; i++)
        t->at[i] = 0.5f * (tanhf(t->row[W][i]) + 1);
}

static void begin_round(struct sr_trial *t)
{
    const size_t pixels = t->ball->pixels;
    for (size_t i = 0; i < pixels; i++)
        t->row[W][i] = atanhf(inside * (2 * t->x[i] - 1));
    memset(t->row[MEAN], 0, pixels * sizeof *t->at);
    memset(t->row[SQUARE], 0, pixels * sizeof *t->at);
    write_point(t);
}

static void begin(struct sr_trial *t)
{
    struct state *s = t->state;
    s->c = first_c;
    s->high = no_bound;
    begin_round(t);
}

/* One step of Adam in w; t->g is the slope of the margin at t->at. */
static void descend(struct sr_trial *t, const struct state *s, bool wrong)
{
    const double mean_share = 1 - pow((double)keep_mean, (double)s->steps);
    const double square_share = 1 - pow((double)keep_square, (double)s->steps);
    const float c = wrong ? 0 : (float)s->c;
    float *mean = t->row[MEAN], *square = t->row[SQUARE];

    for (size_t i = 0; i < t->ball->pixels; i++) {
        const float at = t->at[i];
        const float dx = 2 * (at - t->x[i]) - c * t->g[i];
        const float g = isfinite(dx) ? dx * 2 * at * (1 - at) : 0;
        mean[i] = keep_mean * mean[i] + (1 - keep_mean) * g;
        square[i] = keep_square * square[i] + (1 - keep_square) * g * g;
        const double root = sqrt((double)square[i] / square_share) + 1e-8;
        t->row[W][i] -= rate * (float)((double)mean[i] / mean_share / root);
    }
}

/* The constant between the largest that did not fool and the least that did. */
static void choose_constant(struct state *s)
{
    if (s->fooled)
        s->high = s->c;
    else
        s->low = s->c;
    s->c = s->high < no_bound ? (s->low + s->high) / 2 : 10 * s->c;
    s->fooled = false;
    s->steps = 0;
    s->round++;
}

static bool step(struct sr_trial *t)
{
    struct state *s = t->state;
    const bool wrong = sr_oracle_wrong(t->classes, t->z, t->y);

    s->fooled = s->fooled || wrong;
    if (s->steps++ < t->o->steps) {
        descend(t, s, wrong);
        write_point(t);
        return true;
    }
    choose_constant(s);
    if (s->round == ROUNDS)
        return false;
    begin_round(t);
    return true;
}

static void settle(struct sr_attack_opts *o) { o->loss = SR_LOSS_MARGIN; }

static const struct sr_search search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .roams = true,
    .slopes = SR_SLOPES_ONE,
    .loss = sr_search_loss,
    .begin = begin,
    .step = step,
};

static const struct sr_search *const searches[SR_NORMS] = {[SR_L2] = &search};

const struct sr_attack sr_attack_cw_l2 = {
    .name = "cw-l2",
    .form = "cw-l2-STEPS",
    .source = "Carlini and Wagner 2017",
    .number = SR_NUMBER_NEEDED,
    .settle = settle,
    .search = searches,
};
