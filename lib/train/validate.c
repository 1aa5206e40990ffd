#include "train/trainer.h"

static bool is_due(const struct sr_trainer *t)
{
    const int64_t every = t->with.eval->every, epoch = sr_trainer_epoch(t);
    return every > 0 && (epoch % every == 0 || epoch == t->with.opts->epochs);
}

enum sr_status sr_trainer_validate(struct sr_trainer *t,
                                   struct sr_validation *v, struct sr_err *err)
{
    *v = (struct sr_validation){.done = is_due(t)};
    if (!v->done)
        return SR_OK;

    const bool held_out = t->with.data->split[SR_VALIDATION].n > 0;
    struct sr_eval_opts opts = *t->with.eval;
    struct sr_eval eval;
    opts.split = held_out ? SR_VALIDATION : SR_TEST;
    opts.sanity = false; /* the final evaluation has it */

    const struct sr_mark mark = sr_arena_mark(t->arena);
    const enum sr_status status =
        sr_eval_run(&opts, t->with.seed, t->with.data, t->with.model,
                    t->with.log, t->arena, &eval, err);
    sr_arena_release(t->arena, mark);
    if (status != SR_OK)
        return status;

    v->images = eval.images;
    v->clean = (double)eval.clean / eval.images;
    v->robust = (double)eval.worst / eval.images;
    v->seconds = eval.seconds;
    v->split = held_out ? "validation" : "test";
    return SR_OK;
}

bool sr_trainer_is_best(const struct sr_best *best,
                        const struct sr_validation *v)
{
    if (best->epoch == 0 || v->robust > best->robust)
        return true;
    return !(v->robust < best->robust) && v->clean > best->clean;
}
