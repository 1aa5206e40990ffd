#define _GNU_SOURCE /* sched_getaffinity */
#include "base/par.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Workers wait between loops by spinning for a moment, because the loops of a
 * training step follow each other within microseconds, and then by sleeping. */
enum { SPINS = 2000, MAX_THREADS = 1024 };

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
    atomic_uint round;  /* counts loops; a change is the starting signal */
    atomic_int next;    /* next piece nobody has claimed                 */
    atomic_int working; /* helpers that have not finished this round     */
    bool quit;

    int pieces;
    sr_piece_fn *fn;
    void *job;
};

static int usable_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN); /* over 1024 of them */
    return online < 1 ? 1 : online > MAX_THREADS ? MAX_THREADS : (int)online;
}

static void claim_pieces(struct sr_par *par, int worker)
{
    for (;;) {
        const int piece = atomic_fetch_add(&par->next, 1);
        if (piece >= par->pieces)
            return;
        par->fn(par->job, piece, worker);
    }
}

/* Returns when the round is no longer `seen`. */
static void wait_for_round(struct sr_par *par, unsigned seen)
{
    for (int i = 0; i < SPINS; i++)
        if (atomic_load(&par->round) != seen)
            return;
    pthread_mutex_lock(&par->lock);
    while (atomic_load(&par->round) == seen)
        pthread_cond_wait(&par->start, &par->lock);
    pthread_mutex_unlock(&par->lock);
}

static void *work(void *argument)
{
    const struct worker *me = argument;
    struct sr_par *par = me->par;
    for (unsigned seen = 0;; seen++) {
        wait_for_round(par, seen);
        if (par->quit)
            return NULL;
        claim_pieces(par, me->number);
        pthread_mutex_lock(&par->lock);
        if (atomic_fetch_sub(&par->working, 1) == 1)
            pthread_cond_signal(&par->done);
        pthread_mutex_unlock(&par->lock);
    }
}

/* All that the helpers read is written before the round changes. */
static void begin_round(struct sr_par *par)
{
    pthread_mutex_lock(&par->lock);
    atomic_fetch_add(&par->round, 1);
    pthread_cond_broadcast(&par->start);
    pthread_mutex_unlock(&par->lock);
}

void sr_par_run(struct sr_par *par, int pieces, sr_piece_fn *fn, void *job)
{
    if (par->threads == 1 || pieces <= 1) {
        for (int piece = 0; piece < pieces; piece++)
            fn(job, piece, 0);
        return;
    }
    par->pieces = pieces;
    par->fn = fn;
    par->job = job;
    atomic_store(&par->next, 0);
    atomic_store(&par->working, par->threads - 1);
    begin_round(par);
    claim_pieces(par, 0);

    for (int i = 0; i < SPINS; i++)
        if (atomic_load(&par->working) == 0)
            break;
    pthread_mutex_lock(&par->lock);
    while (atomic_load(&par->working) > 0)
        pthread_cond_wait(&par->done, &par->lock);
    pthread_mutex_unlock(&par->lock);
}

int sr_par_threads(const struct sr_par *par) { return par->threads; }

enum sr_status sr_par_open(int threads, struct sr_par **out, struct sr_err *err)
{
    const int want = threads > 0 ? threads : usable_processors();
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
    par->quit = true;
    begin_round(par);
    for (int i = 1; i < par->threads; i++)
        pthread_join(par->ids[i], NULL);
    pthread_cond_destroy(&par->done);
    pthread_cond_destroy(&par->start);
    pthread_mutex_destroy(&par->lock);
    free(par->ids);
    free(par->workers);
    free(par);
}
