#include "engine/vec.h"

#include <math.h>
#include <string.h>

#include "engine/kern/kern.h"

enum { PIECE = 16384 }; /* floats */

void sr_vec_axpy(size_t count, float a, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] += a * x[i];
}

struct job {
    const struct sr_kern *kern;
    size_t count;
    float step, eps, scale;
    const float *a, *b;
    float *out;
};

static size_t piece_length(const struct job *j, size_t begin)
{
    return j->count - begin < PIECE ? j->count - begin : PIECE;
}

static void run(const struct sr_engine *e, sr_piece_fn *fn, struct job *job)
{
    sr_par_run(e->par, (int)((job->count + PIECE - 1) / PIECE), fn, job);
}

static void zero_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t at = (size_t)piece * PIECE;
    memset(j->out + at, 0, piece_length(j, at) * sizeof *j->out);
}

void sr_vec_zero(const struct sr_engine *e, size_t count, float *x)
{
    struct job job = {.count = count, .out = x};
    run(e, zero_piece, &job);
}

static void scale_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    float *x = j->out + (size_t)piece * PIECE;
    const size_t n = piece_length(j, (size_t)piece * PIECE);
    for (size_t i = 0; i < n; i++)
        x[i] *= j->scale;
}

void sr_vec_scale(const struct sr_engine *e, size_t count, float a, float *x)
{
    struct job job = {.count = count, .scale = a, .out = x};
    run(e, scale_piece, &job);
}

static void add_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t at = (size_t)piece * PIECE;
    j->kern->add(piece_length(j, at), j->a + at, j->b + at, j->out + at);
}

void sr_vec_add(const struct sr_engine *e, size_t count, const float *a,
                const float *b, float *out)
{
    struct job job = {
        .kern = e->kern, .count = count, .a = a, .b = b, .out = out};
    run(e, add_piece, &job);
}

static void sign_step_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t at = (size_t)piece * PIECE;
    j->kern->sign_step(piece_length(j, at), j->step, j->eps, j->a + at,
                       j->b + at, j->out + at);
}

void sr_vec_sign_step(const struct sr_engine *e, size_t count, float step,
                      float eps, const float *x, const float *g, float *adv)
{
    struct job job = {.kern = e->kern,
                      .count = count,
                      .step = step,
                      .eps = eps,
                      .a = x,
                      .b = g,
                      .out = adv};
    run(e, sign_step_piece, &job);
}

/* Sums run in LANES interleaved chains, so that additions need not wait for
 * each other; the chains are added in order at the end. */
enum { LANES = 8 };

static double fold(const double lane[LANES])
{
    double sum = 0;
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

double sr_vec_dot(size_t count, const float *a, const float *b)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += (double)a[i + k] * (double)b[i + k];
    for (size_t k = 0; i + k < count; k++)
        lane[k] += (double)a[i + k] * (double)b[i + k];
    return fold(lane);
}

double sr_vec_norm2(size_t count, const float *a)
{
    return sqrt(sr_vec_dot(count, a, a));
}

enum { SPANS = 64 };

struct squares {
    size_t count;
    const float *a;
    double sum[SPANS];
};

static void sum_squares(void *argument, int span, int worker)
{
    (void)worker;
    struct squares *s = argument;
    size_t begin, end;
    sr_par_span(s->count, SPANS, span, &begin, &end);
    s->sum[span] = sr_vec_dot(end - begin, s->a + begin, s->a + begin);
}

double sr_vec_long_norm2(const struct sr_engine *e, size_t count,
                         const float *a)
{
    struct squares s = {.count = count, .a = a};
    double sum = 0;
    sr_par_run(e->par, SPANS, sum_squares, &s);
    for (int i = 0; i < SPANS; i++)
        sum += s.sum[i];
    return sqrt(sum);
}

double sr_vec_norm1(size_t count, const float *a)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += fabs((double)a[i + k]);
    for (size_t k = 0; i + k < count; k++)
        lane[k] += fabs((double)a[i + k]);
    return fold(lane);
}

/* The larger one; a NaN stays. */
static float larger(float a, float b) { return b > a || isnan(b) ? b : a; }

float sr_vec_norm_max(size_t count, const float *a)
{
    float lane[LANES] = {0}, most = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] = larger(lane[k], fabsf(a[i + k]));
    for (; i < count; i++)
        most = larger(most, fabsf(a[i]));
    for (size_t k = 0; k < LANES; k++)
        most = larger(most, lane[k]);
    return most;
}

static void widen_range(float a, float *low, float *high)
{
    *low = a < *low ? a : *low;
    *high = a > *high ? a : *high;
}

void sr_vec_range(size_t count, const float *a, float *low, float *high)
{
    float least[LANES], most[LANES];
    size_t i = 0;
    for (size_t k = 0; k < LANES; k++)
        least[k] = most[k] = a[0];
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            widen_range(a[i + k], &least[k], &most[k]);
    *low = *high = a[0];
    for (; i < count; i++)
        widen_range(a[i], low, high);
    for (size_t k = 0; k < LANES; k++) {
        widen_range(least[k], low, high);
        widen_range(most[k], low, high);
    }
}

/* Blocks first: a sum of zeros is zero unless one of them came from a number
 * that is not finite. */
size_t sr_vec_first_nonfinite(size_t count, const float *a)
{
    enum { BLOCK = 1024 };
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t end = count - i < BLOCK ? count : i + BLOCK;
        float zero = 0;
        for (size_t j = i; j < end; j++)
            zero += a[j] * 0;
        for (size_t j = i; !(zero == 0) && j < end; j++)
            if (!isfinite(a[j]))
                return j;
    }
    return count;
}

void sr_vec_clamp(size_t count, float lo, float hi, float *x)
{
    for (size_t i = 0; i < count; i++) {
        const float above = x[i] < lo ? lo : x[i]; /* a NaN stays one */
        x[i] = above > hi ? hi : above;
    }
}
