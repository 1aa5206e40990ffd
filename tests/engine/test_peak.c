#include "engine/peak.h"

#include <math.h>

#include "engine/kern/kern.h"
#include "engines.h"

enum { LINE = 16 };

/* What the chains compute is what they are said to: a chain that the compiler
 * had shortened would not have been measured.  After r rounds the chain that
 * began at i stands at i a^r + b (1 + a + ... + a^(r-1)); a and b are chosen so
 * that floats hold all of it exactly. */
START_TEST(every_round_is_computed)
{
    FOR_EACH_ISA(e)
    {
        for (size_t rounds = 0; rounds < 8; rounds++) {
            float *out = noise(LINE, 1);
            e.kern->fma_chains(rounds, 2, 3, out);
            const double chains = e.kern->chains;
            const double power = pow(2, (double)rounds);
            const double want =
                power * chains * (chains - 1) / 2 + chains * 3 * (power - 1);
            for (int i = 0; i < e.kern->floats; i++)
                ck_assert_double_eq((double)out[i], want);
        }
    }
}
END_TEST

/* A processor since 2010 does a multiply and an add a cycle in four lanes,
 * none does a thousand vectors; its memory moves more than a spinning disk. */
START_TEST(peaks_are_plausible)
{
    enum { FLOATS = 1 << 20 };
    FOR_EACH_ISA(e)
    {
        const double flops = sr_peak_flops(&e);
        ck_assert(flops > 1e8 && flops < 1e13);
        const float *x = noise(FLOATS, 2), *y = noise(FLOATS, 3);
        float *z = noise(FLOATS, 4);
        const double bytes = sr_peak_bytes(&e, FLOATS, x, y, z);
        ck_assert(bytes > 1e8 && bytes < 1e13);
        for (int i = 0; i < FLOATS; i++)
            ck_assert_float_eq(z[i], x[i] + y[i]);
    }
}
END_TEST

SR_SUITE(engine_peak)
{
    return sr_suite(
        "engine/peak",
        (const TTest *[]){every_round_is_computed, peaks_are_plausible, NULL});
}
