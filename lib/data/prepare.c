#include "data/prepare.h"

#include <string.h>

#include "data/picture.h"

/* w pixels of a row, red, green and blue next to each other. */
static void copy_row(const struct sr_view *view, const unsigned char *from,
                     int w, unsigned char *to)
{
    if (view->column == 3 && view->channel == 1) {
        memcpy(to, from, 3 * (size_t)w);
        return;
    }
    for (int x = 0; x < w; x++)
        for (int k = 0; k < 3; k++)
            *to++ = from[x * view->column + k * view->channel];
}

/* The pixels inside box as a picture of its own. */
static struct sr_picture cut(const struct sr_view *view, struct sr_box box,
                             struct sr_arena *scratch)
{
    struct sr_picture p = {.w = box.w, .h = box.h};
    p.pixel = sr_arena_take(scratch, 3 * (size_t)box.w, (size_t)box.h);
    for (int y = 0; y < box.h; y++)
        copy_row(view,
                 view->pixel + (ptrdiff_t)(box.top + y) * view->row +
                     (ptrdiff_t)box.left * view->column,
                 box.w, p.pixel + 3 * (size_t)box.w * (size_t)y);
    return p;
}

static struct sr_picture whole(const struct sr_view *view,
                               struct sr_arena *scratch)
{
    return cut(view, (struct sr_box){0, 0, view->w, view->h}, scratch);
}

static struct sr_view view_of(const struct sr_picture *p)
{
    return (struct sr_view){.pixel = p->pixel,
                            .h = p->h,
                            .w = p->w,
                            .row = 3 * p->w,
                            .column = 3,
                            .channel = 1};
}

static bool has_size(const struct sr_images *images, const struct sr_view *view)
{
    const int side = view->w < view->h ? view->w : view->h;
    return view->h == images->h && view->w == images->w &&
           (images->resize == 0 || images->resize == side);
}

static enum sr_status resize_middle(const struct sr_images *images,
                                    const struct sr_data_opts *opts,
                                    struct sr_arena *scratch,
                                    struct sr_view *view, struct sr_err *err)
{
    const struct sr_picture in = whole(view, scratch);
    struct sr_picture small, out = {.w = images->w, .h = images->h};
    SR_TRY(sr_picture_resize_short(&in, images->resize,
                                   (enum sr_interpolation)opts->interpolation,
                                   scratch, &small, err));
    out.pixel = sr_arena_take(scratch, 3 * (size_t)out.w, (size_t)out.h);
    sr_picture_crop(&small, out.w, out.pixel);
    *view = view_of(&out);
    return SR_OK;
}

static enum sr_status resize_part(const struct sr_images *images,
                                  const struct sr_data_opts *opts, uint64_t key,
                                  struct sr_arena *scratch,
                                  struct sr_view *view, struct sr_err *err)
{
    const struct sr_box box = sr_augment_box(opts, key, view->w, view->h);
    const struct sr_picture part = cut(view, box, scratch);
    struct sr_picture out;
    SR_TRY(sr_picture_resize(&part, images->w, images->h,
                             (enum sr_interpolation)opts->interpolation,
                             scratch, &out, err));
    *view = view_of(&out);
    return SR_OK;
}

enum sr_status sr_prepare(const struct sr_images *images,
                          const struct sr_data_opts *opts,
                          const struct sr_changes *changes,
                          const struct sr_view *view, struct sr_arena *scratch,
                          float *x, struct sr_err *err)
{
    struct sr_view now = *view;
    if (changes->resized_crop)
        SR_TRY(
            resize_part(images, opts, changes->crop_key, scratch, &now, err));
    else if (!has_size(images, view))
        SR_TRY(resize_middle(images, opts, scratch, &now, err));
    if (changes->jittered) {
        struct sr_picture p = whole(&now, scratch);
        sr_jitter_apply(&changes->jitter, &p);
        now = view_of(&p);
    }
    sr_augment_fill(&now, images->c, changes->window, x);
    return SR_OK;
}
