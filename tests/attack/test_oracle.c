#include "attack/oracle.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { PIXELS = 6, CLASSES = 4, N = 23 };

/* 23 images in pieces of 5 give the logits of one call, and are counted once
 * each. */
START_TEST(logits_in_pieces)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    float *whole = noise(N * CLASSES, 1), *pieces = noise(N * CLASSES, 2);

    sr_oracle_logits(&f, N, b.x, whole);
    ck_assert_int_eq(c.calls, 1);
    f.batch = 5;
    sr_oracle_logits(&f, N, b.x, pieces);
    ck_assert_int_eq(c.calls, 1 + 5);
    ck_assert_int_eq(c.largest, N);
    ck_assert_mem_eq(whole, pieces, N * CLASSES * sizeof(float));
    ck_assert_uint_eq(f.forwards, 2 * N);
    ck_assert_uint_eq(f.backwards, 0);
}
END_TEST

START_TEST(broken_logits_are_wrong)
{
    ck_assert(!sr_oracle_wrong(3, (float[]){1, 3, 2}, 1));
    ck_assert(sr_oracle_wrong(3, (float[]){1, 3, 2}, 2));
    ck_assert(sr_oracle_wrong(3, (float[]){1, INFINITY, 2}, 1));
    ck_assert(sr_oracle_wrong(3, (float[]){NAN, NAN, NAN}, 0));
    ck_assert(sr_oracle_wrong(3, (float[]){1, 3, -INFINITY}, 1));
}
END_TEST

SR_SUITE(attack_oracle)
{
    return sr_suite(
        "attack/oracle",
        (const TTest *[]){logits_in_pieces, broken_logits_are_wrong, NULL});
}
