/* Gradients that are no use to anyone: 0 in every pixel, or not finite. */
#include "audit/check.h"

/* Shares over the attack's points that are classified correctly. */
static void count_trail(const struct sr_trail *t, struct sr_finding *f)
{
    long points = 0, flat = 0, unusable = 0;
    for (int p = 0; p + 1 < t->points; p++)
        for (int i = 0; i < t->n; i++) {
            const size_t at = sr_trail_at(t, p, i);
            points += !t->wrong[at];
            flat += !t->wrong[at] && t->flat[at];
            unusable += !t->wrong[at] && t->unusable[at];
        }
    const double all = points > 0 ? (double)points : 1;
    sr_finding_number(f, "share of zero gradients along PGD",
                      (double)flat / all);
    sr_finding_number(f, "share of non-finite ones along PGD",
                      (double)unusable / all);
}

static enum sr_status look(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(q->arena);
    const size_t all = (size_t)q->n * q->pixels;
    float *g = SR_TAKE(q->arena, all, float);
    int flat = 0, unusable = 0;
    size_t zeros = 0;
    (void)err;

    sr_inquiry_gradient(q, &q->own->oracle, SR_LOSS_CE, q->batch.x, g);
    for (int i = 0; i < q->n; i++) {
        flat += sr_trail_is_flat(q->pixels, g + (size_t)i * q->pixels);
        unusable += sr_trail_is_unusable(q->pixels, g + (size_t)i * q->pixels);
    }
    for (size_t i = 0; i < all; i++)
        zeros += g[i] >= 0 && g[i] <= 0;
    sr_arena_release(q->arena, mark);

    sr_finding_rule(f, flat + unusable, q->n);
    sr_finding_number(f, "zero", flat);
    sr_finding_number(f, "not finite", unusable);
    sr_finding_number(f, "share of zero pixels",
                      all > 0 ? (double)zeros / (double)all : 0);
    count_trail(&q->trail, f);
    sr_finding_say(f,
                   "%d of %d images have a gradient; at %d it is exactly 0 and "
                   "at %d not finite.",
                   q->n - flat - unusable, q->n, flat, unusable);
    return SR_OK;
}

const struct sr_check sr_check_zeros = {
    .name = "zeros",
    .question = "Is there a gradient: finite, and not 0 everywhere?",
    .source = "Pintor et al. 2022 (unavailable gradients); Croce and "
              "Hein 2020",
    .look = look,
};
