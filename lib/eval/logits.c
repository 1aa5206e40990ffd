#include "eval/logits.h"

#include "eval/walk.h"
#include "model/safetensors.h"

struct answers {
    int n;
    float *logits;             /* [n][classes] */
    int64_t *labels, *indices; /* [n]          */
};

/* Of the batch at hand. */
static void answer(const struct sr_walk *walk, struct sr_model *model,
                   const struct answers *a)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    const size_t row = (size_t)walk->from * (size_t)walk->data->classes;

    sr_model_forward(model, &pass, walk->n, walk->x, a->logits + row);
    for (int i = 0; i < walk->n; i++) {
        a->labels[walk->from + i] = walk->label[i];
        a->indices[walk->from + i] = walk->split->index[walk->pos[i]];
    }
}

static enum sr_status write_answers(const struct answers *a, int classes,
                                    const char *path, struct sr_err *err)
{
    const struct sr_tensor_out tensors[] = {
        {"logits", SR_DTYPE_F32, 2, {a->n, classes}, a->logits},
        {"labels", SR_DTYPE_I64, 1, {a->n}, a->labels},
        {"indices", SR_DTYPE_I64, 1, {a->n}, a->indices},
    };
    return sr_tensors_write(path, sizeof tensors / sizeof *tensors, tensors, 0,
                            NULL, err);
}

static enum sr_status answer_all(struct sr_walk *walk, struct sr_model *model,
                                 const struct answers *a, struct sr_err *err)
{
    SR_TRY(sr_walk_step(walk, err));
    while (walk->n > 0) {
        answer(walk, model, a);
        SR_TRY(sr_walk_step(walk, err));
    }
    return SR_OK;
}

enum sr_status sr_eval_logits(const struct sr_eval_opts *opts,
                              struct sr_data *data, struct sr_model *model,
                              struct sr_arena *scratch, const char *path,
                              struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    struct sr_walk walk = sr_walk_begin(opts, data, model, scratch);
    const size_t n = (size_t)walk.images;
    const struct answers a = {
        .n = walk.images,
        .logits = SR_TAKE(scratch, n * (size_t)data->classes, float),
        .labels = SR_TAKE(scratch, n, int64_t),
        .indices = SR_TAKE(scratch, n, int64_t)};
    enum sr_status status = answer_all(&walk, model, &a, err);
    if (status == SR_OK)
        status = write_answers(&a, data->classes, path, err);
    sr_arena_release(scratch, mark);
    return status;
}
