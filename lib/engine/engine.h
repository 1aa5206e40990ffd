/* engine/engine.h - what every numerical call needs besides its numbers.
 *
 * The engine knows floats, not experiments: no YAML, no files, no allocation,
 * no printing.  Layout is NHWC everywhere, float, dense, channels fastest.
 */
#ifndef SR_ENGINE_ENGINE_H
#define SR_ENGINE_ENGINE_H

#include "base/cpu.h"
#include "base/err.h"
#include "base/opt.h"
#include "base/par.h"

struct sr_kern; /* engine/kern/kern.h: the inner loops of one instruction set */

/* The ways of conv.h; auto picks by shape from a fixed table. */
enum sr_conv_way {
    SR_CONV_AUTO,
    SR_CONV_IM2COL,
    SR_CONV_INDIRECT,
    SR_CONV_WINOGRAD
};

/* Passed by const pointer to every call that computes. */
struct sr_engine {
    const struct sr_kern *kern;
    struct sr_par *par;
    enum sr_conv_way conv;
    struct sr_caches caches; /* a reason to cut work here or there, in ways
                                that change no bit */
};

/* The `engine.` keys of a config. */
struct sr_engine_opts {
    long long threads; /* 0: all the machine's */
    int conv;          /* enum sr_conv_way     */
};
extern const struct sr_opt sr_engine_rows[];

/* Choose the kernels (the best the CPU has, up to the environment's
 * SATRUN_ISA), start the threads, and check OpenBLAS.
 *
 * The check: the flavour must be safe to call from several threads (reliability
 * facts: Debian's serial build is not), it is set to one thread a call, and a
 * few small products, made from all workers at once, must equal a plain double
 * loop within rounding and each other to the bit.
 * Fails: SR_ECONFIG for an unknown SATRUN_ISA (the known ones are listed);
 * SR_ERESOURCE for threads; SR_EVERIFY when OpenBLAS computes wrongly. */
enum sr_status sr_engine_open(const struct sr_engine_opts *opts,
                              struct sr_engine *engine, struct sr_err *err);
void sr_engine_close(struct sr_engine *engine);

const char *sr_engine_isa(const struct sr_engine *engine); /* "avx512" */

/* OpenBLAS's own description: version, core, flavour.  Borrowed. */
const char *sr_engine_blas(void);

#endif
