/* base/par.h - parallel loops over a fixed number of pieces.
 *
 * The only door to threads.  Whoever calls cuts the work into pieces by the
 * shape of the problem alone, never by the number of threads, and each piece
 * writes its own place; sums over pieces are then added in a fixed order.
 * Which worker runs which piece is left to chance and must not matter: that is
 * what makes results the same bits for any thread count.
 */
#ifndef SR_BASE_PAR_H
#define SR_BASE_PAR_H

#include <stddef.h>

#include "base/err.h"

struct sr_par;

/* piece is 0..pieces-1; worker is 0..threads-1, for picking a private scratch
 * whose contents do not outlive the piece. */
typedef void sr_piece_fn(void *job, int piece, int worker);

/* A pool of `threads` workers, the calling thread being one of them; 0 means
 * the processors this process may run on.  Fails with SR_ERESOURCE when the
 * system gives no threads, with SR_ECONFIG above 1024.  Closed by sr_par_close
 * (NULL allowed). */
enum sr_status sr_par_open(int threads, struct sr_par **par,
                           struct sr_err *err);
void sr_par_close(struct sr_par *par);

int sr_par_threads(const struct sr_par *par);

/* Run fn once for every piece and return when all are done.  Calls do not
 * nest.  Cannot fail. */
void sr_par_run(struct sr_par *par, int pieces, sr_piece_fn *fn, void *job);

/* The same in two halves, for work that goes on behind the caller's back: start
 * offers the pieces to the other workers of the pool and returns; finish helps
 * with what is left and returns when all are done.  Whatever the pieces touch
 * is theirs in between.  One loop at a time: the pool takes the next after
 * finish, which may also come without a start and then does nothing.  A pool of
 * one thread does everything in finish.  Cannot fail. */
void sr_par_start(struct sr_par *par, int pieces, sr_piece_fn *fn, void *job);
void sr_par_finish(struct sr_par *par);

/* Piece `piece` of `count` things cut into `pieces` nearly equal spans is
 * [*begin, *end).  Depends on its arguments alone. */
static inline void sr_par_span(size_t count, int pieces, int piece,
                               size_t *begin, size_t *end)
{
    *begin = count * (size_t)piece / (size_t)pieces;
    *end = count * ((size_t)piece + 1) / (size_t)pieces;
}

#endif
