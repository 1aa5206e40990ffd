#include "data/augment.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

enum { CROP, FLIP, RESIZED_CROP, JITTER, WORDS };
static const char *const words[WORDS] = {"crop", "flip", "resized_crop",
                                         "jitter"};

const char *sr_augment_name(int i) { return i < WORDS ? words[i] : NULL; }

static bool wanted(const struct sr_data_opts *opts, int word)
{
    for (int i = 0; i < opts->augment.n; i++)
        if (strcmp(opts->augment.v[i], words[word]) == 0)
            return true;
    return false;
}

static bool is_range(const struct sr_reals *r)
{
    return r->n == 2 && r->v[0] <= r->v[1];
}

enum sr_status sr_augment_check(const struct sr_data_opts *opts, int c,
                                struct sr_err *err)
{
    for (int i = RESIZED_CROP; i <= JITTER; i++)
        if (wanted(opts, i) && c > 0 && c != 3)
            return sr_fail(err, SR_ECONFIG,
                           "data.augment: %s is for colour images, and the "
                           "images of %s have %d channel",
                           words[i], opts->dataset, c);
    if (!is_range(&opts->crop_scale))
        return sr_fail(err, SR_ECONFIG,
                       "data.crop_scale: two numbers are needed, the smallest "
                       "share of the area and the largest");
    if (!is_range(&opts->crop_ratio))
        return sr_fail(err, SR_ECONFIG,
                       "data.crop_ratio: two numbers are needed, the smallest "
                       "width by height and the largest");
    return SR_OK;
}

static uint64_t key_of(const struct sr_augment *augment, uint64_t id,
                       uint64_t what)
{
    return sr_rng_key(augment->seed, SR_RNG_AUGMENT, augment->epoch, id, what);
}

static struct sr_window draw_window(const struct sr_data_opts *opts,
                                    uint64_t key)
{
    struct sr_window window = {0};
    const int padding = (int)opts->crop_padding;
    const uint64_t places = 2 * (uint64_t)padding + 1;
    if (wanted(opts, CROP)) {
        window.row = (int)sr_rng_below(key, 0, places) - padding;
        window.column = (int)sr_rng_below(key, 1, places) - padding;
    }
    if (wanted(opts, FLIP))
        window.flip = sr_rng_below(key, 2, 2) == 1;
    return window;
}

struct sr_changes sr_augment_draw(const struct sr_data_opts *opts,
                                  const struct sr_augment *augment, uint64_t id)
{
    if (!augment)
        return (struct sr_changes){0};
    struct sr_changes changes = {
        .window = draw_window(opts, key_of(augment, id, 0)),
        .resized_crop = wanted(opts, RESIZED_CROP),
        .jittered = wanted(opts, JITTER),
        .crop_key = key_of(augment, id, 1),
    };
    if (changes.jittered)
        changes.jitter = sr_jitter_draw(&opts->jitter, key_of(augment, id, 2));
    return changes;
}

static double between(double low, double high, uint64_t key, uint64_t i)
{
    return low + (high - low) * (double)sr_rng_uniform(key, i);
}

static struct sr_box middle(int w, int h, int box_w, int box_h)
{
    return (struct sr_box){(w - box_w) / 2, (h - box_h) / 2, box_w, box_h};
}

/* Rounding as Python does it, halves to even. */
struct sr_box sr_augment_box(const struct sr_data_opts *opts, uint64_t key,
                             int w, int h)
{
    enum { TRIES = 10, DRAWS = 4 };
    const double *scale = opts->crop_scale.v, *ratio = opts->crop_ratio.v;
    const double area = (double)w * h;
    for (uint64_t i = 0; i < DRAWS * TRIES; i += DRAWS) {
        const double part = area * between(scale[0], scale[1], key, i);
        const double r = exp(between(log(ratio[0]), log(ratio[1]), key, i + 1));
        const int bw = (int)nearbyint(sqrt(part * r));
        const int bh = (int)nearbyint(sqrt(part / r));
        if (bw <= 0 || bh <= 0 || bw > w || bh > h)
            continue;
        const uint64_t rows = (uint64_t)(h - bh + 1);
        const uint64_t columns = (uint64_t)(w - bw + 1);
        return (struct sr_box){(int)sr_rng_below(key, i + 3, columns),
                               (int)sr_rng_below(key, i + 2, rows), bw, bh};
    }
    const double shape = (double)w / h;
    if (shape < ratio[0])
        return middle(w, h, w, (int)nearbyint(w / ratio[0]));
    if (shape > ratio[1])
        return middle(w, h, (int)nearbyint(h * ratio[1]), h);
    return middle(w, h, w, h);
}

/* x [w][c] */
static void fill_row(const unsigned char *row, const struct sr_view *view,
                     int c, struct sr_window window, float *x)
{
    const int w = view->w;
    for (int j = 0; j < w; j++) {
        const int from = window.column + (window.flip ? w - 1 - j : j);
        if (from < 0 || from >= w)
            continue;
        for (int k = 0; k < c; k++)
            x[j * c + k] =
                (float)row[from * view->column + k * view->channel] / 255;
    }
}

void sr_augment_fill(const struct sr_view *view, int c, struct sr_window window,
                     float *x)
{
    const size_t row = (size_t)view->w * (size_t)c;
    memset(x, 0, (size_t)view->h * row * sizeof *x);
    for (int i = 0; i < view->h; i++) {
        const int from = window.row + i;
        if (from >= 0 && from < view->h)
            fill_row(view->pixel + (ptrdiff_t)from * view->row, view, c, window,
                     x + (size_t)i * row);
    }
}
