#include "data/batch.h"

#include <stdlib.h>

#include "data/images.h"
#include "data/prepare.h"

enum sr_status sr_workers_need(struct sr_workers *workers, int n,
                               struct sr_err *err)
{
    if (n <= workers->n)
        return SR_OK;
    struct sr_arena **arena =
        realloc(workers->arena, (size_t)n * sizeof(struct sr_arena *));
    if (!arena)
        return sr_fail(err, SR_ERESOURCE, "no memory for %d threads", n);
    workers->arena = arena;
    while (workers->n < n)
        arena[workers->n++] = sr_arena_new(NULL);
    return SR_OK;
}

void sr_workers_free(struct sr_workers *workers)
{
    for (int i = 0; i < workers->n; i++)
        sr_arena_free(workers->arena[i]);
    free(workers->arena);
    *workers = (struct sr_workers){0};
}

int sr_fill_pieces(const struct sr_fill *fill)
{
    return fill->n < SR_FILL_PIECES ? fill->n : SR_FILL_PIECES;
}

static enum sr_status read_one(const struct sr_fill *f, int index, float *x,
                               struct sr_arena *scratch, struct sr_err *err)
{
    const struct sr_images *images = f->split->images;
    const struct sr_changes changes =
        sr_augment_draw(f->data->opts, f->augment, (uint64_t)index);
    struct sr_view view;
    SR_TRY(images->view(images, index, scratch, &view, err));
    return sr_prepare(images, f->data->opts, &changes, &view, scratch, x, err);
}

/* Image i of the batch from position pos. */
static enum sr_status fill_from(struct sr_fill *f, int i, int pos,
                                struct sr_arena *scratch, struct sr_err *err)
{
    const struct sr_images *images = f->split->images;
    SR_REQUIRE(pos >= 0 && pos < f->split->n);
    const int index = f->split->index[pos];
    const size_t floats =
        (size_t)images->h * (size_t)images->w * (size_t)images->c;
    f->y[i] = f->split->label[pos];
    f->id[i] = (uint64_t)index;
    if (read_one(f, index, f->x + (size_t)i * floats, scratch, err) == SR_OK)
        return SR_OK;
    char where[512];
    images->where(images, index, where, sizeof where);
    return sr_fail_within(err, "%s", where);
}

static bool may_skip(const struct sr_fill *f)
{
    return f->augment && f->data->opts->on_error == SR_ON_ERROR_SKIP;
}

/* The next position that can be read takes the place of one that cannot: which
 * that is depends on the files alone. */
static enum sr_status fill_one(struct sr_fill *f, int i, int piece,
                               struct sr_arena *scratch, struct sr_err *err)
{
    enum { MOST_SKIPS = 100 };
    for (int skips = 0;; skips++) {
        const int pos = (f->pos[i] + skips) % f->split->n;
        const enum sr_status status = fill_from(f, i, pos, scratch, err);
        if (status != SR_EDATA || !may_skip(f))
            return status;
        if (skips == MOST_SKIPS || skips == f->split->n - 1)
            return sr_fail_within(err, "%d images in a row are damaged",
                                  skips + 1);
        if (f->skipped[piece]++ == 0)
            f->why[piece] = *err;
        err->status = SR_OK;
    }
}

void sr_fill_piece(void *job, int piece, int worker)
{
    struct sr_fill *f = job;
    struct sr_arena *scratch = f->scratch[worker];
    size_t begin, end;
    sr_par_span((size_t)f->n, sr_fill_pieces(f), piece, &begin, &end);
    f->failed[piece].status = SR_OK;
    f->skipped[piece] = 0;
    for (size_t i = begin; i < end; i++) {
        const struct sr_mark mark = sr_arena_mark(scratch);
        const enum sr_status status =
            fill_one(f, (int)i, piece, scratch, &f->failed[piece]);
        sr_arena_release(scratch, mark);
        if (status != SR_OK)
            return;
    }
}

enum sr_status sr_fill_result(const struct sr_fill *fill, int *skipped,
                              const char **why, struct sr_err *err)
{
    *skipped = 0;
    *why = NULL;
    for (int i = 0; i < sr_fill_pieces(fill); i++) {
        if (fill->failed[i].status != SR_OK) {
            *err = fill->failed[i];
            return err->status;
        }
        *skipped += fill->skipped[i];
        if (fill->skipped[i] > 0 && !*why)
            *why = fill->why[i].text;
    }
    return SR_OK;
}
