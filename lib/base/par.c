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
enum { SPINS = 200000, MAX_THREADS = 1024 };

enum { CACHE_LINE = 64 };

/* A thread, and the span of the pieces that it begins with.  What nobody has
 * claimed of them is the low half of `unclaimed`, the last so many; the number
 * of the loop, in the high half, keeps a late helper from claiming by what it
 * saw of an earlier one. */
struct worker {
    _Alignas(CACHE_LINE) _Atomic uint64_t unclaimed;
    int end; /* of the span; read only by who has a piece */
    int number;
    struct sr_par *par;
    pthread_t id; /* 0's is unused: it is whoever calls sr_par_run */
};

struct sr_par {
    int threads;
    struct worker *worker; /* [threads] */

    pthread_mutex_t lock;
    pthread_cond_t start, done;
    atomic_uint loop;      /* its number: offered when it changes */
    atomic_int unfinished; /* pieces that have not returned       */
    atomic_bool quit;

    sr_piece_fn *fn; /* this and what follows: read only by who has a piece */
    void *job;
};

static uint32_t count_of(uint64_t unclaimed) { return (uint32_t)unclaimed; }

static bool claim_from(struct worker *w, int *piece)
{
    uint64_t seen = atomic_load(&w->unclaimed);
    while (count_of(seen) > 0)
        if (atomic_compare_exchange_weak(&w->unclaimed, &seen, seen - 1)) {
            *piece = w->end - (int)count_of(seen);
            return true;
        }
    return false;
}

/* From the worker's own span, then from the others'.  Loops that follow each
 * other cut the same images alike, so most of what a worker reads is what it
 * wrote itself a loop before: still in its own core's cache. */
static bool claim(struct sr_par *par, int worker, int *piece)
{
    for (int i = 0; i < par->threads; i++)
        if (claim_from(&par->worker[(worker + i) % par->threads], piece))
            return true;
    return false;
}

/* The loop ends with its last piece, whoever ran it: a helper that the system
 * has not woken in time is not waited for, which on a machine with other work
 * would cost more than the loop. */
static void run_pieces(struct sr_par *par, int worker)
{
    int piece;
    while (claim(par, worker, &piece)) {
        par->fn(par->job, piece, worker);
        if (atomic_fetch_sub(&par->unfinished, 1) == 1) {
            pthread_mutex_lock(&par->lock);
            pthread_cond_signal(&par->done);
            pthread_mutex_unlock(&par->lock);
        }
    }
}

static void wait_for_news(struct sr_par *par, unsigned loop)
{
    for (int i = 0; i < SPINS; i++)
        if (atomic_load(&par->loop) != loop)
            return;
    pthread_mutex_lock(&par->lock);
    while (atomic_load(&par->loop) == loop)
        pthread_cond_wait(&par->start, &par->lock);
    pthread_mutex_unlock(&par->lock);
}

/* The number first, and then what came with it: a loop, or the end, that is
 * offered in between is news again. */
static void *work(void *argument)
{
    struct worker *me = argument;
    for (;;) {
        const unsigned loop = atomic_load(&me->par->loop);
        if (atomic_load(&me->par->quit))
            return NULL;
        run_pieces(me->par, me->number);
        wait_for_news(me->par, loop);
    }
}

/* All that a piece reads is written before the pieces can be claimed. */
static void offer(struct sr_par *par, int pieces)
{
    const unsigned loop = atomic_load(&par->loop) + 1;
    for (int i = 0; i < par->threads; i++) {
        size_t begin, end;
        sr_par_span((size_t)pieces, par->threads, i, &begin, &end);
        par->worker[i].end = (int)end;
        atomic_store(&par->worker[i].unclaimed,
                     (uint64_t)loop << 32 | (end - begin));
    }
    pthread_mutex_lock(&par->lock);
    atomic_store(&par->loop, loop);
    pthread_cond_broadcast(&par->start);
    pthread_mutex_unlock(&par->lock);
}

void sr_par_start(struct sr_par *par, int pieces, sr_piece_fn *fn, void *job)
{
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

/* Ends the workers below `started` that have a thread of their own. */
static void close_started(struct sr_par *par, int started)
{
    atomic_store(&par->quit, true);
    offer(par, 0);
    for (int i = 1; i < started; i++)
        pthread_join(par->worker[i].id, NULL);
    pthread_cond_destroy(&par->done);
    pthread_cond_destroy(&par->start);
    pthread_mutex_destroy(&par->lock);
    free(par->worker);
    free(par);
}

static struct sr_par *make(int threads)
{
    struct sr_par *par = calloc(1, sizeof *par);
    struct worker *worker =
        aligned_alloc(CACHE_LINE, (size_t)threads * sizeof *worker);
    if (!par || !worker) {
        free(par);
        free(worker);
        return NULL;
    }
    for (int i = 0; i < threads; i++)
        worker[i] = (struct worker){.number = i, .par = par};
    par->threads = threads;
    par->worker = worker;
    pthread_mutex_init(&par->lock, NULL);
    pthread_cond_init(&par->start, NULL);
    pthread_cond_init(&par->done, NULL);
    return par;
}

enum sr_status sr_par_open(int threads, struct sr_par **out, struct sr_err *err)
{
    const int want = threads > 0 ? threads : sr_cpu_processors();
    if (want > MAX_THREADS)
        return sr_fail(err, SR_ECONFIG, "%d threads are more than the limit %d",
                       want, MAX_THREADS);
    struct sr_par *par = make(want);
    if (!par)
        return sr_fail(err, SR_ERESOURCE, "no memory for %d threads", want);

    for (int i = 1; i < want; i++) {
        struct worker *w = &par->worker[i];
        const int code = pthread_create(&w->id, NULL, work, w);
        if (code != 0) {
            close_started(par, i);
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
    if (par)
        close_started(par, par->threads);
}
