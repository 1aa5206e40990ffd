/* Fast Adaptive Boundary attack: looks for the nearest misclassified point by
 * stepping from one linearised class boundary to the next, drawn towards the
 * image all the while.
 *
 * Source   Croce and Hein 2020, "Minimally distorted adversarial examples with
 *          a fast adaptive boundary attack", algorithm 1; fab-t, which looks at
 *          one boundary at a time, is of their paper on AutoAttack, sec. 4.  No
 *          final search along the line, as in AutoAttack.
 * Queries  one forward and a backward for each boundary looked at, steps + 1
 *          times, and once more after each misclassified point outside the ball
 */
#include <string.h>

#include "attack/attack_list.h"
#include "attack/boundary.h"
#include "attack/norm.h"
#include "engine/vec.h"

enum { WEIGHTS, TO_PLANE, FROM_IMAGE, ROWS };

static const float overshoot = 1.05f;    /* past the boundary                */
static const double most_pulled = 0.1;   /* weight of the way from the image */
static const float kept = 0.9f;          /* of the way to a point that is
                                            misclassified                    */
static const double least_length = 1e-8; /* of a way, against 0 / 0          */

struct state {
    long long steps; /* made so far                             */
    bool stepped;    /* the newest point is the end of a step   */
    struct sr_boundary nearest;
};

/* Later starts are half-way to the border. */
static void begin(struct sr_trial *t)
{
    struct sr_ball half = *t->ball;
    half.epsilon /= 2;
    if (t->restart > 0)
        sr_ball_edge(&half, t->key, t->x, t->at);
    else
        memcpy(t->at, t->x, half.pixels * sizeof *t->at);
}

static float lead_of_target(const struct sr_trial *t, int k, float *dz)
{
    (void)k;
    return sr_search_lead(t, t->target, dz);
}

static void gather(struct sr_trial *t, int k)
{
    struct state *s = t->state;
    (void)k;
    sr_boundary_offer(t, &s->nearest, t->row[WEIGHTS]);
}

/* Of a misclassified point: nearer to the image on the same line. */
static void pull_back(struct sr_trial *t)
{
    for (size_t i = 0; i < t->ball->pixels; i++)
        t->at[i] = t->x[i] + kept * (t->at[i] - t->x[i]);
}

/* Share of the way from the image: the larger, the farther the boundary is from
 * here and the nearer it is to the image. */
static float pull(double here, double image)
{
    const double a = here > least_length ? here : least_length;
    const double b = image > least_length ? image : least_length;
    const double share = a / (a + b);
    return (float)(share < most_pulled ? share : most_pulled);
}

/* Both ways lead to the plane ahead + w.(z - at) = 0, within [0, 1]. */
static void advance(struct sr_trial *t, const float *w, double ahead)
{
    const struct sr_norm_row *norm = sr_norm_at(t->ball->norm);
    const size_t pixels = t->ball->pixels;
    float *here = t->row[TO_PLANE], *image = t->row[FROM_IMAGE];
    double back = 0;

    for (size_t i = 0; i < pixels; i++)
        back += (double)w[i] * ((double)t->at[i] - (double)t->x[i]);
    norm->plane(t->ball, -ahead, w, t->at, here);
    norm->plane(t->ball, back - ahead, w, t->x, image);

    const float share =
        pull(norm->length(pixels, here), norm->length(pixels, image));
    for (size_t i = 0; i < pixels; i++)
        t->at[i] = (1 - share) * (t->at[i] + overshoot * here[i]) +
                   share * (t->x[i] + overshoot * image[i]);
    sr_vec_clamp(pixels, 0, 1, t->at);
}

static bool step(struct sr_trial *t, const float *w, double ahead)
{
    struct state *s = t->state;

    s->nearest.chosen = false;
    if (s->steps == t->o->steps)
        return false;
    if (s->stepped && sr_oracle_wrong(t->classes, t->z, t->y)) {
        s->stepped = false;
        pull_back(t);
        return true;
    }
    s->stepped = true;
    s->steps++;
    advance(t, w, ahead);
    return true;
}

static bool step_to_nearest(struct sr_trial *t)
{
    const struct state *s = t->state;
    return step(t, t->row[WEIGHTS], s->nearest.ahead);
}

static bool step_to_target(struct sr_trial *t)
{
    return step(t, t->g, (double)t->value);
}

static const struct sr_search fab = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .roams = true,
    .slopes = SR_SLOPES_EACH,
    .loss = sr_search_lead,
    .gather = gather,
    .begin = begin,
    .step = step_to_nearest,
};

static const struct sr_search fab_t = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .roams = true,
    .slopes = SR_SLOPES_ONE,
    .loss = lead_of_target,
    .begin = begin,
    .step = step_to_target,
};

static const struct sr_search *const nearest[SR_NORMS] = {&fab, &fab, &fab};
static const struct sr_search *const targeted[SR_NORMS] = {&fab_t, &fab_t,
                                                           &fab_t};

const struct sr_attack sr_attack_fab = {
    .name = "fab",
    .form = "fab[-STEPS[xRESTARTS]]",
    .source = "Croce and Hein 2020",
    .number = SR_NUMBER_ALLOWED,
    .steps = 100,
    .search = nearest,
};

const struct sr_attack sr_attack_fab_t = {
    .name = "fab-t",
    .form = "fab-t[-STEPS[xRESTARTS]]",
    .source = "Croce and Hein 2020",
    .number = SR_NUMBER_ALLOWED,
    .steps = 100,
    .targets = 9,
    .search = targeted,
};
