#include "engine/gemm.h"

#include <cblas.h>

static CBLAS_TRANSPOSE how(struct sr_mat m)
{
    return m.transposed ? CblasTrans : CblasNoTrans;
}

void sr_gemm(int m, int n, int k, struct sr_mat a, struct sr_mat b, bool add,
             float *c, int c_stride)
{
    cblas_sgemm(CblasRowMajor, how(a), how(b), m, n, k, 1, a.v, a.stride, b.v,
                b.stride, add ? 1 : 0, c, c_stride);
}

enum sr_blas_flavour sr_blas_flavour(void)
{
    const int parallel = openblas_get_parallel();
    return parallel == OPENBLAS_SEQUENTIAL ? SR_BLAS_SERIAL
           : parallel == OPENBLAS_OPENMP   ? SR_BLAS_OPENMP
                                           : SR_BLAS_PTHREAD;
}

void sr_blas_one_thread(void) { openblas_set_num_threads(1); }

const char *sr_blas_describe(void) { return openblas_get_config(); }
