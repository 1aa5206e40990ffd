#define _DEFAULT_SOURCE /* setenv */
#include "engine/engine.h"

#include <stdlib.h>

#include "engine/dispatch.h"
#include "test.h"

START_TEST(opens_with_checked_blas)
{
    struct sr_err err;
    struct sr_engine e;
    for (int threads = 1; threads <= 4; threads++) {
        const struct sr_engine_opts opts = {.threads = threads};
        SR_GOOD(sr_engine_open(&opts, &e, &err), err);
        ck_assert_int_eq(sr_par_threads(e.par), threads);
        ck_assert_ptr_nonnull(strstr(sr_engine_blas(), "OpenBLAS"));
        sr_engine_close(&e);
    }
}
END_TEST

START_TEST(the_environment_chooses_less)
{
    struct sr_err err;
    struct sr_engine e;
    const struct sr_engine_opts opts = {.threads = 1};
    for (int i = 0; sr_kern_at(i); i++) {
        setenv("SATRUN_ISA", sr_kern_at(i)->isa, 1);
        SR_GOOD(sr_engine_open(&opts, &e, &err), err);
        ck_assert_str_eq(sr_engine_isa(&e), sr_kern_at(i)->isa);
        sr_engine_close(&e);
    }
    setenv("SATRUN_ISA", "avx3", 1);
    SR_BAD(sr_engine_open(&opts, &e, &err), err, SR_ECONFIG,
           "no instruction set 'avx3'; there are: base");
}
END_TEST

START_TEST(defaults)
{
    struct sr_engine_opts opts;
    sr_opt_defaults(sr_engine_rows, &opts);
    ck_assert_int_eq(opts.threads, 0);
    ck_assert_int_eq(opts.conv, SR_CONV_AUTO);
}
END_TEST

SR_SUITE(engine_engine)
{
    return sr_suite("engine/engine",
                    (const TTest *[]){opens_with_checked_blas,
                                      the_environment_chooses_less, defaults,
                                      NULL});
}
