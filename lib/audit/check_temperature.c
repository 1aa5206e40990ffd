/* PGD on cross-entropy with the logits divided by a temperature: the median
 * margin of the images, which brings them to where softmax has a slope. */
#include <stdlib.h>

#include "audit/check.h"

static int by_value(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

/* 0 when there is no scale to speak of. */
static float median_margin(struct sr_inquiry *q)
{
    struct sr_oracle *f = &q->suspect->judge;
    const struct sr_mark mark = sr_arena_mark(q->arena);
    float *z = SR_TAKE(q->arena, (size_t)q->n * (size_t)f->classes, float);
    float *margin = SR_TAKE(q->arena, q->n, float);

    sr_oracle_logits(f, q->n, q->batch.x, z);
    sr_loss(SR_LOSS_MARGIN, q->n, f->classes, z, q->batch.y, margin, NULL);
    qsort(margin, (size_t)q->n, sizeof *margin, by_value);
    const float median = -margin[q->n / 2];
    sr_arena_release(q->arena, mark);
    return median;
}

/* An oracle with cooler logits. */
struct cooler {
    struct sr_oracle *inner;
    float temperature;
};

static void forward(void *of, int n, const float *x, float *z)
{
    const struct cooler *c = of;
    const size_t count = (size_t)n * (size_t)c->inner->classes;
    sr_oracle_logits(c->inner, n, x, z);
    for (size_t i = 0; i < count; i++)
        z[i] /= c->temperature;
}

/* In the direction alone: the gradient's length does not matter to PGD, and
 * divided twice by a large number it might be lost. */
static void backward(void *of, int n, const float *dz, float *gx)
{
    const struct cooler *c = of;
    sr_oracle_backward(c->inner, n, dz, gx);
}

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    struct cooler cooler = {.inner = &q->own->oracle,
                            .temperature = median_margin(q)};
    struct sr_oracle oracle = q->own->oracle;
    const struct sr_attack_opts o = sr_inquiry_pgd(q, 100, 1);
    bool *broken = sr_inquiry_flags(q);

    sr_finding_number(f, "temperature", (double)cooler.temperature);
    if (!(cooler.temperature > 0)) {
        sr_finding_say(f, "All logits are equal: there is no scale to undo.");
        return SR_OK;
    }
    oracle.model = &cooler;
    oracle.forward = forward;
    oracle.backward = backward;
    oracle.near = NULL;
    SR_TRY(sr_inquiry_attack(q, &oracle, &o, q->plain, broken, err));
    sr_finding_against_plain(q, f, "PGD with logits of temperature 1", broken);
    return SR_OK;
}

const struct sr_check sr_check_temperature = {
    .name = "temperature",
    .question = "Does dividing the logits by their size change nothing?",
    .source = "Carlini and Wagner 2016, \"Defensive distillation is not robust "
              "to adversarial examples\"",
    .look = look,
};
