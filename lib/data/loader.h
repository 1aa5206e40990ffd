/* data/loader.h - the next batch is made ready while this one is computed on.
 *
 * Reading, decoding and resizing are work of their own: a loader does them on
 * threads of its own, one batch ahead of whoever uses it.  A batch that is not
 * ready when it is wanted is finished with the caller's help.  What comes out
 * is what sr_data_fill writes, bit for bit, whatever the timing.
 *
 * Memory   two batches, and what the images being decoded need
 */
#ifndef SR_DATA_LOADER_H
#define SR_DATA_LOADER_H

#include "data/data.h"

/* Borrowed until the next sr_loader_take.  As sr_data_fill writes it. */
struct sr_batch {
    int n;
    const float *x;
    const int *y;
    const uint64_t *id;
    int skipped;     /* damaged images that others stand for      */
    const char *why; /* the sentence about the first; NULL: none  */
};

struct sr_loader;

/* For batches of at most `most` images.  How many threads: data.threads, of
 * which 0 means one for four of those that compute.  From ARENA;
 * sr_loader_close (NULL allowed) ends its threads, before the data is closed.
 * Fails with SR_ERESOURCE: the system gives no threads. */
enum sr_status sr_loader_open(const struct sr_data *data,
                              const struct sr_split *split, int most,
                              int computing, struct sr_arena *arena,
                              struct sr_loader **loader, struct sr_err *err);
void sr_loader_close(struct sr_loader *loader);

/* Begin to make the images at positions pos[0..n-1] of the split ready.  pos
 * and augment are copied.  A batch that was asked for before and not taken is
 * forgotten.  Cannot fail: what goes wrong is told when the batch is taken. */
void sr_loader_ask(struct sr_loader *loader, int n, const int *pos,
                   const struct sr_augment *augment);

/* The batch that was asked for, when it is ready.  Fails as sr_data_fill. */
enum sr_status sr_loader_take(struct sr_loader *loader, struct sr_batch *batch,
                              struct sr_err *err);

#endif
