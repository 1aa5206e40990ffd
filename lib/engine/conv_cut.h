/* engine/conv_cut.h - how results of a batch are cut into pieces for workers,
 * and pieces into bands for the caches; used inside the engine.
 *
 * A piece is some whole images, worked off band by band.  When there are fewer
 * images than a few a worker, a piece is one band, and where bands are few,
 * one band of a part of the panels of outputs.  Every result is computed on its
 * own, so none of this changes a bit.
 */
#ifndef SR_ENGINE_CONV_CUT_H
#define SR_ENGINE_CONV_CUT_H

#include "engine/conv_way.h"

struct sr_cut {
    int n, rows, panels; /* what there is: images, rows of results each    */
    int images;          /* of a piece                                     */
    int band;            /* rows that are worked off together              */
    int splits;          /* of the panels, when pieces are bands           */
    bool by_band;        /* pieces are bands, not images                   */
    int pieces;
};

/* For n images of rows x cols results.
 *   row_floats   read and written for a row of results
 *   panels       into which the outputs fall */
struct sr_cut sr_cut_of(const struct sr_engine *e, int n, int rows, int cols,
                        size_t row_floats, int panels);

struct sr_piece {
    int first, images;      /* images first .. first + images - 1 */
    int from, to;           /* rows                               */
    int panel, panel_after; /* panels                             */
};

/* Run all pieces, `before` ahead of an image's first and `then` after its last:
 * within the piece when that is whole images, else in loops of their own. */
struct sr_cut_job {
    struct sr_cut cut;
    const struct sr_conv_hook *before, *then;
    void (*run)(const void *job, const struct sr_piece *piece, int worker);
    const void *job;
};
void sr_cut_run(const struct sr_engine *e, struct sr_cut_job *job);

#endif
