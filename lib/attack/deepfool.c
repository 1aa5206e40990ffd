/* DeepFool: from one linearised class boundary to the next until the label
 * changes, each time a little past it.
 *
 * Source   Moosavi-Dezfooli, Fawzi and Frossard 2016, "DeepFool: a simple and
 *          accurate method to fool deep neural networks", algorithm 2, sec. 3.3
 *          for other norms; that the way is stretched before the next look, not
 *          at the end, is as in their code.  Steps stay in [0, 1].
 * Queries  one forward and a backward for each class but y, steps + 1 times
 */
#include "attack/attack_list.h"
#include "attack/boundary.h"
#include "attack/norm.h"
#include "engine/vec.h"

enum { WEIGHTS, WAY, STEP, ROWS };

static const float stretch = 1.02f;
static const double more = 1e-4; /* of a logit, past the plane */

struct state {
    struct sr_boundary nearest;
    long long steps; /* made so far */
};

static void begin(struct sr_trial *t)
{
    for (size_t i = 0; i < t->ball->pixels; i++) {
        t->at[i] = t->x[i];
        t->row[WAY][i] = 0;
    }
}

static void gather(struct sr_trial *t, int k)
{
    struct state *s = t->state;
    (void)k;
    sr_boundary_offer(t, &s->nearest, t->row[WEIGHTS]);
}

static bool step(struct sr_trial *t)
{
    struct state *s = t->state;
    const size_t pixels = t->ball->pixels;
    const double gap = more - s->nearest.ahead;

    if (s->steps++ == t->o->steps || sr_oracle_wrong(t->classes, t->z, t->y))
        return false;
    sr_norm_at(t->ball->norm)
        ->plane(t->ball, gap, t->row[WEIGHTS], t->at, t->row[STEP]);
    for (size_t i = 0; i < pixels; i++) {
        t->row[WAY][i] += t->row[STEP][i];
        t->at[i] = t->x[i] + stretch * t->row[WAY][i];
    }
    sr_vec_clamp(pixels, 0, 1, t->at);
    s->nearest.chosen = false;
    return true;
}

static const struct sr_search search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .roams = true,
    .slopes = SR_SLOPES_EACH,
    .loss = sr_search_lead,
    .gather = gather,
    .begin = begin,
    .step = step,
};

static const struct sr_search *const searches[SR_NORMS] = {&search, &search,
                                                           &search};

const struct sr_attack sr_attack_deepfool = {
    .name = "deepfool",
    .form = "deepfool[-STEPS]",
    .source = "Moosavi-Dezfooli et al. 2016",
    .number = SR_NUMBER_ALLOWED,
    .steps = 50,
    .search = searches,
};
