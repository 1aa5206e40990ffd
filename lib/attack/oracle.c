#include "attack/oracle.h"

#include <math.h>

static int smaller(int a, int b) { return a < b ? a : b; }

void sr_oracle_logits(struct sr_oracle *f, int n, const float *x, float *z)
{
    const size_t pixels = sr_oracle_pixels(f), classes = (size_t)f->classes;

    for (int i = 0; i < n; i += f->batch)
        f->forward(f->model, smaller(n - i, f->batch), x + (size_t)i * pixels,
                   z + (size_t)i * classes);
    f->forwards += (uint64_t)n;
}

bool sr_oracle_wrong(int classes, const float *z, int y)
{
    for (int k = 0; k < classes; k++)
        if (!isfinite(z[k]))
            return true;
    return sr_argmax(classes, z) != y;
}

void sr_oracle_near(struct sr_oracle *f, int n,
                    const struct sr_neighbour *image, float *z)
{
    SR_REQUIRE(n <= f->batch);
    f->near(f->model, n, image, z);
    f->forwards += (uint64_t)n;
}

void sr_oracle_backward(struct sr_oracle *f, int n, const float *dz, float *gx)
{
    SR_REQUIRE(n <= f->batch);
    f->backward(f->model, n, dz, gx);
    f->backwards += (uint64_t)n;
}
