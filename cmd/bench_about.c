#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "engine/peak.h"
#include "provenance.h"

const char *sr_bench_way(int i)
{
    const struct sr_opt *row = sr_engine_rows;
    while (strcmp(row->key, "conv") != 0)
        row++;
    return row->words(i);
}

json_t *sr_bench_describe(const struct sr_bench *b)
{
    const struct sr_setup *s = &b->setup;
    char activation[256];
    sr_activation_text(&s->exp->acts, activation, sizeof activation);
    json_t *all = json_pack(
        "{s:s, s:f, s:s, s:s, s:s, s:i, s:i}", "schema", "satrun.bench/1",
        "peak_gflop_per_s", b->peak / 1e9, "model", s->exp->model.arch,
        "activation", activation, "way", sr_bench_way(s->exp->engine.conv),
        "batch", b->batch, "reps", b->reps);
    json_object_update_new(all, sr_machine(&s->engine));
    return all;
}

/* Bytes a second between processor and memory. */
static double memory_speed(const struct sr_setup *s)
{
    enum { FLOATS = 1 << 24 }; /* 64 MiB, three times: no core's cache */
    const struct sr_mark mark = sr_arena_mark(s->arena);
    float *x = SR_TAKE(s->arena, 3 * FLOATS, float);
    const double speed =
        sr_peak_bytes(&s->engine, FLOATS, x, x + FLOATS, x + 2 * FLOATS);
    sr_arena_release(s->arena, mark);
    return speed;
}

json_t *sr_bench_memory(const struct sr_setup *s)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage); /* first: more is taken below */
    const size_t weights = sr_model_parameters(s->model) * sizeof(float);
    return json_pack("{s:I, s:I, s:I, s:I, s:f}", "peak_bytes",
                     (json_int_t)usage.ru_maxrss * 1024, "planned_bytes",
                     (json_int_t)sr_model_block_bytes(s->model),
                     "weights_bytes", (json_int_t)weights, "packed_bytes",
                     (json_int_t)sr_model_packed_bytes(s->model), "gb_per_s",
                     memory_speed(s) / 1e9);
}
