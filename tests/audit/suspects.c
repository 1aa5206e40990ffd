#include "audit/suspects.h"

#include <math.h>

#include "audit/check.h"
#include "base/rng.h"
#include "eval/little.h"
#include "test.h"

static void lying_forward(void *of, int n, const float *x, float *z)
{
    struct liar *l = of;
    float own[IMAGES * PIXELS];
    const size_t count = (size_t)n * PIXELS;

    ck_assert_int_le(n, IMAGES);
    memcpy(l->at, x, count * sizeof *x);
    memcpy(own, x, count * sizeof *x);
    for (size_t i = 0; l->trick == STAIRS && i < count; i++)
        own[i] = roundf(own[i] * 5) / 5;
    l->linear.forward(l->linear.model, n, own, z);
    for (int i = 0; l->trick == CONSTANT && i < n * CLASSES; i++)
        z[i] = i % CLASSES == 0;
    l->questions++;
    for (int i = 0;
         l->trick == FORGETFUL && l->questions % 2 == 0 && i < n * CLASSES; i++)
        z[i] = -z[i];
}

static float lie(const struct liar *l, const float *x, int pixel, float g)
{
    uint32_t bits;
    switch (l->trick) {
    case FLAT:
    case CONSTANT:
    case STAIRS: return 0;
    case BROKEN: return NAN;
    case REVERSED: return -g;
    case RANDOM:
        memcpy(&bits, x + (pixel + 1) % PIXELS, sizeof bits);
        return 2 * sr_rng_uniform(bits, (uint64_t)pixel) - 1;
    case NARROW: return x[0] > 0.58f ? g : 0;
    case LATER: return l->questions < 30 ? g : -g;
    case HONEST:
    case FORGETFUL: break;
    }
    return g;
}

static void lying_backward(void *of, int n, const float *dz, float *gx)
{
    struct liar *l = of;
    l->linear.backward(l->linear.model, n, dz, gx);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < PIXELS; j++)
            gx[i * PIXELS + j] =
                lie(l, l->at + (size_t)i * PIXELS, j, gx[i * PIXELS + j]);
}

struct sr_oracle liar_oracle(struct liar *liar, enum trick trick, float scale)
{
    const size_t count = CLASSES * PIXELS;
    float *w = noise(count, 201), *b = SR_TAKE(sr_test_arena(), CLASSES, float);

    for (int k = 0; k < CLASSES; k++) {
        for (int j = 0; j < PIXELS; j++) {
            w[k * PIXELS + j] *= scale;
            b[k] -= w[k * PIXELS + j] / 2; /* the middle grey is undecided */
        }
    }
    *liar = (struct liar){.trick = trick};
    liar->linear = linear_oracle(&liar->classifier, PIXELS, CLASSES, w, b);
    struct sr_oracle f = liar->linear;
    f.h = f.w = 6; /* Square wants an image */
    f.batch = IMAGES;
    f.model = liar;
    f.forward = lying_forward;
    f.backward = lying_backward;
    return f;
}

/* Image i is the middle grey with t times the weights of a class, t from 0 to
 * 1, so that some are near a border and some are far.  Labels are what the
 * judge says: every image is correct.  Pixel 0 is 0.5 everywhere. */
struct sr_suspect liar_suspect(struct liar *judge, struct liar *liar,
                               enum trick trick, float scale)
{
    const enum trick seen =
        trick == STAIRS || trick == CONSTANT ? trick : HONEST;
    struct sr_suspect s = {.judge = liar_oracle(judge, seen, scale),
                           .slopes = 1};
    struct sr_attack_batch b = test_batch(&s.judge, IMAGES, 900);
    float *x = noise(IMAGES * PIXELS, 203);
    int *y = SR_TAKE(sr_test_arena(), IMAGES, int);

    s.slope[0] =
        (struct sr_slope){"own", liar_oracle(liar, trick, scale), true};
    for (int i = 0; i < IMAGES; i++) {
        float z[CLASSES];
        const float *w = judge->classifier.w + i % CLASSES * PIXELS;
        const float t = 0.35f / scale * (float)i / IMAGES;
        for (int j = 0; j < PIXELS; j++)
            x[i * PIXELS + j] = 0.5f + t * w[j] + 0.01f * x[i * PIXELS + j];
        x[i * PIXELS] = 0.5f;
        sr_oracle_logits(&s.judge, 1, x + (size_t)i * PIXELS, z);
        y[i] = sr_argmax(CLASSES, z);
    }
    b.x = x;
    b.y = y;
    s.batch = b;
    return s;
}

/* Images stay off the border by more than epsilon, so class k overtakes y when
 * z_k - z_y + epsilon |w_k - w_y|_1 > 0. */
int truly_robust(const struct sr_suspect *suspect, double epsilon)
{
    const struct liar *judge = suspect->judge.model;
    const float *w = judge->classifier.w, *b = judge->classifier.b;
    int robust = 0;

    for (int i = 0; i < IMAGES; i++) {
        const float *x = suspect->batch.x + (size_t)i * PIXELS;
        const int y = suspect->batch.y[i];
        bool holds = true;
        for (int k = 0; k < CLASSES; k++) {
            double lead = (double)b[k] - (double)b[y], slope = 0;
            for (int j = 0; j < PIXELS; j++) {
                const double d =
                    (double)w[k * PIXELS + j] - (double)w[y * PIXELS + j];
                lead += d * (double)x[j];
                slope += fabs(d);
            }
            holds = holds && lead + epsilon * slope <= 0;
        }
        robust += holds;
    }
    return robust;
}

struct sr_audit audit_of(struct sr_suspect *suspect, const char *attacks)
{
    struct sr_eval_opts eval = little_opts(attacks);
    const struct sr_audit_opts opts = {
        .eval = &eval, .strong = {1, {"apgd-t"}}, .queries = 1000};
    struct sr_audit audit;
    struct sr_err err;

    SR_GOOD(sr_audit_run(&opts, suspect, little_log(), sr_test_arena(), &audit,
                         &err),
            err);
    return audit;
}

const struct sr_finding *finding(const struct sr_audit *audit,
                                 const char *check)
{
    for (int i = 0; i < audit->checks; i++)
        if (strcmp(audit->finding[i].check->name, check) == 0)
            return &audit->finding[i];
    ck_abort_msg("no check %s", check);
    return NULL;
}
