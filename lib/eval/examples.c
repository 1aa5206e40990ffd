#include "eval/examples.h"

#include <string.h>

#include "attack/ball.h"
#include "base/stop.h"

static struct sr_saying saying(int classes, const float *z, int label,
                               float *probability)
{
    const int class = sr_argmax(classes, z);
    sr_softmax(1, classes, z, probability);
    return (struct sr_saying){class, probability[class],
                              !sr_oracle_wrong(classes, z, label)};
}

static enum sr_status begin(const struct sr_eval_opts *opts,
                            const struct sr_data *data, struct sr_arena *arena,
                            struct sr_examples *e, struct sr_err *err)
{
    const int images = data->split[opts->split].n;

    if (opts->attack.n != 1)
        return sr_fail(err, SR_EUSAGE,
                       "adversarial images are made by one attack, not by %d",
                       opts->attack.n);
    if (images == 0)
        return sr_fail(err, SR_EDATA, "the %s split has no images",
                       sr_split_word(opts->split));
    *e = (struct sr_examples){
        .n =
            opts->limit > 0 && opts->limit < images ? (int)opts->limit : images,
        .pixels = (size_t)data->h * (size_t)data->w * (size_t)data->c,
    };
    SR_TRY(sr_eval_attack_of(opts, opts->attack.v[0], data->classes, &e->attack,
                             err));
    e->clean = SR_TAKE(arena, (size_t)e->n * e->pixels, float);
    e->adversarial = SR_TAKE(arena, (size_t)e->n * e->pixels, float);
    e->before = SR_TAKE(arena, e->n, struct sr_saying);
    e->after = SR_TAKE(arena, e->n, struct sr_saying);
    e->label = SR_TAKE(arena, e->n, int);
    e->index = SR_TAKE(arena, e->n, int);
    e->distance = SR_TAKE(arena, e->n, double);
    return SR_OK;
}

/* What the loop over batches needs besides the examples. */
struct work {
    const struct sr_eval_opts *opts;
    struct sr_data *data;
    struct sr_model *model;
    struct sr_par *par;
    uint64_t seed;
    struct sr_arena *arena;
    float *z, *z_adversarial, *probability;
    uint64_t *id;
    int *pos, *left; /* left: images of the batch that are not broken yet */
    struct sr_found *found;
};

static void record(const struct work *w, struct sr_examples *e, int from, int n)
{
    const int classes = w->data->classes;

    for (int i = 0; i < n; i++) {
        const size_t row = (size_t)i * (size_t)classes;
        const size_t image = (size_t)(from + i) * e->pixels;
        const int label = e->label[from + i];

        e->index[from + i] = w->data->split[w->opts->split].index[from + i];
        e->before[from + i] =
            saying(classes, w->z + row, label, w->probability);
        e->after[from + i] =
            saying(classes, w->z_adversarial + row, label, w->probability);
        e->attack.robust += e->after[from + i].right;
        e->distance[from + i] =
            sr_ball_distance(w->opts->how.norm, e->pixels, e->clean + image,
                             e->adversarial + image);
    }
}

/* Every stage on what the ones before have left. */
static enum sr_status run_stages(const struct work *w, struct sr_examples *e,
                                 const struct sr_attack_batch *batch,
                                 float *adversarial, struct sr_err *err)
{
    struct sr_craft craft = {.opts = w->opts,
                             .model = w->model,
                             .batch = batch,
                             .n = batch->n,
                             .adv = adversarial,
                             .z = w->z_adversarial,
                             .found = w->found,
                             .scratch = w->arena};

    for (int s = 0; s < e->attack.stages && craft.n > 0; s++) {
        SR_TRY(sr_eval_craft(&craft, &e->attack, s, err));
        craft.which = w->left;
        craft.n = 0;
        for (int i = 0; i < batch->n; i++)
            if (w->found[i].stage < 0)
                w->left[craft.n++] = i;
    }
    return SR_OK;
}

/* Images from .. from + n - 1. */
static enum sr_status make(const struct work *w, struct sr_examples *e,
                           int from, int n, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    const size_t at = (size_t)from * e->pixels;
    const struct sr_attack_batch batch = {.n = n,
                                          .x = e->clean + at,
                                          .y = e->label + from,
                                          .id = w->id,
                                          .seed = w->seed};

    if (sr_stop_wanted())
        return sr_fail(err, SR_STOPPED, "the attack was interrupted");
    for (int i = 0; i < n; i++)
        w->pos[i] = from + i;
    SR_TRY(sr_data_fill(w->data, &w->data->split[w->opts->split], w->par, n,
                        w->pos, NULL, e->clean + at, e->label + from, w->id,
                        err));
    sr_model_forward(w->model, &pass, n, batch.x, w->z);
    SR_TRY(run_stages(w, e, &batch, e->adversarial + at, err));
    record(w, e, from, n);
    return SR_OK;
}

enum sr_status sr_eval_examples(const struct sr_eval_opts *opts, uint64_t seed,
                                struct sr_data *data, struct sr_model *model,
                                struct sr_log *log, struct sr_arena *arena,
                                struct sr_examples *examples,
                                struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT};
    const int batch =
        opts->batch_size < model->batch ? (int)opts->batch_size : model->batch;
    const size_t logits = (size_t)batch * (size_t)data->classes;
    struct sr_examples made = {0};

    SR_TRY(begin(opts, data, arena, &made, err));
    const struct work w = {
        .opts = opts,
        .data = data,
        .model = model,
        .par = sr_model_oracle(model, &pass).engine->par,
        .seed = seed,
        .arena = arena,
        .z = SR_TAKE(arena, logits, float),
        .z_adversarial = SR_TAKE(arena, logits, float),
        .probability = SR_TAKE(arena, data->classes, float),
        .id = SR_TAKE(arena, batch, uint64_t),
        .pos = SR_TAKE(arena, batch, int),
        .left = SR_TAKE(arena, batch, int),
        .found = SR_TAKE(arena, batch, struct sr_found),
    };
    for (int done = 0; done < made.n;) {
        const int n = made.n - done < batch ? made.n - done : batch;
        SR_TRY(make(&w, &made, done, n, err));
        done += n;
        sr_log_progress(log, made.attack.word, done, made.n, "");
    }
    sr_log_progress_end(log);
    *examples = made;
    return SR_OK;
}

static bool fooled(const struct sr_examples *e, int i)
{
    return e->before[i].right && !e->after[i].right;
}

int sr_eval_pick(const struct sr_examples *e, int want, int *pick,
                 struct sr_arena *scratch)
{
    enum { NEW_CLASS, FOOLED, ANY, PASSES };
    const struct sr_mark mark = sr_arena_mark(scratch);
    bool *taken = SR_TAKE(scratch, e->n, bool);
    int n = 0;

    for (int pass = 0; pass < PASSES; pass++)
        for (int i = 0; i < e->n && n < want; i++) {
            bool good = !taken[i] && (pass == ANY || fooled(e, i));
            for (int k = 0; pass == NEW_CLASS && k < n; k++)
                good = good && e->label[pick[k]] != e->label[i];
            if (!good)
                continue;
            taken[i] = true;
            pick[n++] = i;
        }
    sr_arena_release(scratch, mark);
    return n;
}
