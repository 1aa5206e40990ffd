/* Images in memory. */
#include <stdio.h>

#include "data/images.h"

static enum sr_status view_record(const struct sr_images *images, int i,
                                  struct sr_arena *scratch,
                                  struct sr_view *view, struct sr_err *err)
{
    (void)scratch, (void)err;
    const struct sr_records *r = &images->records;
    *view = (struct sr_view){
        .pixel = r->first + (size_t)i * r->stride,
        .h = images->h,
        .w = images->w,
        .row = r->row,
        .column = r->column,
        .channel = r->channel,
    };
    return SR_OK;
}

static void where_record(const struct sr_images *images, int i, char *text,
                         size_t size)
{
    const struct sr_records *r = &images->records;
    snprintf(text, size, "%s: record %d (counted from 0)",
             r->file[i / r->per_file], i % r->per_file);
}

struct sr_images *sr_images_records(const struct sr_data *data, int n,
                                    const int *label,
                                    const struct sr_records *records,
                                    struct sr_arena *arena)
{
    struct sr_images *images = SR_TAKE(arena, 1, struct sr_images);
    *images = (struct sr_images){
        .n = n,
        .h = data->h,
        .w = data->w,
        .c = data->c,
        .label = label,
        .view = view_record,
        .where = where_record,
        .records = *records,
    };
    return images;
}
