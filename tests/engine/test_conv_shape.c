/* Of lib/engine/conv.c: the shape of a convolution's output, and what cannot be
 * one. */
#include "engine/conv.h"
#include "test.h"

START_TEST(outputs_and_work)
{
    struct sr_err err;
    struct sr_conv g = {3, 224, 224, 64, 7, 7, 2, .groups = 1};
    SR_GOOD(sr_conv_shape(&g, 3, &err), err);
    ck_assert_int_eq(g.oh, 112);
    ck_assert_int_eq(g.ow, 112);
    ck_assert_double_eq(sr_conv_macs(&g), 112.0 * 112 * 64 * 3 * 49);

    struct sr_conv same = {3, 32, 33, 64, 3, 3, 2, .groups = 1};
    SR_GOOD(sr_conv_shape(&same, SR_PAD_SAME, &err), err);
    ck_assert_int_eq(same.oh, 16);
    ck_assert_int_eq(same.ow, 17);
    ck_assert_int_eq(same.pad_top, 0); /* 1 below */
    ck_assert_int_eq(same.pad_left, 1);
}
END_TEST

START_TEST(no_convolution)
{
    struct sr_err err;
    struct sr_conv large = {3, 4, 4, 8, 7, 7, 1, .groups = 1};
    SR_BAD(sr_conv_shape(&large, 1, &err), err, SR_ECONFIG,
           "a 7x7 filter does not fit in a 4x4 input padded by 1");
    struct sr_conv groups = {6, 4, 4, 8, 3, 3, 1, .groups = 4};
    SR_BAD(sr_conv_shape(&groups, 1, &err), err, SR_ECONFIG,
           "4 groups do not divide both 6 input and 8 output");
    struct sr_conv zero = {6, 4, 4, 8, 3, 3, 0, .groups = 1};
    SR_BAD(sr_conv_shape(&zero, 1, &err), err, SR_ECONFIG, "stride 0");

    struct sr_conv many = {1, 28, 28, 1, 1, 1, 30000, .groups = 1};
    SR_BAD(sr_conv_shape(&many, 0, &err), err, SR_ECONFIG,
           "a stride of 30000 is more than the 256 allowed");
    struct sr_conv padded = {1, 28, 28, 1, 1, 1, 1, .groups = 1};
    SR_BAD(sr_conv_shape(&padded, 32754, &err), err, SR_ECONFIG,
           "padded input of 65536x65536 pixels of 1 channels has 4294967296");
    struct sr_conv wide = {1, 1024, 1024, 2048, 1, 1, 1, .groups = 1};
    SR_BAD(sr_conv_shape(&wide, 0, &err), err, SR_ECONFIG,
           "output of 1024x1024 pixels of 2048 channels");
}
END_TEST

SR_SUITE(engine_conv_shape)
{
    return sr_suite("engine/conv_shape",
                    (const TTest *[]){outputs_and_work, no_convolution, NULL});
}
