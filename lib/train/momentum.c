/* train/momentum.c - optim.safetensors, of state.h. */
#include <string.h>

#include "model/safetensors.h"
#include "train/state.h"

static const float *momentum_of(const struct sr_model *model, const float *m,
                                const struct sr_param *p)
{
    return m + (p->value - model->values);
}

static struct sr_tensor_out tensor_of(const struct sr_param *p, const float *m)
{
    struct sr_tensor_out out = {
        .name = p->name, .dtype = SR_DTYPE_F32, .rank = p->rank, .bytes = m};
    for (int i = 0; i < p->rank; i++)
        out.shape[i] = p->shape[i];
    return out;
}

enum sr_status sr_momentum_write(const struct sr_model *model, const float *m,
                                 const char *path, struct sr_arena *scratch,
                                 struct sr_err *err)
{
    static const struct sr_meta meta[] = {{"format", "pt"},
                                          {"satrun", "momentum of SGD"}};
    struct sr_tensor_out *out =
        SR_TAKE(scratch, model->params, struct sr_tensor_out);
    int n = 0;
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *p = &model->param[i];
        if (p->grad)
            out[n++] = tensor_of(p, momentum_of(model, m, p));
    }
    return sr_tensors_write(path, n, out, 2, meta, err);
}

static bool has_shape(const struct sr_tensor *t, const struct sr_param *p)
{
    bool same = t->rank == p->rank;
    for (int i = 0; same && i < p->rank; i++)
        same = t->shape[i] == p->shape[i];
    return same;
}

static enum sr_status read_all(const struct sr_model *model,
                               const struct sr_tensors *file, float *m,
                               struct sr_err *err)
{
    int n = 0;
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *p = &model->param[i];
        if (!p->grad)
            continue;
        const struct sr_tensor *t = sr_tensors_find(file, p->name);
        if (!t || !has_shape(t, p))
            return sr_fail(err, SR_EWEIGHTS, "%s: the momentum of %s %s",
                           file->path, p->name,
                           t ? "has another shape" : "is missing");
        SR_TRY(sr_tensors_floats(file, t, m + (p->value - model->values), err));
        n++;
    }
    if (file->n > n)
        return sr_fail(err, SR_EWEIGHTS,
                       "%s: %d tensors, but the network trains %d", file->path,
                       file->n, n);
    return SR_OK;
}

enum sr_status sr_momentum_read(const struct sr_model *model, const char *path,
                                struct sr_arena *scratch, float *m,
                                struct sr_err *err)
{
    struct sr_tensors file;
    float *read = SR_TAKE(scratch, model->trainable, float);
    SR_TRY(sr_tensors_open(path, scratch, &file, err));
    const enum sr_status status = read_all(model, &file, read, err);
    sr_tensors_close(&file);
    if (status == SR_OK)
        memcpy(m, read, model->trainable * sizeof *m);
    return status;
}
