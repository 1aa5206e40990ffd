/* tests/engine/engines.h - engines for tests: every instruction set this CPU
 * has, with any number of threads and any way of convolution.
 */
#ifndef SR_TESTS_ENGINE_ENGINES_H
#define SR_TESTS_ENGINE_ENGINES_H

#include "engine/dispatch.h"
#include "engine/engine.h"
#include "engine/gemm.h"
#include "test.h"

/* An engine on the i-th instruction set; closed by sr_engine_close. */
static inline struct sr_engine engine_on(int isa, int threads,
                                         enum sr_conv_way conv)
{
    struct sr_err err;
    struct sr_engine e = {
        .kern = sr_kern_at(isa), .conv = conv, .caches = sr_cpu_caches()};
    SR_GOOD(sr_par_open(threads, &e.par, &err), err);
    sr_blas_one_thread();
    return e;
}

/* Every instruction set, one after the other, on two threads. */
#define FOR_EACH_ISA(e)                                                        \
    for (int isa_ = 0; sr_kern_at(isa_); isa_++)                               \
        for (struct sr_engine e = engine_on(isa_, 2, SR_CONV_AUTO); e.kern;    \
             sr_engine_close(&e))

#endif
