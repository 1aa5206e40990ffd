#include "train/sgd.h"

void sr_sgd_update(const struct sr_sgd *sgd, double lr, double decay,
                   size_t count, const float *g, float *m, float *w)
{
    const float rate = (float)lr, shrink = (float)decay;
    const float keep = (float)sgd->momentum;

    for (size_t i = 0; i < count; i++) {
        const float d = g[i] + shrink * w[i];
        m[i] = keep * m[i] + d;
        w[i] -= rate * (sgd->nesterov ? d + keep * m[i] : m[i]);
    }
}

struct job {
    const struct sr_sgd *sgd;
    double lr;
    const struct sr_model *model;
};

static void update_param(void *job, int piece, int worker)
{
    (void)worker;
    const struct job *j = job;
    const struct sr_param *p = &j->model->param[piece];
    if (!p->grad)
        return;
    const bool decays =
        j->sgd->decay == SR_DECAY_ALL || p->kind == SR_PARAM_WEIGHT;
    sr_sgd_update(j->sgd, j->lr, decays ? j->sgd->weight_decay : 0, p->count,
                  p->grad, j->sgd->m + (p->value - j->model->values), p->value);
}

void sr_sgd_step(const struct sr_sgd *sgd, const struct sr_engine *engine,
                 double lr, struct sr_model *model)
{
    struct job job = {.sgd = sgd, .lr = lr, .model = model};
    sr_par_run(engine->par, model->params, update_param, &job);
    sr_model_changed(model);
}
