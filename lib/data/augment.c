#include "data/augment.h"

#include <string.h>

#include "base/rng.h"

const char *sr_augment_name(int i)
{
    static const char *const names[] = {"crop", "flip"};
    return i < 2 ? names[i] : NULL;
}

static bool wanted(const struct sr_names *names, const char *name)
{
    for (int i = 0; i < names->n; i++)
        if (strcmp(names->v[i], name) == 0)
            return true;
    return false;
}

struct sr_window sr_augment_draw(const struct sr_data_opts *opts,
                                 const struct sr_augment *augment, uint64_t id)
{
    struct sr_window window = {0};
    if (!augment)
        return window;
    const uint64_t key =
        sr_rng_key(augment->seed, SR_RNG_AUGMENT, augment->epoch, id, 0);
    const int padding = (int)opts->crop_padding;
    const uint64_t places = 2 * (uint64_t)padding + 1;
    if (wanted(&opts->augment, "crop")) {
        window.row = (int)sr_rng_below(key, 0, places) - padding;
        window.column = (int)sr_rng_below(key, 1, places) - padding;
    }
    if (wanted(&opts->augment, "flip"))
        window.flip = sr_rng_below(key, 2, 2) == 1;
    return window;
}

/* x [w][c] */
static void fill_row(const unsigned char *row, const struct sr_view *view,
                     int w, int c, struct sr_window window, float *x)
{
    for (int j = 0; j < w; j++) {
        const int from = window.column + (window.flip ? w - 1 - j : j);
        if (from < 0 || from >= w)
            continue;
        for (int k = 0; k < c; k++)
            x[j * c + k] =
                (float)row[from * view->column + k * view->channel] / 255;
    }
}

void sr_augment_fill(const struct sr_view *view, int h, int w, int c,
                     struct sr_window window, float *x)
{
    const size_t row = (size_t)w * (size_t)c;
    memset(x, 0, (size_t)h * row * sizeof *x);
    for (int i = 0; i < h; i++) {
        const int from = window.row + i;
        if (from >= 0 && from < h)
            fill_row(view->pixel + (ptrdiff_t)from * view->row, view, w, c,
                     window, x + (size_t)i * row);
    }
}
