#include "engine/sums.h"

#include <string.h>

#include "engine/kern/kern.h"

enum {
    SUM_PIECES = 32,
    SUM_FLOATS = 16384,
    NEAR_FLOATS = 2048 /* of what a hook writes and the sums read: 8 KB */
};

/* One row of sums and one of dots, a piece. */
static size_t row_doubles(int c) { return 2 * (((size_t)c + 7) / 8 * 8); }

size_t sr_sum_scratch(int c)
{
    return SUM_PIECES * row_doubles(c) * (sizeof(double) / sizeof(float));
}

/* A piece for every SUM_FLOATS, as far as there is room for its sums. */
static int pieces_of(size_t pixels, int c)
{
    const size_t want = pixels * (size_t)c / SUM_FLOATS + 1;
    return want < SUM_PIECES ? (int)want : SUM_PIECES;
}

struct job {
    const struct sr_kern *kern;
    size_t pixels;
    int c, pieces;
    const float *x, *dy;
    const struct sr_sum_hook *before;
    double *rows;
};

static void sum_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    size_t begin, end;
    sr_par_span(j->pixels, j->pieces, piece, &begin, &end);
    double *row = j->rows + (size_t)piece * row_doubles(j->c);
    memset(row, 0, row_doubles(j->c) * sizeof *row);
    const size_t fit = NEAR_FLOATS / (size_t)j->c, step = fit ? fit : 1;
    for (size_t p = begin; p < end; p += step) {
        const size_t pixels = end - p < step ? end - p : step;
        const size_t at = p * (size_t)j->c;
        if (j->before)
            j->before->run(j->before->job, p, pixels);
        j->kern->channel_sums(pixels, j->c, j->x + at, j->dy + at, row,
                              row + row_doubles(j->c) / 2);
    }
}

/* The first row becomes the sum of all, in their order. */
static void add_rows(double *rows, int n, int c)
{
    const size_t width = row_doubles(c);
    for (int i = 1; i < n; i++)
        for (size_t j = 0; j < width; j++)
            rows[j] += rows[(size_t)i * width + j];
}

void sr_sum_channels(const struct sr_engine *e, size_t pixels, int c,
                     const float *x, const float *dy,
                     const struct sr_sum_hook *before, const double **sum,
                     const double **dot, float *scratch)
{
    struct job job = {.kern = e->kern,
                      .pixels = pixels,
                      .c = c,
                      .pieces = pieces_of(pixels, c),
                      .x = x,
                      .dy = dy,
                      .before = before,
                      .rows = (double *)(void *)scratch};
    sr_par_run(e->par, job.pieces, sum_piece, &job);
    add_rows(job.rows, job.pieces, c);
    *sum = job.rows;
    *dot = job.rows + row_doubles(c) / 2;
}

size_t sr_image_sums_floats(int n, int c)
{
    return (size_t)n * row_doubles(c) * (sizeof(double) / sizeof(float));
}

void sr_image_sums_take(const struct sr_engine *e,
                        const struct sr_image_sums *s, int image, size_t pixels,
                        const float *x)
{
    const size_t width = row_doubles(s->c);
    double *row = s->rows + (size_t)image * width;
    memset(row, 0, width * sizeof *row);
    e->kern->channel_sums(pixels, s->c, x, x, row, row + width / 2);
}

void sr_image_sums_add(const struct sr_image_sums *s, const double **sum,
                       const double **square)
{
    add_rows(s->rows, s->n, s->c);
    *sum = s->rows;
    *square = s->rows + row_doubles(s->c) / 2;
}
