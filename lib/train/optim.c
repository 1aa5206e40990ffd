/* train/optim.c - optim.safetensors, of state.h. */
#include <string.h>

#include "model/safetensors.h"
#include "train/state.h"

static const char PERTURBATION[] = "perturbation";

/* The tensors of the file: out, and where in momentum and perturbation their
 * numbers are, [params + 1] each.  Returns how many. */
static int list(const struct sr_ckpt *c, float *momentum, float *perturbation,
                struct sr_tensor_out *out, float **values)
{
    const struct sr_model *model = c->model;
    const struct sr_problem *problem = &model->problem;
    int n = 0;
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *p = &model->param[i];
        if (!p->grad)
            continue;
        values[n] = momentum + (p->value - model->values);
        out[n] = (struct sr_tensor_out){.name = p->name, .rank = p->rank};
        for (int k = 0; k < p->rank; k++)
            out[n].shape[k] = p->shape[k];
        n++;
    }
    if (c->perturbation) {
        values[n] = perturbation;
        out[n++] = (struct sr_tensor_out){
            .name = PERTURBATION,
            .rank = 4,
            .shape = {c->batch, problem->h, problem->w, problem->c}};
    }
    for (int i = 0; i < n; i++) {
        out[i].dtype = SR_DTYPE_F32;
        out[i].bytes = values[i];
    }
    return n;
}

enum sr_status sr_optim_write(const struct sr_ckpt *c, const char *path,
                              struct sr_err *err)
{
    static const struct sr_meta meta[] = {{"format", "pt"},
                                          {"satrun", "momentum of SGD"}};
    struct sr_tensor_out *out =
        SR_TAKE(c->scratch, c->model->params + 1, struct sr_tensor_out);
    float **values = SR_TAKE(c->scratch, c->model->params + 1, float *);
    const int n = list(c, c->momentum, c->perturbation, out, values);
    return sr_tensors_write(path, n, out, 2, meta, err);
}

static bool has_shape(const struct sr_tensor *t,
                      const struct sr_tensor_out *want)
{
    bool same = t->rank == want->rank;
    for (int i = 0; same && i < t->rank; i++)
        same = t->shape[i] == want->shape[i];
    return same;
}

static enum sr_status read_all(const struct sr_tensors *file, int n,
                               const struct sr_tensor_out *want, float **values,
                               struct sr_err *err)
{
    for (int i = 0; i < n; i++) {
        const struct sr_tensor *t = sr_tensors_find(file, want[i].name);
        if (!t || !has_shape(t, &want[i]))
            return sr_fail(err, SR_EWEIGHTS, "%s: the state of %s %s",
                           file->path, want[i].name,
                           t ? "has another shape" : "is missing");
        SR_TRY(sr_tensors_floats(file, t, values[i], err));
    }
    if (file->n > n)
        return sr_fail(err, SR_EWEIGHTS, "%s: %d tensors, but the run has %d",
                       file->path, file->n, n);
    return SR_OK;
}

enum sr_status sr_optim_read(const struct sr_ckpt *c, const char *path,
                             struct sr_err *err)
{
    struct sr_arena *a = c->scratch;
    const size_t weights = c->model->trainable, pixels = sr_ckpt_pixels(c);
    float *m = SR_TAKE(a, weights, float), *p = SR_TAKE(a, pixels, float);
    struct sr_tensor_out *want =
        SR_TAKE(a, c->model->params + 1, struct sr_tensor_out);
    float **values = SR_TAKE(a, c->model->params + 1, float *);
    struct sr_tensors file;
    const int n = list(c, m, p, want, values);
    SR_TRY(sr_tensors_open(path, a, &file, err));
    const enum sr_status status = read_all(&file, n, want, values, err);
    sr_tensors_close(&file);
    if (status != SR_OK)
        return status;
    memcpy(c->momentum, m, weights * sizeof *m);
    if (c->perturbation)
        memcpy(c->perturbation, p, pixels * sizeof *p);
    return SR_OK;
}
