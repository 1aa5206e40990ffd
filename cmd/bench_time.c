#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "bench.h"

enum { WARM = 2 };

static const double pace_seconds = 1.5;

static enum sr_status warm_up(sr_bench_fn *run, void *job, struct sr_err *err)
{
    for (int i = 0; i < WARM; i++)
        SR_TRY(run(job, err));
    return SR_OK;
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

enum sr_status sr_bench_time(sr_bench_fn *run, void *job, int reps,
                             double *seconds, struct sr_err *err)
{
    double took[SR_BENCH_REPS_MAX];
    SR_TRY(warm_up(run, job, err));
    for (int i = 0; i < reps; i++) {
        const double start = sr_clock_seconds();
        SR_TRY(run(job, err));
        took[i] = sr_clock_seconds() - start;
    }
    qsort(took, (size_t)reps, sizeof *took, ascending);
    *seconds = took[reps / 2];
    return SR_OK;
}

enum sr_status sr_bench_pace(sr_bench_fn *run, void *job, int least,
                             double *seconds, struct sr_err *err)
{
    SR_TRY(warm_up(run, job, err));
    const double start = sr_clock_seconds();
    double passed = 0;
    int calls = 0;
    while (calls < least || passed < pace_seconds) {
        SR_TRY(run(job, err));
        calls++;
        passed = sr_clock_seconds() - start;
    }
    *seconds = passed / calls;
    return SR_OK;
}

float *sr_bench_noise(struct sr_arena *arena, size_t count)
{
    const uint64_t key = sr_rng_key(0, SR_RNG_BENCH, count, 0, 0);
    float *noise = SR_TAKE(arena, count, float);
    for (size_t i = 0; i < count; i++)
        noise[i] = sr_rng_uniform(key, i);
    return noise;
}

json_t *sr_bench_speed(const struct sr_bench *b, double seconds, double flops)
{
    return json_pack("{s:f, s:f, s:f}", "seconds", seconds, "gflop_per_s",
                     flops / seconds / 1e9, "share_of_peak",
                     flops / seconds / b->peak);
}
