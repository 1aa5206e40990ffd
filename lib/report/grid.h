/* report/grid.h - images in rows and columns, with captions, as one PNG.
 *
 * Small images are enlarged by a whole factor, pixel by pixel, so that what a
 * network sees is what is shown.
 */
#ifndef SR_REPORT_GRID_H
#define SR_REPORT_GRID_H

#include "base/arena.h"
#include "base/err.h"

/* What a caption says about its image; it is coloured by this. */
enum sr_ink { SR_INK_PLAIN, SR_INK_RIGHT, SR_INK_WRONG, SR_INKS };

struct sr_grid_cell {
    const float *pixels; /* [h][w][c] in [0, 1]                   */
    const char *line[2]; /* below the image; NULL where there is none */
    enum sr_ink ink;
};

struct sr_grid {
    const char *title; /* above everything */
    int rows, columns;
    int h, w, c;                     /* of every image; c is 1 or 3   */
    const char *const *label;        /* [rows], left; '\n' allowed    */
    const struct sr_grid_cell *cell; /* [rows][columns]               */
};

/* Draw and write it, atomically.  Letters outside ASCII become '?'.
 * Fails with SR_ERESOURCE. */
enum sr_status sr_grid_write(const struct sr_grid *grid, const char *path,
                             struct sr_arena *scratch, struct sr_err *err);

#endif
