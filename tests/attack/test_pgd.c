#include "attack/pgd.h"

#include <math.h>

#include "attack/oracles.h"
#include "base/rng.h"
#include "test.h"

enum { D = 6, CLASSES = 3 };

/* Rows are a_k v, class 0 has the smallest a: its best attack is along v. */
static const float v[D] = {-0.6f, 0.8f, -0.2f, -0.5f, 0.1f, 1.5f};
static const float a[CLASSES] = {-1, 0.5f, 2};

static struct sr_oracle rank_one(struct classifier *c, int classes)
{
    static float w[CLASSES * D];
    for (int k = 0; k < classes; k++)
        for (int j = 0; j < D; j++)
            w[k * D + j] = a[k] * v[j];
    return linear_oracle(c, D, classes, w, NULL);
}

static const float inside[D] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
static const float corner[D] = {0.5f, 0.5f, 0.5f, 0.02f, 0.97f, 0.5f};

static void attack_one(const struct sr_attack_opts *o, int classes,
                       const float *x, float *adv)
{
    static struct classifier c;
    struct sr_oracle f = rank_one(&c, classes);
    const int y = 0;
    const uint64_t id = 3;
    const struct sr_attack_batch b = {.n = 1, .x = x, .y = &y, .id = &id};

    sr_attack_run(o, &f, &b, adv, sr_test_arena());
}

/* eps sign(v), whatever the number of classes, the loss and the start, when
 * steps * step_size covers the ball's diameter; the pixel range stops it. */
START_TEST(linf_lands_on_the_optimum)
{
    for (int classes = 2; classes <= CLASSES; classes++)
        for (int loss = 0; loss < 2; loss++)
            for (int start = 0; start < 2; start++) {
                struct sr_attack_opts o = test_attack("pgd-8");
                float adv[D];
                o.loss = loss;
                o.random_start = start;
                attack_one(&o, classes, corner, adv);
                for (int j = 0; j < D; j++) {
                    const float to = corner[j] + (v[j] > 0 ? 0.1f : -0.1f);
                    ck_assert_float_eq_tol(adv[j], fminf(fmaxf(to, 0), 1),
                                           1e-6f);
                }
            }
}
END_TEST

/* Targeted at the class after 0 of two, the same point; of three, class 1 lies
 * between the others and the same direction still leads there from 0. */
START_TEST(targeted_goes_to_the_next_class)
{
    struct sr_attack_opts o = test_attack("pgd-8");
    float adv[D];

    o.targeted = true;
    attack_one(&o, 2, inside, adv);
    for (int j = 0; j < D; j++)
        ck_assert_float_eq_tol(adv[j], 0.5f + (v[j] > 0 ? 0.1f : -0.1f), 1e-6f);
}
END_TEST

/* eps v / |v|.  The tolerance is that of projecting in float. */
START_TEST(l2_lands_on_the_optimum)
{
    double length = 0;
    for (int j = 0; j < D; j++)
        length += (double)v[j] * (double)v[j];
    length = sqrt(length);

    for (int classes = 2; classes <= CLASSES; classes++) {
        struct sr_attack_opts o = test_attack("pgd-40");
        float adv[D];
        o.norm = SR_L2;
        o.epsilon = 0.3;
        o.step_size = 0.1;
        o.random_start = false;
        attack_one(&o, classes, inside, adv);
        for (int j = 0; j < D; j++)
            ck_assert_float_eq_tol(
                adv[j], (float)(0.5 + 0.3 * (double)v[j] / length), 2e-6f);
    }
}
END_TEST

/* The best point in ball and pixel range: pixels that the range stops stay at
 * its border, the others share what is left of the radius in proportion to v
 * (the conditions of Karush, Kuhn and Tucker).  Alternating a step with the two
 * projections converges there. */
START_TEST(l2_shares_what_the_pixel_range_leaves)
{
    const float x[D] = {0.5f, 0.5f, 0.5f, 0.02f, 0.5f, 0.95f};
    const bool stopped[D] = {0, 0, 0, 1, 0, 1};
    double left = 0.3 * 0.3, length = 0;
    struct sr_attack_opts o = test_attack("pgd-2000");
    float adv[D];

    for (int j = 0; j < D; j++) {
        const double room = v[j] > 0 ? 1 - (double)x[j] : (double)x[j];
        left -= stopped[j] ? room * room : 0;
        length += stopped[j] ? 0 : (double)v[j] * (double)v[j];
    }
    o.norm = SR_L2;
    o.epsilon = 0.3;
    o.step_size = 0.01;
    o.random_start = false;
    attack_one(&o, 2, x, adv);
    for (int j = 0; j < D; j++) {
        const double border = v[j] > 0 ? 1 : 0;
        const double free_one =
            (double)x[j] + sqrt(left / length) * (double)v[j];
        ck_assert_float_eq_tol(adv[j], (float)(stopped[j] ? border : free_one),
                               2e-3f);
    }
}
END_TEST

/* PGD once more, as plainly as it can be written: L-inf, last iterate. */
static void plain_pgd(struct sr_oracle *f, const struct sr_attack_opts *o,
                      const struct sr_attack_batch *b, float *adv)
{
    const int pixels = (int)sr_oracle_pixels(f);
    const float e = (float)o->epsilon, step = (float)o->step_size;
    float z[16], dz[16], g[64];

    for (int i = 0; i < b->n; i++) {
        const float *x = b->x + i * pixels;
        float *at = adv + i * pixels;
        const uint64_t key =
            sr_rng_key(b->seed, SR_RNG_ATTACK, b->epoch, b->id[i], 0);
        for (int j = 0; j < pixels; j++) {
            at[j] = x[j] + e * (2 * sr_rng_uniform(key, (uint64_t)j) - 1);
            if (!o->start_outside)
                at[j] = at[j] < 0 ? 0 : at[j] > 1 ? 1 : at[j];
        }
        for (int t = 0; t < o->steps; t++) {
            f->forward(f->model, 1, at, z);
            sr_loss(SR_LOSS_CE, 1, f->classes, z, &b->y[i], NULL, dz);
            f->backward(f->model, 1, dz, g);
            for (int j = 0; j < pixels; j++) {
                float to = at[j] + (g[j] > 0 ? step : g[j] < 0 ? -step : 0);
                to = to > x[j] + e ? x[j] + e : to < x[j] - e ? x[j] - e : to;
                at[j] = to < 0 ? 0 : to > 1 ? 1 : to;
            }
        }
    }
}

START_TEST(agrees_with_a_plain_twin)
{
    enum { N = 16, PIXELS = 30 };
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, 4);
    const struct sr_attack_batch b = test_batch(&f, N, 11);
    for (int outside = 0; outside < 2; outside++) {
        struct sr_attack_opts o = test_attack(outside ? "pgd-1" : "pgd-12");
        float *adv = noise(N * PIXELS, 1), *want = noise(N * PIXELS, 2);
        o.start_outside = outside;
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        plain_pgd(&f, &o, &b, want);
        for (int i = 0; i < N * PIXELS; i++)
            ck_assert_float_eq_tol(adv[i], want[i], 1e-6f);
    }
}
END_TEST

/* A start outside [0, 1] is where the first gradient is taken, and nothing that
 * is returned: not by a step of length 0, not as the worst iterate, not where a
 * gradient that is not finite moves nothing. */
START_TEST(start_outside)
{
    enum { N = 8, PIXELS = 30 };
    static struct classifier c, broken;
    static float nan[4 * PIXELS];
    struct sr_oracle f = bent_oracle(&c, PIXELS, 4);
    struct sr_oracle none = linear_oracle(&broken, PIXELS, 4, nan, NULL);
    struct sr_attack_batch b = test_batch(&f, N, 11);
    float *x = noise(N * PIXELS, 3), *adv = noise(N * PIXELS, 1),
          *other = noise(N * PIXELS, 2);
    for (int i = 0; i < N * PIXELS; i++)
        x[i] = x[i] > 0 ? 1 : 0;
    for (int i = 0; i < 4 * PIXELS; i++)
        nan[i] = NAN;
    b.x = x;
    for (int norm = 0; norm < 2; norm++)
        for (int keep = 0; keep < 2; keep++)
            for (int step = 0; step < 2; step++) {
                struct sr_attack_opts o = test_attack("pgd-1");
                o.norm = norm;
                o.keep = keep;
                o.epsilon = 0.5;
                o.step_size = 0.1 * step;
                sr_attack_run(&o, &f, &b, other, sr_test_arena());
                o.start_outside = true;
                sr_attack_run(&o, &f, &b, adv, sr_test_arena());
                for (int i = 0; i < N * PIXELS; i++)
                    ck_assert(adv[i] >= 0 && adv[i] <= 1);
                ck_assert(!step ||
                          memcmp(adv, other, N * PIXELS * sizeof *adv) != 0);
                sr_attack_run(&o, &none, &b, adv, sr_test_arena());
                for (int i = 0; i < N * PIXELS; i++)
                    ck_assert(adv[i] >= 0 && adv[i] <= 1);
            }
}
END_TEST

/* With probability 1 a batch starts clean, with 0 it does not; with 0.2 it is
 * one draw for the whole batch: one step of length 0 shows the start.  Of 1000
 * steps 200 are expected, with a deviation of 12.6; five are allowed. */
START_TEST(clean_start)
{
    enum { N = 3, STEPS = 1000 };
    static struct classifier c;
    struct sr_oracle f = rank_one(&c, 2);
    struct sr_attack_batch b = test_batch(&f, N, 0);
    struct sr_attack_opts o = test_attack("pgd-1");
    float adv[N * D];
    int clean = 0;

    o.step_size = 0;
    o.clean_start = 0.2;
    for (int s = 0; s < STEPS; s++) {
        int same = 0;
        b.step = (uint64_t)s;
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        for (int i = 0; i < N; i++)
            same += memcmp(adv + i * D, b.x + i * D, D * sizeof *adv) == 0;
        ck_assert(same == 0 || same == N);
        clean += same == N;
    }
    ck_assert_int_ge(clean, 200 - 63);
    ck_assert_int_le(clean, 200 + 63);

    o.clean_start = 1;
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    ck_assert_mem_eq(adv, b.x, sizeof adv);
    o.clean_start = 0;
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    ck_assert_mem_ne(adv, b.x, sizeof adv);
}
END_TEST

/* The worst iterate has at least the loss of the last one. */
START_TEST(worst_is_not_better_than_last)
{
    enum { N = 20, PIXELS = 24 };
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, 5);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    struct sr_attack_opts o = test_attack("pgd-9");
    float *last = noise(N * PIXELS, 1), *worst = noise(N * PIXELS, 2);
    int better = 0;

    o.step_size = 0.2; /* twice the radius: the last one is often not best */
    sr_attack_run(&o, &f, &b, last, sr_test_arena());
    o.keep = SR_KEEP_WORST;
    sr_attack_run(&o, &f, &b, worst, sr_test_arena());
    for (int i = 0; i < N; i++) {
        const float w = test_loss(&f, &o, worst + i * PIXELS, b.y[i]);
        const float l = test_loss(&f, &o, last + i * PIXELS, b.y[i]);
        ck_assert_float_ge(w, l);
        better += w > l;
    }
    ck_assert_int_gt(better, 0);
}
END_TEST

/* A model whose weights are NaN in one pixel: nothing moves, nothing leaves. */
START_TEST(broken_models_move_nothing)
{
    for (int norm = 0; norm < 2; norm++)
        for (int keep = 0; keep < 2; keep++) {
            static struct classifier c;
            float w[2 * D], adv[D];
            for (int i = 0; i < 2 * D; i++)
                w[i] = NAN;
            struct sr_oracle f = linear_oracle(&c, D, 2, w, NULL);
            const struct sr_attack_batch b = test_batch(&f, 1, 0);
            struct sr_attack_opts o = test_attack("pgd-5x2");
            o.norm = norm;
            o.keep = keep;
            o.random_start = false;
            sr_attack_run(&o, &f, &b, adv, sr_test_arena());
            ck_assert_mem_eq(adv, b.x, sizeof adv);
        }
}
END_TEST

SR_SUITE(attack_pgd)
{
    return sr_suite(
        "attack/pgd",
        (const TTest *[]){
            linf_lands_on_the_optimum, targeted_goes_to_the_next_class,
            l2_lands_on_the_optimum, l2_shares_what_the_pixel_range_leaves,
            agrees_with_a_plain_twin, start_outside, clean_start,
            worst_is_not_better_than_last, broken_models_move_nothing, NULL});
}
