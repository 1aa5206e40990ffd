/* cmd/bench.h - measuring a network, for `satrun bench`.
 *
 * Everything is computed on noise and reported as JSON, which cmd_bench.c puts
 * into one document and bench_print.c shows to people.
 *
 * Units    seconds: the median of the repetitions, by the clock on the wall;
 *          gflop: 1e9 operations of a convolution counted as direct, a
 *          multiply-add being two, whatever the way really computes
 */
#ifndef SR_BENCH_H
#define SR_BENCH_H

#include "base/json.h"
#include "setup.h"

enum { SR_BENCH_REPS_MAX = 1000 };

/* What is measured, and how. */
struct sr_bench {
    struct sr_setup setup;
    int batch, reps;
    double peak; /* operations a second */
};

/* {schema, peak_gflop_per_s, model, activation, way, batch, reps, isa, blas,
 * cpu, threads}.  The caller owns it. */
json_t *sr_bench_describe(const struct sr_bench *b);

/* The words of engine.conv; an sr_words_fn. */
const char *sr_bench_way(int i);

/* {peak_bytes: the most the process has had in use so far, planned_bytes: the
 * network's values and their gradients, weights_bytes, packed_bytes, gb_per_s:
 * read and written by all threads at once}.  The caller owns it. */
json_t *sr_bench_memory(const struct sr_setup *setup);

/* Whole steps: [{step, seconds, images_per_s, gflop_per_s, share_of_peak}].
 *   forward   logits and loss, batch norm in inference mode, no gradient
 *   attack    a step of PGD: that forward, the gradient of the images, the sign
 *   train     forward in batch mode, the gradient of the weights, SGD, packing
 * They count one, two and three forward passes of operations.  The caller owns
 * *steps.  Fails with SR_EDIVERGED, which weights that are not finite do. */
enum sr_status sr_bench_steps(const struct sr_bench *b, json_t **steps,
                              struct sr_err *err);

/* Every shape of convolution once: [{name, count, way, h, w, c_in, oh, ow,
 * c_out, kh, kw, stride, pad, groups, passes: [{pass, seconds, gflop_per_s,
 * share_of_peak, bytes}]}].  bytes: x, y and the weights, each read or written
 * once, which is the least that any of the passes has to move.
 * Adds to each of the steps how much of its time the convolutions account for,
 * convolution_seconds, and the difference, other_seconds.  The caller owns the
 * list. */
json_t *sr_bench_layers(const struct sr_bench *b, json_t *steps);

/* Call run(job) twice to warm up, then `reps` times; *seconds is the median,
 * the upper one of two.  Fails as run does. */
typedef enum sr_status sr_bench_fn(void *job, struct sr_err *err);
enum sr_status sr_bench_time(sr_bench_fn *run, void *job, int reps,
                             double *seconds, struct sr_err *err);

/* The same for what a long time will be reckoned up from: *seconds is the mean
 * of at least `least` calls that take 1.5 seconds together, so that what
 * happens now and then counts as often as it happens. */
enum sr_status sr_bench_pace(sr_bench_fn *run, void *job, int least,
                             double *seconds, struct sr_err *err);

/* Noise in [0, 1).  From ARENA. */
float *sr_bench_noise(struct sr_arena *arena, size_t count);

/* {seconds, gflop_per_s, share_of_peak} of so many operations.  The caller owns
 * it. */
json_t *sr_bench_speed(const struct sr_bench *b, double seconds, double flops);

/* The document as tables on stdout. */
void sr_bench_print(const json_t *document, struct sr_arena *arena);

#endif
