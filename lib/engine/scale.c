#include "engine/scale.h"

#include <string.h>

#include "engine/kern/kern.h"

struct job {
    const struct sr_kern *kern;
    size_t pixels, c;
    const float *x, *gate, *dy;
    float *out, *dgate; /* NULL: not wanted                          */
    double *sums;       /* [n][2][c]: of dy, and of dy x, by channel */
};

static void multiply_image(const struct job *j, int image, const float *from)
{
    const size_t first = (size_t)image * j->pixels;
    const float *gate = j->gate + (size_t)image * j->c;
    for (size_t p = first; p < first + j->pixels; p++)
        j->kern->multiply(j->c, from + p * j->c, gate, j->out + p * j->c);
}

static void sum_image(const struct job *j, int image)
{
    const size_t at = (size_t)image * j->pixels * j->c;
    double *sum = j->sums + (size_t)image * 2 * j->c, *dot = sum + j->c;
    float *dgate = j->dgate + (size_t)image * j->c;
    memset(sum, 0, 2 * j->c * sizeof *sum);
    j->kern->channel_sums(j->pixels, (int)j->c, j->x + at, j->dy + at, sum,
                          dot);
    for (size_t k = 0; k < j->c; k++)
        dgate[k] = (float)dot[k];
}

static void forward_image(void *argument, int image, int worker)
{
    const struct job *j = argument;
    (void)worker;
    multiply_image(j, image, j->x);
}

/* The sums first: dx may be dy. */
static void backward_image(void *argument, int image, int worker)
{
    const struct job *j = argument;
    (void)worker;
    if (j->dgate)
        sum_image(j, image);
    if (j->out)
        multiply_image(j, image, j->dy);
}

void sr_scale_forward(const struct sr_engine *e, int n, int pixels, int c,
                      const float *x, const float *gate, float *y)
{
    struct job job = {.kern = e->kern,
                      .pixels = (size_t)pixels,
                      .c = (size_t)c,
                      .x = x,
                      .gate = gate,
                      .out = y};
    sr_par_run(e->par, n, forward_image, &job);
}

size_t sr_scale_scratch(int n, int c)
{
    return (size_t)n * 2 * (size_t)c * (sizeof(double) / sizeof(float));
}

void sr_scale_backward(const struct sr_engine *e, int n, int pixels, int c,
                       const float *x, const float *gate, const float *dy,
                       float *dx, float *dgate, float *scratch)
{
    struct job job = {.kern = e->kern,
                      .pixels = (size_t)pixels,
                      .c = (size_t)c,
                      .x = x,
                      .gate = gate,
                      .dy = dy,
                      .out = dx,
                      .dgate = dgate,
                      .sums = (double *)(void *)scratch};
    sr_par_run(e->par, n, backward_image, &job);
}
