#include "engine/conv.h"

#include <math.h>
#include <stdio.h>

#include "engine/engines.h"
#include "engine/ref.h"
#include "test.h"

static const struct {
    const char *why;
    int n, pad;
    struct sr_conv g;
} cases[] = {
    // clang-format off
    /*                            n  p    ci   h   w  co kh kw  s        groups */
    {"resnet stem",               2, 1, { 3, 32, 32, 16, 3, 3, 1, .groups = 1}},
    {"resnet body",               2, 1, {16, 16, 16, 16, 3, 3, 1, .groups = 1}},
    {"wide body",                 3, 1, {64,  8,  8, 64, 3, 3, 1, .groups = 1}},
    {"last body",                 9, 1, {80,  4,  4, 96, 3, 3, 1, .groups = 1}},
    {"downsample",                2, 1, {16, 16, 16, 32, 3, 3, 2, .groups = 1}},
    {"downsample an odd size",    2, 1, { 5, 15, 11, 40, 3, 3, 2, .groups = 1}},
    {"shortcut 1x1",              2, 0, {16, 12, 12, 32, 1, 1, 2, .groups = 1}},
    {"1x1 of every pixel",        3, 0, {20,  7,  5, 33, 1, 1, 1, .groups = 1}},
    {"fully connected",           7, 0, {64,  1,  1, 10, 1, 1, 1, .groups = 1}},
    {"spans of several images",  40, 1, { 8,  4,  4, 24, 3, 3, 1, .groups = 1}},
    {"vectors, spans of several",70, 0, {33,  1,  1, 40, 1, 1, 1, .groups = 1}},
    {"one of everything",         1, 0, { 1,  1,  1,  1, 1, 1, 1, .groups = 1}},
    {"filter covers input",       1, 0, { 3,  5,  5,  4, 5, 5, 1, .groups = 1}},
    {"grey stem",                 2, 1, { 1, 28, 28, 16, 3, 3, 1, .groups = 1}},
    {"grey, a row of 1 vector",   2, 2, { 1,  5, 16, 19, 5, 5, 1, .groups = 1}},
    {"thin, several sets of rows",1, 2, { 2,120, 70,  5, 5, 3, 1, .groups = 1}},
    {"thin, pad past the filter", 2, 4, { 3,  6, 18,  7, 3, 2, 1, .groups = 1}},
    {"imagenet stem",             1, 3, { 3, 31, 29, 64, 7, 7, 2, .groups = 1}},
    {"tile tails",                1, 1, { 2,  9, 13,  7, 3, 3, 1, .groups = 1}},
    {"one output short of 16",    2, 1, { 3,  5,  5, 15, 3, 3, 1, .groups = 1}},
    {"one output past 16",        2, 1, { 3,  5,  5, 17, 3, 3, 1, .groups = 1}},
    {"one output short of 64",    1, 1, { 4,  3,  5, 63, 3, 3, 1, .groups = 1}},
    {"one output past 64",        1, 1, { 4,  5,  3, 65, 3, 3, 1, .groups = 1}},
    {"one pixel short of 6",      1, 1, { 4,  1,  5, 64, 3, 3, 1, .groups = 1}},
    {"one pixel past 24",         1, 1, { 4,  5,  5, 16, 3, 3, 1, .groups = 1}},
    {"five inputs, loop tail",    1, 1, { 5,  6,  4,  8, 3, 3, 1, .groups = 1}},
    {"pad wider than half",       1, 2, { 1,  3,  3,  1, 3, 3, 1, .groups = 1}},
    {"pad as wide as filter",     1, 3, { 2,  4,  3,  3, 3, 3, 2, .groups = 1}},
    {"stride past the filter",    2, 1, { 3, 11,  9,  5, 2, 2, 3, .groups = 1}},
    {"several bands of rows",     1, 1, { 8, 40, 34, 20, 3, 3, 1, .groups = 1}},
    {"bands of a thin input",     1, 3, { 3, 63, 58,  9, 7, 7, 2, .groups = 1}},
    {"every window cut",          2, 2, { 9,  2,  3, 18, 5, 5, 1, .groups = 1}},
    {"windows in the padding",    2, 4, { 9,  3,  4, 18, 3, 3, 2, .groups = 1}},
    {"last rows never read",      2, 0, { 3, 10, 10,  5, 3, 3, 4, .groups = 1}},
    {"wide filter",               2, 1, { 3,  6, 12,  5, 1, 3, 1, .groups = 1}},
    {"tall filter, even",         2, 2, { 3, 12,  6,  5, 4, 2, 2, .groups = 1}},
    {"winograd, one channel",     1, 0, { 1,  3,  3,  1, 3, 3, 1, .groups = 1}},
    {"winograd, 3 tiles and 1",   2, 1, {15,  9, 13, 17, 3, 3, 1, .groups = 1}},
    {"winograd, no pad, tails",   3, 0, {17,  7, 10, 65, 3, 3, 1, .groups = 1}},
    {"winograd, pad 2, tails",    2, 2, {65,  1,  6, 15, 3, 3, 1, .groups = 1}},
    {"winograd, pad 5, zeros",    1, 5, { 3,  2,  1,  3, 3, 3, 1, .groups = 1}},
    {"winograd, grad in chunks", 40, 1, {66,  5,  5, 70, 3, 3, 1, .groups = 1}},
    {"winograd, grad in spans",  56, 1, {48,  5,  5, 48, 3, 3, 1, .groups = 1}},
    {"groups",                    2, 1, {12,  8,  8, 20, 3, 3, 1, .groups = 4}},
    {"groups of half a vector",   2, 1, { 4,  5,  4, 16, 3, 3, 1, .groups = 2}},
    {"groups, stride 2",          2, 1, {32,  9,  8, 64, 3, 3, 2, .groups = 2}},
    {"depthwise",                 2, 1, {20,  8,  9, 20, 3, 3, 1, .groups = 20}},
    {"depthwise 5x5, stride 2",   2, 2, {33,  9,  7, 33, 5, 5, 2, .groups = 33}},
    {"depthwise, few channels",   3, 1, { 5,  7,  9,  5, 3, 3, 2, .groups = 5}},
    {"depthwise 7x7 by 1x7",      2, 3, {16,  9, 20, 16, 1, 7, 1, .groups = 16}},
    {"depthwise, pad as filter",  1, 2, {17,  3,  4, 17, 2, 2, 3, .groups = 17}},
    {"groups of 4, wide vectors", 2, 1, {40,  7, 11, 40, 3, 3, 1, .groups = 10}},
    {"groups of 8, stride 2",     2, 1, {24,  9,  8, 24, 3, 3, 2, .groups = 3}},
    {"groups of 2, few channels", 3, 2, { 6,  8,  5,  6, 5, 5, 2, .groups = 3}},
    {"groups of 16, as 64",       1, 1, {64,  5,  6, 64, 3, 3, 1, .groups = 4}},
    {"depthwise, two each",       2, 1, { 9,  6,  6, 18, 3, 3, 1, .groups = 9}},
    {"same, a zero after",        2,-1, {16, 12, 10, 20, 3, 3, 2, .groups = 1}},
    {"same, even and odd",        2,-1, { 5,  9, 12, 17, 4, 5, 2, .groups = 1}},
    {"same, depthwise",           2,-1, {20, 10,  7, 20, 5, 3, 2, .groups = 20}},
    {"same, no zeros needed",     2,-1, { 3,  8,  9,  5, 1, 2, 2, .groups = 1}},
    // clang-format on
};
enum { CASES = sizeof cases / sizeof *cases };

static const enum sr_conv_way ways[] = {SR_CONV_INDIRECT, SR_CONV_IM2COL,
                                        SR_CONV_WINOGRAD};
enum { WAYS = sizeof ways / sizeof *ways };

/* One case with its tensors: inputs are noise, and so is everything that is
 * to be overwritten. */
struct trial {
    const char *why;
    struct sr_conv g;
    int n;
    size_t nx, ny, nw;
    const float *x, *w, *bias, *dy;
    float *y, *dx, *dw, *dbias;
};

static struct trial trial_of(int i)
{
    struct trial t = {.why = cases[i].why, .g = cases[i].g, .n = cases[i].n};
    struct sr_err err;
    SR_GOOD(sr_conv_shape(&t.g, cases[i].pad, &err), err);
    const struct sr_conv *g = &t.g;
    t.nx = (size_t)(t.n * g->h * g->w * g->c_in);
    t.ny = (size_t)(t.n * g->oh * g->ow * g->c_out);
    t.nw = (size_t)(g->c_out * (g->c_in / g->groups) * g->kh * g->kw);
    t.x = noise(t.nx, 1);
    t.w = noise(t.nw, 2);
    t.bias = noise((size_t)g->c_out, 3);
    t.dy = noise(t.ny, 4);
    t.y = noise(t.ny, 5);
    t.dx = noise(t.nx, 6);
    t.dw = noise(t.nw, 7);
    t.dbias = noise((size_t)g->c_out, 8);
    return t;
}

/* NaNs: what is read before it is written shows in every result. */
static float *unset(size_t n)
{
    float *v = SR_TAKE(sr_test_arena(), n, float);
    return memset(v, 0xff, n * sizeof *v);
}

/* All three passes.  Scratch is longer than asked for by a margin that must
 * stay untouched. */
static void compute(const struct sr_engine *e, struct trial *t)
{
    enum { MARGIN = 64 };
    float *packed = unset(sr_conv_packed_floats(e, &t->g));
    const size_t floats = sr_conv_scratch(e, &t->g, t->n);
    float *scratch = unset(floats + MARGIN);
    const float *fence = unset(MARGIN);
    sr_conv_pack(e, &t->g, t->w, packed);
    sr_conv_forward(e, &t->g, t->n, t->x, packed, t->bias, t->y, NULL, scratch);
    sr_conv_backward_x(e, &t->g, t->n, NULL, t->dy, packed, t->dx, scratch);
    sr_conv_backward_w(e, &t->g, t->n, t->x, t->dy, t->dw, t->dbias, scratch);
    ck_assert_mem_eq(scratch + floats, fence, MARGIN * sizeof *fence);
}

static double *widened(const float *v, size_t n)
{
    double *d = SR_TAKE(sr_test_arena(), n, double);
    for (size_t i = 0; i < n; i++)
        d[i] = (double)v[i];
    return d;
}

static void expect_near(const char *why, const char *what, const float *got,
                        const double *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= tolerance))
            ck_abort_msg("%s: %s[%zu] is %.9g, not %.9g", why, what, i,
                         (double)got[i], want[i]);
}

/* A sum of k products of numbers in [-1, 1] differs from the exact one by at
 * most about k^2 half-ulps, and by far less as errors cancel; the tolerance is
 * eight times the square root of that, and a wrong index is off by 0.1. */
static double tolerance(int k) { return 8 * (k + 8) * 0x1p-24 + 1e-6; }

/* What all three passes of a trial should give, in double. */
struct answer {
    double *y, *dx, *dw, *dbias;
};

static struct answer answer_to(const struct trial *t)
{
    const struct sr_conv *g = &t->g;
    const double *x = widened(t->x, t->nx), *w = widened(t->w, t->nw);
    const double *dy = widened(t->dy, t->ny);
    const struct answer a = {widened(t->y, t->ny), widened(t->dx, t->nx),
                             widened(t->dw, t->nw), /* added to */
                             widened(t->dbias, (size_t)g->c_out)};
    sr_ref_conv_forward(g, t->n, x, w, widened(t->bias, (size_t)g->c_out), a.y);
    sr_ref_conv_backward_x(g, t->n, dy, w, a.dx);
    sr_ref_conv_backward_w(g, t->n, x, dy, a.dw, a.dbias);
    return a;
}

static void expect_answer(const struct trial *t, const struct answer *a)
{
    const struct sr_conv *g = &t->g;
    const int pixels = t->n * g->oh * g->ow, taps = g->kh * g->kw;
    expect_near(t->why, "y", t->y, a->y, t->ny,
                tolerance(taps * g->c_in / g->groups));
    expect_near(t->why, "dx", t->dx, a->dx, t->nx,
                tolerance(taps * g->c_out / g->groups));
    expect_near(t->why, "dw", t->dw, a->dw, t->nw, tolerance(pixels));
    expect_near(t->why, "dbias", t->dbias, a->dbias, (size_t)g->c_out,
                tolerance(pixels));
}

/* Engines of every instruction set this CPU has, every way and number of
 * threads up to THREADS. */
enum { ISAS = 3, THREADS = 3 };
struct engines {
    int isas;
    struct sr_engine e[ISAS][WAYS][THREADS];
};

static struct engines open_engines(int first, int last)
{
    struct engines all = {0};
    for (; sr_kern_at(all.isas); all.isas++)
        for (int way = 0; way < WAYS; way++)
            for (int threads = first; threads <= last; threads++)
                all.e[all.isas][way][threads - 1] =
                    engine_on(all.isas, threads, ways[way]);
    return all;
}

static void close_engines(struct engines *all)
{
    for (int isa = 0; isa < all->isas; isa++)
        for (int way = 0; way < WAYS; way++)
            for (int i = 0; i < THREADS; i++)
                sr_engine_close(&all->e[isa][way][i]);
}

START_TEST(agrees_with_the_definition)
{
    struct engines all = open_engines(2, 2);
    for (int i = 0; i < CASES; i++) {
        const struct sr_mark mark = sr_arena_mark(sr_test_arena());
        const struct trial asked = trial_of(i);
        const struct answer answer = answer_to(&asked);
        for (int isa = 0; isa < all.isas; isa++)
            for (int way = 0; way < WAYS; way++) {
                struct trial t = trial_of(i);
                compute(&all.e[isa][way][1], &t);
                expect_answer(&t, &answer);
            }
        sr_arena_release(sr_test_arena(), mark);
    }
    close_engines(&all);
}
END_TEST

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Convolution is linear in x and in w, so
 *   <conv(x, w), dy> = <x, backward_x(dy, w)> = <w, backward_w(x, dy)>.
 * The products of noise have a spread of about sqrt(ny k) / 3. */
START_TEST(gradients_are_adjoint)
{
    for (int way = 0; way < WAYS; way++) {
        struct sr_engine e = engine_on(0, 2, ways[way]);
        for (int i = 0; i < CASES; i++) {
            const struct sr_mark mark = sr_arena_mark(sr_test_arena());
            struct trial t = trial_of(i);
            t.bias = NULL;
            memset(t.dw, 0, t.nw * sizeof *t.dw);
            compute(&e, &t);
            const int k = t.g.kh * t.g.kw * t.g.c_in / t.g.groups;
            const double spread = sqrt((double)t.ny * k);
            const double left = dot(t.y, t.dy, t.ny);
            ck_assert_double_eq_tol(left, dot(t.x, t.dx, t.nx), 1e-6 * spread);
            ck_assert_double_eq_tol(left, dot(t.w, t.dw, t.nw), 1e-6 * spread);
            sr_arena_release(sr_test_arena(), mark);
        }
        sr_engine_close(&e);
    }
}
END_TEST

static void expect_same(const char *why, const char *what, const float *a,
                        const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof a[i]) != 0)
            ck_abort_msg("%s: %s[%zu] differs: %.9g, %.9g", why, what, i,
                         (double)a[i], (double)b[i]);
}

static void expect_same_trial(const struct trial *a, const struct trial *b)
{
    expect_same(a->why, "y", a->y, b->y, a->ny);
    expect_same(a->why, "dx", a->dx, b->dx, a->nx);
    expect_same(a->why, "dw", a->dw, b->dw, a->nw);
    expect_same(a->why, "dbias", a->dbias, b->dbias, (size_t)a->g.c_out);
}

START_TEST(same_bits_for_any_number_of_threads)
{
    struct engines all = open_engines(1, THREADS);
    for (int i = 0; i < CASES * all.isas * WAYS; i++) {
        const struct sr_mark mark = sr_arena_mark(sr_test_arena());
        const struct sr_engine *e = all.e[i / CASES / WAYS][i / CASES % WAYS];
        struct trial one = trial_of(i % CASES);
        compute(&e[0], &one);
        for (int more = 1; more < THREADS; more++) {
            struct trial many = trial_of(i % CASES);
            compute(&e[more], &many);
            expect_same_trial(&one, &many);
        }
        sr_arena_release(sr_test_arena(), mark);
    }
    close_engines(&all);
}
END_TEST

/* A machine with other caches cuts the work elsewhere. */
START_TEST(same_bits_for_any_cache)
{
    static const struct sr_caches small = {8 << 10, 8 << 10, 8 << 10};
    static const struct sr_caches large = {1 << 20, 1 << 30, 1 << 30};
    for (int isa = 0; sr_kern_at(isa); isa++)
        for (int way = 0; way < WAYS; way++) {
            struct sr_engine e = engine_on(isa, 1, ways[way]);
            for (int i = 0; i < CASES; i++) {
                const struct sr_mark mark = sr_arena_mark(sr_test_arena());
                struct trial a = trial_of(i), b = trial_of(i);
                e.caches = small;
                compute(&e, &a);
                e.caches = large;
                compute(&e, &b);
                expect_same_trial(&a, &b);
                sr_arena_release(sr_test_arena(), mark);
            }
            sr_engine_close(&e);
        }
}
END_TEST

/* Each image computed alone equals its part of the batch, to the bit. */
static void alone_equals_batch(const struct sr_engine *e, int i)
{
    struct trial batch = trial_of(i);
    compute(e, &batch);
    const size_t nx = batch.nx / (size_t)batch.n,
                 ny = batch.ny / (size_t)batch.n;
    for (int image = 0; image < batch.n; image++) {
        struct trial t = trial_of(i);
        t.n = 1;
        t.nx = nx;
        t.ny = ny;
        t.x += (size_t)image * nx;
        t.dy += (size_t)image * ny;
        compute(e, &t);
        expect_same(t.why, "y", t.y, batch.y + (size_t)image * ny, ny);
        expect_same(t.why, "dx", t.dx, batch.dx + (size_t)image * nx, nx);
    }
}

START_TEST(an_image_does_not_depend_on_its_batch)
{
    for (int isa = 0; sr_kern_at(isa); isa++)
        for (int way = 0; way < WAYS; way++) {
            struct sr_engine e = engine_on(isa, 2, ways[way]);
            for (int i = 0; i < CASES; i++) {
                const struct sr_mark mark = sr_arena_mark(sr_test_arena());
                alone_equals_batch(&e, i);
                sr_arena_release(sr_test_arena(), mark);
            }
            sr_engine_close(&e);
        }
}
END_TEST

/* Turns the sign of each image it is given. */
struct flip {
    size_t floats; /* of an image */
    float *v;
};
static void flip_images(void *job, int first, int images)
{
    const struct flip *f = job;
    for (size_t i = (size_t)first * f->floats;
         i < (size_t)(first + images) * f->floats; i++)
        f->v[i] = -f->v[i];
}

/* dy turned round before it is read and dx, y turned round after they are
 * written: every image once, neither too early nor too late. */
static void hooks_meet_images(const struct sr_engine *e, int i)
{
    struct trial plain = trial_of(i), t = trial_of(i);
    compute(e, &plain);
    float *packed = noise(sr_conv_packed_floats(e, &t.g), 9);
    float *scratch = noise(sr_conv_scratch(e, &t.g, t.n), 10);
    float *dy = noise(t.ny, 4);
    struct flip y = {t.ny / (size_t)t.n, t.y}, g = {t.ny / (size_t)t.n, dy};
    const struct sr_conv_hook then = {flip_images, &y};
    const struct sr_conv_hook before = {flip_images, &g};
    sr_conv_pack(e, &t.g, t.w, packed);
    sr_conv_forward(e, &t.g, t.n, t.x, packed, t.bias, t.y, &then, scratch);
    sr_conv_backward_x(e, &t.g, t.n, &before, dy, packed, t.dx, scratch);
    flip_images(&y, 0, t.n);
    flip_images(&g, 0, t.n);
    flip_images(&(struct flip){t.nx / (size_t)t.n, t.dx}, 0, t.n);
    for (size_t k = 0; k < t.nx; k++) /* a sum of nothing is 0, never -0 */
        t.dx[k] += 0;
    expect_same(t.why, "y after the hook", t.y, plain.y, t.ny);
    expect_same(t.why, "dy after the hook", dy, plain.dy, t.ny);
    expect_same(t.why, "dx after the hook", t.dx, plain.dx, t.nx);
}

START_TEST(hooks_are_run_once_on_every_image)
{
    for (int way = 0; way < WAYS; way++) {
        struct sr_engine e = engine_on(0, 2, ways[way]);
        for (int i = 0; i < CASES; i++) {
            const struct sr_mark mark = sr_arena_mark(sr_test_arena());
            hooks_meet_images(&e, i);
            sr_arena_release(sr_test_arena(), mark);
        }
        sr_engine_close(&e);
    }
}
END_TEST

START_TEST(no_bias_is_a_bias_of_zero)
{
    FOR_EACH_ISA(e)
    {
        struct trial with = trial_of(1), without = trial_of(1);
        with.bias = memset(noise(16, 3), 0, 16 * sizeof(float));
        without.bias = NULL;
        compute(&e, &with);
        compute(&e, &without);
        expect_same(with.why, "y", with.y, without.y, with.ny);
    }
}
END_TEST

/* Every way falls back to one that can. */
START_TEST(the_way_that_computes_has_a_name)
{
    static const struct {
        enum sr_conv_way way;
        struct sr_conv g;
        const char *name;
    } rows[] = {
        {SR_CONV_IM2COL, {8, 8, 8, 8, 3, 3, 1, .groups = 8}, "im2col"},
        {SR_CONV_INDIRECT, {8, 8, 8, 8, 3, 3, 1, .groups = 8}, "grouped"},
        {SR_CONV_INDIRECT, {8, 8, 8, 8, 3, 3, 1, .groups = 1}, "indirect"},
        {SR_CONV_WINOGRAD, {8, 8, 8, 8, 3, 3, 1, .groups = 1}, "winograd"},
        {SR_CONV_WINOGRAD, {8, 8, 8, 8, 3, 3, 1, .groups = 2}, "winograd"},
        {SR_CONV_WINOGRAD, {8, 8, 8, 8, 3, 3, 1, .groups = 8}, "grouped"},
        {SR_CONV_WINOGRAD, {8, 8, 8, 8, 3, 3, 2, .groups = 1}, "indirect"},
        {SR_CONV_WINOGRAD, {8, 8, 8, 8, 1, 1, 1, .groups = 1}, "indirect"},
        {SR_CONV_WINOGRAD, {8, 8, 8, 8, 3, 1, 1, .groups = 1}, "indirect"},
        {SR_CONV_AUTO, {16, 7, 7, 16, 3, 3, 1, .groups = 1}, "winograd"},
        {SR_CONV_AUTO, {16, 5, 5, 16, 3, 3, 1, .groups = 1}, "indirect"},
        {SR_CONV_AUTO, {15, 8, 8, 16, 3, 3, 1, .groups = 1}, "indirect"},
        {SR_CONV_AUTO, {16, 8, 8, 15, 3, 3, 1, .groups = 1}, "indirect"},
        {SR_CONV_AUTO, {32, 8, 8, 32, 3, 3, 1, .groups = 4}, "indirect"},
        {SR_CONV_AUTO, {16, 8, 8, 16, 3, 3, 2, .groups = 1}, "indirect"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sr_engine e = engine_on(0, 1, rows[i].way);
        struct sr_conv g = rows[i].g;
        struct sr_err err;
        SR_GOOD(sr_conv_shape(&g, 1, &err), err);
        ck_assert_str_eq(sr_conv_way_name(&e, &g), rows[i].name);
        sr_engine_close(&e);
    }
}
END_TEST

SR_SUITE(engine_conv)
{
    return sr_suite(
        "engine/conv",
        (const TTest *[]){
            agrees_with_the_definition, gradients_are_adjoint,
            same_bits_for_any_number_of_threads, same_bits_for_any_cache,
            an_image_does_not_depend_on_its_batch,
            hooks_are_run_once_on_every_image, no_bias_is_a_bias_of_zero,
            the_way_that_computes_has_a_name, NULL});
}
