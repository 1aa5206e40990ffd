#include "engine/scale.h"

#include <math.h>

#include "engine/engines.h"
#include "test.h"

/* Pixels and channels around vectors; image counts around two threads. */
static const struct size {
    int n, pixels, c;
} sizes[] = {{1, 1, 1}, {3, 1, 17}, {2, 49, 16}, {5, 65, 33}, {3, 130, 96}};
enum { SIZES = sizeof sizes / sizeof *sizes };

struct trial {
    struct size s;
    size_t count, gates; /* floats */
    float *x, *gate, *dy, *y, *dx, *dgate, *scratch;
};

static struct trial trial_of(int i)
{
    const struct size s = sizes[i];
    const size_t gates = (size_t)s.n * (size_t)s.c;
    const size_t count = gates * (size_t)s.pixels;
    return (struct trial){.s = s,
                          .count = count,
                          .gates = gates,
                          .x = noise(count, 1),
                          .gate = noise(gates, 2),
                          .dy = noise(count, 3),
                          .y = noise(count, 4),
                          .dx = noise(count, 5),
                          .dgate = noise(gates, 6),
                          .scratch = noise(sr_scale_scratch(s.n, s.c), 7)};
}

static void run(const struct sr_engine *e, const struct trial *t)
{
    sr_scale_forward(e, t->s.n, t->s.pixels, t->s.c, t->x, t->gate, t->y);
    sr_scale_backward(e, t->s.n, t->s.pixels, t->s.c, t->x, t->gate, t->dy,
                      t->dx, t->dgate, t->scratch);
}

/* One product each: exact but for its rounding.  dgate is a double sum of exact
 * products, so that it has one rounding to float and no more. */
START_TEST(agrees_with_the_definition)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES; i++) {
        const struct trial t = trial_of(i);
        const int pixels = t.s.pixels, c = t.s.c;
        run(&e, &t);
        for (int image = 0; image < t.s.n; image++)
            for (int k = 0; k < c; k++) {
                const int g = image * c + k;
                double sum = 0, size = 0;
                for (int p = 0; p < pixels; p++) {
                    const int at = (image * pixels + p) * c + k;
                    ck_assert(t.y[at] == t.x[at] * t.gate[g]);
                    ck_assert(t.dx[at] == t.dy[at] * t.gate[g]);
                    sum += (double)t.dy[at] * (double)t.x[at];
                    size += fabs((double)t.dy[at] * (double)t.x[at]);
                }
                ck_assert_double_eq_tol((double)t.dgate[g], sum,
                                        6e-8 * fabs(sum) + 1e-14 * size);
            }
    }
}
END_TEST

/* Linear in x: <y(x), dy> = <x, dx(dy)>; and in the gates. */
START_TEST(gradients_are_the_adjoints)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES; i++) {
        const struct trial t = trial_of(i);
        double left = 0, by_x = 0, by_gate = 0, size = 0;
        run(&e, &t);
        for (size_t j = 0; j < t.count; j++) {
            left += (double)t.y[j] * (double)t.dy[j];
            size += fabs((double)t.y[j] * (double)t.dy[j]);
            by_x += (double)t.x[j] * (double)t.dx[j];
        }
        for (size_t j = 0; j < t.gates; j++)
            by_gate += (double)t.gate[j] * (double)t.dgate[j];
        ck_assert_double_eq_tol(left, by_x, 2e-7 * size);
        ck_assert_double_eq_tol(left, by_gate, 2e-7 * size);
    }
}
END_TEST

START_TEST(in_place_and_in_part)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES; i++) {
        const struct trial t = trial_of(i), one = trial_of(i);
        const int n = t.s.n, pixels = t.s.pixels, c = t.s.c;
        run(&e, &t);
        sr_scale_backward(&e, n, pixels, c, one.x, one.gate, one.dy, one.dy,
                          NULL, one.scratch);
        ck_assert_mem_eq(one.dy, t.dx, t.count * sizeof *t.dx);
        sr_scale_backward(&e, n, pixels, c, one.x, one.gate, t.dy, NULL,
                          one.dgate, one.scratch);
        ck_assert_mem_eq(one.dgate, t.dgate, t.gates * sizeof *t.dgate);
        sr_scale_forward(&e, n, pixels, c, one.x, one.gate, one.x);
        ck_assert_mem_eq(one.x, t.y, t.count * sizeof *t.y);
    }
}
END_TEST

SR_SUITE(engine_scale)
{
    return sr_suite("engine/scale",
                    (const TTest *[]){agrees_with_the_definition,
                                      gradients_are_the_adjoints,
                                      in_place_and_in_part, NULL});
}
