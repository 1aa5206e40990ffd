#include "eval/logits.h"

#include "base/stop.h"
#include "model/safetensors.h"

struct answers {
    int n;
    float *logits;             /* [n][classes] */
    int64_t *labels, *indices; /* [n]          */
};

/* A batch's share of memory. */
struct room {
    int batch, *pos, *label;
    float *x;
    uint64_t *id;
};

static struct room room_of(const struct sr_eval_opts *opts,
                           const struct sr_data *data,
                           const struct sr_model *model, struct sr_arena *a)
{
    const int batch =
        opts->batch_size < model->batch ? (int)opts->batch_size : model->batch;
    const size_t pixels = (size_t)data->h * (size_t)data->w * (size_t)data->c;
    return (struct room){.batch = batch,
                         .pos = SR_TAKE(a, batch, int),
                         .label = SR_TAKE(a, batch, int),
                         .x = SR_TAKE(a, (size_t)batch * pixels, float),
                         .id = SR_TAKE(a, batch, uint64_t)};
}

/* Images from .. from + n - 1 of the split. */
static enum sr_status answer(const struct sr_split *split,
                             const struct sr_data *data, struct sr_model *model,
                             const struct room *room, int from, int n,
                             struct answers *a, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    struct sr_par *par = sr_model_oracle(model, &pass).engine->par;
    if (sr_stop_wanted())
        return sr_fail(err, SR_STOPPED, "the evaluation was interrupted");
    for (int i = 0; i < n; i++)
        room->pos[i] = from + i;
    SR_TRY(sr_data_fill(data, split, par, n, room->pos, NULL, room->x,
                        room->label, room->id, err));
    sr_model_forward(model, &pass, n, room->x,
                     a->logits + (size_t)from * (size_t)data->classes);
    for (int i = 0; i < n; i++) {
        a->labels[from + i] = room->label[i];
        a->indices[from + i] = split->index[from + i];
    }
    return SR_OK;
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

enum sr_status sr_eval_logits(const struct sr_eval_opts *opts,
                              struct sr_data *data, struct sr_model *model,
                              struct sr_arena *scratch, const char *path,
                              struct sr_err *err)
{
    const struct sr_split *split = &data->split[opts->split];
    const struct sr_mark mark = sr_arena_mark(scratch);
    const struct room room = room_of(opts, data, model, scratch);
    const int n =
        opts->limit > 0 && opts->limit < split->n ? (int)opts->limit : split->n;
    struct answers a = {
        .n = n,
        .logits = SR_TAKE(scratch, (size_t)n * (size_t)data->classes, float),
        .labels = SR_TAKE(scratch, n, int64_t),
        .indices = SR_TAKE(scratch, n, int64_t)};
    enum sr_status status = SR_OK;
    for (int done = 0; done < n && status == SR_OK; done += room.batch) {
        const int now = n - done < room.batch ? n - done : room.batch;
        status = answer(split, data, model, &room, done, now, &a, err);
    }
    if (status == SR_OK)
        status = write_answers(&a, data->classes, path, err);
    sr_arena_release(scratch, mark);
    return status;
}
