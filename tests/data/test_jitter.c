#include "data/jitter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/rng.h"
#include "samples.h"
#include "test.h"

static const char *const parts[SR_JITTER_PARTS] = {"brightness", "contrast",
                                                   "saturation", "hue"};

/* "hue=0.1 contrast=2": these, in this order. */
static struct sr_jitter parse(char *text)
{
    struct sr_jitter j = {0};
    char *rest, *word = strtok_r(text, " ", &rest);
    for (; word; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        int part = 0;
        while (strcmp(parts[part], word) != 0)
            part++;
        j.order[j.parts++] = (enum sr_jitter_part)part;
        j.factor[part] = strtod(equals + 1, NULL);
    }
    return j;
}

/* Lines of jitter.tsv: file, what is done to it, SHA-256 of the pixels that
 * torchvision and Pillow make of it. */
START_TEST(pixels_are_pillows)
{
    FILE *f = fopen("tests/golden/jitter.tsv", "r");
    char file[64], what[128], sha256[65];
    int lines = 0;
    ck_assert_ptr_nonnull(f);
    for (; fscanf(f, "%63[^\t]\t%127[^\t]\t%64s\n", file, what, sha256) == 3;
         lines++) {
        struct sr_err err;
        struct sr_picture p;
        char found[65], done[128];
        size_t size;
        const unsigned char *bytes =
            fixture(sr_arena_format(sr_test_arena(), "images/%s", file), &size);
        SR_GOOD(sr_picture_decode(bytes, size, SR_JPEG_LIBJPEG, sr_test_arena(),
                                  &p, &err),
                err);
        snprintf(done, sizeof done, "%s", what);
        const struct sr_jitter j = parse(done);
        sr_jitter_apply(&j, &p);
        sr_sha256(p.pixel, (size_t)(3 * p.w * p.h), found);
        ck_assert_msg(strcmp(found, sha256) == 0, "%s, %s", file, what);
    }
    fclose(f);
    ck_assert_int_eq(lines, 57);
}
END_TEST

/* Every colour there is, through hue and back: none may leave its byte. */
START_TEST(all_colours)
{
    enum { SIDE = 4096 };
    struct sr_picture p = {.w = SIDE, .h = SIDE};
    p.pixel = SR_TAKE(sr_test_arena(), 3 * SIDE * SIDE, unsigned char);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int k = 0; k < 3; k++)
            p.pixel[3 * i + k] = (unsigned char)(i >> 8 * k);
    char text[] = "hue=0";
    const struct sr_jitter none = parse(text);
    sr_jitter_apply(&none, &p);
    /* There and back drops what is behind the point: less than 1 of hue, which
     * is 6 of a channel, and less than 1 of saturation, which is 1; and rounds
     * the channel by 1/2.  So less than 7.5. */
    int worst = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int k = 0; k < 3; k++) {
            const int off = abs(p.pixel[3 * i + k] - (i >> 8 * k & 255));
            worst = off > worst ? off : worst;
        }
    ck_assert_int_le(worst, 7);
}
END_TEST

/* Uniform factors, all orders alike: n draws, counts of n / 24 each. */
START_TEST(draws)
{
    enum { N = 24000 };
    const struct sr_jitter_opts opts = {0.4, 0.2, 1, 0.5};
    const double low[] = {0.6, 0.8, 0, -0.5}, high[] = {1.4, 1.2, 2, 0.5};
    int orders[256] = {0}, seen = 0;
    double sum[SR_JITTER_PARTS] = {0};
    for (uint64_t i = 0; i < N; i++) {
        const struct sr_jitter j = sr_jitter_draw(
            &opts, sr_rng_key(sr_test_seed(), SR_RNG_TEST, i, 0, 0));
        int order = 0;
        ck_assert_int_eq(j.parts, SR_JITTER_PARTS);
        for (int k = 0; k < SR_JITTER_PARTS; k++) {
            order = 4 * order + (int)j.order[k];
            ck_assert(j.factor[k] >= low[k] && j.factor[k] <= high[k]);
            sum[k] += j.factor[k];
        }
        orders[order]++;
    }
    /* 1000 each with a deviation of 31; 6 deviations. */
    for (int i = 0; i < 256; i++) {
        seen += orders[i] > 0;
        ck_assert(orders[i] == 0 || abs(orders[i] - N / 24) < 190);
    }
    ck_assert_int_eq(seen, 24);
    /* A mean of N uniform numbers deviates by width / sqrt(12 N). */
    for (int k = 0; k < SR_JITTER_PARTS; k++)
        ck_assert_double_eq_tol(sum[k] / N, (low[k] + high[k]) / 2,
                                6 * (high[k] - low[k]) / sqrt(12.0 * N));
}
END_TEST

/* What has no amount is not done, and the others keep their order. */
START_TEST(amounts_of_zero_are_left_out)
{
    const struct sr_jitter_opts all = {0.4, 0.4, 0.4, 0.1};
    const struct sr_jitter_opts some = {0.4, 0, 0.4, 0};
    for (uint64_t i = 0; i < 100; i++) {
        const uint64_t key = sr_rng_key(1, SR_RNG_TEST, i, 0, 0);
        const struct sr_jitter a = sr_jitter_draw(&all, key);
        const struct sr_jitter b = sr_jitter_draw(&some, key);
        int at = 0;
        ck_assert_int_eq(b.parts, 2);
        for (int k = 0; k < a.parts; k++)
            if (a.order[k] == SR_BRIGHTNESS || a.order[k] == SR_SATURATION)
                ck_assert_int_eq(b.order[at++], a.order[k]);
        ck_assert_double_eq(a.factor[SR_BRIGHTNESS], b.factor[SR_BRIGHTNESS]);
    }
}
END_TEST

SR_SUITE(data_jitter)
{
    return sr_suite("data/jitter",
                    (const TTest *[]){pixels_are_pillows, all_colours, draws,
                                      amounts_of_zero_are_left_out, NULL});
}
