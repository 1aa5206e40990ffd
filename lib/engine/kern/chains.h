/* engine/kern/chains.h - the most that multiply-adds can do: sums in registers
 * that do not wait for each other.
 *
 * As many as a tile of convolution has; each starts at another value, so that
 * no two are the same to the compiler.
 */
static void fma_chains(size_t rounds, float scale, float shift, float *out)
{
    vec sums[ACCS];
    const vec a = spread(scale), b = spread(shift);
#pragma GCC unroll 24
    for (int i = 0; i < ACCS; i++)
        sums[i] = spread((float)i);

    for (size_t r = 0; r < rounds; r++)
#pragma GCC unroll 24
        for (int i = 0; i < ACCS; i++)
            sums[i] = sums[i] * a + b;

#pragma GCC unroll 24
    for (int i = 1; i < ACCS; i++)
        sums[0] += sums[i];
    store(out, sums[0]);
}
