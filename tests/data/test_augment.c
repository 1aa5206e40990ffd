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
    {.h = H, .w = W, .row = W, .column = 1, .channel = H * W},
    {.h = H, .w = W, .row = C * W, .column = C, .channel = 1},
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
        sr_augment_fill(&view, C, w, x);
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

static struct sr_window window_of(const struct sr_data_opts *opts,
                                  const struct sr_augment *augment, uint64_t id)
{
    return sr_augment_draw(opts, augment, id).window;
}

START_TEST(nothing_is_drawn_without_augment)
{
    const struct sr_data_opts opts = both();
    struct sr_data_opts none = opts;
    none.augment.n = 0;
    const struct sr_augment augment = {1, 2};
    for (uint64_t id = 0; id < 100; id++) {
        const struct sr_window a = window_of(&opts, NULL, id);
        const struct sr_window b = window_of(&none, &augment, id);
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
        const struct sr_window w = window_of(&opts, &augment, id);
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
        const struct sr_window a = window_of(&opts, &augment, id);
        const struct sr_window b = window_of(&crop, &augment, id);
        const struct sr_window c = window_of(&flip, &augment, id);
        ck_assert(a.row == b.row && a.column == b.column && !b.flip);
        ck_assert(a.flip == c.flip && c.row == 0 && c.column == 0);
    }
}
END_TEST

/* What torchvision's get_params gives when no try can succeed, because the
 * whole area is wanted: found by asking it. */
START_TEST(the_largest_middle_part)
{
    static const struct {
        int w, h;
        struct sr_box oblong, square; /* ratios 3/4..4/3 and 0.99..1.01 */
    } cases[] = {
        {1000, 10, {493, 0, 13, 10}, {495, 0, 10, 10}},
        {10, 1000, {0, 493, 10, 13}, {0, 495, 10, 10}},
        {400, 400, {0, 0, 400, 400}, {0, 0, 400, 400}},
        {401, 200, {67, 0, 267, 200}, {99, 0, 202, 200}},
        {333, 500, {0, 28, 333, 444}, {0, 82, 333, 336}},
        {1, 1, {0, 0, 1, 1}, {0, 0, 1, 1}},
        {2, 50, {0, 23, 2, 3}, {0, 24, 2, 2}},
    };
    struct sr_data_opts opts = both();
    opts.crop_scale.v[0] = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int square = 0; square < 2; square++) {
            opts.crop_ratio.v[0] = square ? 0.99 : 0.75;
            opts.crop_ratio.v[1] = square ? 1.01 : 4 / 3.0;
            const struct sr_box box =
                sr_augment_box(&opts, i, cases[i].w, cases[i].h);
            const struct sr_box *want =
                square ? &cases[i].square : &cases[i].oblong;
            ck_assert_int_eq(box.left, want->left);
            ck_assert_int_eq(box.top, want->top);
            ck_assert_int_eq(box.w, want->w);
            ck_assert_int_eq(box.h, want->h);
        }
}
END_TEST

/* 500 x 375, as most of ImageNet's photos are.  Parts lie inside and have the
 * shape that is allowed, but for rounding: half a pixel on a side of at least
 * sqrt(0.08 500 375 3/4) = 106.  Areas are uniform between 0.08 and 1, apart
 * from those that do not fit. */
START_TEST(random_parts)
{
    enum { N = 20000, BINS = 4, BIG_W = 500, BIG_H = 375 };
    const struct sr_data_opts opts = both();
    int small[BINS] = {0}, left = 0, top = 0, wide = 0;
    for (uint64_t i = 0; i < N; i++) {
        const struct sr_box box = sr_augment_box(&opts, i, BIG_W, BIG_H);
        const double area = (double)box.w * box.h / (BIG_W * BIG_H);
        const double ratio = (double)box.w / box.h;
        ck_assert(box.left >= 0 && box.left + box.w <= BIG_W);
        ck_assert(box.top >= 0 && box.top + box.h <= BIG_H);
        ck_assert(ratio > 0.75 * 0.99 && ratio < 4 / 3.0 * 1.01);
        ck_assert(area > 0.079 && area <= 1);
        if (area < 0.48)
            small[(int)((area - 0.08) / 0.1)]++;
        left += 2 * box.left > BIG_W - box.w;
        top += 2 * box.top > BIG_H - box.h;
        wide += ratio > 1;
    }
    /* Below 0.48 every shape fits: four bins of equal numbers, N 0.1 / 0.92 of
     * the first tries and more of later ones; 6 deviations of sqrt(2 * 3000).
     * Left and right, top and bottom are alike, but for parts that touch both
     * borders. */
    for (int i = 1; i < BINS; i++)
        ck_assert_int_le(abs(small[i] - small[0]), 470);
    ck_assert_int_gt(small[0], N / 10);
    ck_assert_int_le(abs(2 * left - N), 1200);
    ck_assert_int_le(abs(2 * top - N), 1200);
    ck_assert(wide > N / 3 && wide < N * 9 / 10);
}
END_TEST

/* With one area and one shape the side is known, and every place as likely. */
START_TEST(places_of_a_square)
{
    struct sr_data_opts opts = both();
    opts.crop_scale = (struct sr_reals){2, {0.25, 0.25}};
    opts.crop_ratio = (struct sr_reals){2, {1, 1}};
    int count[6][6] = {{0}};
    for (uint64_t i = 0; i < 3600; i++) {
        const struct sr_box box = sr_augment_box(&opts, i, 10, 10);
        ck_assert(box.w == 5 && box.h == 5);
        ck_assert(box.left >= 0 && box.left < 6 && box.top >= 0 && box.top < 6);
        count[box.top][box.left]++;
    }
    for (int i = 0; i < 36; i++) /* 100 each, deviation 10 */
        ck_assert_int_le(abs((&count[0][0])[i] - 100), 60);
}
END_TEST

START_TEST(words_leave_each_other_alone)
{
    struct sr_data_opts opts = both(), more = both();
    more.augment =
        (struct sr_names){4, {"jitter", "resized_crop", "flip", "crop"}};
    const struct sr_augment augment = {3, 4};
    for (uint64_t id = 0; id < 100; id++) {
        const struct sr_changes a = sr_augment_draw(&opts, &augment, id);
        const struct sr_changes b = sr_augment_draw(&more, &augment, id);
        ck_assert(!a.resized_crop && !a.jittered);
        ck_assert(b.resized_crop && b.jittered);
        ck_assert(a.window.row == b.window.row &&
                  a.window.flip == b.window.flip);
        ck_assert_uint_ne(b.crop_key,
                          sr_augment_draw(&more, &augment, id + 1).crop_key);
    }
    ck_assert(!sr_augment_draw(&more, NULL, 1).resized_crop);
}
END_TEST

START_TEST(options_that_make_no_sense)
{
    struct sr_err err;
    struct sr_data_opts opts = both();
    SR_GOOD(sr_augment_check(&opts, 1, &err), err);
    opts.crop_scale.n = 1;
    SR_BAD(sr_augment_check(&opts, 3, &err), err, SR_ECONFIG,
           "data.crop_scale: two numbers are needed");
    opts = both();
    opts.crop_ratio = (struct sr_reals){2, {2, 1}};
    SR_BAD(sr_augment_check(&opts, 3, &err), err, SR_ECONFIG,
           "data.crop_ratio: two numbers");
    opts = both();
    opts.dataset = "mnist";
    opts.augment = (struct sr_names){1, {"jitter"}};
    SR_BAD(sr_augment_check(&opts, 1, &err), err, SR_ECONFIG,
           "jitter is for colour images, and the images of mnist have 1");
}
END_TEST

SR_SUITE(data_augment)
{
    return sr_suite("data/augment",
                    (const TTest *[]){windows, nothing_is_drawn_without_augment,
                                      all_windows_are_equally_likely,
                                      crop_and_flip_do_not_depend_on_each_other,
                                      the_largest_middle_part, random_parts,
                                      places_of_a_square,
                                      words_leave_each_other_alone,
                                      options_that_make_no_sense, NULL});
}
