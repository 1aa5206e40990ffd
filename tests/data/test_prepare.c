#include "data/prepare.h"

#include "base/rng.h"
#include "data/picture.h"
#include "test.h"

enum { H = 31, W = 47, SIDE = 12 };

/* Planes, as CIFAR keeps them, and interleaved, as decoders write them. */
static const struct sr_view layouts[] = {
    {.h = H, .w = W, .row = W, .column = 1, .channel = H * W},
    {.h = H, .w = W, .row = 3 * W, .column = 3, .channel = 1},
};

static unsigned char value(int y, int x, int k)
{
    const uint64_t at = (uint64_t)((y * W + x) * 3 + k);
    return (unsigned char)sr_rng_bits(sr_rng_key(1, SR_RNG_TEST, 0, 0, 0), at);
}

static struct sr_view view_in(const struct sr_view *layout)
{
    struct sr_view view = *layout;
    unsigned char *pixel = SR_TAKE(sr_test_arena(), H * W * 3, unsigned char);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int k = 0; k < 3; k++)
                pixel[y * view.row + x * view.column + k * view.channel] =
                    value(y, x, k);
    view.pixel = pixel;
    return view;
}

/* The part of the picture in box. */
static struct sr_picture part(struct sr_box box)
{
    struct sr_picture p = {.w = box.w, .h = box.h};
    p.pixel = SR_TAKE(sr_test_arena(), 3 * box.w * box.h, unsigned char);
    for (int y = 0; y < box.h; y++)
        for (int x = 0; x < box.w; x++)
            for (int k = 0; k < 3; k++)
                p.pixel[(y * box.w + x) * 3 + k] =
                    value(box.top + y, box.left + x, k);
    return p;
}

static void check(const struct sr_images *images, const struct sr_data_opts *o,
                  const struct sr_changes *changes, const unsigned char *want)
{
    for (int layout = 0; layout < 2; layout++) {
        struct sr_err err;
        float *x = noise(SIDE * SIDE * 3, 1);
        const struct sr_view view = view_in(&layouts[layout]);
        SR_GOOD(sr_prepare(images, o, changes, &view, sr_test_arena(), x, &err),
                err);
        for (int i = 0; i < SIDE * SIDE * 3; i++)
            ck_assert_float_eq(x[i], (float)want[i] / 255);
    }
}

static struct sr_data_opts defaults(enum sr_interpolation how)
{
    struct sr_data_opts opts;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.interpolation = (int)how;
    return opts;
}

/* The definition: cut, then resize (which is compared with Pillow), then
 * jitter (the same), then mirror. */
START_TEST(a_random_part_resized)
{
    const struct sr_images images = {.h = SIDE, .w = SIDE, .c = 3};
    for (uint64_t key = 0; key < 40; key++) {
        struct sr_err err;
        struct sr_picture want;
        const struct sr_data_opts opts =
            defaults(key % 2 ? SR_BICUBIC : SR_BILINEAR);
        struct sr_changes changes = {
            .resized_crop = true,
            .crop_key = key,
            .jittered = key % 4 > 1,
            .jitter = sr_jitter_draw(&opts.jitter, key),
        };
        const struct sr_picture in = part(sr_augment_box(&opts, key, W, H));
        SR_GOOD(sr_picture_resize(&in, SIDE, SIDE,
                                  (enum sr_interpolation)opts.interpolation,
                                  sr_test_arena(), &want, &err),
                err);
        if (changes.jittered)
            sr_jitter_apply(&changes.jitter, &want);
        check(&images, &opts, &changes, want.pixel);
    }
}
END_TEST

START_TEST(the_middle_of_all_of_it)
{
    struct sr_err err;
    struct sr_picture small;
    const struct sr_data_opts opts = defaults(SR_BILINEAR);
    const struct sr_images images = {
        .h = SIDE, .w = SIDE, .c = 3, .resize = SIDE + 3};
    const struct sr_picture in = part((struct sr_box){0, 0, W, H});
    unsigned char want[SIDE * SIDE * 3];
    SR_GOOD(sr_picture_resize_short(&in, SIDE + 3, SR_BILINEAR, sr_test_arena(),
                                    &small, &err),
            err);
    sr_picture_crop(&small, SIDE, want);
    check(&images, &opts, &(struct sr_changes){0}, want);
}
END_TEST

/* An image that has its size is not resized to another short side first, unless
 * that is asked for. */
START_TEST(an_image_of_the_right_size)
{
    struct sr_err err;
    const struct sr_data_opts opts = defaults(SR_BILINEAR);
    struct sr_images images = {.h = H, .w = W, .c = 3};
    const struct sr_view view = view_in(&layouts[0]);
    float *x = noise(H * W * 3, 2);
    SR_GOOD(sr_prepare(&images, &opts, &(struct sr_changes){0}, &view,
                       sr_test_arena(), x, &err),
            err);
    for (int i = 0; i < H * W * 3; i++)
        ck_assert_float_eq(x[i],
                           (float)value(i / 3 / W, i / 3 % W, i % 3) / 255);
}
END_TEST

SR_SUITE(data_prepare)
{
    return sr_suite("data/prepare",
                    (const TTest *[]){a_random_part_resized,
                                      the_middle_of_all_of_it,
                                      an_image_of_the_right_size, NULL});
}
