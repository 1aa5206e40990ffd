#include "eval/eval.h"

#include <math.h>
#include <string.h>

#include "attack/ball.h"
#include "base/clock.h"
#include "base/stop.h"
#include "data/loader.h"
#include "engine/vec.h"
#include "eval/sanity.h"
#include "eval/warnings.h"

/* What every part of one evaluation needs. */
struct run {
    const struct sr_eval_opts *opts;
    uint64_t seed;
    const struct sr_data *data;
    const struct sr_split *split;
    struct sr_model *model;
    struct sr_par *par;
    struct sr_log *log;
    struct sr_arena *scratch;
    struct sr_eval *eval;
    unsigned char *survived; /* [attacks][images] */
    int *pos;                /* [images] positions to attack */

    int batch; /* most images at a time; of so many: */
    size_t pixels;
    float *adv, *z;
    struct sr_found *found;
    struct sr_loader *loader;
};

/* Images are read in pieces of at most so many bytes, or of a batch if that is
 * more: an attack that gives the places of broken images to others runs with
 * full batches as long as there are others. */
enum { PIECE_BYTES = 1 << 25 };

static int smaller(long long a, long long b) { return (int)(a < b ? a : b); }

static struct run begin(const struct sr_eval_opts *opts, uint64_t seed,
                        struct sr_data *data, struct sr_model *model,
                        struct sr_log *log, struct sr_arena *arena,
                        struct sr_eval *eval)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT};
    const struct sr_oracle oracle = sr_model_oracle(model, &pass);
    struct run r = {.opts = opts,
                    .seed = seed,
                    .data = data,
                    .split = &data->split[opts->split],
                    .model = model,
                    .par = oracle.engine->par,
                    .log = log,
                    .scratch = arena,
                    .eval = eval,
                    .pixels = sr_oracle_pixels(&oracle)};
    const size_t images = (size_t)eval->images;
    const int batch = smaller(model->batch, opts->batch_size);
    const int fit = (int)(PIECE_BYTES / (r.pixels * sizeof(float)));
    r.batch = smaller(batch > fit ? batch : fit, eval->images);
    const size_t n = (size_t)r.batch;

    r.survived = SR_TAKE(arena, images * (size_t)eval->attacks, unsigned char);
    r.pos = SR_TAKE(arena, images, int);
    r.adv = SR_TAKE(arena, n * r.pixels, float);
    r.z = SR_TAKE(arena, n * (size_t)data->classes, float);
    r.found = SR_TAKE(arena, n, struct sr_found);
    return r;
}

static void ask(struct run *r, int done, int count)
{
    if (done < count)
        sr_loader_ask(r->loader, smaller(count - done, r->batch), r->pos + done,
                      NULL);
}

/* The next at most r->batch of the first `count` images at r->pos, of which
 * `done` have been read; those after them are made ready meanwhile. */
static enum sr_status read_batch(struct run *r, int done, int count,
                                 struct sr_attack_batch *batch,
                                 struct sr_err *err)
{
    struct sr_batch b;
    if (sr_stop_wanted())
        return sr_fail(err, SR_STOPPED, "the evaluation was interrupted");
    if (done == 0)
        ask(r, 0, count);
    SR_TRY(sr_loader_take(r->loader, &b, err));
    ask(r, done + b.n, count);
    *batch = (struct sr_attack_batch){
        .n = b.n, .x = b.x, .y = b.y, .id = b.id, .seed = r->seed};
    return SR_OK;
}

static const float *logits(const struct run *r, int i)
{
    return r->z + (size_t)i * (size_t)r->data->classes;
}

static bool is_finite(const struct run *r, int i)
{
    const size_t classes = (size_t)r->data->classes;
    return sr_vec_first_nonfinite(classes, logits(r, i)) == classes;
}

static void warn_nonfinite(const struct run *r, const char *what, int images)
{
    if (images > 0)
        sr_log_warn(r->log,
                    "%s: the logits of %d images are not finite; they count "
                    "as misclassified",
                    what, images);
}

static void progress(const struct run *r, const char *what, int done, int total,
                     int correct)
{
    char note[64];
    snprintf(note, sizeof note, "%.2f %% correct",
             100.0 * correct / r->eval->images);
    sr_log_progress(r->log, what, done, total, note);
}

/* Who is classified correctly without any attack. */
static enum sr_status clean_pass(struct run *r, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS,
                                 .batchnorm = SR_BN_INFERENCE};
    struct sr_oracle oracle = sr_model_oracle(r->model, &pass);
    struct sr_eval *eval = r->eval;
    int nonfinite = 0;

    for (int i = 0; i < eval->images; i++)
        r->pos[i] = i;
    for (int done = 0; done < eval->images;) {
        struct sr_attack_batch b = {0};
        SR_TRY(read_batch(r, done, eval->images, &b, err));
        sr_oracle_logits(&oracle, b.n, b.x, r->z);
        for (int i = 0; i < b.n; i++, done++) {
            const int said = sr_argmax(r->data->classes, logits(r, i));
            const bool wrong =
                sr_oracle_wrong(r->data->classes, logits(r, i), b.y[i]);
            nonfinite += !is_finite(r, i);
            eval->clean += !wrong;
            eval->verdict[done] =
                (struct sr_verdict){.index = r->split->index[done],
                                    .label = b.y[i],
                                    .clean = said,
                                    .robust = !wrong,
                                    .broken_by = -1,
                                    .adversarial = said};
        }
        progress(r, "clean", done, eval->images, eval->clean);
    }
    warn_nonfinite(r, "clean", nonfinite);
    eval->worst = eval->clean;
    return SR_OK;
}

/* Write down what attack a did to image i of the batch. */
static void judge(struct run *r, int a, const struct sr_attack_batch *b, int i,
                  int at)
{
    struct sr_eval *eval = r->eval;
    struct sr_verdict *v = &eval->verdict[at];
    const struct sr_found *found = &r->found[i];
    const size_t image = (size_t)i * r->pixels;

    if (found->stage < 0)
        return;
    r->survived[(size_t)a * (size_t)eval->images + (size_t)at] = 0;
    eval->attack[a].robust--;
    if (!v->robust)
        return;
    v->robust = 0;
    v->broken_by = a;
    v->stage = found->stage;
    v->step = found->step;
    v->adversarial = sr_argmax(r->data->classes, logits(r, i));
    v->distance = (float)sr_ball_distance(r->opts->how.norm, r->pixels,
                                          b->x + image, r->adv + image);
    eval->worst--;
}

static struct sr_craft craft_of(const struct run *r,
                                const struct sr_attack_batch *b,
                                const struct sr_watch *watch)
{
    return (struct sr_craft){.opts = r->opts,
                             .model = r->model,
                             .batch = b,
                             .n = b->n,
                             .adv = r->adv,
                             .z = r->z,
                             .found = r->found,
                             .watch = watch,
                             .scratch = r->scratch};
}

/* What a stage under way tells. */
struct live {
    const struct run *r;
    const char *what;
    int done, total; /* images of the stage before this piece, and all */
    int robust;      /* images correct before this piece               */
};

static bool look(void *of, int done, int broken)
{
    const struct live *l = of;
    progress(l->r, l->what, l->done + done, l->total, l->robust - broken);
    return !sr_stop_wanted();
}

/* Stage s of attack a on the first `count` images at r->pos. */
static enum sr_status run_stage(struct run *r, int a, int s, int count,
                                struct sr_err *err)
{
    struct sr_eval_attack *attack = &r->eval->attack[a];
    const bool alone = attack->stages == 1;
    struct live live = {.r = r,
                        .what =
                            alone ? attack->word : attack->stage[s].opts.name,
                        .total = count};
    const struct sr_watch watch = {&live, look};
    int nonfinite = 0;

    while (live.done < count) {
        struct sr_attack_batch b = {0};
        live.robust = attack->robust;
        SR_TRY(read_batch(r, live.done, count, &b, err));
        const struct sr_craft craft = craft_of(r, &b, &watch);
        SR_TRY(sr_eval_craft(&craft, attack, s, err));
        for (int i = 0; i < b.n; i++, live.done++) {
            nonfinite += !is_finite(r, i);
            judge(r, a, &b, i, r->pos[live.done]);
        }
    }
    warn_nonfinite(r, live.what, nonfinite);
    return SR_OK;
}

/* A row of the table that grows while a long sequence runs. */
static void tell_stage(const struct run *r, const struct sr_eval_attack *attack,
                       int s)
{
    const struct sr_eval_stage *stage = &attack->stage[s];
    if (attack->stages == 1)
        return;
    if (s == 0)
        sr_log_say(r->log, "%-14s %8s %8s %8s %10s %10s", attack->word,
                   "attacked", "broken", "robust", "accuracy", "seconds");
    sr_log_say(r->log, "  %-12s %8d %8d %8d %8.2f %% %10.1f", stage->opts.name,
               stage->attacked, stage->broken, attack->robust,
               100.0 * attack->robust / r->eval->images, stage->seconds);
}

/* Attack a on the images that are correct without it, each stage on those that
 * the ones before have left. */
static enum sr_status attack_pass(struct run *r, int a, struct sr_err *err)
{
    struct sr_eval *eval = r->eval;
    struct sr_eval_attack *attack = &eval->attack[a];
    unsigned char *survived = r->survived + (size_t)a * (size_t)eval->images;

    for (int i = 0; i < eval->images; i++)
        survived[i] =
            eval->verdict[i].robust || eval->verdict[i].broken_by >= 0;
    attack->robust = eval->clean;
    for (int s = 0; s < attack->stages; s++) {
        int count = 0;
        for (int i = 0; i < eval->images; i++)
            if (survived[i])
                r->pos[count++] = i;
        SR_TRY(run_stage(r, a, s, count, err));
        tell_stage(r, attack, s);
    }
    return SR_OK;
}

/* The first attack with epsilon 0 on the first batch.  Two steps are enough to
 * leave the image if anything does. */
static enum sr_status zero_check(struct run *r, struct sr_err *err)
{
    struct sr_eval_attack probe = r->eval->attack[0];
    struct sr_attack_opts *o = &probe.stage[0].opts;
    struct sr_attack_batch b = {0};
    int clean = 0, robust = 0;

    o->epsilon = 0;
    o->steps = smaller(o->steps, 2);
    o->restarts = 1;
    for (int i = 0; i < r->eval->images; i++)
        r->pos[i] = i;
    const int few = smaller(r->model->batch, r->opts->batch_size);
    SR_TRY(read_batch(r, 0, smaller(r->batch, few), &b, err));
    const struct sr_craft craft = craft_of(r, &b, NULL);
    SR_TRY(sr_eval_craft(&craft, &probe, 0, err));
    for (int i = 0; i < b.n; i++) {
        clean += r->eval->verdict[i].robust;
        robust += r->found[i].stage < 0;
    }
    return sr_sanity_zero(probe.word, b.n, clean, robust, err);
}

/* Is one of the attacks a sequence, and does one expect a network that draws at
 * random? */
static bool has_sequence(const struct sr_eval *eval, bool *random)
{
    bool has = false;
    *random = false;
    for (int a = 0; a < eval->attacks; a++) {
        has = has || eval->attack[a].stages > 1;
        *random = *random || eval->attack[a].stage[0].opts.eot > 1;
    }
    return has;
}

/* A closer look at the first batch, before hours of work. */
static enum sr_status inspect(struct run *r, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_INFERENCE,
                                 .role = SR_ROLE_FORWARD};
    struct sr_oracle oracle = sr_model_oracle(r->model, &pass);
    struct sr_warnings *w = &r->eval->warnings;
    struct sr_attack_batch b = {0};
    bool random;

    if (!has_sequence(r->eval, &random))
        return SR_OK;
    for (int i = 0; i < r->eval->images; i++)
        r->pos[i] = i;
    SR_TRY(read_batch(r, 0, smaller(r->batch, oracle.batch), &b, err));
    const struct sr_look look = {b.n, r->data->classes, b.x, r->z, b.y};
    sr_oracle_logits(&oracle, b.n, b.x, r->z);
    sr_warn_outputs(w, &look);
    sr_warn_slopes(w, &look, &oracle, r->scratch);
    if (!random)
        sr_warn_random(w, &look, &oracle, r->scratch);
    return SR_OK;
}

static enum sr_status run_all(struct run *r, struct sr_err *err)
{
    const bool sanity = r->opts->sanity && r->eval->attacks > 0;

    SR_TRY(clean_pass(r, err));
    if (sanity)
        SR_TRY(zero_check(r, err));
    SR_TRY(inspect(r, err));
    for (int a = 0; a < r->eval->attacks; a++) {
        SR_TRY(attack_pass(r, a, err));
        sr_warn_square(&r->eval->warnings, &r->eval->attack[a],
                       r->eval->images);
    }
    for (int i = 0; i < r->eval->warnings.n; i++)
        sr_log_warn(r->log, "%s", r->eval->warnings.text[i]);
    if (sanity)
        SR_TRY(sr_sanity_order(r->eval, r->survived, err));
    return SR_OK;
}

static enum sr_status plan(const struct sr_eval_opts *opts,
                           const struct sr_data *data, struct sr_eval *eval,
                           struct sr_err *err)
{
    const int n = data->split[opts->split].n;

    if (n == 0)
        return sr_fail(err, SR_EDATA,
                       "the split eval.split asks for has no images%s",
                       opts->split == SR_VALIDATION
                           ? "; data.validation sets the share held out"
                           : "");
    if (opts->attack.n > SR_EVAL_ATTACKS)
        return sr_fail(err, SR_ECONFIG,
                       "eval.attack lists %d attacks; %d are the most",
                       opts->attack.n, SR_EVAL_ATTACKS);
    eval->images = opts->limit > 0 ? smaller(opts->limit, n) : n;
    eval->attacks = opts->attack.n;
    for (int a = 0; a < eval->attacks; a++) {
        SR_TRY(sr_eval_attack_of(opts, opts->attack.v[a], data->classes,
                                 &eval->attack[a], err));
        sr_warn_left_out(&eval->warnings, &eval->attack[a], data->classes);
    }
    return SR_OK;
}

enum sr_status sr_eval_run(const struct sr_eval_opts *opts, uint64_t seed,
                           struct sr_data *data, struct sr_model *model,
                           struct sr_log *log, struct sr_arena *arena,
                           struct sr_eval *eval, struct sr_err *err)
{
    const double began = sr_clock_seconds();
    struct sr_eval made = {0};

    SR_TRY(plan(opts, data, &made, err));
    made.verdict = SR_TAKE(arena, made.images, struct sr_verdict);

    const struct sr_mark mark = sr_arena_mark(arena);
    struct run r = begin(opts, seed, data, model, log, arena, &made);
    enum sr_status status = sr_loader_open(
        data, r.split, r.batch, sr_par_threads(r.par), arena, &r.loader, err);
    if (status == SR_OK)
        status = run_all(&r, err);
    sr_loader_close(r.loader);
    sr_arena_release(arena, mark);
    sr_log_progress_end(log);
    SR_TRY(status);

    made.seconds = sr_clock_seconds() - began;
    *eval = made;
    return SR_OK;
}
