/* Convolution of every channel on its own (groups = c_in = c_out), by windows.
 *
 * Channels are the vector dimension and the taps are summed one after the
 * other.  Packed weights are [tap rows][tap cols][c]: those of the forward
 * pass, then those of every grid of the gradient of x.
 */
#include <string.h>

#include "engine/conv_cut.h"
#include "engine/conv_window.h"
#include "engine/kern/kern.h"

enum { ROOM = 2 << 20 }; /* floats of partial sums: 8 MB */

static size_t packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    (void)e;
    return 2 * sr_conv_w_floats(g);
}

static float *pack_grid(const struct sr_conv *g, const struct sr_grid *grid,
                        const float *w, float *to)
{
    const struct sr_axis *y = &grid->y, *x = &grid->x;
    for (int r = 0; r < y->taps; r++)
        for (int j = 0; j < x->taps; j++) {
            const int row = y->tap + r * y->tap_step;
            const int col = x->tap + j * x->tap_step;
            for (int c = 0; c < g->c_in; c++)
                *to++ = w[(c * g->kh + row) * g->kw + col];
        }
    return to;
}

static void pack(const struct sr_engine *e, const struct sr_conv *g,
                 const float *w, float *packed)
{
    (void)e;
    struct sr_grid grid = sr_grid_forward(g);
    packed = pack_grid(g, &grid, w, packed);
    for (int i = 0; i < sr_grids_backward(g); i++) {
        grid = sr_grid_backward(g, i);
        packed = pack_grid(g, &grid, w, packed);
    }
}

struct job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    int grids;
    struct sr_grid (*grid)(const struct sr_conv *g, int i);
    int in_h, in_w, out_h, out_w;
    const float *in, *packed, *bias;
    float *out;
};

/* Rows [from, to) of one image's results on a grid, w for its full windows. */
static void slide(const struct job *j, const struct sr_grid *grid, int from,
                  int to, const float *in, const float *w, float *out)
{
    const struct sr_axis *rows = &grid->y, *cols = &grid->x;
    const int c = j->g->c_in;
    const ptrdiff_t in_row = (ptrdiff_t)j->in_w * c;
    struct sr_depthwise d = {.c = c,
                             .x_row = in_row,
                             .x_col = c,
                             .w_row = (ptrdiff_t)cols->taps * c,
                             .y_pixel = (ptrdiff_t)cols->out_step * c,
                             .bias = j->bias};
    int begin, end;
    sr_axis_within(rows, from, to, &begin, &end);
    for (int i = begin; i < end; i++) {
        const struct sr_run y = sr_axis_run(rows, i, i + 1);
        const int row = rows->out + i * rows->out_step;
        for (int k = 0; k < cols->count;) {
            const struct sr_run x = sr_axis_run(cols, k, cols->count);
            const int col = cols->out + k * cols->out_step;
            d.pixels = x.end - x.begin;
            d.rows = y.taps;
            d.cols = x.taps;
            d.x_pixel = (ptrdiff_t)x.step * c;
            d.x = in + y.in * in_row + (ptrdiff_t)x.in * c;
            d.w = w + y.skip * d.w_row + (ptrdiff_t)x.skip * c;
            d.y = out + ((ptrdiff_t)row * j->out_w + col) * c;
            j->kern->depthwise(&d);
            k = x.end;
        }
    }
}

static void slide_piece(const void *argument, const struct sr_piece *piece,
                        int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t c = (size_t)j->g->c_in;
    for (int i = piece->first; i < piece->first + piece->images; i++) {
        const float *in = j->in + (size_t)i * (size_t)(j->in_h * j->in_w) * c;
        float *out = j->out + (size_t)i * (size_t)(j->out_h * j->out_w) * c;
        const float *w = j->packed;
        for (int k = 0; k < j->grids; k++) {
            const struct sr_grid grid = j->grid(j->g, k);
            slide(j, &grid, piece->from, piece->to, in, w, out);
            w += sr_grid_taps(&grid) * c;
        }
    }
}

/* A row of zeros serves as the bias that is not there. */
static void run_slides(const struct sr_engine *e, int n, struct job *job,
                       const struct sr_conv_hook *before,
                       const struct sr_conv_hook *then, float *scratch)
{
    const size_t c = (size_t)job->g->c_in;
    const size_t row = (size_t)(job->in_w + job->out_w) * c;
    if (!job->bias)
        job->bias = memset(scratch, 0, c * sizeof *scratch);
    struct sr_cut_job all = {sr_cut_of(e, n, job->out_h, job->out_w, row, 1),
                             before, then, slide_piece, job};
    sr_cut_run(e, &all);
}

static struct sr_grid grid_forward(const struct sr_conv *g, int i)
{
    (void)i;
    return sr_grid_forward(g);
}

static void forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *scratch)
{
    struct job job = {.kern = e->kern,
                      .g = g,
                      .grids = 1,
                      .grid = grid_forward,
                      .in_h = g->h,
                      .in_w = g->w,
                      .out_h = g->oh,
                      .out_w = g->ow,
                      .in = x,
                      .packed = packed,
                      .bias = bias,
                      .out = y};
    run_slides(e, n, &job, NULL, then, scratch);
}

static void backward_x(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *scratch)
{
    struct job job = {.kern = e->kern,
                      .g = g,
                      .grids = sr_grids_backward(g),
                      .grid = sr_grid_backward,
                      .in_h = g->oh,
                      .in_w = g->ow,
                      .out_h = g->h,
                      .out_w = g->w,
                      .in = dy,
                      .packed = packed + sr_conv_w_floats(g),
                      .out = dx};
    run_slides(e, n, &job, before, NULL, scratch);
}

/* Sums are [taps][c], one set for each span of images. */
struct grad_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    int n, spans;
    const float *x, *dy;
    float *sums;
};

/* Products of row y of dy and the row of x that filter row r meets there. */
static void add_row(const struct grad_job *j, const struct sr_axis *cols,
                    const float *x, const float *dy, float *sums)
{
    const ptrdiff_t c = j->g->c_in;
    for (int k = 0; k < cols->count;) {
        const struct sr_run run = sr_axis_run(cols, k, cols->count);
        const struct sr_depthwise_grad d = {.pixels = run.end - run.begin,
                                            .cols = run.taps,
                                            .c = (int)c,
                                            .x_pixel = run.step * c,
                                            .x_col = c,
                                            .dy_pixel = c,
                                            .x = x + run.in * c,
                                            .dy = dy + k * c,
                                            .sum = sums + run.skip * c};
        j->kern->depthwise_grad(&d);
        k = run.end;
    }
}

static void grad_span(void *argument, int span, int worker)
{
    (void)worker;
    const struct grad_job *j = argument;
    const struct sr_conv *g = j->g;
    const struct sr_grid grid = sr_grid_forward(g);
    const ptrdiff_t c = g->c_in;
    float *sums = j->sums + (size_t)span * sr_conv_w_floats(g);
    size_t begin, end;
    sr_par_span((size_t)j->n, j->spans, span, &begin, &end);

    memset(sums, 0, sr_conv_w_floats(g) * sizeof *sums);
    for (size_t i = begin; i < end; i++)
        for (int y = 0; y < g->oh; y++) {
            const struct sr_run run = sr_axis_run(&grid.y, y, y + 1);
            const float *x = j->x + i * sr_conv_x_floats(g);
            const float *dy = j->dy + i * sr_conv_y_floats(g);
            for (int r = 0; r < run.taps; r++)
                add_row(j, &grid.x, x + (run.in + r) * g->w * c,
                        dy + (ptrdiff_t)y * g->ow * c,
                        sums + (run.skip + r) * g->kw * c);
        }
}

static void backward_w(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const float *x, const float *dy, float *dw,
                       float *scratch)
{
    struct grad_job job = {.kern = e->kern,
                           .g = g,
                           .n = n,
                           .spans = sr_conv_spans(g, n, ROOM),
                           .x = x,
                           .dy = dy,
                           .sums = scratch};
    sr_par_run(e->par, job.spans, grad_span, &job);

    const int taps = g->kh * g->kw;
    const float *sums = job.sums;
    for (int span = 0; span < job.spans; span++)
        for (int t = 0; t < taps; t++)
            for (int c = 0; c < g->c_in; c++)
                dw[c * taps + t] += *sums++;
}

static size_t scratch_floats(const struct sr_engine *e, const struct sr_conv *g,
                             int n)
{
    (void)e;
    const size_t bias = (size_t)g->c_in;
    const size_t sums = (size_t)sr_conv_spans(g, n, ROOM) * sr_conv_w_floats(g);
    return bias > sums ? bias : sums;
}

const struct sr_way sr_way_depthwise = {
    .name = "depthwise",
    .packed_floats = packed_floats,
    .pack = pack,
    .scratch = scratch_floats,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = backward_w,
};
