/* data/look.h - one image as it is stored, for who looks a data set through.
 */
#ifndef SR_DATA_LOOK_H
#define SR_DATA_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "data/data.h"

struct sr_look {
    int w, h;         /* before any resizing                         */
    const char *kind; /* "JPEG", "PNG", "BMP", "PPM", "record"       */
    long long bytes;  /* of its file; 0 of a record                  */
    bool grey, cmyk;
    bool misnamed;    /* its name ends like that of another kind     */
    uint64_t content; /* the same for the same size and pixels; for
                         others by accident, once in 2^64 pairs      */
};

/* Read and decode image `pos` of a split.
 *   x  [h][w][c], as sr_data_fill writes it without augment
 * Fails with SR_EDATA, naming the file and the image: unreadable or damaged.
 * Threads: any number of calls at once, each with its own scratch. */
enum sr_status sr_look(const struct sr_data *data, const struct sr_split *split,
                       int pos, struct sr_arena *scratch, float *x,
                       struct sr_look *look, struct sr_err *err);

#endif
