#include "eval/eval.h"

#include <math.h>
#include <string.h>

#include "attack/ball.h"
#include "base/clock.h"
#include "base/stop.h"
#include "data/loader.h"
#include "engine/vec.h"
#include "eval/board.h"
#include "eval/gallery.h"
#include "eval/part.h"
#include "eval/sanity.h"
#include "eval/tally.h"
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
    double began, before; /* when; seconds of work before that  */
    double saved;         /* when what is done was last written */
    bool board;           /* a table stands on the terminal     */
    int *pos;             /* [images] of the share, to attack   */

    int batch; /* most images at a time; of so many: */
    size_t pixels;
    int *asked; /* their positions in the split */
    float *adv, *z;
    struct sr_found *found;
    struct sr_loader *loader;
    struct sr_gallery *gallery; /* NULL: images are not kept             */
    struct sr_err lost;         /* why one could not be; status 0: all are */
};

/* Images are read in pieces of whole batches that have at most so many bytes,
 * or of one batch if that is more: an attack that gives the places of broken
 * images to others runs with full batches as long as there are others. */
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
                    .began = sr_clock_seconds(),
                    .before = eval->seconds,
                    .pixels = sr_oracle_pixels(&oracle)};
    const size_t images = (size_t)eval->images;
    const int batch = smaller(model->batch, opts->batch_size);
    const int fit =
        (int)(PIECE_BYTES / (r.pixels * sizeof(float))) / batch * batch;
    r.batch = smaller(batch > fit ? batch : fit, eval->images);
    const size_t n = (size_t)r.batch;

    r.saved = r.began;
    r.board = opts->board && sr_log_has_board(log) && sr_board_helps(eval);
    r.pos = SR_TAKE(arena, images, int);
    r.asked = SR_TAKE(arena, n, int);
    r.adv = SR_TAKE(arena, n * r.pixels, float);
    r.z = SR_TAKE(arena, n * (size_t)data->classes, float);
    r.found = SR_TAKE(arena, n, struct sr_found);
    return r;
}

/* ---- what is kept ---- */

/* What is done so far, to go on from. */
static enum sr_status save(struct run *r, struct sr_err *err)
{
    const struct sr_eval_keep *keep = r->opts->keep;
    const double now = sr_clock_seconds();

    r->eval->seconds = r->before + now - r->began;
    r->saved = now;
    if (r->gallery) /* what the part counts on comes first */
        SR_TRY(sr_gallery_sync(r->gallery, err));
    return keep ? sr_part_write(keep, r->data->classes, r->eval, err) : SR_OK;
}

static bool save_is_due(const struct run *r)
{
    const struct sr_eval_keep *keep = r->opts->keep;
    return keep && r->lost.status == SR_OK &&
           sr_clock_seconds() - r->saved >= keep->seconds;
}

/* A full disk ends nothing but what it has no room for. */
static void save_if_due(struct run *r)
{
    struct sr_err err;
    if (save_is_due(r) && save(r, &err) != SR_OK)
        sr_log_warn(r->log, "what is done is not saved: %s", err.text);
}

/* ---- images ---- */

static void ask(struct run *r, int done, int count)
{
    const int n = smaller(count - done, r->batch);

    for (int i = 0; i < n; i++)
        r->asked[i] = sr_share_position(&r->eval->share, r->pos[done + i]);
    if (n > 0)
        sr_loader_ask(r->loader, n, r->asked, NULL);
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

static void set_board(const struct run *r, const struct sr_board_now *now)
{
    char text[SR_LOG_BOARD];
    sr_board_fill(r->eval, now, text, sizeof text);
    sr_log_board(r->log, text);
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
    const int from = eval->seen, left = eval->images - from;
    int nonfinite = 0;

    for (int i = 0; i < left; i++)
        r->pos[i] = from + i;
    while (eval->seen < eval->images) {
        struct sr_attack_batch b = {0};
        SR_TRY(read_batch(r, eval->seen - from, left, &b, err));
        sr_oracle_logits(&oracle, b.n, b.x, r->z);
        for (int i = 0; i < b.n; i++, eval->seen++) {
            const bool right =
                !sr_oracle_wrong(r->data->classes, logits(r, i), b.y[i]);
            nonfinite += !is_finite(r, i);
            eval->clean += right;
            eval->verdict[eval->seen] = (struct sr_verdict){
                .index =
                    r->split
                        ->index[sr_share_position(&eval->share, eval->seen)],
                .label = b.y[i],
                .clean = sr_argmax(r->data->classes, logits(r, i)),
                .right = right};
        }
        if (r->board && sr_log_board_due(r->log))
            set_board(r, &(struct sr_board_now){.a = -1});
        progress(r, "clean", eval->seen, eval->images, eval->clean);
        save_if_due(r);
    }
    warn_nonfinite(r, "clean", nonfinite);
    return SR_OK;
}

static struct sr_craft craft_of(const struct run *r,
                                const struct sr_attack_batch *b,
                                const struct sr_client *client)
{
    return (struct sr_craft){.opts = r->opts,
                             .model = r->model,
                             .batch = b,
                             .n = b->n,
                             .adv = r->adv,
                             .z = r->z,
                             .found = r->found,
                             .client = client,
                             .scratch = r->scratch};
}

/* A stage under way, and one piece of its images. */
struct live {
    struct run *r;
    int a, s;
    const char *what;
    const struct sr_attack_batch *b;
    int done, total; /* images of the stage before this piece, and all */
    int robust;      /* images correct before this piece               */
    struct sr_eval_stage before; /* the counts and costs then               */
    double since;                /* when that was                           */
    int nonfinite;
};

static void draw(const struct live *l, const struct sr_seen *seen)
{
    const int left = l->total - l->done - seen->done;
    struct sr_board_now now = {.a = l->a,
                               .s = l->s,
                               .left = left,
                               .stage = l->before,
                               .seconds_left = sr_log_left(l->r->log, left)};

    now.stage.attacked += seen->done;
    now.stage.broken += seen->broken;
    now.stage.forwards += seen->forwards;
    now.stage.backwards += seen->backwards;
    now.stage.seconds += sr_clock_seconds() - l->since;
    set_board(l->r, &now);
}

static enum sr_wish look(void *of, const struct sr_seen *seen)
{
    const struct live *l = of;
    if (l->r->board && sr_log_board_due(l->r->log))
        draw(l, seen);
    progress(l->r, l->what, l->done + seen->done, l->total,
             l->robust - seen->broken);
    if (sr_stop_wanted() || l->r->lost.status != SR_OK)
        return SR_STOP_HERE;
    return save_is_due(l->r) ? SR_HAND_OVER : SR_GO_ON;
}

/* The first attack that breaks an image is the one that counts. */
static void keep_image(struct live *l, int image, const float *x)
{
    struct run *r = l->r;

    if (!r->gallery || r->lost.status != SR_OK)
        return;
    for (int a = 0; a < l->a; a++)
        if (!sr_tally_stands(r->eval, a, image))
            return;
    sr_gallery_put(r->gallery, image, x, &r->lost);
}

/* Write down what became of image i of the piece. */
static void note(struct live *l, int i)
{
    struct run *r = l->r;
    const struct sr_found *found = &r->found[i];
    const size_t image = (size_t)i * r->pixels;
    struct sr_outcome *o = sr_tally_outcome(r->eval, l->a, r->pos[l->done + i]);

    o->stages = l->s + 1;
    l->nonfinite += !is_finite(r, i);
    if (found->stage < 0)
        return;
    o->stage = found->stage;
    o->step = found->step;
    o->adversarial = sr_argmax(r->data->classes, logits(r, i));
    o->distance = (float)sr_ball_distance(r->opts->how.norm, r->pixels,
                                          l->b->x + image, r->adv + image);
    r->eval->attack[l->a].robust--;
    keep_image(l, r->pos[l->done + i], r->adv + image);
}

static void take(void *of, int n, const int *at)
{
    struct live *l = of;
    for (int i = 0; i < n; i++)
        note(l, at[i]);
    save_if_due(l->r);
}

/* Stage s of attack a on the first `count` images at r->pos. */
static enum sr_status run_stage(struct run *r, int a, int s, int count,
                                struct sr_err *err)
{
    struct sr_eval_attack *attack = &r->eval->attack[a];
    const bool alone = attack->stages == 1;
    struct live live = {.r = r,
                        .a = a,
                        .s = s,
                        .what =
                            alone ? attack->word : attack->stage[s].opts.name,
                        .total = count};
    const struct sr_client client = {&live, look, take};

    while (live.done < count) {
        struct sr_attack_batch b = {0};
        live.robust = attack->robust;
        live.before = attack->stage[s];
        live.since = sr_clock_seconds();
        live.b = &b;
        SR_TRY(read_batch(r, live.done, count, &b, err));
        const struct sr_craft craft = craft_of(r, &b, &client);
        const enum sr_status status = sr_eval_craft(&craft, attack, s, err);
        if (r->lost.status != SR_OK) {
            *err = r->lost;
            return err->status;
        }
        SR_TRY(status);
        live.done += b.n;
    }
    warn_nonfinite(r, live.what, live.nonfinite);
    return SR_OK;
}

/* Attack a on the images that are correct without it, each stage on those that
 * the ones before have left. */
static enum sr_status attack_pass(struct run *r, int a, struct sr_err *err)
{
    struct sr_eval *eval = r->eval;
    struct sr_eval_attack *attack = &eval->attack[a];

    for (int s = 0; s < attack->stages; s++) {
        int count = 0;
        for (int i = 0; i < eval->images; i++)
            if (sr_tally_stands(eval, a, i) &&
                sr_tally_outcome(eval, a, i)->stages == s)
                r->pos[count++] = i;
        SR_TRY(run_stage(r, a, s, count, err));
        sr_board_tell(r->log, eval, a, s, r->board);
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
        clean += r->eval->verdict[i].right;
        robust += r->found[i].stage < 0;
    }
    return sr_sanity_zero(probe.word, b.n, clean, robust, err);
}

static enum sr_status run_all(struct run *r, struct sr_err *err)
{
    struct sr_eval *eval = r->eval;
    const bool sanity = r->opts->sanity && eval->attacks > 0;

    SR_TRY(clean_pass(r, err));
    sr_tally_count(eval);
    if (sanity)
        SR_TRY(zero_check(r, err));
    SR_TRY(sr_warn_look(r->opts, r->data, r->model, eval, r->scratch, err));
    for (int a = 0; a < eval->attacks; a++)
        SR_TRY(attack_pass(r, a, err));
    if (r->board)
        set_board(r, &(struct sr_board_now){.a = eval->attacks});
    sr_log_board_end(r->log);
    sr_tally_close(eval, r->data->classes);
    for (int i = 0; i < eval->warnings.n; i++)
        sr_log_warn(r->log, "%s", eval->warnings.text[i]);
    if (sanity)
        SR_TRY(sr_tally_check(eval, r->scratch, err));
    return r->gallery ? sr_gallery_finish(r->gallery, r->model, eval, r->log,
                                          r->scratch, err)
                      : SR_OK;
}

/* Saved once more when it is over, whether because all is done or because it
 * was told to stop. */
static enum sr_status run_and_save(struct run *r, struct sr_err *err)
{
    const enum sr_status status = run_all(r, err);
    struct sr_err unsaved;

    if (status == SR_OK && r->opts->keep && r->opts->keep->is_result)
        return save(r, err);
    if (status == SR_OK && save(r, &unsaved) != SR_OK)
        sr_log_warn(r->log, "what is done is not saved: %s", unsaved.text);
    if (status != SR_STOPPED || !r->opts->keep)
        return status;
    if (save(r, &unsaved) != SR_OK)
        return sr_fail(err, SR_STOPPED,
                       "the evaluation was interrupted, and what is done is "
                       "not saved: %s",
                       unsaved.text);
    return sr_fail(err, SR_STOPPED,
                   "the evaluation was interrupted; %s has what is done, the "
                   "same command goes on with it",
                   r->opts->keep->path);
}

static enum sr_status plan(const struct sr_eval_opts *opts,
                           const struct sr_data *data, struct sr_log *log,
                           struct sr_arena *arena, struct sr_eval *eval,
                           struct sr_err *err)
{
    const int n = data->split[opts->split].n;

    SR_TRY(sr_tally_plan(opts, opts->limit > 0 ? smaller(opts->limit, n) : n,
                         data->classes, arena, eval, err));
    if (!opts->keep)
        return SR_OK;
    SR_TRY(sr_part_resume(opts->keep, data->classes, eval, log, arena, err));
    sr_tally_count(eval);
    return SR_OK;
}

enum sr_status sr_eval_run(const struct sr_eval_opts *opts, uint64_t seed,
                           struct sr_data *data, struct sr_model *model,
                           struct sr_log *log, struct sr_arena *arena,
                           struct sr_eval *eval, struct sr_err *err)
{
    struct sr_eval made;

    SR_TRY(plan(opts, data, log, arena, &made, err));
    const struct sr_mark mark = sr_arena_mark(arena);
    struct run r = begin(opts, seed, data, model, log, arena, &made);
    enum sr_status status = SR_OK;
    if (opts->keep && opts->keep->images)
        status = sr_gallery_open(opts, data, &made, arena, &r.gallery, err);
    if (status == SR_OK)
        status = sr_loader_open(data, r.split, r.batch, sr_par_threads(r.par),
                                arena, &r.loader, err);
    if (status == SR_OK)
        status = run_and_save(&r, err);
    sr_loader_close(r.loader);
    sr_gallery_close(r.gallery);
    sr_arena_release(arena, mark);
    sr_log_progress_end(log);
    SR_TRY(status);
    *eval = made;
    return SR_OK;
}
