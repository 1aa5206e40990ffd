#include "attack/ball.h"

#include <math.h>

#include "attack/norm.h"
#include "base/rng.h"
#include "engine/vec.h"

struct job {
    const struct sr_ball *ball;
    const struct sr_norm_row *norm;
    const uint64_t *key;
    float step;
    const float *x, *g;
    float *adv;
};

static const struct sr_norm_row *const norms[] = {
    [SR_LINF] = &sr_norm_linf,
    [SR_L2] = &sr_norm_l2,
    [SR_L1] = &sr_norm_l1,
};

const char *sr_norm_name(int i) { return i < SR_NORMS ? norms[i]->name : NULL; }

const struct sr_norm_row *sr_norm_at(int norm)
{
    SR_REQUIRE(norm >= 0 && norm < SR_NORMS);
    return norms[norm];
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
    if (!job->ball->outside)
        sr_vec_clamp(pixels, 0, 1, job->adv + at);
}

void sr_ball_start(const struct sr_ball *ball, int n, const uint64_t *key,
                   const float *x, float *adv)
{
    struct job job = {.ball = ball,
                      .norm = sr_norm_at(ball->norm),
                      .key = key,
                      .x = x,
                      .adv = adv};
    sr_par_run(ball->engine->par, n, start_piece, &job);
}

void sr_ball_edge(const struct sr_ball *ball, uint64_t key, const float *x,
                  float *adv)
{
    sr_norm_at(ball->norm)->edge(ball, key, x, adv);
    sr_vec_clamp(ball->pixels, 0, 1, adv);
}

void sr_ball_move(const struct sr_ball *ball, float step, const float *g,
                  float *adv)
{
    sr_norm_at(ball->norm)->move(ball, step, g, adv);
}

void sr_ball_project(const struct sr_ball *ball, const float *x, float *adv)
{
    sr_norm_at(ball->norm)->project(ball, x, adv);
    sr_vec_clamp(ball->pixels, 0, 1, adv);
}

static void step_piece(void *of, int image, int worker)
{
    (void)worker;
    const struct job *job = of;
    const size_t at = (size_t)image * job->ball->pixels;

    sr_ball_move(job->ball, job->step, job->g + at, job->adv + at);
    sr_ball_project(job->ball, job->x + at, job->adv + at);
}

void sr_ball_step(const struct sr_ball *ball, int n, float step, const float *x,
                  const float *g, float *adv)
{
    struct job job = {.ball = ball, .step = step, .x = x, .g = g, .adv = adv};
    if (ball->norm == SR_LINF) /* all of it in one pass over memory */
        sr_vec_sign_step(ball->engine, (size_t)n * ball->pixels, step,
                         ball->epsilon, x, g, adv);
    else
        sr_par_run(ball->engine->par, n, step_piece, &job);
}

double sr_ball_distance(int norm, size_t pixels, const float *x,
                        const float *adv)
{
    return sr_norm_at(norm)->distance(pixels, x, adv);
}

double sr_ball_excess(const struct sr_ball *ball, const float *x,
                      const float *adv)
{
    if (sr_vec_first_nonfinite(ball->pixels, adv) < ball->pixels)
        return INFINITY;
    float low, high;
    sr_vec_range(ball->pixels, adv, &low, &high);
    const double beyond = fmax(-(double)low, (double)high - 1);
    return fmax(beyond, sr_ball_distance(ball->norm, ball->pixels, x, adv) -
                            (double)ball->epsilon);
}
