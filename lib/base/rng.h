/* base/rng.h - random numbers as a function of where they are used.
 *
 * A draw depends on nothing but its key and index: there is no generator state
 * to save in a checkpoint, image i gets the same noise on 1 thread and on 8,
 * in any batch, and resuming at step 5000 needs no replay.
 *
 * Method   SplitMix64's finaliser over a chain of the key's parts
 * Source   Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
 *          generators"
 */
#ifndef SR_BASE_RNG_H
#define SR_BASE_RNG_H

#include <math.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 sr_wide; /* not ISO C, hence marked */

/* What a draw is for.  The numbers are part of every result: append only. */
enum sr_purpose {
    SR_RNG_INIT = 1,    /* a = parameter                                  */
    SR_RNG_ORDER = 2,   /* a = epoch                                      */
    SR_RNG_AUGMENT = 3, /* a = epoch, b = sample                          */
    SR_RNG_ATTACK = 4,  /* a = epoch (0 in evaluation), b = sample,
                           c = restart                                    */
    SR_RNG_CLEAN = 5,   /* a = epoch, b = step: does the batch start clean */
    SR_RNG_SPLIT = 6,   /* a = sample: training or validation             */
    SR_RNG_TEST = 7,
    SR_RNG_BENCH = 8,   /* what is computed on while it is timed            */
    SR_RNG_DROP = 9,    /* a = epoch, b = sample, c = step: what dropout
                           and stochastic depth leave out                  */
    SR_RNG_SEARCH = 10, /* a = attack and epoch, b = sample, c = target and
                           restart                                         */
    SR_RNG_AUDIT = 11,  /* b = sample: where a gradient is compared        */
};

static inline uint64_t sr_rng_mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t sr_rng_key(uint64_t seed, enum sr_purpose purpose,
                                  uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t key = sr_rng_mix(seed);
    key = sr_rng_mix(key ^ (uint64_t)purpose);
    key = sr_rng_mix(key ^ a);
    key = sr_rng_mix(key ^ b);
    return sr_rng_mix(key ^ c);
}

/* 64 random bits. */
static inline uint64_t sr_rng_bits(uint64_t key, uint64_t i)
{
    return sr_rng_mix(key ^ sr_rng_mix(i));
}

/* Uniform in [0, 1), a multiple of 2^-24: every value is exact in float. */
static inline float sr_rng_uniform(uint64_t key, uint64_t i)
{
    return (float)(sr_rng_bits(key, i) >> 40) * 0x1p-24f;
}

/* Uniform in 0..n-1, n >= 1.  Bias below n / 2^64. */
static inline uint64_t sr_rng_below(uint64_t key, uint64_t i, uint64_t n)
{
    return (uint64_t)(((sr_wide)sr_rng_bits(key, i) * n) >> 64);
}

/* Standard normal (Box and Muller 1958; two draws for one number, so that
 * draw i never depends on draw i - 1).  Computed in double. */
static inline float sr_rng_normal(uint64_t key, uint64_t i)
{
    const double u = (double)((sr_rng_bits(key, 2 * i) >> 11) + 1) * 0x1p-53;
    const double v = (double)(sr_rng_bits(key, 2 * i + 1) >> 11) * 0x1p-53;
    return (float)(sqrt(-2 * log(u)) * cos(6.283185307179586 * v));
}

#endif
