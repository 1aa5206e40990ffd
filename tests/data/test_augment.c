#include "data/augment.h"

#include <stdlib.h>

#include "test.h"

enum { H = 5, W = 7, C = 3 };

static struct sr_data_opts both(void)
{
    struct sr_data_opts opts;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.augment = (struct sr_names){2, {"crop", "flip"}};
    return opts;
}

/* Planes, as CIFAR keeps them, and interleaved, as decoders write them. */
static const struct sr_view layouts[] = {
    {NULL, W, 1, H *W},
    {NULL, C *W, C, 1},
};

static unsigned char value(int row, int column, int channel)
{
    return (unsigned char)(1 + (row * W + column) * C + channel);
}

static void write_pixels(const struct sr_view *layout, unsigned char *pixel)
{
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++)
            for (int k = 0; k < C; k++)
                pixel[i * layout->row + j * layout->column +
                      k * layout->channel] = value(i, j, k);
}

/* Against the definition: pad, cut, mirror. */
START_TEST(windows)
{
    static const struct sr_window cases[] = {
        {0, 0, false}, {0, 0, true},   {2, -3, false}, {-1, 3, true},
        {-4, 0, true}, {0, -4, false}, {9, 0, false},  {0, -9, true}};
    for (size_t n = 0; n < 2 * sizeof cases / sizeof *cases; n++) {
        const struct sr_window w = cases[n / 2];
        unsigned char pixel[H * W * C];
        struct sr_view view = layouts[n % 2];
        write_pixels(&view, pixel);
        view.pixel = pixel;
        float *x = noise(H * W * C, n);
        sr_augment_fill(&view, H, W, C, w, x);
        for (int i = 0; i < H; i++)
            for (int j = 0; j < W; j++)
                for (int k = 0; k < C; k++) {
                    const int r = i + w.row;
                    const int c = (w.flip ? W - 1 - j : j) + w.column;
                    const bool in = r >= 0 && r < H && c >= 0 && c < W;
                    const float want =
                        in ? (float)value(r, c, k) / 255.0f : 0.0f;
                    ck_assert_float_eq(x[(i * W + j) * C + k], want);
                }
    }
}
END_TEST

START_TEST(nothing_is_drawn_without_augment)
{
    const struct sr_data_opts opts = both();
    struct sr_data_opts none = opts;
    none.augment.n = 0;
    const struct sr_augment augment = {1, 2};
    for (uint64_t id = 0; id < 100; id++) {
        const struct sr_window a = sr_augment_draw(&opts, NULL, id);
        const struct sr_window b = sr_augment_draw(&none, &augment, id);
        ck_assert(a.row == 0 && a.column == 0 && !a.flip);
        ck_assert(b.row == 0 && b.column == 0 && !b.flip);
    }
}
END_TEST

/* 81 places and 2 directions, n draws: each count is n / 162 = 100 with a
 * deviation of 10; 6 deviations happen once in 5e8 cells. */
START_TEST(all_windows_are_equally_likely)
{
    const struct sr_data_opts opts = both();
    int count[9][9][2] = {0};
    for (uint64_t id = 0; id < 16200; id++) {
        const struct sr_augment augment = {1, id % 7};
        const struct sr_window w = sr_augment_draw(&opts, &augment, id);
        ck_assert(abs(w.row) <= 4 && abs(w.column) <= 4);
        count[w.row + 4][w.column + 4][w.flip]++;
    }
    for (int i = 0; i < 9 * 9 * 2; i++)
        ck_assert_int_le(abs((&count[0][0][0])[i] - 100), 60);
}
END_TEST

/* Without crops the flips stay what they were, and the other way round. */
START_TEST(crop_and_flip_do_not_depend_on_each_other)
{
    const struct sr_data_opts opts = both();
    struct sr_data_opts crop = opts, flip = opts;
    crop.augment.n = 1;
    flip.augment = (struct sr_names){1, {"flip"}};
    const struct sr_augment augment = {3, 4};
    for (uint64_t id = 0; id < 100; id++) {
        const struct sr_window a = sr_augment_draw(&opts, &augment, id);
        const struct sr_window b = sr_augment_draw(&crop, &augment, id);
        const struct sr_window c = sr_augment_draw(&flip, &augment, id);
        ck_assert(a.row == b.row && a.column == b.column && !b.flip);
        ck_assert(a.flip == c.flip && c.row == 0 && c.column == 0);
    }
}
END_TEST

SR_SUITE(data_augment)
{
    return sr_suite("data/augment",
                    (const TTest *[]){windows, nothing_is_drawn_without_augment,
                                      all_windows_are_equally_likely,
                                      crop_and_flip_do_not_depend_on_each_other,
                                      NULL});
}
