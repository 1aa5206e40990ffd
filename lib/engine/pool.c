#include "engine/pool.h"

#include <math.h>
#include <string.h>

enum sr_status sr_pool_shape(struct sr_pool *g, struct sr_err *err)
{
    if (g->h < 1 || g->w < 1 || g->c < 1 || g->k < 1 || g->stride < 1)
        return sr_fail(err, SR_ECONFIG,
                       "pooling of a %dx%d image with %d channels by a window "
                       "of %d and stride %d: all must be at least 1",
                       g->h, g->w, g->c, g->k, g->stride);
    if (g->pad < 0 || g->pad > g->k / 2)
        return sr_fail(err, SR_ECONFIG,
                       "a pooling window of %d allows a padding of 0 to %d, "
                       "not %d",
                       g->k, g->k / 2, g->pad);
    if (g->k > g->h + 2 * g->pad || g->k > g->w + 2 * g->pad)
        return sr_fail(err, SR_ECONFIG,
                       "a %dx%d pooling window does not fit in a %dx%d input "
                       "padded by %d",
                       g->k, g->k, g->h, g->w, g->pad);
    g->oh = (g->h + 2 * g->pad - g->k) / g->stride + 1;
    g->ow = (g->w + 2 * g->pad - g->k) / g->stride + 1;
    return SR_OK;
}

struct job {
    const struct sr_pool *g;
    const float *in, *dy; /* forward: x; backward: x (max only) and dy */
    float *out;
};

static size_t x_floats(const struct sr_pool *g)
{
    return (size_t)g->h * (size_t)g->w * (size_t)g->c;
}
static size_t y_floats(const struct sr_pool *g)
{
    return (size_t)g->oh * (size_t)g->ow * (size_t)g->c;
}

/* The part [y0, y1) x [x0, x1) of the input under window (oy, ox). */
struct window {
    int y0, y1, x0, x1;
};

static struct window window_at(const struct sr_pool *g, int oy, int ox)
{
    const int y = oy * g->stride - g->pad, x = ox * g->stride - g->pad;
    const struct window w = {
        .y0 = y > 0 ? y : 0,
        .x0 = x > 0 ? x : 0,
        .y1 = y + g->k < g->h ? y + g->k : g->h,
        .x1 = x + g->k < g->w ? x + g->k : g->w,
    };
    return w;
}

static size_t pixel(const struct sr_pool *g, int y, int x)
{
    return ((size_t)y * (size_t)g->w + (size_t)x) * (size_t)g->c;
}

static void average_window(const struct sr_pool *g, struct window w,
                           const float *x, float *y)
{
    const float scale = 1.0f / ((float)g->k * (float)g->k);
    memset(y, 0, (size_t)g->c * sizeof *y);
    for (int i = w.y0; i < w.y1; i++)
        for (int j = w.x0; j < w.x1; j++) {
            const float *from = x + pixel(g, i, j);
            for (int c = 0; c < g->c; c++)
                y[c] += from[c];
        }
    for (int c = 0; c < g->c; c++)
        y[c] *= scale;
}

static void average_forward(void *argument, int image, int worker)
{
    (void)worker;
    const struct job *job = argument;
    const struct sr_pool *g = job->g;
    const float *x = job->in + (size_t)image * x_floats(g);
    float *y = job->out + (size_t)image * y_floats(g);
    for (int oy = 0; oy < g->oh; oy++)
        for (int ox = 0; ox < g->ow; ox++, y += g->c)
            average_window(g, window_at(g, oy, ox), x, y);
}

static void average_backward(void *argument, int image, int worker)
{
    (void)worker;
    const struct job *job = argument;
    const struct sr_pool *g = job->g;
    const float scale = 1.0f / ((float)g->k * (float)g->k);
    const float *dy = job->dy + (size_t)image * y_floats(g);
    float *dx = job->out + (size_t)image * x_floats(g);
    memset(dx, 0, x_floats(g) * sizeof *dx);
    for (int oy = 0; oy < g->oh; oy++)
        for (int ox = 0; ox < g->ow; ox++, dy += g->c) {
            const struct window w = window_at(g, oy, ox);
            for (int i = w.y0; i < w.y1; i++)
                for (int j = w.x0; j < w.x1; j++)
                    for (int c = 0; c < g->c; c++)
                        dx[pixel(g, i, j) + (size_t)c] += scale * dy[c];
        }
}

void sr_pool_average_forward(const struct sr_engine *e, const struct sr_pool *g,
                             int n, const float *x, float *y)
{
    struct job job = {.g = g, .in = x, .out = y};
    sr_par_run(e->par, n, average_forward, &job);
}

void sr_pool_average_backward(const struct sr_engine *e,
                              const struct sr_pool *g, int n, const float *dy,
                              float *dx)
{
    struct job job = {.g = g, .dy = dy, .out = dx};
    sr_par_run(e->par, n, average_backward, &job);
}

/* A NaN becomes the maximum and stays it, so that it is not hidden. */
static int beats(float a, float best) { return a > best || isnan(a); }

static size_t maximum_at(const struct sr_pool *g, struct window w,
                         const float *x, int c)
{
    size_t best = pixel(g, w.y0, w.x0) + (size_t)c;
    for (int i = w.y0; i < w.y1; i++)
        for (int j = w.x0; j < w.x1; j++) {
            const size_t at = pixel(g, i, j) + (size_t)c;
            if (beats(x[at], x[best]) && !isnan(x[best]))
                best = at;
        }
    return best;
}

static void max_forward(void *argument, int image, int worker)
{
    (void)worker;
    const struct job *job = argument;
    const struct sr_pool *g = job->g;
    const float *x = job->in + (size_t)image * x_floats(g);
    float *y = job->out + (size_t)image * y_floats(g);
    for (int oy = 0; oy < g->oh; oy++)
        for (int ox = 0; ox < g->ow; ox++, y += g->c) {
            const struct window w = window_at(g, oy, ox);
            for (int c = 0; c < g->c; c++)
                y[c] = x[maximum_at(g, w, x, c)];
        }
}

static void max_backward(void *argument, int image, int worker)
{
    (void)worker;
    const struct job *job = argument;
    const struct sr_pool *g = job->g;
    const float *x = job->in + (size_t)image * x_floats(g);
    const float *dy = job->dy + (size_t)image * y_floats(g);
    float *dx = job->out + (size_t)image * x_floats(g);
    memset(dx, 0, x_floats(g) * sizeof *dx);
    for (int oy = 0; oy < g->oh; oy++)
        for (int ox = 0; ox < g->ow; ox++, dy += g->c) {
            const struct window w = window_at(g, oy, ox);
            for (int c = 0; c < g->c; c++)
                dx[maximum_at(g, w, x, c)] += dy[c];
        }
}

void sr_pool_max_forward(const struct sr_engine *e, const struct sr_pool *g,
                         int n, const float *x, float *y)
{
    struct job job = {.g = g, .in = x, .out = y};
    sr_par_run(e->par, n, max_forward, &job);
}

void sr_pool_max_backward(const struct sr_engine *e, const struct sr_pool *g,
                          int n, const float *x, const float *dy, float *dx)
{
    struct job job = {.g = g, .in = x, .dy = dy, .out = dx};
    sr_par_run(e->par, n, max_backward, &job);
}

struct global_job {
    int pixels, c;
    const float *in;
    float *out;
};

static void global_forward(void *argument, int image, int worker)
{
    (void)worker;
    const struct global_job *job = argument;
    const size_t c = (size_t)job->c, floats = (size_t)job->pixels * c;
    const float *x = job->in + (size_t)image * floats;
    float *y = job->out + (size_t)image * c;
    memset(y, 0, c * sizeof *y);
    for (size_t i = 0; i < floats; i += c)
        for (size_t j = 0; j < c; j++)
            y[j] += x[i + j];
    for (size_t j = 0; j < c; j++)
        y[j] *= 1.0f / (float)job->pixels;
}

static void global_backward(void *argument, int image, int worker)
{
    (void)worker;
    const struct global_job *job = argument;
    const size_t c = (size_t)job->c, floats = (size_t)job->pixels * c;
    const float *dy = job->in + (size_t)image * c;
    float *dx = job->out + (size_t)image * floats;
    for (size_t i = 0; i < floats; i += c)
        for (size_t j = 0; j < c; j++)
            dx[i + j] = dy[j] * (1.0f / (float)job->pixels);
}

void sr_pool_global_forward(const struct sr_engine *e, int n, int pixels, int c,
                            const float *x, float *y)
{
    struct global_job job = {.pixels = pixels, .c = c, .in = x, .out = y};
    sr_par_run(e->par, n, global_forward, &job);
}

void sr_pool_global_backward(const struct sr_engine *e, int n, int pixels,
                             int c, const float *dy, float *dx)
{
    struct global_job job = {.pixels = pixels, .c = c, .in = dy, .out = dx};
    sr_par_run(e->par, n, global_backward, &job);
}
