#include "data/look.h"

#include <string.h>

#include "base/rng.h"
#include "data/images.h"
#include "data/prepare.h"
#include "data/sniff.h"

/* row [w c] = row y of the view. */
static void gather(const struct sr_view *view, int c, int y, unsigned char *row)
{
    const unsigned char *from = view->pixel + (ptrdiff_t)y * view->row;
    for (int x = 0; x < view->w; x++, from += view->column)
        for (int k = 0; k < c; k++)
            *row++ = from[k * view->channel];
}

/* Eight bytes at a time, a row filled up with zeros. */
static uint64_t content_of(const struct sr_view *view, int c,
                           struct sr_arena *scratch)
{
    const size_t words = ((size_t)view->w * (size_t)c + 7) / 8;
    unsigned char *row = SR_TAKE(scratch, 8 * words, unsigned char);
    uint64_t sum = sr_rng_mix((uint64_t)view->w << 32 | (uint64_t)view->h);
    for (int y = 0; y < view->h; y++) {
        gather(view, c, y, row);
        for (size_t i = 0; i < words; i++) {
            uint64_t word;
            memcpy(&word, row + 8 * i, sizeof word);
            sum = sr_rng_mix(sum ^ word);
        }
    }
    return sum;
}

static void describe(const struct sr_images *images, int index,
                     const struct sr_view *view, struct sr_look *look)
{
    *look = (struct sr_look){
        .w = view->w, .h = view->h, .kind = "record", .grey = images->c == 1};
    if (!view->photo)
        return;
    const struct sr_entry *e = &images->entry[index];
    const char *name = images->index->text + e->name;
    look->kind = sr_sniff_kind(view->photo->kind);
    look->bytes = e->size;
    look->grey = view->photo->grey;
    look->cmyk = view->photo->cmyk;
    look->misnamed = !sr_sniff_named(name, view->photo->kind);
}

static enum sr_status look_at(const struct sr_data *data,
                              const struct sr_images *images, int index,
                              struct sr_arena *scratch, float *x,
                              struct sr_look *look, struct sr_err *err)
{
    const struct sr_changes none =
        sr_augment_draw(data->opts, NULL, (uint64_t)index);
    struct sr_view view;
    SR_TRY(images->view(images, index, scratch, &view, err));
    SR_TRY(sr_prepare(images, data->opts, &none, &view, scratch, x, err));
    describe(images, index, &view, look);
    look->content = content_of(&view, images->c, scratch);
    return SR_OK;
}

enum sr_status sr_look(const struct sr_data *data, const struct sr_split *split,
                       int pos, struct sr_arena *scratch, float *x,
                       struct sr_look *look, struct sr_err *err)
{
    SR_REQUIRE(pos >= 0 && pos < split->n);
    const struct sr_mark before = sr_arena_mark(scratch);
    const enum sr_status status =
        look_at(data, split->images, split->index[pos], scratch, x, look, err);
    sr_arena_release(scratch, before);
    if (status == SR_OK)
        return SR_OK;
    char where[512];
    sr_data_where(split, pos, where, sizeof where);
    return sr_fail_within(err, "%s", where);
}
