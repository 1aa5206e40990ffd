#include "engine/act.h"

#include <math.h>

#include "engine/act_list.h"
#include "engine/act_ref.h"
#include "engine/engines.h"
#include "test.h"

/* A grid over [-1e4, 1e4]: even steps near 0, where the functions bend, and a
 * geometric ladder outwards.  An odd count, so that the last vector is not
 * full. */
enum { EVEN = 20001, LADDER = 400, GRID = EVEN + 2 * LADDER + 2 };

static float *grid(void)
{
    float *x = noise(GRID, 1);
    int k = 0;
    for (int i = 0; i < EVEN; i++)
        x[k++] = (float)(i - EVEN / 2) * (20.0f / EVEN);
    for (int i = 0; i < LADDER; i++) {
        const float size = 1e4f * powf(1e-12f, (float)i / (LADDER - 1));
        x[k++] = size;
        x[k++] = -size;
    }
    x[k++] = 0.0f;
    x[k++] = -0.0f;
    return x;
}

/* Parameter settings to test: the row's own, and others. */
struct setting {
    int n;
    float p[6][SR_ACT_PARAMS];
};

static struct setting settings(const struct sr_act *act)
{
    if (act->alphas)
        return (struct setting){
            5, {{(float)act->alpha}, {0.3f}, {1}, {0.9f}, {10}}};
    if (act->learned == 0)
        return (struct setting){1, {{0}}};
    const float a = (float)act->start[0], b = (float)act->start[1];
    return (struct setting){
        5, {{a, b}, {-a, -b}, {0.7f, 0.2f}, {3, -0.5f}, {0.05f, 0.01f}}};
}

/* Some ulps of the result.  Where alpha x is rounded before an exponential,
 * the result moves by up to |alpha x| half-ulps, which matters down to
 * exp(-100).  With a second parameter b, sigmoid - b cancels: half an ulp of 1,
 * times x. */
static double value_tolerance(double x, const double *p, double want)
{
    const double moved = x < 0 ? fmin(1000 * -x, 100) * 2e-7 : 0;
    return (2e-6 + moved) * fabs(want) + 3e-7 * fabs(p[1] * x) + 1e-30;
}

/* An assertion a point would take longer than the functions. */
static void expect_definition(const struct sr_kern *kern, int i,
                              const float *at, const float *x, const float *y,
                              const float *s)
{
    const struct act_ref *r = &act_refs[i];
    const double p[] = {(double)at[0], (double)at[1]};
    for (int j = 0; j < GRID; j++) {
        const double where = (double)x[j], value = r->value(where, p);
        if (!(fabs((double)y[j] - value) <= value_tolerance(where, p, value)))
            ck_abort_msg("%s %s(%.9g; %g, %g) is %.9g, not %.9g", kern->isa,
                         r->name, where, p[0], p[1], (double)y[j], value);
        const double slope = r->slope(where, p);
        if (!(fabs((double)s[j] - slope) <= 1e-6 * fmax(1, fabs(slope))))
            ck_abort_msg("%s %s'(%.9g; %g, %g) is %.9g, not %.9g", kern->isa,
                         r->name, where, p[0], p[1], (double)s[j], slope);
    }
}

START_TEST(values_and_slopes_agree_with_the_definition)
{
    float *x = grid(), *y = noise(GRID, 2), *slope = noise(GRID, 3);
    FOR_EACH_ISA(e)
    for (int i = 0; sr_act_at(i); i++) {
        const struct setting s = settings(sr_act_at(i));
        for (int k = 0; k < s.n; k++) {
            sr_act_forward(&e, sr_act_at(i), s.p[k], GRID, x, y);
            sr_act_slope(&e, sr_act_at(i), s.p[k], GRID, x, slope);
            expect_definition(e.kern, i, s.p[k], x, y, slope);
        }
    }
}
END_TEST

START_TEST(the_definitions_are_consistent)
{
    const double h = 1e-5;
    for (int i = 0; sr_act_at(i); i++) {
        const struct setting s = settings(sr_act_at(i));
        for (int k = 0; k < s.n; k++)
            for (double x = -6.003; x < 6; x += 0.01) {
                const double p[] = {(double)s.p[k][0], (double)s.p[k][1]};
                const struct act_ref *r = &act_refs[i];
                const double rise = r->value(x + h, p) - r->value(x - h, p);
                ck_assert_double_eq_tol(rise / (2 * h), r->slope(x, p), 1e-5);
                double d[2] = {0};
                if (r->param)
                    r->param(x, p, d);
                for (int j = 0; j < sr_act_at(i)->learned; j++) {
                    double up[] = {p[0], p[1]}, down[] = {p[0], p[1]};
                    const double step = 1e-5 * fabs(p[j]);
                    up[j] += step;
                    down[j] -= step;
                    const double change = r->value(x, up) - r->value(x, down);
                    ck_assert_double_eq_tol(change / (2 * step), d[j],
                                            1e-5 * (1 + fabs(d[j])) +
                                                1e-14 / step);
                }
            }
    }
}
END_TEST

START_TEST(gradients_of_learned_parameters)
{
    float *x = grid();
    for (int j = 0; j < GRID; j++) /* so that no element outweighs the rest */
        x[j] = fabsf(x[j]) > 50 ? 50 * sinf(x[j]) : x[j];
    const float *dy = noise(GRID, 5);
    FOR_EACH_ISA(e)
    for (int i = 0; sr_act_at(i); i++) {
        const struct sr_act *act = sr_act_at(i);
        const struct setting s = settings(act);
        for (int k = 0; act->learned && k < s.n; k++) {
            const double p[] = {(double)s.p[k][0], (double)s.p[k][1]};
            double want[2] = {3, -4}, size[2] = {0};
            for (int j = 0; j < GRID; j++) {
                double d[2] = {0};
                act_refs[i].param((double)x[j], p, d);
                for (int q = 0; q < act->learned; q++) {
                    want[q] += (double)dy[j] * d[q];
                    size[q] += fabs((double)dy[j] * d[q]);
                }
            }
            float got[2] = {3, -4};
            sr_act_backward_p(&e, act, s.p[k], GRID, x, dy, got);
            for (int q = 0; q < 2; q++)
                ck_assert_msg(
                    fabs((double)got[q] - want[q]) <= 1e-6 * (5 + size[q]),
                    "%s %s p[%d] at (%g, %g) is %.9g, not %.9g", e.kern->isa,
                    act->name, q, p[0], p[1], (double)got[q], want[q]);
        }
    }
}
END_TEST

/* Also far outside: finite up to 1e4, and a NaN stays visible. */
START_TEST(finite_and_nan)
{
    const float x[] = {1e4f, -1e4f, 88.7f, -88.7f, 103, -103, 0, NAN};
    FOR_EACH_ISA(e)
    for (int i = 0; sr_act_at(i); i++) {
        const struct sr_act *act = sr_act_at(i);
        const struct setting s = settings(act);
        for (int k = 0; k < s.n; k++) {
            float y[8], slope[8];
            sr_act_forward(&e, act, s.p[k], 8, x, y);
            sr_act_slope(&e, act, s.p[k], 8, x, slope);
            for (int j = 0; j < 7; j++)
                ck_assert_msg(isfinite(y[j]) && isfinite(slope[j]), "%s at %g",
                              act->name, (double)x[j]);
            ck_assert_msg(isnan(y[7]), "%s hides a NaN", act->name);
        }
    }
}
END_TEST

/* Elementwise work in place, and the same bits wherever an element stands and
 * however many threads there are. */
START_TEST(same_bits_everywhere)
{
    enum { COUNT = 40003 };
    const float *x = noise(COUNT, 6), *dy = noise(COUNT, 7);
    for (int isa = 0; sr_kern_at(isa); isa++)
        for (int i = 0; sr_act_at(i); i++) {
            const struct sr_act *act = sr_act_at(i);
            const struct setting s = settings(act);
            float *y = noise(COUNT, 8), *shifted = noise(COUNT, 9);
            float *slope = noise(COUNT, 10);
            float dp[3][2] = {{0}};
            for (int threads = 1; threads <= 3; threads++) {
                struct sr_engine e = engine_on(isa, threads, SR_CONV_AUTO);
                const int skip = 2 * threads - 1;
                sr_act_forward(&e, act, s.p[0], COUNT, x, y);
                sr_act_slope(&e, act, s.p[0], COUNT, x, slope);
                memcpy(shifted, x, COUNT * sizeof *x);
                sr_act_forward(&e, act, s.p[0], (size_t)(COUNT - skip),
                               shifted + skip, shifted + skip);
                ck_assert_mem_eq(shifted + skip, y + skip,
                                 (size_t)(COUNT - skip) * sizeof *y);
                memcpy(shifted, x, COUNT * sizeof *x);
                sr_act_slope(&e, act, s.p[0], (size_t)(COUNT - skip),
                             shifted + skip, shifted + skip);
                ck_assert_mem_eq(shifted + skip, slope + skip,
                                 (size_t)(COUNT - skip) * sizeof *y);
                sr_act_backward_p(&e, act, s.p[0], COUNT, x, dy,
                                  dp[threads - 1]);
                sr_engine_close(&e);
            }
            ck_assert_mem_eq(dp[0], dp[1], sizeof dp[0]);
            ck_assert_mem_eq(dp[0], dp[2], sizeof dp[0]);
        }
}
END_TEST

START_TEST(finds_by_name)
{
    struct sr_err err;
    const struct sr_act *act = NULL;
    const struct sr_src at = {"c.yaml", 3, 7};
    for (int i = 0; sr_act_at(i); i++) {
        SR_GOOD(sr_act_find(sr_act_name(i), at, &act, &err), err);
        ck_assert_ptr_eq(act, sr_act_at(i));
        ck_assert_str_eq(act->name, act_refs[i].name);
    }
    ck_assert_ptr_null(sr_act_name(-1));
    SR_BAD(sr_act_find("rellu", at, &act, &err), err, SR_ECONFIG,
           "no activation 'rellu'; there are: relu, softplus, silu");
    ck_assert_int_eq(err.at.line, 3);
}
END_TEST

SR_SUITE(engine_act)
{
    return sr_suite(
        "engine/act",
        (const TTest *[]){values_and_slopes_agree_with_the_definition,
                          the_definitions_are_consistent,
                          gradients_of_learned_parameters, finite_and_nan,
                          same_bits_everywhere, finds_by_name, NULL});
}
