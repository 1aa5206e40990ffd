#include "train/trainer.h"

static bool is_due(const struct sr_trainer *t)
{
    const int64_t every = t->with.eval->every, epoch = sr_trainer_epoch(t);
    return every > 0 && (epoch % every == 0 || epoch == t->with.opts->epochs);
}

static enum sr_status measure(struct sr_trainer *t, struct sr_validation *v,
                              struct sr_accuracy *found, struct sr_err *err)
{
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

    *found = (struct sr_accuracy){
        .clean = (double)eval.clean / eval.images,
        .robust = (double)eval.worst / eval.images,
        .seconds = eval.seconds,
    };
    v->images = eval.images;
    v->split = held_out ? "validation" : "test";
    return SR_OK;
}

static void swap(struct sr_trainer *t)
{
    sr_average_swap(&t->average, t->with.model);
    sr_model_changed(t->with.model);
}

/* Whatever comes of it, the weights are back in their place afterwards. */
static enum sr_status measure_average(struct sr_trainer *t,
                                      struct sr_validation *v,
                                      struct sr_err *err)
{
    swap(t);
    const enum sr_status status = measure(t, v, &v->average, err);
    swap(t);
    return status;
}

enum sr_status sr_trainer_validate(struct sr_trainer *t,
                                   struct sr_validation *v, struct sr_err *err)
{
    *v = (struct sr_validation){.done = is_due(t),
                                .averaged = t->average.values != NULL};
    if (!v->done)
        return SR_OK;
    SR_TRY(measure(t, v, &v->weights, err));
    return v->averaged ? measure_average(t, v, err) : SR_OK;
}

const struct sr_accuracy *sr_trainer_judged(const struct sr_validation *v)
{
    return v->averaged ? &v->average : &v->weights;
}

bool sr_trainer_is_best(const struct sr_best *best,
                        const struct sr_accuracy *found)
{
    if (best->epoch == 0 || found->robust > best->robust)
        return true;
    return !(found->robust < best->robust) && found->clean > best->clean;
}
