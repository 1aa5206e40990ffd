/* Which images are trained on, which are held out, and in which order. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "data/images.h"

/* For choosing: within a label, images in the order of their draws. */
struct ticket {
    int label, index;
    uint64_t draw;
};

static int by_label_then_draw(const void *left, const void *right)
{
    const struct ticket *a = left, *b = right;
    if (a->label != b->label)
        return a->label < b->label ? -1 : 1;
    if (a->draw != b->draw)
        return a->draw < b->draw ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* held[i] = is image i of n held out?  Each class gives the same share, to the
 * nearest image, so that validation looks like the whole. */
static void hold_out(const int *label, int n, double share, uint64_t seed,
                     struct sr_arena *arena, unsigned char *held)
{
    struct ticket *t = SR_TAKE(arena, n, struct ticket);
    for (int i = 0; i < n; i++) {
        const uint64_t key = sr_rng_key(seed, SR_RNG_SPLIT, (uint64_t)i, 0, 0);
        t[i] = (struct ticket){label[i], i, sr_rng_bits(key, 0)};
    }
    qsort(t, (size_t)n, sizeof *t, by_label_then_draw);
    for (int begin = 0, end; begin < n; begin = end) {
        for (end = begin; end < n && t[end].label == t[begin].label;)
            end++;
        const int take = (int)floor(share * (end - begin) + 0.5);
        for (int i = begin; i < begin + take; i++)
            held[t[i].index] = 1;
    }
}

/* The images i < n of a source with held[i] == which, in file order. */
static void fill_split(struct sr_split *split, struct sr_images *images, int n,
                       const unsigned char *held, int which,
                       struct sr_arena *arena)
{
    int *index = SR_TAKE(arena, n, int), *label = SR_TAKE(arena, n, int);
    int taken = 0;
    for (int i = 0; i < n; i++) {
        if (held[i] != which)
            continue;
        index[taken] = i;
        label[taken++] = images->label[i];
    }
    *split = (struct sr_split){images, taken, index, label};
}

enum sr_status sr_data_divide(struct sr_data *data, uint64_t seed,
                              struct sr_arena *arena, struct sr_err *err)
{
    struct sr_images *train = data->split[SR_TRAIN].images;
    struct sr_images *test = data->split[SR_TEST].images;
    const long long limit = data->opts->limit;
    const int n = limit > 0 && limit < train->n ? (int)limit : train->n;
    const double share = data->opts->validation;

    unsigned char *held = SR_TAKE(arena, n, unsigned char);
    if (share > 0)
        hold_out(train->label, n, share, seed, arena, held);
    fill_split(&data->split[SR_TRAIN], train, n, held, 0, arena);
    fill_split(&data->split[SR_VALIDATION], train, n, held, 1, arena);
    const unsigned char *none = SR_TAKE(arena, test->n, unsigned char);
    fill_split(&data->split[SR_TEST], test, test->n, none, 0, arena);

    if (share > 0 && data->split[SR_VALIDATION].n == 0)
        return sr_fail(err, SR_ECONFIG,
                       "data.validation: a share of %g of %d images is less "
                       "than half an image in every class",
                       share, n);
    if (data->split[SR_TRAIN].n == 0)
        return sr_fail(err, SR_ECONFIG,
                       "data.validation: a share of %g of %d images leaves "
                       "none to train on",
                       share, n);
    return SR_OK;
}

/* Fisher and Yates 1938, in Durstenfeld's form. */
void sr_data_order(const struct sr_split *split, uint64_t seed, uint64_t epoch,
                   int *order)
{
    const uint64_t key = sr_rng_key(seed, SR_RNG_ORDER, epoch, 0, 0);
    for (int i = 0; i < split->n; i++)
        order[i] = i;
    for (int i = split->n - 1; i > 0; i--) {
        const uint64_t j = sr_rng_below(key, (uint64_t)i, (uint64_t)i + 1);
        const int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}
