#include "engine/pool.h"

#include <math.h>

#include "engine/engines.h"
#include "test.h"

static const struct {
    const char *why;
    int n;
    struct sr_pool g;
} cases[] = {
    // clang-format off
    /*                          n    h   w   c  k  s  p */
    {"halves",                  2, { 8,  8, 16, 2, 2, .pad = 0}},
    {"imagenet stem",           2, {11, 14,  5, 3, 2, .pad = 1}},
    {"overlapping",             1, { 7,  5,  3, 3, 1, .pad = 1}},
    {"leaves a row unread",     3, { 7,  9, 17, 2, 2, .pad = 0}},
    {"whole image",             2, { 4,  4,  6, 4, 4, .pad = 0}},
    {"one pixel",               1, { 1,  1,  1, 1, 1, .pad = 0}},
    {"stride past the window",  1, { 9,  9,  2, 2, 3, .pad = 1}},
    // clang-format on
};
enum { CASES = sizeof cases / sizeof *cases };

struct trial {
    struct sr_pool g;
    int n;
    size_t nx, ny;
    const float *x, *dy;
    float *y, *dx;
};

static struct trial trial_of(int i)
{
    struct sr_err err;
    struct trial t = {.g = cases[i].g, .n = cases[i].n};
    SR_GOOD(sr_pool_shape(&t.g, &err), err);
    t.nx = (size_t)(t.n * t.g.h * t.g.w * t.g.c);
    t.ny = (size_t)(t.n * t.g.oh * t.g.ow * t.g.c);
    t.x = noise(t.nx, 1);
    t.dy = noise(t.ny, 2);
    t.y = noise(t.ny, 3);
    t.dx = noise(t.nx, 4);
    return t;
}

/* Places of the window of output `at` that lie in the image; -1 for others. */
static int window(const struct sr_pool *g, size_t at, int tap)
{
    const int c = (int)at % g->c, pixel = (int)at / g->c;
    const int image = pixel / (g->oh * g->ow);
    const int y = pixel / g->ow % g->oh * g->stride - g->pad + tap / g->k;
    const int x = pixel % g->ow * g->stride - g->pad + tap % g->k;
    if (y < 0 || y >= g->h || x < 0 || x >= g->w)
        return -1;
    return ((image * g->h + y) * g->w + x) * g->c + c;
}

/* Sums of k^2 numbers below 1. */
static void expect_near(const float *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= 2e-6))
            ck_abort_msg("[%zu] is %.9g, not %.9g", i, (double)got[i], want[i]);
}

START_TEST(averages)
{
    struct sr_engine e = engine_on(0, 2, SR_CONV_AUTO);
    for (int i = 0; i < CASES; i++) {
        struct trial t = trial_of(i);
        double *y = SR_TAKE(sr_test_arena(), t.ny, double);
        double *dx = SR_TAKE(sr_test_arena(), t.nx, double);
        const int taps = t.g.k * t.g.k;
        for (size_t o = 0; o < t.ny; o++)
            for (int tap = 0; tap < taps; tap++) {
                const int from = window(&t.g, o, tap);
                if (from < 0)
                    continue;
                y[o] += (double)t.x[from] / taps;
                dx[from] += (double)t.dy[o] / taps;
            }
        sr_pool_average_forward(&e, &t.g, t.n, t.x, t.y);
        sr_pool_average_backward(&e, &t.g, t.n, t.dy, t.dx);
        expect_near(t.y, y, t.ny);
        expect_near(t.dx, dx, t.nx);
    }
    sr_engine_close(&e);
}
END_TEST

START_TEST(maxima)
{
    struct sr_engine e = engine_on(0, 2, SR_CONV_AUTO);
    for (int i = 0; i < CASES; i++) {
        struct trial t = trial_of(i);
        float *x = noise(t.nx, 1);
        for (size_t k = 0; k < t.nx;
             k++) /* few values, so that many are equal */
            x[k] = rintf(2 * x[k]);
        double *y = SR_TAKE(sr_test_arena(), t.ny, double);
        double *dx = SR_TAKE(sr_test_arena(), t.nx, double);
        for (size_t o = 0; o < t.ny; o++) {
            int best = -1;
            for (int tap = 0; tap < t.g.k * t.g.k; tap++) {
                const int from = window(&t.g, o, tap);
                if (from >= 0 && (best < 0 || x[from] > x[best]))
                    best = from;
            }
            y[o] = (double)x[best];
            dx[best] += (double)t.dy[o];
        }
        sr_pool_max_forward(&e, &t.g, t.n, x, t.y);
        sr_pool_max_backward(&e, &t.g, t.n, x, t.dy, t.dx);
        expect_near(t.y, y, t.ny);
        expect_near(t.dx, dx, t.nx);
    }
    sr_engine_close(&e);
}
END_TEST

START_TEST(maximum_keeps_a_nan)
{
    struct sr_engine e = engine_on(0, 1, SR_CONV_AUTO);
    struct sr_pool g = {2, 2, 1, 2, 2, .pad = 0};
    struct sr_err err;
    SR_GOOD(sr_pool_shape(&g, &err), err);
    for (int at = 0; at < 4; at++) {
        float x[] = {1, 2, 3, 4}, y = 0;
        x[at] = NAN;
        sr_pool_max_forward(&e, &g, 1, x, &y);
        ck_assert(isnan(y));
    }
    sr_engine_close(&e);
}
END_TEST

START_TEST(global)
{
    enum { N = 3, PIXELS = 49, C = 21 };
    struct sr_engine e = engine_on(0, 2, SR_CONV_AUTO);
    const float *x = noise(N * PIXELS * C, 1), *dy = noise(N * C, 2);
    float *y = noise(N * C, 3), *dx = noise(N * PIXELS * C, 4);
    sr_pool_global_forward(&e, N, PIXELS, C, x, y);
    sr_pool_global_backward(&e, N, PIXELS, C, dy, dx);
    double want[N * C] = {0}, want_dx[N * PIXELS * C];
    for (int i = 0; i < N * PIXELS * C; i++) {
        const int at = i / (PIXELS * C) * C + i % C;
        want[at] += (double)x[i] / PIXELS;
        want_dx[i] = (double)dy[at] / PIXELS;
    }
    expect_near(y, want, N * C);
    expect_near(dx, want_dx, N * PIXELS * C);
    sr_engine_close(&e);
}
END_TEST

/* k^2 beyond an int: one pixel among 2^34 padding zeros. */
START_TEST(a_window_far_larger_than_the_image)
{
    enum { K = 1 << 17 };
    struct sr_engine e = engine_on(0, 1, SR_CONV_AUTO);
    struct sr_pool g = {1, 1, 1, K, 1, .pad = K / 2};
    struct sr_err err;
    SR_GOOD(sr_pool_shape(&g, &err), err);
    ck_assert_int_eq(g.oh, 2);
    float y[4], dx;
    sr_pool_average_forward(&e, &g, 1, &(float){3}, y);
    ck_assert_float_eq(y[3], 3 * 0x1p-34f);
    sr_pool_average_backward(&e, &g, 1, (float[]){1, 1, 1, 1}, &dx);
    ck_assert_float_eq(dx, 4 * 0x1p-34f);
    sr_engine_close(&e);
}
END_TEST

START_TEST(shapes)
{
    struct sr_err err;
    struct sr_pool large = {4, 4, 1, 7, 1, .pad = 1};
    SR_BAD(sr_pool_shape(&large, &err), err, SR_ECONFIG,
           "a 7x7 pooling window does not fit in a 4x4 input padded by 1");
    struct sr_pool padded = {4, 4, 1, 3, 1, .pad = 2};
    SR_BAD(sr_pool_shape(&padded, &err), err, SR_ECONFIG,
           "a pooling window of 3 allows a padding of 0 to 1, not 2");
    struct sr_pool none = {4, 4, 1, 3, 0, .pad = 1};
    SR_BAD(sr_pool_shape(&none, &err), err, SR_ECONFIG, "stride 0");
}
END_TEST

SR_SUITE(engine_pool)
{
    return sr_suite(
        "engine/pool",
        (const TTest *[]){averages, maxima, maximum_keeps_a_nan, global,
                          a_window_far_larger_than_the_image, shapes, NULL});
}
