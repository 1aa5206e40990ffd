#include "attack/oracles.h"

#include <math.h>

#include "test.h"

static void count_forward(struct classifier *c, int n)
{
    c->calls++;
    c->forwards += n;
    c->largest = n > c->largest ? n : c->largest;
}

static void linear_forward(void *of, int n, const float *x, float *z)
{
    struct classifier *c = of;
    count_forward(c, n);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < c->classes; k++) {
            float sum = c->b ? c->b[k] : 0;
            for (int j = 0; j < c->pixels; j++)
                sum += c->w[k * c->pixels + j] * x[i * c->pixels + j];
            z[i * c->classes + k] = sum;
        }
}

static void linear_backward(void *of, int n, const float *dz, float *gx)
{
    struct classifier *c = of;
    c->backwards += n;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < c->pixels; j++) {
            float sum = 0;
            for (int k = 0; k < c->classes; k++)
                sum += dz[i * c->classes + k] * c->w[k * c->pixels + j];
            gx[i * c->pixels + j] = sum;
        }
}

static void bent_forward(void *of, int n, const float *x, float *z)
{
    struct classifier *c = of;
    count_forward(c, n);
    ck_assert_int_le(n, 64);
    for (int i = 0; i < n; i++) {
        for (int h = 0; h < BENT_HIDDEN; h++) {
            float sum = 0;
            for (int j = 0; j < c->pixels; j++)
                sum += c->u[h * c->pixels + j] * (x[i * c->pixels + j] - 0.5f);
            c->hidden[i][h] = tanhf(sum);
        }
        for (int k = 0; k < c->classes; k++) {
            float sum = 0;
            for (int h = 0; h < BENT_HIDDEN; h++)
                sum += c->v[k * BENT_HIDDEN + h] * c->hidden[i][h];
            z[i * c->classes + k] = sum;
        }
    }
}

static void bent_backward(void *of, int n, const float *dz, float *gx)
{
    struct classifier *c = of;
    c->backwards += n;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < c->pixels; j++) {
            float sum = 0;
            for (int h = 0; h < BENT_HIDDEN; h++) {
                const float t = c->hidden[i][h];
                float dh = 0;
                for (int k = 0; k < c->classes; k++)
                    dh += dz[i * c->classes + k] * c->v[k * BENT_HIDDEN + h];
                sum += dh * (1 - t * t) * c->u[h * c->pixels + j];
            }
            gx[i * c->pixels + j] = sum;
        }
}

const struct sr_engine *test_engine(void)
{
    static struct sr_engine engine;
    const struct sr_engine_opts opts = {.threads = 2, .conv = SR_CONV_IM2COL};
    struct sr_err err;
    if (!engine.par)
        SR_GOOD(sr_engine_open(&opts, &engine, &err), err);
    return &engine;
}

static struct sr_oracle oracle_of(struct classifier *c)
{
    return (struct sr_oracle){.engine = test_engine(),
                              .h = 1,
                              .w = c->pixels,
                              .c = 1,
                              .classes = c->classes,
                              .batch = 64,
                              .model = c};
}

struct sr_oracle linear_oracle(struct classifier *c, int pixels, int classes,
                               const float *w, const float *b)
{
    *c = (struct classifier){
        .pixels = pixels, .classes = classes, .w = w, .b = b};
    struct sr_oracle f = oracle_of(c);
    f.forward = linear_forward;
    f.backward = linear_backward;
    return f;
}

/* Weights large enough to bend: U x is a sum of `pixels` terms of about
 * 0.3 * u, wanted at about 2. */
struct sr_oracle bent_oracle(struct classifier *c, int pixels, int classes)
{
    float *u = noise((size_t)(BENT_HIDDEN * pixels), 101);
    float *v = noise((size_t)(BENT_HIDDEN * classes), 102);
    const float scale = 12 / sqrtf((float)pixels);

    for (int i = 0; i < BENT_HIDDEN * pixels; i++)
        u[i] *= scale;
    for (int i = 0; i < BENT_HIDDEN * classes; i++)
        v[i] *= 3;
    *c = (struct classifier){
        .pixels = pixels, .classes = classes, .u = u, .v = v};
    struct sr_oracle f = oracle_of(c);
    f.forward = bent_forward;
    f.backward = bent_backward;
    return f;
}

struct sr_attack_batch test_batch(const struct sr_oracle *f, int n,
                                  uint64_t first)
{
    const size_t pixels = sr_oracle_pixels(f);
    float *x = noise((size_t)n * pixels, 103);
    int *y = SR_TAKE(sr_test_arena(), n, int);
    uint64_t *id = SR_TAKE(sr_test_arena(), n, uint64_t);

    for (size_t i = 0; i < (size_t)n * pixels; i++)
        x[i] = 0.5f + 0.5f * x[i];
    for (int i = 0; i < n; i++) {
        y[i] = i % f->classes;
        id[i] = first + (uint64_t)i;
    }
    return (struct sr_attack_batch){
        .n = n, .x = x, .y = y, .id = id, .seed = 7};
}

struct sr_attack_opts test_attack(const char *word)
{
    struct sr_attack_opts o = {0};
    struct sr_err err;

    sr_opt_defaults(sr_attack_rows, &o);
    o.epsilon = 0.1;
    o.step_size = 0.03;
    SR_GOOD(sr_attack_parse(word, (struct sr_src){0}, &o, &err), err);
    return o;
}

float test_loss(struct sr_oracle *f, const struct sr_attack_opts *o,
                const float *x, int y)
{
    float z[16], value;
    const int label = o->targeted ? (y + 1) % f->classes : y;

    ck_assert_int_le(f->classes, 16);
    f->forward(f->model, 1, x, z);
    sr_loss((enum sr_loss)o->loss, 1, f->classes, z, &label, &value, NULL);
    return o->targeted ? -value : value;
}
