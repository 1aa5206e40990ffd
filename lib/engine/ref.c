#include "engine/ref.h"

#include <string.h>

/* Every (image, output pixel, filter, tap, channel) of a convolution, with the
 * places in x, y and w that it connects; taps outside the image are left out.
 * The three definitions differ only in which of the places they sum into. */
struct link {
    size_t x, y, w;
    int o;
};
typedef void link_fn(void *sums, struct link at);

static void each_input(const struct sr_conv *g, int image, int oy, int ox,
                       int o, link_fn *fn, void *sums)
{
    const int c = g->c_in / g->groups, first = o / (g->c_out / g->groups) * c;
    const int y_pixel = (image * g->oh + oy) * g->ow + ox;
    for (int i = 0; i < g->kh; i++)
        for (int j = 0; j < g->kw; j++) {
            const int iy = oy * g->stride - g->pad_top + i;
            const int ix = ox * g->stride - g->pad_left + j;
            if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w)
                continue;
            const int x_pixel = (image * g->h + iy) * g->w + ix;
            for (int k = 0; k < c; k++)
                fn(sums,
                   (struct link){
                       .x = (size_t)(x_pixel * g->c_in + first + k),
                       .y = (size_t)(y_pixel * g->c_out + o),
                       .w = (size_t)(((o * c + k) * g->kh + i) * g->kw + j),
                       .o = o});
        }
}

static void each_link(const struct sr_conv *g, int n, link_fn *fn, void *sums)
{
    for (int image = 0; image < n; image++)
        for (int oy = 0; oy < g->oh; oy++)
            for (int ox = 0; ox < g->ow; ox++)
                for (int o = 0; o < g->c_out; o++)
                    each_input(g, image, oy, ox, o, fn, sums);
}

struct sums {
    const double *a, *b;
    double *out;
};

static void add_to_y(void *argument, struct link at)
{
    const struct sums *s = argument;
    s->out[at.y] += s->a[at.x] * s->b[at.w];
}

static void add_to_x(void *argument, struct link at)
{
    const struct sums *s = argument;
    s->out[at.x] += s->a[at.y] * s->b[at.w];
}

static void add_to_w(void *argument, struct link at)
{
    const struct sums *s = argument;
    s->out[at.w] += s->a[at.y] * s->b[at.x];
}

void sr_ref_conv_forward(const struct sr_conv *g, int n, const double *x,
                         const double *w, const double *bias, double *y)
{
    for (int i = 0; i < n * g->oh * g->ow * g->c_out; i++)
        y[i] = bias ? bias[i % g->c_out] : 0;
    each_link(g, n, add_to_y, &(struct sums){x, w, y});
}

void sr_ref_conv_backward_x(const struct sr_conv *g, int n, const double *dy,
                            const double *w, double *dx)
{
    memset(dx, 0, (size_t)(n * g->h * g->w * g->c_in) * sizeof *dx);
    each_link(g, n, add_to_x, &(struct sums){dy, w, dx});
}

void sr_ref_conv_backward_w(const struct sr_conv *g, int n, const double *x,
                            const double *dy, double *dw, double *dbias)
{
    each_link(g, n, add_to_w, &(struct sums){dy, x, dw});
    for (int i = 0; dbias && i < n * g->oh * g->ow * g->c_out; i++)
        dbias[i % g->c_out] += dy[i];
}

void sr_ref_gemm(int m, int n, int k, const double *a, const double *b,
                 double *c)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (int l = 0; l < k; l++)
                c[i * n + j] += a[i * k + l] * b[l * n + j];
        }
}
