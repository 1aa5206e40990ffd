#include "train/objective.h"

#include <string.h>

#include "engine/loss.h"

static const struct sr_objective rows[] = {
#define SR_OBJECTIVE(n, m, l, st, b, r, f, s)                                  \
    {.name = #n,                                                               \
     .measures = (m),                                                          \
     .loss = (l),                                                              \
     .start = (st),                                                            \
     .batchnorm = (b),                                                         \
     .replays = (r),                                                           \
     .formula = (f),                                                           \
     .source = (s),                                                            \
     .step = sr_step_##n},
    SR_OBJECTIVE_LIST(SR_OBJECTIVE)
#undef SR_OBJECTIVE
};
enum { ROWS = sizeof rows / sizeof *rows };

const struct sr_objective *sr_objective_at(int i)
{
    return i >= 0 && i < ROWS ? &rows[i] : NULL;
}

const char *sr_objective_name(int i)
{
    return i >= 0 && i < ROWS ? rows[i].name : NULL;
}

const struct sr_objective *sr_objective_find(const char *name)
{
    for (int i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    SR_REQUIRE(!"an objective the rows have accepted");
    return NULL;
}

void sr_step_attack(struct sr_step *step)
{
    sr_attack_run(step->attack, step->oracle, &step->batch, step->adv,
                  step->scratch);
}

void sr_step_forward(struct sr_step *step, enum sr_want want,
                     enum sr_bn_mode mode, const float *x, float *z)
{
    const struct sr_pass update = {.want = want,
                                   .batchnorm = mode,
                                   .role = SR_ROLE_UPDATE,
                                   .drop = step->drop};
    sr_model_forward(step->model, &update, step->batch.n, x, z);
}

enum sr_bn_mode sr_step_clean_mode(const struct sr_step *step)
{
    return step->opts->track_clean ? SR_BN_TRAIN : SR_BN_BATCH;
}

/* In double: the mean must not depend on how a compiler groups floats. */
void sr_step_add_loss(struct sr_step *step, double weight)
{
    double sum = 0;
    for (int i = 0; i < step->batch.n; i++)
        sum += (double)step->value[i];
    step->loss += weight * (sum / step->batch.n);
}

void sr_step_count(struct sr_step *step, const float *z)
{
    const int classes = step->model->problem.classes;
    for (int i = 0; i < step->batch.n; i++)
        step->correct +=
            sr_argmax(classes, z + i * classes) == step->batch.y[i];
}

void sr_step_backward(struct sr_step *step, double weight, float *dz, float *gx)
{
    const int n = step->batch.n, classes = step->model->problem.classes;
    for (int i = 0; i < n * classes; i++)
        dz[i] = (float)weight * dz[i] / (float)n;
    sr_model_backward(step->model, n, dz, gx);
}

void sr_step_cross_entropy(struct sr_step *step, double weight,
                           enum sr_bn_mode mode, const float *x)
{
    const int n = step->batch.n, classes = step->model->problem.classes;
    sr_step_forward(step, SR_WANT_WEIGHTS, mode, x, step->z);
    sr_loss_smoothed(n, classes, (float)step->opts->label_smoothing, step->z,
                     step->batch.y, step->value, step->dz);
    sr_step_add_loss(step, weight);
    sr_step_backward(step, weight, step->dz, NULL);
}
