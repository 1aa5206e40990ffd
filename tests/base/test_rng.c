#include "base/rng.h"

#include <math.h>

#include "test.h"

enum { N = 1 << 16 };

/* The published sequence of SplitMix64 from seed 0: the finaliser of 0, of one
 * golden gamma, of two (reference code of Vigna, prng.di.unimi.it). */
START_TEST(mix_is_splitmix64)
{
    const uint64_t gamma = 0x9e3779b97f4a7c15u;
    ck_assert_uint_eq(sr_rng_mix(0), 0xe220a8397b1dcdafu);
    ck_assert_uint_eq(sr_rng_mix(gamma), 0x6e789e6aa1b965f4u);
    ck_assert_uint_eq(sr_rng_mix(2 * gamma), 0x06c45d188009454fu);
}
END_TEST

/* From an independent implementation in Python.  A change of these numbers
 * changes every result ever published with this program. */
static const struct {
    uint64_t seed;
    enum sr_purpose purpose;
    uint64_t a, b, c, i, key, bits;
} golden[] = {
    {0x0, 1, 0x0, 0x0, 0x0, 0x0, 0xf9ac6e337c2f0f1e, 0xdcace7d97c90c092},
    {0x1, 2, 0x3, 0x4, 0x5, 0x6, 0x90bb69b7166551de, 0xc48a6ca8ce9a5afb},
    {0x2a, 4, 0x0, 0xc34f, 0x9, 0xbff, 0xa7a12429f5ac88d7, 0xde340dfbb9def541},
    {0xffffffffffffffff, 7, 0xffffffffffffffff, 0xffffffffffffffff,
     0xffffffffffffffff, 0xffffffffffffffff, 0xc6e5cc9d70912677,
     0x024244546ff1fe54},
};

START_TEST(golden_values)
{
    for (size_t j = 0; j < sizeof golden / sizeof *golden; j++) {
        const uint64_t key = sr_rng_key(golden[j].seed, golden[j].purpose,
                                        golden[j].a, golden[j].b, golden[j].c);
        ck_assert_uint_eq(key, golden[j].key);
        ck_assert_uint_eq(sr_rng_bits(key, golden[j].i), golden[j].bits);
    }
}
END_TEST

/* 256 bins of N draws: chi-square with 255 degrees of freedom has mean 255 and
 * deviation sqrt(2 * 255) = 22.6; six deviations above is 391. */
static void expect_uniform(const uint64_t key, const char *what)
{
    int count[256] = {0};
    double chi2 = 0;
    for (uint64_t i = 0; i < N; i++) {
        const float u = sr_rng_uniform(key, i);
        ck_assert(u >= 0 && u < 1);
        count[(int)(u * 256)]++;
    }
    for (int j = 0; j < 256; j++) {
        const double off = count[j] - N / 256.0;
        chi2 += off * off / (N / 256.0);
    }
    ck_assert_msg(chi2 < 391, "%s: chi-square %g", what, chi2);
}

START_TEST(uniform_along_every_argument)
{
    for (uint64_t v = 0; v < 8; v++) {
        expect_uniform(sr_rng_key(v, SR_RNG_TEST, 0, 0, 0), "seed");
        expect_uniform(sr_rng_key(0, SR_RNG_TEST, v, 0, 0), "a");
        expect_uniform(sr_rng_key(0, SR_RNG_TEST, 0, v, 0), "b");
        expect_uniform(sr_rng_key(0, SR_RNG_TEST, 0, 0, v), "c");
    }
}
END_TEST

/* Draw 0 of N neighbouring keys, as one image after the other draws it. */
START_TEST(uniform_across_keys)
{
    int count[256] = {0};
    double chi2 = 0;
    for (uint64_t b = 0; b < N; b++) {
        const uint64_t key = sr_rng_key(1, SR_RNG_ATTACK, 3, b, 0);
        count[(int)(sr_rng_uniform(key, 0) * 256)]++;
    }
    for (int j = 0; j < 256; j++)
        chi2 += pow(count[j] - N / 256.0, 2) / (N / 256.0);
    ck_assert_double_lt(chi2, 391);
}
END_TEST

/* The correlation of N independent pairs has deviation 1 / sqrt(N). */
static void expect_uncorrelated(uint64_t p, uint64_t q, uint64_t shift)
{
    double sum = 0;
    for (uint64_t i = 0; i < N; i++)
        sum += ((double)sr_rng_uniform(p, i) - 0.5) *
               ((double)sr_rng_uniform(q, i + shift) - 0.5);
    ck_assert_double_lt(fabs(sum / N * 12), 6 / sqrt(N));
}

START_TEST(neighbouring_streams_are_independent)
{
    const uint64_t key = sr_rng_key(1, SR_RNG_TEST, 5, 6, 7);
    expect_uncorrelated(key, key, 1);
    expect_uncorrelated(key, key, 2);
    expect_uncorrelated(key, sr_rng_key(2, SR_RNG_TEST, 5, 6, 7), 0);
    expect_uncorrelated(key, sr_rng_key(1, SR_RNG_SPLIT, 5, 6, 7), 0);
    expect_uncorrelated(key, sr_rng_key(1, SR_RNG_TEST, 6, 6, 7), 0);
    expect_uncorrelated(key, sr_rng_key(1, SR_RNG_TEST, 5, 7, 7), 0);
    expect_uncorrelated(key, sr_rng_key(1, SR_RNG_TEST, 5, 6, 8), 0);
}
END_TEST

/* Each bit of an argument, flipped, flips half of the result: 32 of 64 bits
 * with deviation 4; over 512 keys 4 / sqrt(512) = 0.18. */
START_TEST(every_bit_of_an_argument_matters)
{
    for (int bit = 0; bit < 64; bit++) {
        int flipped[2] = {0};
        const uint64_t flip = (uint64_t)1 << bit;
        for (uint64_t j = 0; j < 512; j++) {
            const uint64_t key = sr_rng_key(1, SR_RNG_TEST, j, 0, 0);
            const uint64_t other = sr_rng_key(1, SR_RNG_TEST, j ^ flip, 0, 0);
            flipped[0] += __builtin_popcountll(key ^ other);
            flipped[1] += __builtin_popcountll(sr_rng_bits(key, j) ^
                                               sr_rng_bits(key, j ^ flip));
        }
        ck_assert_double_eq_tol(flipped[0] / 512.0, 32, 6 * 0.18);
        ck_assert_double_eq_tol(flipped[1] / 512.0, 32, 6 * 0.18);
    }
}
END_TEST

START_TEST(below_stays_below_and_reaches_all)
{
    const uint64_t key = sr_rng_key(1, SR_RNG_TEST, 0, 0, 0);
    int seen[7] = {0};
    for (uint64_t i = 0; i < 7000; i++) {
        const uint64_t v = sr_rng_below(key, i, 7);
        ck_assert_uint_lt(v, 7);
        seen[v]++;
        ck_assert_uint_eq(sr_rng_below(key, i, 1), 0);
    }
    for (int j = 0; j < 7; j++) /* deviation sqrt(1000 * 6/7) = 29 */
        ck_assert_double_eq_tol(seen[j], 1000, 6 * 29.3);
}
END_TEST

/* Deviations of the estimates over n draws: mean 1/sqrt(n), variance
 * sqrt(2/n), skewness sqrt(15/n), fourth moment sqrt(96/n). */
START_TEST(normal_moments)
{
    const uint64_t key = sr_rng_key(1, SR_RNG_INIT, 2, 0, 0);
    double m[5] = {0};
    for (uint64_t i = 0; i < N; i++) {
        const double z = sr_rng_normal(key, i);
        ck_assert(isfinite(z));
        for (int p = 1; p <= 4; p++)
            m[p] += pow(z, p) / N;
    }
    ck_assert_double_eq_tol(m[1], 0, 6 / sqrt(N));
    ck_assert_double_eq_tol(m[2], 1, 6 * sqrt(2.0 / N));
    ck_assert_double_eq_tol(m[3], 0, 6 * sqrt(15.0 / N));
    ck_assert_double_eq_tol(m[4], 3, 6 * sqrt(96.0 / N));
}
END_TEST

SR_SUITE(base_rng)
{
    return sr_suite(
        "base/rng",
        (const TTest *[]){
            mix_is_splitmix64, golden_values, uniform_along_every_argument,
            uniform_across_keys, neighbouring_streams_are_independent,
            every_bit_of_an_argument_matters, below_stays_below_and_reaches_all,
            normal_moments, NULL});
}
