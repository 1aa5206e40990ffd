/* Convolution in groups of fewer channels than a vector has, by windows; of one
 * channel: depthwise.
 *
 * Channels are the vector dimension.  Packed weights are [tap rows][tap cols]
 * [per][c], per being the channels of a group: what channel i of the group
 * gives to channel c.  First those of the forward pass, then those of every
 * grid of the gradient of x.
 */
#include <limits.h>
#include <string.h>

#include "engine/conv_cut.h"
#include "engine/conv_window.h"
#include "engine/kern/kern.h"

enum { ROOM = 2 << 20 }; /* floats of partial sums: 8 MB */

static int per_group(const struct sr_conv *g) { return g->c_in / g->groups; }

bool sr_grouped_fits(const struct sr_engine *e, const struct sr_conv *g)
{
    return g->groups > 1 && g->c_in == g->c_out &&
           per_group(g) < e->kern->floats &&
           e->kern->floats % per_group(g) == 0;
}

static size_t packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    (void)e;
    return 2 * sr_conv_w_floats(g);
}

/* Weight [from][to][tap], channels of one group; backward they change places.
 */
static float *pack_grid(const struct sr_conv *g, const struct sr_grid *grid,
                        bool backward, const float *w, float *to)
{
    const struct sr_axis *y = &grid->y, *x = &grid->x;
    const ptrdiff_t per = per_group(g), taps = g->kh * g->kw;
    for (int r = 0; r < y->taps; r++)
        for (int j = 0; j < x->taps; j++) {
            const int row = y->tap + r * y->tap_step;
            const int tap = row * g->kw + x->tap + j * x->tap_step;
            for (int i = 0; i < per; i++)
                for (int c = 0; c < g->c_in; c++) {
                    const ptrdiff_t other = c / per * per + i;
                    const ptrdiff_t out = backward ? other : c;
                    const ptrdiff_t in = backward ? c % per : i;
                    *to++ = w[(out * per + in) * taps + tap];
                }
        }
    return to;
}

static void pack(const struct sr_engine *e, const struct sr_conv *g,
                 const float *w, float *packed)
{
    (void)e;
    struct sr_grid grid = sr_grid_forward(g);
    packed = pack_grid(g, &grid, false, w, packed);
    for (int i = 0; i < sr_grids_backward(g); i++) {
        grid = sr_grid_backward(g, i);
        packed = pack_grid(g, &grid, true, w, packed);
    }
}

/* Channels that go together through all rows, so that the rows of a window
 * stay in the nearest cache until the last row of results has met them; but so
 * many that memory is read in longer runs than cache lines.  The last block
 * takes what is left over. */
struct blocks {
    int n, each, c;
};

static struct blocks blocks_of(const struct sr_engine *e,
                               const struct sr_conv *g)
{
    enum { LEAST = 64 }; /* a multiple of every vector */
    const size_t pixels = (size_t)(g->kh + 1) * (size_t)(g->w + g->kw);
    const size_t fit = e->caches.l1 / sizeof(float) / pixels / LEAST * LEAST;
    const int each = fit < LEAST ? LEAST : fit < INT_MAX ? (int)fit : INT_MAX;
    const int n = g->c_in / each;
    return (struct blocks){n > 1 ? n : 1, each, g->c_in};
}

static int block_channels(const struct blocks *b, int i)
{
    return i + 1 < b->n ? b->each : b->c - i * b->each;
}

struct job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    int grids;
    struct sr_grid (*grid)(const struct sr_conv *g, int i);
    struct blocks blocks;
    int in_h, in_w, out_h, out_w;
    const float *in, *packed, *bias;
    float *out;
};

/* Rows [from, to) of one image's results on a grid, for channels from `first`
 * on; w for full windows. */
static void slide(const struct job *j, const struct sr_grid *grid, int from,
                  int to, int first, int channels, const float *in,
                  const float *w, float *out)
{
    const struct sr_axis *rows = &grid->y, *cols = &grid->x;
    const int c = j->g->c_in, per = per_group(j->g);
    const ptrdiff_t in_row = (ptrdiff_t)j->in_w * c;
    struct sr_grouped d = {.c = channels,
                           .per = per,
                           .x_row = in_row,
                           .x_col = c,
                           .w_row = (ptrdiff_t)cols->taps * per * c,
                           .w_col = (ptrdiff_t)per * c,
                           .w_in = c,
                           .y_pixel = (ptrdiff_t)cols->out_step * c,
                           .bias = j->bias + first};
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
            d.x = in + y.in * in_row + (ptrdiff_t)x.in * c + first;
            d.w = w + y.skip * d.w_row + x.skip * d.w_col + first;
            d.y = out + ((ptrdiff_t)row * j->out_w + col) * c + first;
            j->kern->grouped(&d);
            k = x.end;
        }
    }
}

static void slide_piece(const void *argument, const struct sr_piece *piece,
                        int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t c = (size_t)j->g->c_in, per = (size_t)per_group(j->g);
    for (int i = piece->first; i < piece->first + piece->images; i++) {
        const float *in = j->in + (size_t)i * (size_t)(j->in_h * j->in_w) * c;
        float *out = j->out + (size_t)i * (size_t)(j->out_h * j->out_w) * c;
        const float *w = j->packed;
        for (int k = 0; k < j->grids; k++) {
            const struct sr_grid grid = j->grid(j->g, k);
            for (int b = 0; b < j->blocks.n; b++)
                slide(j, &grid, piece->from, piece->to, b * j->blocks.each,
                      block_channels(&j->blocks, b), in, w, out);
            w += sr_grid_taps(&grid) * per * c;
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
    job->blocks = blocks_of(e, job->g);
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

/* Sums are [taps][per][c], one set for each span of images. */
struct grad_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    struct sr_grid grid;
    struct blocks blocks;
    int n, spans;
    const float *x, *dy;
    float *dw, *sums;
};

/* Products of row y of dy and the rows of x that it meets, of some channels. */
static void add_row(const struct grad_job *j, int y, int channels,
                    const float *x, const float *dy, float *sums)
{
    const struct sr_axis *cols = &j->grid.x;
    const ptrdiff_t c = j->g->c_in, per = per_group(j->g);
    const struct sr_run rows = sr_axis_run(&j->grid.y, y, y + 1);
    for (int r = 0; r < rows.taps; r++)
        for (int k = 0; k < cols->count;) {
            const struct sr_run run = sr_axis_run(cols, k, cols->count);
            const int tap = (rows.skip + r) * cols->taps + run.skip;
            const struct sr_grouped_grad d = {
                .pixels = run.end - run.begin,
                .cols = run.taps,
                .c = channels,
                .per = (int)per,
                .x_pixel = run.step * c,
                .x_col = c,
                .dy_pixel = c,
                .sum_col = per * c,
                .sum_in = c,
                .x = x + ((ptrdiff_t)(rows.in + r) * j->g->w + run.in) * c,
                .dy = dy + ((ptrdiff_t)y * j->g->ow + k) * c,
                .sum = sums + tap * per * c};
            j->kern->grouped_grad(&d);
            k = run.end;
        }
}

static void grad_span(void *argument, int span, int worker)
{
    (void)worker;
    const struct grad_job *j = argument;
    const struct sr_conv *g = j->g;
    float *sums = j->sums + (size_t)span * sr_conv_w_floats(g);
    size_t begin, end;
    sr_par_span((size_t)j->n, j->spans, span, &begin, &end);

    memset(sums, 0, sr_conv_w_floats(g) * sizeof *sums);
    for (size_t i = begin; i < end; i++)
        for (int b = 0; b < j->blocks.n; b++)
            for (int y = 0; y < g->oh; y++) {
                const ptrdiff_t first = (ptrdiff_t)b * j->blocks.each;
                add_row(j, y, block_channels(&j->blocks, b),
                        j->x + i * sr_conv_x_floats(g) + first,
                        j->dy + i * sr_conv_y_floats(g) + first, sums + first);
            }
}

/* dw += the sums of all spans, in order. */
static void collect(const struct grad_job *j)
{
    const struct sr_conv *g = j->g;
    const ptrdiff_t taps = g->kh * g->kw, per = per_group(g);
    const float *sums = j->sums;
    for (int span = 0; span < j->spans; span++)
        for (int t = 0; t < taps; t++)
            for (int i = 0; i < per; i++)
                for (int c = 0; c < g->c_in; c++)
                    j->dw[(c * per + i) * taps + t] += *sums++;
}

static void backward_w(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const float *x, const float *dy, float *dw,
                       float *scratch)
{
    struct grad_job job = {.kern = e->kern,
                           .g = g,
                           .grid = sr_grid_forward(g),
                           .blocks = blocks_of(e, g),
                           .n = n,
                           .spans = sr_conv_spans(g, n, ROOM),
                           .x = x,
                           .dy = dy,
                           .dw = dw,
                           .sums = scratch};
    sr_par_run(e->par, job.spans, grad_span, &job);
    collect(&job);
}

static size_t scratch_floats(const struct sr_engine *e, const struct sr_conv *g,
                             int n)
{
    (void)e;
    const size_t bias = (size_t)g->c_in;
    const size_t sums = (size_t)sr_conv_spans(g, n, ROOM) * sr_conv_w_floats(g);
    return bias > sums ? bias : sums;
}

const struct sr_way sr_way_grouped = {
    .name = "grouped",
    .packed_floats = packed_floats,
    .pack = pack,
    .scratch = scratch_floats,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = backward_w,
};
