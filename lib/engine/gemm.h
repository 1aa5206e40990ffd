/* engine/gemm.h - matrix products by OpenBLAS; used inside the engine.
 *
 * Row-major.  Each call runs on the calling thread alone; cutting work between
 * threads is the caller's, so that results do not depend on their number.
 */
#ifndef SR_ENGINE_GEMM_H
#define SR_ENGINE_GEMM_H

#include <stdbool.h>

/* A matrix as it lies in memory: rows are `stride` floats apart; transposed
 * says that the product wants its transpose. */
struct sr_mat {
    const float *v;
    int stride;
    bool transposed;
};

/* c = a b, or c += a b when `add`; a is [m][k] and b [k][n] after their
 * transposition, c [m][n] with rows c_stride apart. */
void sr_gemm(int m, int n, int k, struct sr_mat a, struct sr_mat b, bool add,
             float *c, int c_stride);

enum sr_blas_flavour { SR_BLAS_SERIAL, SR_BLAS_PTHREAD, SR_BLAS_OPENMP };
enum sr_blas_flavour sr_blas_flavour(void);

/* Calls made from the calling thread use no threads of their own.  OpenMP
 * keeps that number per thread: call it in each. */
void sr_blas_one_thread(void);

const char *sr_blas_describe(void);

#endif
