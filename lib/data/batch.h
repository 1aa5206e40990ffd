/* data/batch.h - images become floats: the work behind sr_data_fill and the
 * loader, cut into pieces that any pool of threads can run.
 */
#ifndef SR_DATA_BATCH_H
#define SR_DATA_BATCH_H

#include <stdbool.h>

#include "data/data.h"

/* Scratch of the threads that decode: an arena for each worker, which keeps its
 * memory from image to image. */
struct sr_workers {
    int n;
    struct sr_arena **arena; /* [n] */
};
enum sr_status sr_workers_need(struct sr_workers *workers, int n,
                               struct sr_err *err);
void sr_workers_free(struct sr_workers *workers);

/* Pieces are spans of the batch.  Each stops at its first failure, so the first
 * failed piece holds the first failure of the batch whoever was faster. */
enum { SR_FILL_PIECES = 64 };

/* One batch, as sr_data_fill describes it. */
struct sr_fill {
    const struct sr_data *data;
    const struct sr_split *split;
    const struct sr_augment *augment; /* NULL: none */
    int n;
    const int *pos;
    float *x;
    int *y;
    uint64_t *id;
    struct sr_arena **scratch; /* of each worker */
    /* Of each piece: what ended it; how many images it skipped, and why the
     * first of them. */
    struct sr_err failed[SR_FILL_PIECES], why[SR_FILL_PIECES];
    int skipped[SR_FILL_PIECES];
};

int sr_fill_pieces(const struct sr_fill *fill);
void sr_fill_piece(void *fill, int piece, int worker); /* an sr_piece_fn */

/* After all pieces: what became of the batch, how many images were skipped, and
 * the sentence about the first of them, borrowed; NULL for none. */
enum sr_status sr_fill_result(const struct sr_fill *fill, int *skipped,
                              const char **why, struct sr_err *err);

#endif
