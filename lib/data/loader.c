#include "data/loader.h"

#include <stdio.h>
#include <string.h>

#include "data/batch.h"
#include "data/images.h"

/* Computing threads that one loading thread keeps fed: a thread decodes about
 * 200 photos a second, and the smallest network one would train on photos
 * takes four to use up as many. */
enum { SHARE = 4, SLOTS = 2 };

struct slot {
    float *x;
    int *y;
    uint64_t *id;
};

struct sr_loader {
    struct sr_par *par;
    struct sr_workers workers;
    int most, *pos; /* pos [most] */
    struct sr_augment augment;
    struct slot slot[SLOTS];
    int next; /* the slot that is filled */
    char why[sizeof((struct sr_err *)NULL)->text];
    struct sr_fill fill;
};

static struct slot make_slot(const struct sr_images *images, int most,
                             struct sr_arena *arena)
{
    const size_t n = (size_t)most;
    const size_t floats =
        (size_t)images->h * (size_t)images->w * (size_t)images->c;
    return (struct slot){
        .x = SR_TAKE(arena, n * floats, float),
        .y = SR_TAKE(arena, n, int),
        .id = SR_TAKE(arena, n, uint64_t),
    };
}

/* One more than the threads that load: whoever takes a batch is one, too. */
static int pool_size(const struct sr_data_opts *opts, int computing)
{
    const int own = (computing + SHARE - 1) / SHARE;
    return 1 + (opts->threads > 0 ? (int)opts->threads : own);
}

enum sr_status sr_loader_open(const struct sr_data *data,
                              const struct sr_split *split, int most,
                              int computing, struct sr_arena *arena,
                              struct sr_loader **out, struct sr_err *err)
{
    struct sr_loader *l = SR_TAKE(arena, 1, struct sr_loader);
    l->most = most;
    l->pos = SR_TAKE(arena, most, int);
    l->fill.data = data;
    l->fill.split = split;
    for (int i = 0; i < SLOTS; i++)
        l->slot[i] = make_slot(split->images, most, arena);

    SR_TRY(sr_par_open(pool_size(data->opts, computing), &l->par, err));
    if (sr_workers_need(&l->workers, sr_par_threads(l->par), err) != SR_OK) {
        sr_loader_close(l);
        return err->status;
    }
    l->fill.scratch = l->workers.arena;
    *out = l;
    return SR_OK;
}

void sr_loader_close(struct sr_loader *l)
{
    if (!l)
        return;
    sr_par_finish(l->par);
    sr_par_close(l->par);
    sr_workers_free(&l->workers);
}

void sr_loader_ask(struct sr_loader *l, int n, const int *pos,
                   const struct sr_augment *augment)
{
    const struct slot *slot = &l->slot[l->next];
    SR_REQUIRE(n >= 1 && n <= l->most);
    sr_par_finish(l->par);
    memcpy(l->pos, pos, (size_t)n * sizeof *pos);
    if (augment)
        l->augment = *augment;
    l->fill.augment = augment ? &l->augment : NULL;
    l->fill.n = n;
    l->fill.pos = l->pos;
    l->fill.x = slot->x;
    l->fill.y = slot->y;
    l->fill.id = slot->id;
    sr_par_start(l->par, sr_fill_pieces(&l->fill), sr_fill_piece, &l->fill);
}

enum sr_status sr_loader_take(struct sr_loader *l, struct sr_batch *batch,
                              struct sr_err *err)
{
    const struct sr_fill *fill = &l->fill;
    SR_REQUIRE(fill->n > 0);
    sr_par_finish(l->par);
    *batch = (struct sr_batch){
        .n = fill->n, .x = fill->x, .y = fill->y, .id = fill->id};
    const enum sr_status status =
        sr_fill_result(fill, &batch->skipped, &batch->why, err);
    if (batch->why) {
        snprintf(l->why, sizeof l->why, "%s", batch->why);
        batch->why = l->why;
    }
    l->fill.n = 0;
    l->next = (l->next + 1) % SLOTS;
    return status;
}
