#include "base/par.h"

#include <stdatomic.h>
#include <time.h>

#include "test.h"

static const int thread_counts[] = {1, 2, 3, 8};
enum { NCOUNTS = 4, PIECES = 97 };

static struct sr_par *opened(int threads)
{
    struct sr_err err;
    struct sr_par *par;
    SR_GOOD(sr_par_open(threads, &par, &err), err);
    return par;
}

struct job {
    atomic_int runs[PIECES];
    int plain[PIECES]; /* not atomic: what a piece writes is seen afterwards */
    int threads;
    atomic_int wrong_worker;
};

static void count_piece(void *argument, int piece, int worker)
{
    struct job *job = argument;
    atomic_fetch_add(&job->runs[piece], 1);
    job->plain[piece]++;
    if (worker < 0 || worker >= job->threads)
        atomic_fetch_add(&job->wrong_worker, 1);
}

START_TEST(every_piece_runs_once_in_every_round)
{
    for (int t = 0; t < NCOUNTS; t++) {
        struct sr_par *par = opened(thread_counts[t]);
        ck_assert_int_eq(sr_par_threads(par), thread_counts[t]);
        struct job job = {.threads = thread_counts[t]};
        enum { ROUNDS = 2000 };
        for (int round = 0; round < ROUNDS; round++) {
            sr_par_run(par, PIECES, count_piece, &job);
            ck_assert_int_eq(job.plain[round % PIECES], round + 1);
        }
        for (int i = 0; i < PIECES; i++) {
            ck_assert_int_eq(job.runs[i], ROUNDS);
            ck_assert_int_eq(job.plain[i], ROUNDS);
        }
        ck_assert_int_eq(job.wrong_worker, 0);
        sr_par_close(par);
    }
}
END_TEST

START_TEST(fewer_pieces_than_threads_and_none)
{
    struct sr_par *par = opened(8);
    for (int pieces = 0; pieces < 10; pieces++) {
        struct job job = {.threads = 8};
        sr_par_run(par, pieces, count_piece, &job);
        for (int i = 0; i < PIECES; i++)
            ck_assert_int_eq(job.plain[i], i < pieces);
    }
    sr_par_close(par);
}
END_TEST

/* Scratch chosen by worker is never shared by two pieces at a time. */
static atomic_int busy[8], shared;

static void use_scratch(void *argument, int piece, int worker)
{
    (void)argument, (void)piece;
    if (atomic_fetch_add(&busy[worker], 1) != 0)
        atomic_fetch_add(&shared, 1);
    for (volatile int i = 0; i < 200; i++)
        ;
    atomic_fetch_sub(&busy[worker], 1);
}

START_TEST(a_worker_has_one_piece_at_a_time)
{
    struct sr_par *par = opened(8);
    for (int round = 0; round < 200; round++)
        sr_par_run(par, PIECES, use_scratch, NULL);
    ck_assert_int_eq(shared, 0);
    sr_par_close(par);
}
END_TEST

/* Pieces that outlast every spin: sr_par_run has to wait for the last. */
static void finish_late(void *argument, int piece, int worker)
{
    (void)worker;
    const struct timespec late = {0, 1000000L * piece};
    nanosleep(&late, NULL);
    ((int *)argument)[piece] = 1;
}

START_TEST(returns_when_the_slowest_piece_is_done)
{
    struct sr_par *par = opened(8);
    for (int round = 0; round < 5; round++) {
        int done[8] = {0};
        sr_par_run(par, 8, finish_late, done);
        for (int i = 0; i < 8; i++)
            ck_assert_int_eq(done[i], 1);
    }
    sr_par_close(par);
}
END_TEST

/* In two halves: every piece once, whatever the caller does in between. */
START_TEST(a_loop_in_two_halves)
{
    for (int t = 0; t < NCOUNTS; t++) {
        struct sr_par *par = opened(thread_counts[t]);
        struct job job = {.threads = thread_counts[t]};
        enum { ROUNDS = 500 };
        sr_par_finish(par); /* of nothing */
        for (int round = 0; round < ROUNDS; round++) {
            const struct timespec pause = {0, 1000L * (round % 3)};
            sr_par_start(par, round % PIECES, count_piece, &job);
            nanosleep(&pause, NULL);
            sr_par_finish(par);
            sr_par_finish(par);
            sr_par_run(par, PIECES, count_piece, &job);
        }
        for (int i = 0; i < PIECES; i++) {
            int want = ROUNDS;
            for (int round = 0; round < ROUNDS; round++)
                want += i < round % PIECES;
            ck_assert_int_eq(job.plain[i], want);
        }
        ck_assert_int_eq(job.wrong_worker, 0);
        sr_par_close(par);
    }
}
END_TEST

/* Pieces run while the caller waits for them without helping. */
START_TEST(helpers_work_behind_the_callers_back)
{
    struct sr_par *par = opened(2);
    struct job job = {.threads = 2};
    const struct timespec little = {0, 1000000};
    int seen = 0;
    sr_par_start(par, PIECES, count_piece, &job);
    for (int tries = 0; tries < 20000 && seen < PIECES; tries++) {
        seen = 0;
        for (int i = 0; i < PIECES; i++)
            seen += atomic_load(&job.runs[i]);
        nanosleep(&little, NULL);
    }
    ck_assert_int_eq(seen, PIECES);
    sr_par_finish(par);
    sr_par_start(par, PIECES, count_piece, &job);
    sr_par_finish(par);
    sr_par_close(par);
}
END_TEST

/* A worker may be anywhere on its way to sleep when it is told to quit. */
START_TEST(opens_and_closes_often)
{
    for (int i = 0; i < 20000; i++)
        sr_par_close(opened(1 + i % 5));
    sr_par_close(NULL);
}
END_TEST

START_TEST(zero_means_the_machine_and_too_many_is_an_error)
{
    struct sr_par *par = opened(0);
    ck_assert_int_ge(sr_par_threads(par), 1);
    sr_par_close(par);

    struct sr_err err;
    par = NULL;
    SR_BAD(sr_par_open(1 << 20, &par, &err), err, SR_ECONFIG, "1048576");
    ck_assert_ptr_null(par);
}
END_TEST

START_TEST(spans_cover_and_do_not_overlap)
{
    static const size_t counts[] = {0, 1, 2, 7, 8, 9, 1000, 12345};
    for (int c = 0; c < 8; c++) {
        for (int pieces = 1; pieces < 20; pieces++) {
            size_t at = 0, least = SIZE_MAX, most = 0;
            for (int i = 0; i < pieces; i++) {
                size_t begin, end;
                sr_par_span(counts[c], pieces, i, &begin, &end);
                ck_assert_uint_eq(begin, at);
                ck_assert_uint_ge(end, begin);
                least = end - begin < least ? end - begin : least;
                most = end - begin > most ? end - begin : most;
                at = end;
            }
            ck_assert_uint_eq(at, counts[c]);
            ck_assert_uint_le(most - least, 1);
        }
    }
}
END_TEST

SR_SUITE(base_par)
{
    return sr_suite(
        "base/par",
        (const TTest *[]){
            every_piece_runs_once_in_every_round,
            fewer_pieces_than_threads_and_none,
            a_worker_has_one_piece_at_a_time,
            returns_when_the_slowest_piece_is_done, a_loop_in_two_halves,
            helpers_work_behind_the_callers_back, opens_and_closes_often,
            zero_means_the_machine_and_too_many_is_an_error,
            spans_cover_and_do_not_overlap, NULL});
}
