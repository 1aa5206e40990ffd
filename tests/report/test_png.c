#include "report/png.h"

#include <math.h>

#include "base/file.h"
#include "test.h"

START_TEST(bytes_round_and_clip)
{
    const float x[] = {0, 1, 0.5f, 127.4f / 255, 127.6f / 255, -3, 9, NAN};
    const unsigned char want[] = {0, 255, 128, 127, 128, 0, 255, 0};
    unsigned char bytes[8];

    sr_png_bytes(8, x, bytes);
    for (int i = 0; i < 8; i++)
        ck_assert_uint_eq(bytes[i], want[i]);
}
END_TEST

/* Signature, then IHDR with width, height, 8 bits, and the kind of colour. */
START_TEST(header)
{
    const char *path = sr_file_join(sr_test_arena(), sr_test_dir(), "a.png");
    const unsigned char pixels[2 * 3 * 3] = {255, 0, 0};
    unsigned char *file;
    size_t size;
    struct sr_err err;

    SR_GOOD(sr_png_write(path, 2, 3, 3, pixels, &err), err);
    SR_GOOD(
        sr_file_read(path, 4096, SR_EDATA, sr_test_arena(), &file, &size, &err),
        err);
    const unsigned char want[] = {0x89, 'P', 'N', 'G', 13,  10,  26,  10, 0,
                                  0,    0,   13,  'I', 'H', 'D', 'R', 0,  0,
                                  0,    3,   0,   0,   0,   2,   8,   2};
    ck_assert_uint_gt(size, sizeof want);
    ck_assert_mem_eq(file, want, sizeof want);
}
END_TEST

START_TEST(no_directory)
{
    const unsigned char pixel = 1;
    struct sr_err err;
    const char *path =
        sr_file_join(sr_test_arena(), sr_test_dir(), "none/a.png");
    SR_BAD(sr_png_write(path, 1, 1, 1, &pixel, &err), err, SR_ERESOURCE,
           "none/a.png");
}
END_TEST

SR_SUITE(report_png)
{
    return sr_suite(
        "report/png",
        (const TTest *[]){bytes_round_and_clip, header, no_directory, NULL});
}
