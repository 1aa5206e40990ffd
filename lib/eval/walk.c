#include "eval/walk.h"

#include "base/stop.h"
#include "eval/tally.h"

struct sr_walk sr_walk_begin(const struct sr_eval_opts *opts,
                             const struct sr_data *data, struct sr_model *model,
                             struct sr_arena *arena)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    const struct sr_split *split = &data->split[opts->split];
    const struct sr_share all = {1, 1};
    const struct sr_share share = opts->share.of > 0 ? opts->share : all;
    const int whole =
        opts->limit > 0 && opts->limit < split->n ? (int)opts->limit : split->n;
    const int batch =
        opts->batch_size < model->batch ? (int)opts->batch_size : model->batch;
    const size_t pixels = (size_t)data->h * (size_t)data->w * (size_t)data->c;

    return (struct sr_walk){
        .data = data,
        .split = split,
        .par = sr_model_oracle(model, &pass).engine->par,
        .share = share,
        .images = sr_share_images(&share, whole),
        .batch = batch,
        .x = SR_TAKE(arena, (size_t)batch * pixels, float),
        .label = SR_TAKE(arena, batch, int),
        .pos = SR_TAKE(arena, batch, int),
        .id = SR_TAKE(arena, batch, uint64_t),
    };
}

enum sr_status sr_walk_step(struct sr_walk *walk, struct sr_err *err)
{
    const int from = walk->from + walk->n, left = walk->images - from;
    const int n = left < walk->batch ? left : walk->batch;

    if (sr_stop_wanted())
        return sr_fail(err, SR_STOPPED, "the evaluation was interrupted");
    walk->from = from;
    walk->n = n;
    for (int i = 0; i < n; i++)
        walk->pos[i] = sr_share_position(&walk->share, from + i);
    return n == 0
               ? SR_OK
               : sr_data_fill(walk->data, walk->split, walk->par, n, walk->pos,
                              NULL, walk->x, walk->label, walk->id, err);
}
