#include "engine/peak.h"

#include "base/clock.h"
#include "engine/kern/kern.h"
#include "engine/vec.h"

enum { TRIES = 40, COPIES = 5, LONGEST = 16 /* floats of a vector */ };

struct chains {
    const struct sr_kern *kern;
    size_t rounds;
};

static void run_chains(void *job, int piece, int worker)
{
    (void)piece, (void)worker;
    const struct chains *c = job;
    float out[LONGEST];
    c->kern->fma_chains(c->rounds, 0.5f, 1, out);
}

/* Seconds that one piece for each thread takes, all at once. */
static double time_chains(const struct sr_engine *e, struct chains *c)
{
    const double start = sr_clock_seconds();
    sr_par_run(e->par, sr_par_threads(e->par), run_chains, c);
    return sr_clock_seconds() - start;
}

double sr_peak_flops(const struct sr_engine *e)
{
    const double enough = 0.004; /* seconds: all threads have long started */
    struct chains c = {.kern = e->kern, .rounds = 1 << 16};
    while (time_chains(e, &c) < enough)
        c.rounds *= 2;
    double least = time_chains(e, &c);
    for (int i = 1; i < TRIES; i++) {
        const double seconds = time_chains(e, &c);
        least = seconds < least ? seconds : least;
    }
    return 2.0 * e->kern->chains * e->kern->floats * (double)c.rounds *
           sr_par_threads(e->par) / least;
}

double sr_peak_bytes(const struct sr_engine *e, size_t floats, const float *x,
                     const float *y, float *z)
{
    const double bytes = 3.0 * (double)floats * sizeof *x;
    double best = 0;
    sr_vec_add(e, floats, x, y, z); /* the system hands out the pages here */
    for (int i = 0; i < COPIES; i++) {
        const double start = sr_clock_seconds();
        sr_vec_add(e, floats, x, y, z);
        const double speed = bytes / (sr_clock_seconds() - start);
        best = speed > best ? speed : best;
    }
    return best;
}
