/* Against the optimum on linear models, and against the algorithm written down
 * plainly. */
#include "attack/apgd.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { D = 6, CLASSES = 4 };

/* Rows are a_k v, so every loss of class 0 rises along v alone, as long as
 * class 2 is next and class 3 follows: the bias sees to it, and keeps class 0
 * ahead, so that nothing ends the search. */
static const float v[D] = {-0.6f, 0.8f, -0.2f, -0.5f, 0.1f, 1.5f};
static const float a[CLASSES] = {-1, 0.5f, 2, 1};
static const float bias[CLASSES] = {50, 0, 6, 3};

/* The attack's rise of v.x on one image that no attack breaks. */
static double rise(const struct sr_attack_opts *o, const float *x, float *adv)
{
    static struct classifier c;
    float w[CLASSES * D];
    for (int k = 0; k < CLASSES; k++)
        for (int j = 0; j < D; j++)
            w[k * D + j] = a[k] * v[j];
    struct sr_oracle f = linear_oracle(&c, D, CLASSES, w, bias);
    const int y = 0;
    const uint64_t id = 3;
    const struct sr_attack_batch b = {.n = 1, .x = x, .y = &y, .id = &id};
    double sum = 0;

    sr_attack_run(o, &f, &b, adv, sr_test_arena());
    for (int j = 0; j < D; j++)
        sum += (double)v[j] * ((double)adv[j] - (double)x[j]);
    return sum;
}

static const char *const words[] = {"apgd-ce-100", "apgd-dlr-100",
                                    "apgd-t-100"};
enum { WORDS = sizeof words / sizeof *words };

/* eps sign(v), where the range lets it. */
START_TEST(linf_optimum)
{
    static const float x[D] = {0.5f, 0.5f, 0.5f, 0.02f, 0.97f, 0.5f};
    for (int i = 0; i < WORDS; i++) {
        const struct sr_attack_opts o = test_attack(words[i]);
        float adv[D];
        rise(&o, x, adv);
        for (int j = 0; j < D; j++) {
            const float to = x[j] + (v[j] > 0 ? 0.1f : -0.1f);
            ck_assert_float_eq_tol(adv[j], fminf(fmaxf(to, 0), 1), 1e-6f);
        }
    }
}
END_TEST

/* eps v / |v|: eps |v| is the most v.x can rise.  To second order an angle t
 * costs t^2 / 2 of it, and 100 steps leave less than 1 in 1000. */
START_TEST(l2_optimum)
{
    static const float x[D] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    double length = 0;
    for (int j = 0; j < D; j++)
        length += (double)v[j] * (double)v[j];
    for (int i = 0; i < WORDS; i++) {
        struct sr_attack_opts o = test_attack(words[i]);
        float adv[D];
        o.norm = SR_L2;
        o.epsilon = 0.3;
        ck_assert_double_ge(rise(&o, x, adv), 0.999 * 0.3 * sqrt(length));
    }
}
END_TEST

/* The radius goes to the pixels of largest weight, as far as the range lets:
 * 0.5 to v_5, 0.3 to v_1, the rest, 0.1, to v_0. */
START_TEST(l1_optimum)
{
    static const float x[D] = {0.5f, 0.7f, 0.5f, 0.5f, 0.5f, 0.5f};
    const double best = 0.5 * 1.5 + 0.3 * 0.8 + 0.1 * 0.6;
    for (int i = 0; i < WORDS; i++) {
        struct sr_attack_opts o = test_attack(words[i]);
        float adv[D];
        o.norm = SR_L1;
        o.epsilon = 0.9;
        ck_assert_double_ge(rise(&o, x, adv), 0.999 * best);
    }
}
END_TEST

/* ---- once more, plainly: one start, cross-entropy, L-inf, 100 steps ---- */

/* Two classes: then the largest loss is the largest margin, which the search
 * returns. */
enum { N = 12, PIXELS = 30, STEPS = 100 };

static float look(struct sr_oracle *f, const float *x, int y, float *g)
{
    float z[2], dz[2], value;
    f->forward(f->model, 1, x, z);
    sr_loss(SR_LOSS_CE, 1, f->classes, z, &y, &value, dz);
    f->backward(f->model, 1, dz, g);
    return value;
}

static bool is_checkpoint(int i)
{
    static const int at[] = {22, 41, 57, 70, 80, 87, 93, 99};
    for (size_t k = 0; k < sizeof at / sizeof *at; k++)
        if (at[k] == i)
            return true;
    return false;
}

static float clip(float to, float x, float e)
{
    to = to > x + e ? x + e : to < x - e ? x - e : to;
    return to < 0 ? 0 : to > 1 ? 1 : to;
}

/* adv [PIXELS] is the start; returns the highest loss. */
static float plain_apgd(struct sr_oracle *f, float e, const float *x, int y,
                        float *adv)
{
    float g[PIXELS], old[PIXELS], best[PIXELS], slope[PIXELS];
    float step = 2 * e, top = look(f, adv, y, g), then = top, last = 0;
    int rises = 0, since = 0;
    bool halved = true;

    memcpy(old, adv, sizeof old);
    memcpy(best, adv, sizeof best);
    memcpy(slope, g, sizeof slope);
    for (int t = 1; t <= STEPS; t++) {
        const float share = t == 1 ? 1 : 0.75f;
        for (int j = 0; j < PIXELS; j++) {
            const float s = g[j] > 0 ? step : g[j] < 0 ? -step : 0;
            const float z = clip(adv[j] + s, x[j], e), now = adv[j];
            adv[j] =
                clip(now + share * (z - now) + (1 - share) * (now - old[j]),
                     x[j], e);
            old[j] = now;
        }
        const float value = look(f, adv, y, g);
        rises += value > last;
        last = value;
        since++;
        if (value > top) {
            top = value;
            memcpy(best, adv, sizeof best);
            memcpy(slope, g, sizeof slope);
        }
        if (!is_checkpoint(t))
            continue;
        if (4 * rises <= 3 * since || (!halved && then >= top)) {
            step /= 2;
            halved = true;
            memcpy(adv, best, sizeof best);
            memcpy(g, slope, sizeof slope);
        } else {
            halved = false;
        }
        then = top;
        rises = since = 0;
    }
    memcpy(adv, best, sizeof best);
    return top;
}

/* In a small ball most images hold out; those that are broken are left out. */
START_TEST(agrees_with_a_plain_twin)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, 2);
    struct sr_attack_batch b = test_batch(&f, N, 11);
    struct sr_attack_opts o = test_attack("apgd-ce-100");
    float *adv = noise(N * PIXELS, 1), z[2], g[PIXELS];
    int *y = SR_TAKE(sr_test_arena(), N, int), compared = 0;

    for (int i = 0; i < N; i++) {
        sr_oracle_logits(&f, 1, b.x + i * PIXELS, z);
        y[i] = sr_argmax(2, z);
    }
    b.y = y;
    o.epsilon = 0.02;
    const struct sr_ball ball = sr_ball_of(&o, &f);
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    for (int i = 0; i < N; i++) {
        const float *x = b.x + i * PIXELS;
        float want[PIXELS];
        sr_ball_edge(&ball, sr_search_key(&o, &b, i, 0, 0), x, want);
        const float top = plain_apgd(&f, ball.epsilon, x, y[i], want);
        const float got = look(&f, adv + i * PIXELS, y[i], g);
        sr_oracle_logits(&f, 1, adv + i * PIXELS, z);
        if (sr_oracle_wrong(2, z, y[i]))
            continue;
        ck_assert_float_eq_tol(got, top, 1e-5f * fabsf(top));
        compared++;
    }
    ck_assert_int_ge(compared, 3);
}
END_TEST

/* Each target from a start of its own, each restart too; with L1 two stages
 * more begin with a look. */
START_TEST(queries)
{
    static const struct {
        const char *word;
        int norm, looks; /* but for that at the image */
    } cases[] = {
        {"apgd-ce-10", SR_LINF, 11},  {"apgd-dlr-10x3", SR_L2, 33},
        {"apgd-t-10", SR_L2, 3 * 11}, {"apgd-t-10x2", SR_LINF, 6 * 11},
        {"apgd-ce-10", SR_L1, 13},
    };
    static const float zero[CLASSES * D];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct classifier c;
        struct sr_oracle f = linear_oracle(&c, D, CLASSES, zero, bias);
        struct sr_attack_batch b = test_batch(&f, 9, 0);
        struct sr_attack_opts o = test_attack(cases[i].word);
        float *adv = noise(9 * D, 1);
        o.norm = cases[i].norm;
        b.y = SR_TAKE(sr_test_arena(), 9, int);
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        ck_assert_int_eq(c.forwards, 9 * (cases[i].looks + 1));
    }
}
END_TEST

SR_SUITE(attack_apgd)
{
    return sr_suite("attack/apgd",
                    (const TTest *[]){linf_optimum, l2_optimum, l1_optimum,
                                      agrees_with_a_plain_twin, queries, NULL});
}
