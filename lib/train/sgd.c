#include "train/sgd.h"

#include "engine/vec.h"

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

static bool shrinks(enum sr_decay decay, enum sr_param_kind kind)
{
    return decay == SR_DECAY_ALL || kind == SR_PARAM_WEIGHT ||
           (decay == SR_DECAY_NO_NORM && kind != SR_PARAM_NORM);
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
    const double decay =
        shrinks(j->sgd->decay, p->kind) ? j->sgd->weight_decay : 0;
    sr_sgd_update(j->sgd, j->lr, decay, p->count, p->grad,
                  j->sgd->m + (p->value - j->model->values), p->value);
}

void sr_sgd_clip(const struct sr_engine *engine, double longest, double norm,
                 struct sr_model *model)
{
    const float share = (float)(longest / (norm + 1e-6));
    if (share < 1)
        sr_vec_scale(engine, model->trainable, share, model->grads);
}

void sr_sgd_step(const struct sr_sgd *sgd, const struct sr_engine *engine,
                 double lr, struct sr_model *model)
{
    struct job job = {.sgd = sgd, .lr = lr, .model = model};
    sr_par_run(engine->par, model->params, update_param, &job);
    sr_model_changed(model);
}
