/* The error bounds stated in engine/kern/vmath.h, on dense grids. */
#include <math.h>

#include "engine/engines.h"
#include "engine/kern/kern.h"
#include "test.h"

static double decay(double x) { return exp(-fabs(x)); }

/* What vmath.h states. */
static const struct {
    const char *name;
    enum sr_math_id id;
    double (*exact)(double x);
    float from, to;
    double ulps;
} functions[] = {
    {"exp", SR_MATH_exp, exp, -87.3f, 88.3f, 2},
    {"decay", SR_MATH_decay, decay, -87.3f, 87.3f, 2},
    {"expm1", SR_MATH_expm1, expm1, -87.3f, 88, 3},
    {"log1p", SR_MATH_log1p, log1p, 0, 8, 3},
    {"log1p", SR_MATH_log1p, log1p, 0, 1e30f, 3},
    {"tanh", SR_MATH_tanh, tanh, -12, 12, 3},
    {"erfc", SR_MATH_erfc, erfc, 0, 9, 8},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Half the points evenly spaced, half on a geometric ladder down to 1e-10 of
 * each end, so that small arguments are met as well. */
enum { POINTS = 200003 };

static void fill(float *x, float from, float to)
{
    for (int i = 0; i < POINTS; i++) {
        const double part = (double)i / (POINTS - 1);
        const double end = (double)(i % 4 == 1 && from != 0 ? from : to);
        x[i] = i % 2
                   ? (float)(end * pow(1e-10, part))
                   : (float)((double)from + part * ((double)to - (double)from));
    }
}

/* Distance from exact in units of float's last place there. */
static double ulps_off(float got, double exact)
{
    const float near = (float)exact;
    const double unit =
        (double)(nextafterf(fabsf(near), INFINITY) - fabsf(near));
    return fabs((double)got - exact) / unit;
}

START_TEST(stated_bounds_hold)
{
    float *x = noise(POINTS, 1), *y = noise(POINTS, 2);
    for (int isa = 0; sr_kern_at(isa); isa++)
        for (int f = 0; f < FUNCTIONS; f++) {
            fill(x, functions[f].from, functions[f].to);
            sr_kern_at(isa)->math[functions[f].id](POINTS, x, y);
            double worst = 0;
            int at = 0;
            for (int i = 0; i < POINTS; i++) {
                const double off =
                    ulps_off(y[i], functions[f].exact((double)x[i]));
                if (!(off <= worst)) {
                    worst = off;
                    at = i;
                }
            }
            ck_assert_msg(
                worst <= functions[f].ulps, "%s %s(%.9g) is off by %.2f ulp",
                sr_kern_at(isa)->isa, functions[f].name, (double)x[at], worst);
        }
}
END_TEST

SR_SUITE(engine_vmath)
{
    return sr_suite("engine/vmath",
                    (const TTest *[]){stated_bounds_hold, NULL});
}
