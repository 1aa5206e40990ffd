#include "engine/tail.h"

#include <math.h>

#include "engine/act_list.h"
#include "engine/act_ref.h"
#include "engine/engines.h"
#include "test.h"

/* Pixels and channels around vectors and stretches of 2048 floats. */
static const struct {
    size_t pixels;
    int c;
} sizes[] = {{1, 1},    {7, 3},    {129, 16}, {40, 33},
             {500, 64}, {3, 2100}, {2, 5000}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Which parts there are, and whose slope. */
static const struct {
    const char *why, *act, *slope;
    bool affine, other;
} kinds[] = {
    {"all of it", "silu", "silu", true, true},
    {"no shortcut", "gelu", "gelu", true, false},
    {"no batch norm", "elu", "elu", false, true},
    {"another slope", "relu", "softplus", true, true},
    {"its own slope, sharper", "softplus", "softplus", true, false},
    {"no slope", "silu", NULL, true, true},
    {"no activation", NULL, NULL, true, true},
    {"nothing", NULL, NULL, false, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct trial {
    size_t count;
    struct sr_tail tail;
    const float *x, *other, *dy;
    float *y, *slope, *dx, *dother;
    const float *a, *b, *shift;
};

static const struct sr_act *act_of(const char *name)
{
    const struct sr_act *act = NULL;
    struct sr_err err;
    if (name)
        SR_GOOD(sr_act_find(name, (struct sr_src){0}, &act, &err), err);
    return act;
}

static struct trial trial_of(int size, int kind)
{
    const int c = sizes[size].c;
    const size_t count = sizes[size].pixels * (size_t)c;
    struct trial t = {
        .count = count,
        .tail = {.c = c,
                 .act = act_of(kinds[kind].act),
                 .slope = act_of(kinds[kind].slope),
                 .act_p = {1},
                 .slope_p = {4}},
        .x = noise(count, 1),
        .other = kinds[kind].other ? noise(count, 2) : NULL,
        .dy = noise(count, 3),
        .y = noise(count, 4),
        .slope = noise(count, 5),
        .dx = noise(count, 6),
        .dother = noise(count, 7),
        .a = noise((size_t)c, 8),
        .b = noise((size_t)c, 9),
        .shift = noise((size_t)c, 10),
    };
    if (kinds[kind].affine) {
        t.tail.scale = t.a;
        t.tail.shift = t.shift;
    }
    return t;
}

/* The activation's input at k. */
static double input(const struct trial *t, size_t k)
{
    const size_t j = k % (size_t)t->tail.c;
    double at = (double)t->x[k];
    if (t->tail.scale)
        at = at * (double)t->a[j] + (double)t->shift[j];
    return at + (t->other ? (double)t->other[k] : 0);
}

static double reference(const struct sr_act *act, bool slope, double x,
                        const float *p)
{
    const double q[] = {(double)p[0], (double)p[1]};
    if (!act)
        return slope ? 1 : x;
    const struct act_ref *r = &act_refs[act->id];
    return slope ? r->slope(x, q) : r->value(x, q);
}

/* Inputs below 3 rounded three times, slopes of softplus(4) below 1 in their
 * change: some 10 half-ulps of 3. */
static void near(const char *why, const char *what, float got, double want)
{
    ck_assert_msg(fabs((double)got - want) <= 2e-6, "%s: %s is %.9g, not %.9g",
                  why, what, (double)got, want);
}

START_TEST(forward_is_the_formula)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES * KINDS; i++) {
        const char *why = kinds[i % KINDS].why;
        struct trial t = trial_of(i / KINDS, i % KINDS);
        const float *untouched = noise(t.count, 5);
        sr_tail_forward(&e, &t.tail, sizes[i / KINDS].pixels, t.x, t.other, t.y,
                        t.slope);
        for (size_t k = 0; k < t.count; k++) {
            const double at = input(&t, k);
            near(why, "y", t.y[k],
                 reference(t.tail.act, false, at, t.tail.act_p));
            near(why, "slope", t.slope[k],
                 t.tail.slope
                     ? reference(t.tail.slope, true, at, t.tail.slope_p)
                     : (double)untouched[k]);
        }
    }
}
END_TEST

START_TEST(forward_in_place_gives_the_same_bits)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES * KINDS; i++) {
        struct trial t = trial_of(i / KINDS, i % KINDS);
        const size_t pixels = sizes[i / KINDS].pixels;
        float *x = noise(t.count, 1);
        sr_tail_forward(&e, &t.tail, pixels, t.x, t.other, t.y, t.slope);
        sr_tail_forward(&e, &t.tail, pixels, x, t.other, x, t.slope);
        ck_assert_mem_eq(x, t.y, t.count * sizeof *x);
    }
}
END_TEST

/* dx = a dy slope + b x + shift, with all and with some of the parts. */
START_TEST(backward_is_the_formula)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES * 4; i++) {
        struct trial t = trial_of(i / 4, 0);
        const bool slope = i % 4 != 1, all = i % 4 != 2, batch = i % 4 != 3;
        const struct sr_tail_back back = {t.tail.c, all ? t.a : NULL,
                                          all && batch ? t.b : NULL,
                                          all ? t.shift : NULL, NULL};
        sr_tail_backward(&e, &back, sizes[i / 4].pixels, t.dy,
                         slope ? t.slope : NULL, t.x, NULL, t.dother, t.dx);
        for (size_t k = 0; k < t.count; k++) {
            const size_t j = k % (size_t)t.tail.c;
            const double dt =
                (double)t.dy[k] * (slope ? (double)t.slope[k] : 1);
            double want = all ? dt * (double)t.a[j] + (double)t.shift[j] : dt;
            if (back.b)
                want += (double)t.b[j] * (double)t.x[k];
            near("backward", "dother", t.dother[k], dt);
            near("backward", "dx", t.dx[k], want);
        }
        float *dy = noise(t.count, 3);
        sr_tail_backward(&e, &back, sizes[i / 4].pixels, dy,
                         slope ? t.slope : NULL, t.x, NULL, NULL, dy);
        ck_assert_mem_eq(dy, t.dx, t.count * sizeof *dy);
    }
}
END_TEST

/* A slope that was not kept is computed again to the same bits. */
START_TEST(the_slope_again)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < SIZES * KINDS; i++) {
        struct trial t = trial_of(i / KINDS, i % KINDS);
        const size_t pixels = sizes[i / KINDS].pixels;
        const struct sr_tail_back kept = {t.tail.c, t.a, t.b, t.shift, NULL};
        const struct sr_tail_back again = {t.tail.c, t.a, t.b, t.shift,
                                           &t.tail};
        float *want = noise(t.count, 11);
        if (!t.tail.slope)
            continue;
        sr_tail_forward(&e, &t.tail, pixels, t.x, t.other, t.y, t.slope);
        sr_tail_backward(&e, &kept, pixels, t.dy, t.slope, t.x, NULL, NULL,
                         want);
        sr_tail_backward(&e, &again, pixels, t.dy, NULL, t.x, t.other, t.dother,
                         t.dx);
        ck_assert_mem_eq(t.dx, want, t.count * sizeof *want);
    }
}
END_TEST

SR_SUITE(engine_tail)
{
    return sr_suite("engine/tail",
                    (const TTest *[]){forward_is_the_formula,
                                      forward_in_place_gives_the_same_bits,
                                      backward_is_the_formula, the_slope_again,
                                      NULL});
}
