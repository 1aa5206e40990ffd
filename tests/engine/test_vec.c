#include "engine/vec.h"

#include <float.h>
#include <math.h>

#include "engine/engines.h"
#include "test.h"

enum { COUNT = 40007 }; /* several pieces, the last not whole vectors */

START_TEST(sums_and_norms)
{
    for (size_t n = 0; n < 40; n++) {
        const float *a = noise(n, 1), *b = noise(n, 2);
        double dot = 0, square = 0, size = 0, most = 0;
        for (size_t i = 0; i < n; i++) {
            dot += (double)a[i] * (double)b[i];
            square += (double)a[i] * (double)a[i];
            size += fabs((double)a[i]);
            most = fmax(most, fabs((double)a[i]));
        }
        ck_assert_double_eq_tol(sr_vec_dot(n, a, b), dot, 1e-14);
        ck_assert_double_eq_tol(sr_vec_norm2(n, a), sqrt(square), 1e-14);
        ck_assert_double_eq_tol(sr_vec_norm1(n, a), size, 1e-14);
        ck_assert_double_eq((double)sr_vec_norm_max(n, a), most);
    }
}
END_TEST

/* The sums of two orders differ by at most COUNT roundings of the whole. */
START_TEST(long_vectors)
{
    const float *a = noise(COUNT, 1);
    const double norm = sr_vec_norm2(COUNT, a);
    double first = 0;
    for (int threads = 1; threads <= 3; threads++) {
        struct sr_engine e = engine_on(0, threads, SR_CONV_AUTO);
        const double got = sr_vec_long_norm2(&e, COUNT, a);
        ck_assert_double_eq_tol(got, norm, COUNT * DBL_EPSILON * norm);
        if (threads == 1)
            first = got;
        ck_assert_mem_eq(&got, &first, sizeof got);

        float *x = noise(COUNT + 1, 2);
        const float after = x[COUNT];
        float *half = noise(COUNT + 1, 2);
        sr_vec_scale(&e, COUNT, 0.5f, half);
        for (int i = 0; i < COUNT; i++)
            ck_assert_float_eq(half[i], x[i] / 2);
        ck_assert_float_eq(half[COUNT], after);

        sr_vec_zero(&e, COUNT, x);
        for (int i = 0; i < COUNT; i++)
            ck_assert_float_eq(x[i], 0);
        ck_assert_float_eq(x[COUNT], after);
        ck_assert_double_eq(sr_vec_long_norm2(&e, COUNT, x), 0);
        ck_assert_double_eq(sr_vec_long_norm2(&e, 0, x), 0);
        sr_engine_close(&e);
    }
}
END_TEST

START_TEST(axpy_and_clamp)
{
    const float x[] = {1, -2, 3};
    float y[] = {10, 20, -30};
    sr_vec_axpy(3, 0.5f, x, y);
    ck_assert_mem_eq(y, ((const float[]){10.5f, 19, -28.5f}), sizeof y);
    sr_vec_clamp(3, -1, 12, y);
    ck_assert_mem_eq(y, ((const float[]){10.5f, 12, -1}), sizeof y);
    float broken = NAN;
    sr_vec_clamp(1, -1, 1, &broken);
    ck_assert(isnan(broken));
}
END_TEST

START_TEST(adds)
{
    const float *a = noise(COUNT, 1), *b = noise(COUNT, 2);
    FOR_EACH_ISA(e)
    {
        float *out = noise(COUNT, 3), *in_place = noise(COUNT, 1);
        sr_vec_add(&e, COUNT, a, b, out);
        sr_vec_add(&e, COUNT, in_place, b, in_place);
        ck_assert_mem_eq(out, in_place, COUNT * sizeof *out);
        for (int i = 0; i < COUNT; i++)
            if (out[i] != a[i] + b[i])
                ck_abort_msg("[%d] is %g", i, (double)out[i]);
    }
}
END_TEST

static float clamped(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

START_TEST(steps_by_the_sign)
{
    const float step = 0.07f, eps = 0.1f;
    float *x = noise(COUNT, 1), *g = noise(COUNT, 2), *start = noise(COUNT, 3);
    const float odd[] = {0, -0.0f, NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX};
    for (int i = 0; i < COUNT; i++) {
        x[i] = 0.5f + 0.5f * x[i];
        start[i] = x[i] + eps * start[i];
        if (i % 5 == 0)
            g[i] = odd[i / 5 % 7];
    }
    FOR_EACH_ISA(e)
    {
        float *adv = memcpy(noise(COUNT, 4), start, COUNT * sizeof *adv);
        sr_vec_sign_step(&e, COUNT, step, eps, x, g, adv);
        for (int i = 0; i < COUNT; i++) {
            const float sign =
                isfinite(g[i]) ? (float)((g[i] > 0) - (g[i] < 0)) : 0;
            const float near =
                clamped(start[i] + step * sign, x[i] - eps, x[i] + eps);
            if (adv[i] != clamped(near, 0, 1))
                ck_abort_msg("[%d] g %g: %.9g, not %.9g", i, (double)g[i],
                             (double)adv[i], (double)clamped(near, 0, 1));
        }
    }
}
END_TEST

START_TEST(ranges)
{
    for (size_t n = 1; n < 40; n++)
        for (size_t at = 0; at < n; at++) {
            float *a = noise(n, 1), low, high;
            a[at] = -3;
            a[(at + 1) % n] = 2;
            sr_vec_range(n, a, &low, &high);
            ck_assert_float_eq(low, n > 1 ? -3 : 2);
            ck_assert_float_eq(high, 2);
        }
}
END_TEST

START_TEST(finds_the_first_nonfinite)
{
    enum { N = 5000 };
    float *a = noise(N, 1);
    ck_assert_uint_eq(sr_vec_first_nonfinite(N, a), N);
    ck_assert_uint_eq(sr_vec_first_nonfinite(0, a), 0);
    a[0] = FLT_MAX;
    ck_assert_uint_eq(sr_vec_first_nonfinite(N, a), N);
    a[4999] = -INFINITY;
    ck_assert_uint_eq(sr_vec_first_nonfinite(N, a), 4999);
    a[1024] = NAN;
    ck_assert_uint_eq(sr_vec_first_nonfinite(N, a), 1024);
    ck_assert(isnan(sr_vec_norm2(N, a)));
    ck_assert(isnan(sr_vec_norm_max(1100, a)));
}
END_TEST

SR_SUITE(engine_vec)
{
    return sr_suite("engine/vec",
                    (const TTest *[]){sums_and_norms, long_vectors,
                                      axpy_and_clamp, adds, steps_by_the_sign,
                                      ranges, finds_the_first_nonfinite, NULL});
}
