#include "train/average.h"

#include <math.h>
#include <string.h>

void sr_average_begin(struct sr_average *average,
                      const struct sr_ema_opts *opts, int64_t steps_per_epoch,
                      const struct sr_model *model, struct sr_arena *arena)
{
    *average = (struct sr_average){
        .opts = opts, .start = opts->start * (double)steps_per_epoch};
    for (int i = 0; i < model->params; i++)
        average->count += model->param[i].count;
    average->values = SR_TAKE(arena, average->count, float);
    sr_average_reset(average, model);
}

void sr_average_reset(struct sr_average *average, const struct sr_model *model)
{
    float *to = average->values;
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *p = &model->param[i];
        memcpy(to, p->value, p->count * sizeof *to);
        to += p->count;
    }
}

double sr_average_decay(const struct sr_average *average, int64_t step)
{
    const double t = (double)step - average->start;
    if (t < 0)
        return 0;
    const double decay = average->opts->decay;
    return average->opts->ramp ? fmin(decay, (1 + t) / (10 + t)) : decay;
}

struct job {
    const struct sr_average *average;
    const struct sr_model *model;
    double decay;
};

/* Where the piece-th parameter's average begins. */
static float *average_of(const struct job *job, int piece)
{
    float *v = job->average->values;
    for (int i = 0; i < piece; i++)
        v += job->model->param[i].count;
    return v;
}

static void update_param(void *of, int piece, int worker)
{
    (void)worker;
    const struct job *job = of;
    const struct sr_param *p = &job->model->param[piece];
    const bool copied =
        !p->grad && job->average->opts->buffers == SR_BUFFERS_COPIED;
    const float share = copied ? 1 : (float)(1 - job->decay);
    float *v = average_of(job, piece);

    if (share == 1)
        memcpy(v, p->value, p->count * sizeof *v);
    else
        for (size_t i = 0; i < p->count; i++)
            v[i] += share * (p->value[i] - v[i]);
}

void sr_average_update(struct sr_average *average,
                       const struct sr_engine *engine, int64_t step,
                       const struct sr_model *model)
{
    struct job job = {average, model, sr_average_decay(average, step)};
    sr_par_run(engine->par, model->params, update_param, &job);
}

void sr_average_swap(struct sr_average *average, struct sr_model *model)
{
    float *v = average->values;
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *p = &model->param[i];
        for (size_t k = 0; k < p->count; k++) {
            const float weight = p->value[k];
            p->value[k] = v[k];
            v[k] = weight;
        }
        v += p->count;
    }
}
