#include "engine/engine.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dispatch.h"
#include "engine/gemm.h"

static const char *conv_word(int i)
{
    static const char *const words[] = {"auto", "im2col", "indirect",
                                        "winograd"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

// clang-format off
const struct sr_opt sr_engine_rows[] = {
    SR_INT (struct sr_engine_opts, threads, "0", 0, 1024, "threads",
            "threads that compute; 0: all the machine's"),
    SR_ENUM(struct sr_engine_opts, conv, "auto", conv_word,
            "how convolutions are computed"),
    {0}
};
// clang-format on

/* The self-test's products: odd tails, transposes, an empty sum. */
static const struct product {
    int m, n, k;
    bool a_transposed, b_transposed;
} products[] = {
    {16, 24, 40, false, false}, {7, 13, 31, false, true},
    {33, 5, 17, true, false},   {1, 40, 29, true, true},
    {40, 1, 40, false, false},  {6, 6, 0, false, false},
};
enum {
    PRODUCTS = sizeof products / sizeof *products,
    SIDE = 40,   /* the largest side above */
    REPEATS = 20 /* a race needs more than one chance */
};

/* What the workers share.  Worker 0's results are the ones to equal. */
struct self_test {
    int threads;
    atomic_int arrived;
    atomic_int wrong; /* 1 + the index of a product that came out wrong */
    float a[SIDE * SIDE], b[SIDE * SIDE];
    float want[PRODUCTS][SIDE * SIDE];
};

static void multiply(const struct self_test *t, const struct product *p,
                     float *c)
{
    const struct sr_mat a = {t->a, p->a_transposed ? p->m : SIDE,
                             p->a_transposed};
    const struct sr_mat b = {t->b, p->b_transposed ? SIDE : p->n,
                             p->b_transposed};
    sr_gemm(p->m, p->n, p->k, a, b, false, c, p->n);
}

/* |error| of a sum of k products of numbers below 1 in float, twice over. */
static bool is_right(const struct self_test *t, const struct product *p,
                     const float *c)
{
    const double tolerance = 2 * p->k * p->k * 0x1p-24;
    for (int i = 0; i < p->m; i++)
        for (int j = 0; j < p->n; j++) {
            double sum = 0;
            for (int l = 0; l < p->k; l++)
                sum +=
                    (double)
                        t->a[p->a_transposed ? l * p->m + i : i * SIDE + l] *
                    (double)t->b[p->b_transposed ? j * SIDE + l : l * p->n + j];
            if (!(fabs((double)c[i * p->n + j] - sum) <= tolerance))
                return false;
        }
    return true;
}

/* Each worker holds one piece until all have one, so every worker gets exactly
 * one and the products really run at the same time. */
static void meet(struct self_test *t)
{
    atomic_fetch_add(&t->arrived, 1);
    while (atomic_load(&t->arrived) < t->threads)
        sched_yield();
}

static void test_worker(void *argument, int piece, int worker)
{
    (void)piece, (void)worker;
    struct self_test *t = argument;
    float c[SIDE * SIDE];
    sr_blas_one_thread();
    meet(t);
    for (int i = 0; i < REPEATS * PRODUCTS; i++) {
        const struct product *p = &products[i % PRODUCTS];
        multiply(t, p, c);
        const size_t bytes = (size_t)(p->m * p->n) * sizeof *c;
        if (memcmp(c, t->want[i % PRODUCTS], bytes) != 0)
            atomic_store(&t->wrong, 1 + i % PRODUCTS);
    }
}

static enum sr_status check_blas(struct sr_par *par, struct sr_err *err)
{
    struct self_test t = {.threads = sr_par_threads(par)};
    if (sr_blas_flavour() == SR_BLAS_SERIAL && t.threads > 1)
        return sr_fail(err, SR_ERESOURCE,
                       "this OpenBLAS (%s) is the serial build, which gives "
                       "wrong results when %d threads call it; install "
                       "libopenblas0-pthread or set engine.threads to 1",
                       sr_blas_describe(), t.threads);
    for (int i = 0; i < SIDE * SIDE; i++) {
        t.a[i] = (float)(i * 37 % 101 - 50) / 51;
        t.b[i] = (float)(i * 53 % 103 - 51) / 52;
    }
    sr_blas_one_thread();
    for (int i = 0; i < PRODUCTS; i++) {
        multiply(&t, &products[i], t.want[i]);
        if (!is_right(&t, &products[i], t.want[i]))
            t.wrong = 1 + i;
    }
    sr_par_run(par, t.threads, test_worker, &t);
    if (t.wrong == 0)
        return SR_OK;
    const struct product *p = &products[t.wrong - 1];
    return sr_fail(err, SR_EVERIFY,
                   "OpenBLAS (%s) multiplies wrongly: %dx%d by %dx%d, from %d "
                   "threads at once; try OPENBLAS_CORETYPE=Haswell, or another "
                   "flavour of the library (libopenblas0-pthread)",
                   sr_blas_describe(), p->m, p->k, p->k, p->n, t.threads);
}

enum sr_status sr_engine_open(const struct sr_engine_opts *opts,
                              struct sr_engine *engine, struct sr_err *err)
{
    struct sr_engine e = {.conv = (enum sr_conv_way)opts->conv,
                          .caches = sr_cpu_caches()};
    SR_TRY(sr_kern_choose(getenv("SATRUN_ISA"), &e.kern, err));
    SR_TRY(sr_par_open((int)opts->threads, &e.par, err));
    const enum sr_status status = check_blas(e.par, err);
    if (status != SR_OK) {
        sr_par_close(e.par);
        return status;
    }
    *engine = e;
    return SR_OK;
}

void sr_engine_close(struct sr_engine *engine)
{
    sr_par_close(engine->par);
    *engine = (struct sr_engine){0};
}

const char *sr_engine_isa(const struct sr_engine *engine)
{
    return engine->kern->isa;
}

const char *sr_engine_blas(void) { return sr_blas_describe(); }
