#include "base/par.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

/* Workers wait between loops by spinning, about a tenth of a millisecond, and
 * then by sleeping: the hundreds of loops of a training step follow each other
 * sooner, and to wake a sleeper takes half of that. */
enum { SPINS = 50000, MAX_THREADS = 1024 };

struct worker {
    struct sr_par *par;
    int number;
};

struct sr_par {
    int threads;
    struct worker *workers; /* [threads]; 0 is whoever calls sr_par_run */
    pthread_t *ids;         /* [threads]; 0 unused                       */

    pthread_mutex_t lock;
    pthread_cond_t start, done;
    /* Pieces of this loop that nobody has claimed, in the low half; the number
     * of the loop, in the high half, keeps a late helper from claiming by what
     * it saw of an earlier one. */
    _Atomic uint64_t unclaimed;
    atomic_int unfinished; /* pieces that have not returned */
    atomic_bool quit;

    int pieces; /* this and what follows: read only by who has a piece */
    sr_piece_fn *fn;
    void *job;
};

static uint32_t count_of(uint64_t unclaimed) { return (uint32_t)unclaimed; }

static bool claim(struct sr_par *par, int *piece)
{
    uint64_t seen = atomic_load(&par->unclaimed);
    while (count_of(seen) > 0)
        if (atomic_compare_exchange_weak(&par->unclaimed, &seen, seen - 1)) {
            *piece = par->pieces - (int)count_of(seen);
            return true;
        }
    return false;
}

/* The loop ends with its last piece, whoever ran it: a helper that the system
 * has not woken in time is not waited for, which on a machine with other work
 * would cost more than the loop. */
static void run_pieces(struct sr_par *par, int worker)
{
    int piece;
    while (claim(par, &piece)) {
        par->fn(par->job, piece, worker);
        if (atomic_fetch_sub(&par->unfinished, 1) == 1) {
            pthread_mutex_lock(&par->lock);
            pthread_cond_signal(&par->done);
            pthread_mutex_unlock(&par->lock);
        }
    }
}

static bool has_news(struct sr_par *par)
{
    return count_of(atomic_load(&par->unclaimed)) > 0 ||
           atomic_load(&par->quit);
}

static void wait_for_news(struct sr_par *par)
{
    for (int i = 0; i < SPINS; i++)
        if (has_news(par))
            return;
    pthread_mutex_lock(&par->lock);
    while (!has_news(par))
        pthread_cond_wait(&par->start, &par->lock);
    pthread_mutex_unlock(&par->lock);
}

static void *work(void *argument)
{
    const struct worker *me = argument;
    while (!atomic_load(&me->par->quit)) {
        run_pieces(me->par, me->number);
        wait_for_news(me->par);
    }
    return NULL;
}

/* All that a piece reads is written before the pieces can be claimed. */
static void offer(struct sr_par *par, int pieces)
{
    const uint64_t loop = (atomic_load(&par->unclaimed) >> 32) + 1;
    pthread_mutex_lock(&par->lock);
    atomic_store(&par->unclaimed, loop << 32 | (uint32_t)pieces);
    pthread_cond_broadcast(&par->start);
    pthread_mutex_unlock(&par->lock);
}

void sr_par_start(struct sr_par *par, int pieces, sr_piece_fn *fn, void *job)
{
    par->pieces = pieces;
    par->fn = fn;
    par->job = job;
    atomic_store(&par->unfinished, pieces);
    offer(par, pieces);
}

void sr_par_finish(struct sr_par *par)
{
    run_pieces(par, 0);

    for (int i = 0; i < SPINS; i++)
        if (atomic_load(&par->unfinished) == 0)
            return;
    pthread_mutex_lock(&par->lock);
    while (atomic_load(&par->unfinished) > 0)
        pthread_cond_wait(&par->done, &par->lock);
    pthread_mutex_unlock(&par->lock);
}

void sr_par_run(struct sr_par *par, int pieces, sr_piece_fn *fn, void *job)
{
    if (par->threads == 1 || pieces <= 1) {
        for (int piece = 0; piece < pieces; piece++)
            fn(job, piece, 0);
        return;
    }
    sr_par_start(par, pieces, fn, job);
    sr_par_finish(par);
}

int sr_par_threads(const struct sr_par *par) { return par->threads; }

enum sr_status sr_par_open(int threads, struct sr_par **out, struct sr_err *err)
{
    const int want = threads > 0 ? threads : sr_cpu_processors();
    if (want > MAX_THREADS)
        return sr_fail(err, SR_ECONFIG, "%d threads are more than the limit %d",
                       want, MAX_THREADS);
    struct sr_par *par = calloc(1, sizeof *par);
    struct worker *workers = calloc((size_t)want, sizeof *workers);
    pthread_t *ids = calloc((size_t)want, sizeof *ids);
    if (!par || !workers || !ids) {
        free(par);
        free(workers);
        free(ids);
        return sr_fail(err, SR_ERESOURCE, "no memory for %d threads", want);
    }
    par->workers = workers;
    par->ids = ids;
    pthread_mutex_init(&par->lock, NULL);
    pthread_cond_init(&par->start, NULL);
    pthread_cond_init(&par->done, NULL);

    for (par->threads = 1; par->threads < want; par->threads++) {
        const int i = par->threads;
        workers[i] = (struct worker){par, i};
        const int code = pthread_create(&ids[i], NULL, work, &workers[i]);
        if (code != 0) {
            sr_par_close(par);
            return sr_fail(err, SR_ERESOURCE,
                           "cannot start thread %d of %d: %s", i + 1, want,
                           strerror(code));
        }
    }
    *out = par;
    return SR_OK;
}

void sr_par_close(struct sr_par *par)
{
    if (!par)
        return;
    atomic_store(&par->quit, true);
    offer(par, 0);
    for (int i = 1; i < par->threads; i++)
        pthread_join(par->ids[i], NULL);
    pthread_cond_destroy(&par->done);
    pthread_cond_destroy(&par->start);
    pthread_mutex_destroy(&par->lock);
    free(par->ids);
    free(par->workers);
    free(par);
}
