/* Random noise of the length of the radius, `steps` draws of it: not an attack
 * but the floor under all of them.  A network that loses much to it is not
 * robust against anything; one that loses no more to a gradient attack hides
 * its gradient. */
#include "attack/attack_list.h"
#include "attack/search.h"

static void begin(struct sr_trial *t)
{
    sr_ball_edge(t->ball, sr_trial_key(t), t->x, t->at);
}

static bool step(struct sr_trial *t)
{
    if (t->looked == t->o->steps)
        return false;
    begin(t);
    return true;
}

static const struct sr_search search = {.begin = begin, .step = step};

static const struct sr_search *const searches[SR_NORMS] = {&search, &search,
                                                           &search};

const struct sr_attack sr_attack_noise = {
    .name = "noise",
    .form = "noise[-DRAWS[xRESTARTS]]",
    .source = "uniform; for l2 and l1 normal",
    .number = SR_NUMBER_ALLOWED,
    .steps = 1,
    .search = searches,
};
