#include "attack/ball.h"

#include <math.h>

#include "base/rng.h"
#include "engine/vec.h"

/* What differs between norms.  draw, project: one image, [0, 1] left to the
 * caller. */
struct norm {
    const char *name;
    void (*draw)(const struct sr_ball *b, uint64_t key, const float *x,
                 float *adv);
    void (*step)(const struct sr_ball *b, int n, float step, const float *x,
                 const float *g, float *adv);
    void (*project)(const struct sr_ball *b, const float *x, float *adv);
    double (*distance)(size_t pixels, const float *x, const float *adv);
};

struct job {
    const struct sr_ball *ball;
    const struct norm *norm;
    const uint64_t *key;
    float step;
    const float *x, *g;
    float *adv;
};

static void linf_draw(const struct sr_ball *b, uint64_t key, const float *x,
                      float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + b->epsilon * (2 * sr_rng_uniform(key, i) - 1);
}

static void linf_step(const struct sr_ball *b, int n, float step,
                      const float *x, const float *g, float *adv)
{
    sr_vec_sign_step(b->engine, (size_t)n * b->pixels, step, b->epsilon, x, g,
                     adv);
}

static void linf_project(const struct sr_ball *b, const float *x, float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        sr_vec_clamp(1, x[i] - b->epsilon, x[i] + b->epsilon, &adv[i]);
}

static double linf_distance(size_t pixels, const float *x, const float *adv)
{
    double far = 0;
    for (size_t i = 0; i < pixels; i++)
        far = fmax(far, fabs((double)adv[i] - (double)x[i]));
    return far;
}

/* A normal vector has no preferred direction; the share of the ball inside
 * radius r is (r / epsilon)^pixels, inverted here.  Normal i of a key uses its
 * draws 2i and 2i + 1, so draw 2 pixels is free for the radius. */
static void l2_draw(const struct sr_ball *b, uint64_t key, const float *x,
                    float *adv)
{
    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = sr_rng_normal(key, i);

    const double share = (double)sr_rng_uniform(key, 2 * b->pixels);
    const double radius =
        (double)b->epsilon * pow(share, 1 / (double)b->pixels);
    const double length = sr_vec_norm2(b->pixels, adv);
    const float scale = length > 0 ? (float)(radius / length) : 0;

    for (size_t i = 0; i < b->pixels; i++)
        adv[i] = x[i] + scale * adv[i];
}

static double l2_distance(size_t pixels, const float *x, const float *adv)
{
    double sum = 0;
    for (size_t i = 0; i < pixels; i++) {
        const double d = (double)adv[i] - (double)x[i];
        sum += d * d;
    }
    return sqrt(sum);
}

/* Rounding x + delta can lengthen every delta of an image by up to 3e-8, and
 * 3e-8 sqrt(pixels) adds up: so a sum that was rounded away from x is moved
 * back by one unit.  What is left are the relative errors of delta and scale.
 */
static void l2_project(const struct sr_ball *b, const float *x, float *adv)
{
    const double far = l2_distance(b->pixels, x, adv);
    if (far <= (double)b->epsilon)
        return;
    const float scale = (float)((double)b->epsilon / far * (1 - 0x1p-22));
    for (size_t i = 0; i < b->pixels; i++) {
        const float delta = scale * (adv[i] - x[i]);
        adv[i] = x[i] + delta;
        if (fabsf(adv[i] - x[i]) > fabsf(delta))
            adv[i] = nextafterf(adv[i], x[i]);
    }
}

static void l2_step_piece(void *of, int image, int worker)
{
    (void)worker;
    const struct job *job = of;
    const size_t pixels = job->ball->pixels, at = (size_t)image * pixels;
    const double length = sr_vec_norm2(pixels, job->g + at);

    if (!(length > 0) || !isfinite(length)) /* the first refuses NaN too */
        return;
    sr_vec_axpy(pixels, (float)((double)job->step / length), job->g + at,
                job->adv + at);
    l2_project(job->ball, job->x + at, job->adv + at);
    sr_vec_clamp(pixels, 0, 1, job->adv + at);
}

static void l2_step(const struct sr_ball *b, int n, float step, const float *x,
                    const float *g, float *adv)
{
    struct job job = {.ball = b, .step = step, .x = x, .g = g, .adv = adv};
    sr_par_run(b->engine->par, n, l2_step_piece, &job);
}

static const struct norm norms[] = {
    [SR_LINF] = {"linf", linf_draw, linf_step, linf_project, linf_distance},
    [SR_L2] = {"l2", l2_draw, l2_step, l2_project, l2_distance},
};

const char *sr_norm_name(int i)
{
    return i < (int)(sizeof norms / sizeof *norms) ? norms[i].name : NULL;
}

struct sr_ball sr_ball_of(const struct sr_attack_opts *o,
                          const struct sr_oracle *f)
{
    return (struct sr_ball){
        .engine = f->engine,
        .norm = o->norm,
        .epsilon = (float)o->epsilon,
        .pixels = sr_oracle_pixels(f),
        .std = o->start == SR_START_NORMAL ? (float)o->start_std : 0};
}

static void normal_draw(const struct job *job, uint64_t key, const float *x,
                        float *adv)
{
    for (size_t i = 0; i < job->ball->pixels; i++)
        adv[i] = x[i] + job->ball->std * sr_rng_normal(key, i);
    job->norm->project(job->ball, x, adv);
}

static void start_piece(void *of, int image, int worker)
{
    (void)worker;
    const struct job *job = of;
    const size_t pixels = job->ball->pixels, at = (size_t)image * pixels;

    if (job->ball->std > 0)
        normal_draw(job, job->key[image], job->x + at, job->adv + at);
    else
        job->norm->draw(job->ball, job->key[image], job->x + at, job->adv + at);
    sr_vec_clamp(pixels, 0, 1, job->adv + at);
}

void sr_ball_start(const struct sr_ball *ball, int n, const uint64_t *key,
                   const float *x, float *adv)
{
    struct job job = {.ball = ball,
                      .norm = &norms[ball->norm],
                      .key = key,
                      .x = x,
                      .adv = adv};
    sr_par_run(ball->engine->par, n, start_piece, &job);
}

void sr_ball_step(const struct sr_ball *ball, int n, float step, const float *x,
                  const float *g, float *adv)
{
    norms[ball->norm].step(ball, n, step, x, g, adv);
}

double sr_ball_distance(int norm, size_t pixels, const float *x,
                        const float *adv)
{
    return norms[norm].distance(pixels, x, adv);
}

double sr_ball_excess(const struct sr_ball *ball, const float *x,
                      const float *adv)
{
    if (sr_vec_first_nonfinite(ball->pixels, adv) < ball->pixels)
        return INFINITY;
    double excess = sr_ball_distance(ball->norm, ball->pixels, x, adv) -
                    (double)ball->epsilon;
    for (size_t i = 0; i < ball->pixels; i++)
        excess = fmax(excess, fmax(-(double)adv[i], (double)adv[i] - 1));
    return excess;
}
