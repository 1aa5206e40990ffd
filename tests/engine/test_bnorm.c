#include "engine/bnorm.h"

#include <math.h>

#include "engine/engines.h"
#include "engine/sums.h"
#include "test.h"

/* Shapes around every vector length, and one of many pieces. */
static const struct {
    size_t pixels;
    int c;
} cases[] = {{1, 1},    {5, 3},    {64, 4},   {65, 15},    {63, 16},
             {200, 17}, {129, 33}, {77, 130}, {20000, 20}, {40000, 16}};
enum { CASES = sizeof cases / sizeof *cases };

struct trial {
    size_t pixels, count;
    int c;
    const float *x, *dy, *gamma, *beta;
    float *mean, *var, *y, *dx, *dgamma, *dbeta, *scratch;
    float *row[3];
};

static const float EPS = 1e-3f;

static struct trial trial_of(int i)
{
    const size_t c = (size_t)cases[i].c, count = cases[i].pixels * c;
    struct trial t = {.pixels = cases[i].pixels,
                      .count = count,
                      .c = cases[i].c,
                      .dy = noise(count, 2),
                      .gamma = noise(c, 3),
                      .beta = noise(c, 4),
                      .mean = noise(c, 5),
                      .var = noise(c, 6),
                      .y = noise(count, 7),
                      .dx = noise(count, 8),
                      .dgamma = noise(c, 9),
                      .dbeta = noise(c, 10),
                      .row = {noise(c, 12), noise(c, 13), noise(c, 14)},
                      .scratch = noise(sr_sum_scratch((int)c), 11)};
    float *x = noise(count, 1); /* each channel with its own mean and spread */
    for (size_t k = 0; k < count; k++)
        x[k] = (1 + (float)(k % c)) * (x[k] + 3);
    t.x = x;
    return t;
}

static struct sr_bnorm bnorm_of(const struct trial *t)
{
    return (struct sr_bnorm){t->c, t->mean, t->var, t->gamma, t->beta, EPS};
}

/* out = row[0] v + row[1] w + row[2], by channel, in double; w may be NULL. */
static void apply(const struct trial *t, const float *v, const float *w,
                  float *out)
{
    for (size_t k = 0; k < t->count; k++) {
        const size_t j = k % (size_t)t->c;
        const double rest = w ? (double)t->row[1][j] * (double)w[k] : 0;
        out[k] = (float)((double)t->row[0][j] * (double)v[k] + rest +
                         (double)t->row[2][j]);
    }
}

/* By sums of one image and, where there are two pixels, of two. */
static void statistics(const struct sr_engine *e, const struct trial *t)
{
    const int n = t->pixels % 2 == 0 ? 2 : 1;
    const size_t image = t->pixels / (size_t)n;
    const struct sr_image_sums s = {
        n, t->c, (double *)(void *)noise(sr_image_sums_floats(n, t->c), 15)};
    const double *sum, *square;
    for (int i = n - 1; i >= 0; i--)
        sr_image_sums_take(e, &s, i, image,
                           t->x + (size_t)i * image * (size_t)t->c);
    sr_image_sums_add(&s, &sum, &square);
    sr_bnorm_statistics(t->pixels, t->c, sum, square, t->mean, t->var);
}

static void forward(const struct sr_engine *e, const struct trial *t)
{
    const struct sr_bnorm b = bnorm_of(t);
    statistics(e, t);
    sr_bnorm_forward(&b, t->row[0], t->row[2]);
    apply(t, t->x, NULL, t->y);
}

static void backward(const struct sr_engine *e, const struct trial *t,
                     bool batch)
{
    const struct sr_bnorm b = bnorm_of(t);
    const double *sum, *dot;
    sr_sum_channels(e, t->pixels, t->c, t->x, t->dy, NULL, &sum, &dot,
                    t->scratch);
    sr_bnorm_add_gradients(&b, sum, dot, t->dgamma, t->dbeta);
    if (batch)
        sr_bnorm_backward_batch(&b, t->pixels, sum, dot, t->row[0], t->row[1],
                                t->row[2]);
    else
        sr_bnorm_backward_running(&b, t->row[0], t->row[2]);
    apply(t, t->dy, batch ? t->x : NULL, t->dx);
}

static void expect_near(const char *what, float got, double want, double size)
{
    if (!(fabs((double)got - want) <= 4e-6 * size))
        ck_abort_msg("%s is %.9g, not %.9g", what, (double)got, want);
}

/* Mean and biased variance of channel j in two passes. */
static void moments(const struct trial *t, int j, double *mean, double *var)
{
    const size_t c = (size_t)t->c;
    *mean = *var = 0;
    for (size_t i = (size_t)j; i < t->count; i += c)
        *mean += (double)t->x[i] / (double)t->pixels;
    for (size_t i = (size_t)j; i < t->count; i += c)
        *var += pow((double)t->x[i] - *mean, 2) / (double)t->pixels;
}

START_TEST(statistics_and_forward)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < CASES; i++) {
        struct trial t = trial_of(i);
        forward(&e, &t);
        for (int j = 0; j < t.c; j++) {
            double mean, var;
            moments(&t, j, &mean, &var);
            expect_near("mean", t.mean[j], mean, fabs(mean));
            expect_near("var", t.var[j], var, mean * mean * 1e-3 + var);
            const double s = 1 / sqrt(var + (double)EPS);
            for (size_t k = (size_t)j; k < t.count; k += (size_t)t.c) {
                const double xhat = ((double)t.x[k] - mean) * s;
                expect_near("y", t.y[k],
                            (double)t.gamma[j] * xhat + (double)t.beta[j],
                            1 + fabs(mean) * s);
            }
        }
    }
}
END_TEST

/* dx of one channel by the chain rule through mean and variance:
 *   dxhat = gamma dy;  dvar = sum dxhat (x - mean) (-1/2) s^3;
 *   dmean = -s sum dxhat;
 *   dx = s dxhat + dvar 2 (x - mean) / m + dmean / m. */
START_TEST(backward_through_the_batch)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < CASES; i++) {
        struct trial t = trial_of(i);
        const struct trial before = trial_of(i);
        statistics(&e, &t);
        backward(&e, &t, true);
        const size_t c = (size_t)t.c;
        for (size_t j = 0; j < c; j++) {
            const double m = (double)t.pixels, g = (double)t.gamma[j];
            double mean, var, sum = 0, dot = 0;
            moments(&t, (int)j, &mean, &var);
            const double s = 1 / sqrt(var + (double)EPS);
            for (size_t k = j; k < t.count; k += c) {
                sum += (double)t.dy[k];
                dot += (double)t.dy[k] * ((double)t.x[k] - mean);
            }
            const double dvar = -g * dot * s * s * s / 2, dmean = -g * s * sum;
            const double size = 1 + fabs(g) * s * (1 + fabs(mean) * s);
            for (size_t k = j; k < t.count; k += c)
                expect_near("dx", t.dx[k],
                            g * s * (double)t.dy[k] +
                                dvar * 2 * ((double)t.x[k] - mean) / m +
                                dmean / m,
                            size);
            expect_near("dgamma", t.dgamma[j],
                        (double)before.dgamma[j] + dot * s,
                        1 + m * 1e-2 + fabs(sum * mean * s));
            expect_near("dbeta", t.dbeta[j], (double)before.dbeta[j] + sum,
                        1 + m * 1e-2);
        }
    }
}
END_TEST

START_TEST(backward_with_constant_statistics)
{
    FOR_EACH_ISA(e)
    for (int i = 0; i < CASES; i++) {
        struct trial t = trial_of(i);
        const struct trial before = trial_of(i);
        const size_t c = (size_t)t.c;
        for (size_t j = 0; j < c; j++)
            t.var[j] = fabsf(t.var[j]);
        backward(&e, &t, false);
        for (size_t j = 0; j < c; j++) {
            const double s = 1 / sqrt((double)t.var[j] + (double)EPS);
            double dgamma = (double)before.dgamma[j], size = 1;
            for (size_t k = j; k < t.count; k += c) {
                const double xhat = ((double)t.x[k] - (double)t.mean[j]) * s;
                expect_near("dx", t.dx[k],
                            (double)t.gamma[j] * s * (double)t.dy[k], 1 + s);
                dgamma += (double)t.dy[k] * xhat;
                size += fabs((double)t.dy[k] * xhat);
            }
            expect_near("dgamma", t.dgamma[j], dgamma, size);
        }
    }
}
END_TEST

START_TEST(same_bits_for_any_number_of_threads)
{
    for (int isa = 0; sr_kern_at(isa); isa++)
        for (int i = 0; i < CASES; i++) {
            struct trial t[3];
            for (int k = 0; k < 3; k++) {
                struct sr_engine e = engine_on(isa, k + 1, SR_CONV_AUTO);
                t[k] = trial_of(i);
                statistics(&e, &t[k]);
                backward(&e, &t[k], true);
                sr_engine_close(&e);
                const size_t row = (size_t)t[k].c * sizeof(float);
                ck_assert_mem_eq(t[0].mean, t[k].mean, row);
                ck_assert_mem_eq(t[0].var, t[k].var, row);
                ck_assert_mem_eq(t[0].dgamma, t[k].dgamma, row);
                ck_assert_mem_eq(t[0].dbeta, t[k].dbeta, row);
                ck_assert_mem_eq(t[0].dx, t[k].dx, t[k].count * sizeof(float));
            }
        }
}
END_TEST

START_TEST(running_statistics_as_pytorch)
{
    const float mean[] = {2, -1}, var[] = {4, 8};
    float running_mean[] = {1, 1}, running_var[] = {1, 2};
    sr_bnorm_update_running(5, 2, 0.1f, mean, var, running_mean, running_var);
    ck_assert_float_eq_tol(running_mean[0], 0.9f + 0.2f, 1e-6f);
    ck_assert_float_eq_tol(running_mean[1], 0.9f - 0.1f, 1e-6f);
    ck_assert_float_eq_tol(running_var[0], 0.9f + 0.1f * 5, 1e-6f);
    ck_assert_float_eq_tol(running_var[1], 1.8f + 0.1f * 10, 1e-6f);
}
END_TEST

SR_SUITE(engine_bnorm)
{
    return sr_suite("engine/bnorm",
                    (const TTest *[]){statistics_and_forward,
                                      backward_through_the_batch,
                                      backward_with_constant_statistics,
                                      same_bits_for_any_number_of_threads,
                                      running_statistics_as_pytorch, NULL});
}
