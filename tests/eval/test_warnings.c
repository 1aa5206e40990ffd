/* Each sign shown, and not shown. */
#include "eval/warnings.h"

#include "eval/little.h"
#include "test.h"

enum { N = 4, CLASSES = 3, PIXELS = 2 };

/* z = x_0, x_1, 0, and what a test wants of it. */
struct fake {
    float drift; /* added to the first logit of every look */
    float slope; /* of all logits                          */
    int looks;
};

static void forward(void *of, int n, const float *x, float *z)
{
    struct fake *f = of;
    f->looks++;
    for (int i = 0; i < n; i++) {
        z[i * CLASSES] = x[i * PIXELS] + f->drift * (float)f->looks;
        z[i * CLASSES + 1] = x[i * PIXELS + 1];
        z[i * CLASSES + 2] = 0;
    }
}

static void backward(void *of, int n, const float *dz, float *gx)
{
    const struct fake *f = of;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < PIXELS; j++)
            gx[i * PIXELS + j] = f->slope * dz[i * CLASSES + j];
}

static struct sr_oracle oracle(struct fake *f)
{
    return (struct sr_oracle){.h = 1,
                              .w = PIXELS,
                              .c = 1,
                              .classes = CLASSES,
                              .batch = N,
                              .model = f,
                              .forward = forward,
                              .backward = backward};
}

/* Class 0 is right but for the last image. */
static const float x[N * PIXELS] = {3, 1, 2, 0.5f, 4, 2, 1, 5};
static const int y[N] = {0, 0, 0, 0};
static const float z[N * CLASSES] = {3, 1, 0, 2, 0.5f, 0, 4, 2, 0, 1, 5, 0};
static const struct sr_look look = {N, CLASSES, x, z, y};

START_TEST(probabilities)
{
    static const float p[N * CLASSES] = {0.5f, 0.25f, 0.25f, 1, 0, 0,
                                         0,    1,     0,     1, 0, 0};
    struct sr_warnings w = {0};
    sr_warn_outputs(&w, &look);
    ck_assert_int_eq(w.n, 0);
    sr_warn_outputs(&w, &(struct sr_look){N, CLASSES, x, p, y});
    ck_assert_int_eq(w.n, 1);
    ck_assert_ptr_nonnull(strstr(w.text[0], "probabilities"));
}
END_TEST

START_TEST(randomness)
{
    struct fake same = {0}, other = {.drift = 0.01f};
    struct sr_oracle f = oracle(&same), g = oracle(&other);
    struct sr_warnings w = {0};
    sr_warn_random(&w, &look, &f, sr_test_arena());
    ck_assert_int_eq(w.n, 0);
    sr_warn_random(&w, &look, &g, sr_test_arena());
    ck_assert_int_eq(w.n, 1);
    ck_assert_ptr_nonnull(strstr(w.text[0], "autoattack-rand"));
}
END_TEST

START_TEST(slopes)
{
    struct fake steep = {.slope = 1}, flat = {.slope = 0};
    struct sr_oracle f = oracle(&steep), g = oracle(&flat);
    struct sr_warnings w = {0};
    sr_warn_slopes(&w, &look, &f, sr_test_arena());
    ck_assert_int_eq(w.n, 0);
    sr_warn_slopes(&w, &look, &g, sr_test_arena());
    ck_assert_int_eq(w.n, 1);
    ck_assert_ptr_nonnull(strstr(w.text[0], "zero at 3 of 3 images"));
}
END_TEST

/* 2 of 1000 are not more than 0.2 %. */
START_TEST(square)
{
    const struct sr_eval_opts opts = little_opts("[]");
    struct sr_eval_attack a;
    struct sr_warnings w = {0};
    struct sr_err err;
    SR_GOOD(sr_eval_attack_of(&opts, "autoattack", 10, &a, &err), err);
    a.stage[3].broken = 2;
    sr_warn_square(&w, &a, 1000);
    ck_assert_int_eq(w.n, 0);
    a.stage[3].broken = 3;
    sr_warn_square(&w, &a, 1000);
    ck_assert_int_eq(w.n, 1);
    SR_GOOD(sr_eval_attack_of(&opts, "square", 10, &a, &err), err);
    a.stage[0].broken = 30;
    sr_warn_square(&w, &a, 1000);
    ck_assert_int_eq(w.n, 1);
}
END_TEST

SR_SUITE(eval_warnings)
{
    return sr_suite(
        "eval/warnings",
        (const TTest *[]){probabilities, randomness, slopes, square, NULL});
}
