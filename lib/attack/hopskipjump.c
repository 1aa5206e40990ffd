/* HopSkipJump: a walk along the boundary that is told nothing but the class.
 *
 * From a misclassified point a bisection towards the image finds the boundary;
 * there the share of misclassified points around tells its slope; a step along
 * the slope, as long as it stays misclassified, begins the next round.
 *
 * Source   Chen, Jordan and Wainwright 2020, "HopSkipJumpAttack: a
 *          query-efficient decision-based attack", algorithm 2, untargeted;
 *          sizes and numbers as in sec. IV-B and their code
 * Queries  `steps` forwards a run
 */
#include <math.h>
#include <string.h>

#include "attack/attack_list.h"
#include "attack/norm.h"
#include "attack/search.h"
#include "engine/vec.h"

enum { EDGE, SLOPE, SUM, ROWS };
enum { DRAWS = 100, MOST_DRAWS = 10000, HALVINGS = 30 };

/* What the newest point was for. */
enum phase { FIND, BISECT, PROBE, JUMP };

struct state {
    enum phase phase;
    long long queries; /* asked in this run                               */
    int round;         /* of bisection, probing, jumping; from 1          */
    double low, high;  /* bisection: right at low, misclassified at high:
                          shares of the way to EDGE, or lengths for linf  */
    double close;      /* ... until they are so near                      */
    int draws, drawn;  /* of this round's probes                          */
    int hits;          /* of them, misclassified                          */
    double away;       /* length of a probe                               */
    double step;       /* length of a jump                                */
    uint64_t key;      /* of the newest draw                              */
};

static double distance(const struct sr_trial *t)
{
    return sr_norm_at(t->ball->norm)
        ->distance(t->ball->pixels, t->x, t->row[EDGE]);
}

/* ---- a misclassified point: noise all over the pixel range ---- */

static void find(struct sr_trial *t)
{
    const uint64_t key = sr_trial_key(t);
    for (size_t i = 0; i < t->ball->pixels; i++)
        t->at[i] = sr_rng_uniform(key, i);
}

/* ---- bisection between the image and EDGE ---- */

/* Part of the way to EDGE: for linf it is cut, otherwise scaled. */
static void write_part(struct sr_trial *t, double part)
{
    const float p = (float)part;
    for (size_t i = 0; i < t->ball->pixels; i++) {
        const float way = t->row[EDGE][i] - t->x[i];
        const float cut = way > p ? p : way < -p ? -p : way;
        t->at[i] = t->x[i] + (t->ball->norm == SR_LINF ? cut : p * way);
    }
}

static void bisect(struct sr_trial *t)
{
    const struct state *s = t->state;
    write_part(t, (s->low + s->high) / 2);
}

/* The newest point becomes EDGE, and the way to it is bisected. */
static void begin_bisection(struct sr_trial *t)
{
    struct state *s = t->state;
    const double pixels = (double)t->ball->pixels;
    const double fine = 1 / (pixels * sqrt(pixels));

    memcpy(t->row[EDGE], t->at, t->ball->pixels * sizeof *t->at);
    s->phase = BISECT;
    s->low = 0;
    s->high = t->ball->norm == SR_LINF ? distance(t) : 1;
    s->close = t->ball->norm == SR_LINF ? fmin(fine * s->high, fine) : fine;
    bisect(t);
}

/* ---- probes around EDGE ---- */

static void probe(struct sr_trial *t)
{
    struct state *s = t->state;
    const size_t pixels = t->ball->pixels;

    s->key = sr_trial_key(t);
    for (size_t i = 0; i < pixels; i++)
        t->at[i] = sr_rng_normal(s->key, i);
    const double length = sr_vec_norm2(pixels, t->at);
    const float scale = length > 0 ? (float)(s->away / length) : 0;
    for (size_t i = 0; i < pixels; i++)
        t->at[i] = t->row[EDGE][i] + scale * t->at[i];
    sr_vec_clamp(pixels, 0, 1, t->at);
}

static void begin_probes(struct sr_trial *t)
{
    struct state *s = t->state;
    const double pixels = (double)t->ball->pixels, far = distance(t);
    const double draws = DRAWS * sqrt((double)++s->round);

    s->phase = PROBE;
    s->away = s->round == 1              ? 0.1
              : t->ball->norm == SR_LINF ? far / sqrt(pixels)
                                         : far / pixels;
    s->draws = draws < MOST_DRAWS ? (int)draws : MOST_DRAWS;
    s->drawn = s->hits = 0;
    memset(t->row[SLOPE], 0, t->ball->pixels * sizeof *t->at);
    memset(t->row[SUM], 0, t->ball->pixels * sizeof *t->at);
    probe(t);
}

/* Add the newest probe to the sums over all and over the misclassified. */
static void hear_probe(struct sr_trial *t, bool wrong)
{
    struct state *s = t->state;
    for (size_t i = 0; i < t->ball->pixels; i++) {
        const float way = (t->at[i] - t->row[EDGE][i]) / (float)s->away;
        t->row[SUM][i] += way;
        t->row[SLOPE][i] += wrong ? way : 0;
    }
    s->hits += wrong;
    s->drawn++;
}

/* SLOPE = sum of (phi_b - mean phi) u_b, phi_b = 1 for misclassified, -1 for
 * right; where all are alike the mean is not taken off (eq. 16). */
static void finish_slope(struct sr_trial *t)
{
    const struct state *s = t->state;
    const bool alike = s->hits == 0 || s->hits == s->drawn;
    const float mean = alike ? 0 : (float)(2.0 * s->hits / s->drawn - 1);
    for (size_t i = 0; i < t->ball->pixels; i++)
        t->row[SLOPE][i] = 2 * t->row[SLOPE][i] - (1 + mean) * t->row[SUM][i];
}

/* ---- a jump from EDGE along SLOPE ---- */

static void jump(struct sr_trial *t)
{
    const struct state *s = t->state;
    memcpy(t->at, t->row[EDGE], t->ball->pixels * sizeof *t->at);
    sr_ball_move(t->ball, (float)s->step, t->row[SLOPE], t->at);
    sr_vec_clamp(t->ball->pixels, 0, 1, t->at);
}

static void begin_jump(struct sr_trial *t)
{
    struct state *s = t->state;
    finish_slope(t);
    s->phase = JUMP;
    s->step = distance(t) / sqrt((double)s->round);
    s->drawn = 0;
    jump(t);
}

/* ---- the phases ---- */

static void after_find(struct sr_trial *t, bool wrong)
{
    if (wrong)
        begin_bisection(t);
    else
        find(t);
}

static void after_bisect(struct sr_trial *t, bool wrong)
{
    struct state *s = t->state;
    const double middle = (s->low + s->high) / 2;
    if (wrong)
        s->high = middle;
    else
        s->low = middle;
    if (s->high - s->low > s->close) {
        bisect(t);
        return;
    }
    write_part(t, s->high);
    memcpy(t->row[EDGE], t->at, t->ball->pixels * sizeof *t->at);
    begin_probes(t);
}

static void after_probe(struct sr_trial *t, bool wrong)
{
    struct state *s = t->state;
    hear_probe(t, wrong);
    if (s->drawn < s->draws)
        probe(t);
    else
        begin_jump(t);
}

/* A jump that has been halved away is none: probe again from here. */
static void after_jump(struct sr_trial *t, bool wrong)
{
    struct state *s = t->state;
    s->step /= 2;
    if (wrong)
        begin_bisection(t);
    else if (++s->drawn < HALVINGS)
        jump(t);
    else
        begin_probes(t);
}

static bool step(struct sr_trial *t)
{
    static void (*const after[])(struct sr_trial * t, bool wrong) = {
        [FIND] = after_find,
        [BISECT] = after_bisect,
        [PROBE] = after_probe,
        [JUMP] = after_jump,
    };
    struct state *s = t->state;
    if (++s->queries == t->o->steps)
        return false;
    after[s->phase](t, sr_oracle_wrong(t->classes, t->z, t->y));
    return true;
}

static const struct sr_search search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .roams = true,
    .begin = find,
    .step = step,
};

static const struct sr_search *const searches[SR_NORMS] = {
    [SR_LINF] = &search, [SR_L2] = &search};

const struct sr_attack sr_attack_hopskipjump = {
    .name = "hopskipjump",
    .form = "hopskipjump[-QUERIES[xRESTARTS]]",
    .source = "Chen et al. 2020",
    .number = SR_NUMBER_ALLOWED,
    .steps = 5000,
    .search = searches,
};
