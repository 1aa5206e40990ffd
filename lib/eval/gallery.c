#include "eval/gallery.h"

#include <string.h>

#include "attack/ball.h"
#include "base/text.h"
#include "eval/part.h"
#include "eval/sanity.h"
#include "eval/walk.h"
#include "model/draft.h"

enum tensor {
    CLEAN,
    ADVERSARIAL,
    DISTANCES,
    LABELS,
    INDICES,
    CLEAN_PREDICTIONS,
    PREDICTIONS,
    BROKEN_BY,
    STEPS,
    TENSORS
};

enum { METAS = 6, LEGEND = 8192 };

struct sr_gallery {
    struct sr_draft draft;
    const struct sr_eval_opts *opts;
    const struct sr_data *data;
    size_t pixels; /* of an image           */
    float *one;    /* [c][h][w], for a while */
};

/* ---- channels ---- */

void sr_channels_first(const struct sr_data *data, int n, const float *x,
                       float *y)
{
    const size_t c = (size_t)data->c, area = (size_t)data->h * (size_t)data->w;

    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t p = 0; p < area; p++)
            for (size_t k = 0; k < c; k++)
                y[(i * c + k) * area + p] = x[(i * area + p) * c + k];
}

void sr_channels_last(const struct sr_data *data, int n, const float *y,
                      float *x)
{
    const size_t c = (size_t)data->c, area = (size_t)data->h * (size_t)data->w;

    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t k = 0; k < c; k++)
            for (size_t p = 0; p < area; p++)
                x[(i * area + p) * c + k] = y[(i * c + k) * area + p];
}

/* ---- the file ---- */

/* "pgd-10,autoattack/fab-t": stages of all attacks, one after the other. */
static const char *legend(const struct sr_eval *eval, struct sr_arena *arena)
{
    char text[LEGEND] = "";

    for (int a = 0; a < eval->attacks; a++) {
        const struct sr_eval_attack *attack = &eval->attack[a];
        for (int s = 0; s < attack->stages; s++) {
            sr_text_add(text, sizeof text, "%s%s", *text ? "," : "",
                        attack->word);
            if (attack->stages > 1)
                sr_text_add(text, sizeof text, "/%s",
                            attack->stage[s].opts.name);
        }
    }
    return sr_arena_text(arena, text);
}

/* Where the attack that broke an image stands in it. */
static int64_t place_of(const struct sr_eval *eval, const struct sr_verdict *v)
{
    int64_t place = v->stage;

    if (v->broken_by < 0)
        return -1;
    for (int a = 0; a < v->broken_by; a++)
        place += eval->attack[a].stages;
    return place;
}

/* Of n images, or, with data NULL, of n numbers. */
static struct sr_tensor_out tensor(const char *name, enum sr_dtype dtype, int n,
                                   const struct sr_data *data)
{
    struct sr_tensor_out out = {name, dtype, 1, {n}, NULL};
    if (data) {
        out.rank = 4;
        out.shape[1] = data->c;
        out.shape[2] = data->h;
        out.shape[3] = data->w;
    }
    return out;
}

static enum sr_status open_draft(struct sr_gallery *g,
                                 const struct sr_eval *eval,
                                 struct sr_arena *arena, struct sr_err *err)
{
    const struct sr_eval_opts *o = g->opts;
    const int n = eval->images;
    char key[65];
    const struct sr_tensor_out tensors[TENSORS] = {
        [CLEAN] = tensor("clean", SR_DTYPE_F32, n, g->data),
        [ADVERSARIAL] = tensor("adversarial", SR_DTYPE_F32, n, g->data),
        [DISTANCES] = tensor("distances", SR_DTYPE_F32, n, NULL),
        [LABELS] = tensor("labels", SR_DTYPE_I64, n, NULL),
        [INDICES] = tensor("indices", SR_DTYPE_I64, n, NULL),
        [CLEAN_PREDICTIONS] =
            tensor("clean_predictions", SR_DTYPE_I64, n, NULL),
        [PREDICTIONS] = tensor("predictions", SR_DTYPE_I64, n, NULL),
        [BROKEN_BY] = tensor("broken_by", SR_DTYPE_I64, n, NULL),
        [STEPS] = tensor("steps", SR_DTYPE_I64, n, NULL),
    };
    sr_part_key(o->keep->about, key);
    const struct sr_meta meta[METAS] = {
        {"attacks", legend(eval, arena)},
        {"norm", sr_norm_name(o->how.norm)},
        {"epsilon", sr_arena_format(arena, "%.17g", o->how.epsilon)},
        {"dataset", g->data->opts->dataset},
        {"share",
         sr_arena_format(arena, "%d/%d", eval->share.number, eval->share.of)},
        {"evaluation", key},
    };
    return sr_draft_open(o->keep->images, TENSORS, tensors, METAS, meta,
                         eval->seen > 0, arena, &g->draft, err);
}

enum sr_status sr_gallery_open(const struct sr_eval_opts *opts,
                               const struct sr_data *data,
                               const struct sr_eval *eval,
                               struct sr_arena *arena,
                               struct sr_gallery **gallery, struct sr_err *err)
{
    struct sr_gallery *g = SR_TAKE(arena, 1, struct sr_gallery);

    g->opts = opts;
    g->data = data;
    g->pixels = (size_t)data->h * (size_t)data->w * (size_t)data->c;
    g->one = SR_TAKE(arena, g->pixels, float);
    if (open_draft(g, eval, arena, err) != SR_OK)
        return eval->seen > 0 && err->status == SR_EUSAGE
                   ? sr_fail_within(err,
                                    "%s is done in part, but the images are "
                                    "gone; remove it to begin anew",
                                    opts->keep->path)
                   : err->status;
    *gallery = g;
    return SR_OK;
}

void sr_gallery_close(struct sr_gallery *gallery)
{
    if (gallery)
        sr_draft_close(&gallery->draft);
}

/* ---- images ---- */

static size_t image_bytes(const struct sr_gallery *g)
{
    return g->pixels * sizeof(float);
}

static enum sr_status put_image(struct sr_gallery *g, enum tensor t, int i,
                                const float *x, struct sr_err *err)
{
    sr_channels_first(g->data, 1, x, g->one);
    return sr_draft_put(&g->draft, (int)t, (size_t)i * image_bytes(g), g->one,
                        image_bytes(g), err);
}

static enum sr_status get_image(struct sr_gallery *g, int i, float *x,
                                struct sr_err *err)
{
    SR_TRY(sr_draft_get(&g->draft, ADVERSARIAL, (size_t)i * image_bytes(g),
                        g->one, image_bytes(g), err));
    sr_channels_last(g->data, 1, g->one, x);
    return SR_OK;
}

enum sr_status sr_gallery_put(struct sr_gallery *gallery, int i, const float *x,
                              struct sr_err *err)
{
    return put_image(gallery, ADVERSARIAL, i, x, err);
}

enum sr_status sr_gallery_sync(const struct sr_gallery *gallery,
                               struct sr_err *err)
{
    return sr_draft_sync(&gallery->draft, err);
}

/* ---- the end ---- */

/* The look at all of them. */
struct finish {
    struct sr_gallery *g;
    struct sr_model *model;
    const struct sr_eval *eval;
    struct sr_walk walk;
    float *adv, *z;           /* of a batch                            */
    float *distance;          /* [images]                              */
    int64_t *number[TENSORS]; /* [images] of the tensors of whole numbers */
};

static struct finish begin(struct sr_gallery *g, struct sr_model *model,
                           const struct sr_eval *eval, struct sr_arena *arena)
{
    struct finish f = {.g = g,
                       .model = model,
                       .eval = eval,
                       .walk = sr_walk_begin(g->opts, g->data, model, arena)};
    const size_t batch = (size_t)f.walk.batch;

    SR_REQUIRE(f.walk.images == eval->images);
    f.adv = SR_TAKE(arena, batch * g->pixels, float);
    f.z = SR_TAKE(arena, batch * (size_t)g->data->classes, float);
    f.distance = SR_TAKE(arena, eval->images, float);
    for (int t = LABELS; t < TENSORS; t++)
        f.number[t] = SR_TAKE(arena, eval->images, int64_t);
    return f;
}

/* Clean image i goes into the file, and what was made of it comes out. */
static enum sr_status exchange(const struct finish *f, int i,
                               struct sr_err *err)
{
    const size_t at = (size_t)(i - f->walk.from) * f->g->pixels;
    const float *x = f->walk.x + at;

    SR_TRY(put_image(f->g, CLEAN, i, x, err));
    if (f->eval->verdict[i].broken_by >= 0)
        return get_image(f->g, i, f->adv + at, err);
    memcpy(f->adv + at, x, image_bytes(f->g));
    return put_image(f->g, ADVERSARIAL, i, x, err);
}

static enum sr_status check_ball(const struct finish *f, int i,
                                 struct sr_err *err)
{
    const struct sr_verdict *v = &f->eval->verdict[i];
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    const struct sr_oracle oracle = sr_model_oracle(f->model, &pass);
    const size_t at = (size_t)(i - f->walk.from);
    const struct sr_attack_batch one = {
        .n = 1, .x = f->walk.x + at * f->g->pixels, .id = f->walk.id + at};
    if (v->broken_by < 0)
        return SR_OK;
    const struct sr_eval_attack *attack = &f->eval->attack[v->broken_by];
    return sr_sanity_ball(attack->word, &attack->stage[v->stage].opts, &oracle,
                          &one, f->adv + at * f->g->pixels, err);
}

/* Does the network say to image i of the file what the verdict has? */
static enum sr_status check_prediction(const struct finish *f, int i,
                                       struct sr_err *err)
{
    const int classes = f->g->data->classes;
    const struct sr_verdict *v = &f->eval->verdict[i];
    const int says =
        sr_argmax(classes, f->z + (size_t)(i - f->walk.from) * (size_t)classes);

    if (says == v->adversarial)
        return SR_OK;
    return sr_fail(err, SR_EVERIFY,
                   "%s: image %d is predicted as class %d, when it was made "
                   "it was %d",
                   f->g->draft.part, v->index, says, v->adversarial);
}

static void note(const struct finish *f, int i)
{
    const struct sr_verdict *v = &f->eval->verdict[i];
    const size_t at = (size_t)(i - f->walk.from) * f->g->pixels;

    f->distance[i] = (float)sr_ball_distance(f->g->opts->how.norm, f->g->pixels,
                                             f->walk.x + at, f->adv + at);
    f->number[LABELS][i] = v->label;
    f->number[INDICES][i] = v->index;
    f->number[CLEAN_PREDICTIONS][i] = v->clean;
    f->number[PREDICTIONS][i] = v->adversarial;
    f->number[BROKEN_BY][i] = place_of(f->eval, v);
    f->number[STEPS][i] = v->step;
}

/* The batch at hand. */
static enum sr_status complete(const struct finish *f, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    const int from = f->walk.from, end = from + f->walk.n;

    for (int i = from; i < end; i++) {
        SR_TRY(exchange(f, i, err));
        SR_TRY(check_ball(f, i, err));
    }
    sr_model_forward(f->model, &pass, f->walk.n, f->adv, f->z);
    for (int i = from; i < end; i++) {
        SR_TRY(check_prediction(f, i, err));
        note(f, i);
    }
    return SR_OK;
}

static enum sr_status put_numbers(const struct finish *f, struct sr_err *err)
{
    const size_t n = (size_t)f->eval->images;
    const struct sr_draft *draft = &f->g->draft;

    SR_TRY(sr_draft_put(draft, DISTANCES, 0, f->distance,
                        n * sizeof *f->distance, err));
    for (int t = LABELS; t < TENSORS; t++)
        SR_TRY(
            sr_draft_put(draft, t, 0, f->number[t], n * sizeof(int64_t), err));
    return SR_OK;
}

static enum sr_status complete_all(struct finish *f, struct sr_log *log,
                                   struct sr_err *err)
{
    SR_TRY(sr_walk_step(&f->walk, err));
    while (f->walk.n > 0) {
        SR_TRY(complete(f, err));
        sr_log_progress(log, "images", f->walk.from + f->walk.n,
                        f->eval->images, "");
        SR_TRY(sr_walk_step(&f->walk, err));
    }
    SR_TRY(put_numbers(f, err));
    return sr_draft_finish(&f->g->draft, err);
}

enum sr_status sr_gallery_finish(struct sr_gallery *gallery,
                                 struct sr_model *model,
                                 const struct sr_eval *eval, struct sr_log *log,
                                 struct sr_arena *scratch, struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    struct finish f = begin(gallery, model, eval, scratch);
    const enum sr_status status = complete_all(&f, log, err);

    sr_arena_release(scratch, mark);
    return status;
}
