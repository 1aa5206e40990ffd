#include "train/objective.h"

#include <string.h>

#include "engine/loss.h"

static const struct sr_objective rows[] = {
#define SR_OBJECTIVE(n, m, f, s)                                               \
    {.name = #n,                                                               \
     .measures = (m),                                                          \
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

/* Sums in double: the mean must not depend on how a compiler groups floats. */
static void measure(struct sr_step *step, int classes)
{
    const int n = step->batch.n;
    double sum = 0;
    step->correct = 0;
    for (int i = 0; i < n; i++) {
        sum += (double)step->value[i];
        step->correct +=
            sr_argmax(classes, step->z + i * classes) == step->batch.y[i];
    }
    step->loss = sum / n;
}

void sr_step_cross_entropy(struct sr_step *step, const float *x)
{
    static const struct sr_pass update = {.want = SR_WANT_WEIGHTS,
                                          .batchnorm = SR_BN_TRAIN,
                                          .role = SR_ROLE_UPDATE};
    const int n = step->batch.n, classes = step->model->problem.classes;

    sr_model_forward(step->model, &update, n, x, step->z);
    sr_loss_smoothed(n, classes, (float)step->label_smoothing, step->z,
                     step->batch.y, step->value, step->dz);
    measure(step, classes);
    for (int i = 0; i < n * classes; i++)
        step->dz[i] /= (float)n;
    sr_model_backward(step->model, n, step->dz, NULL);
}
