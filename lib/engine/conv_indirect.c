/* Convolution by windows: im2col by pointers.  Nothing is unfolded; the tiles
 * of kern/tiles.h get a pointer to the window of each pixel and slide over it.
 *
 * Forward and backward_x are one computation: results on grids, from windows
 * in x or dy.  Where a row of a window is only a few floats, or a group's
 * channels do not lie together, the windows slide over a copy with its padding.
 */
#include "engine/conv_indirect.h"

#include <string.h>

#include "engine/conv_cut.h"

enum {
    MAX_PANEL = SR_TILE_WIDTHS * 16, /* floats */
    THIN = 8                         /* channels that are worth a copy */
};

struct slide_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    bool backward;
    size_t part; /* floats of a panel's weights that stay in a cache */
    int n, ins;  /* images; inputs of a group */
    int in_h, in_w, in_c, out_h, out_w, out_c;
    struct sr_panels panels; /* of a group */
    struct sr_cut cut;
    const float *in, *packed, *bias;
    float *out, *copies;
};

static int grids_of(const struct slide_job *j)
{
    return j->backward ? sr_grids_backward(j->g) : 1;
}

static struct sr_grid grid_of(const struct slide_job *j, int i)
{
    return j->backward ? sr_grid_backward(j->g, i) : sr_grid_forward(j->g);
}

static bool is_copied(const struct slide_job *j)
{
    return j->ins < THIN || j->ins < j->in_c;
}

static size_t copy_floats(const struct slide_job *j)
{
    size_t most = 0;
    for (int i = 0; is_copied(j) && i < grids_of(j); i++) {
        const struct sr_grid grid = grid_of(j, i);
        const size_t floats =
            sr_copy_floats(&grid, j->cut.band, j->cut.images, j->ins);
        most = floats > most ? floats : most;
    }
    return sr_round_up(most);
}

static struct slide_job job_forward(const struct sr_engine *e,
                                    const struct sr_conv *g, int n)
{
    struct slide_job job = {.kern = e->kern,
                            .g = g,
                            .part = e->caches.l2 / 2 / sizeof(float),
                            .n = n,
                            .ins = g->c_in / g->groups,
                            .in_h = g->h,
                            .in_w = g->w,
                            .in_c = g->c_in,
                            .out_h = g->oh,
                            .out_w = g->ow,
                            .out_c = g->c_out,
                            .panels =
                                sr_panels_of(e->kern, g->c_out / g->groups)};
    const size_t in = (size_t)(g->stride * g->w) * (size_t)g->c_in;
    const size_t out = (size_t)g->ow * (size_t)g->c_out;
    job.cut = sr_cut_of(e, n, g->oh, g->ow, in + out, job.panels.n);
    return job;
}

static struct slide_job job_backward(const struct sr_engine *e,
                                     const struct sr_conv *g, int n)
{
    struct slide_job job = {.kern = e->kern,
                            .g = g,
                            .backward = true,
                            .part = e->caches.l2 / 2 / sizeof(float),
                            .n = n,
                            .ins = g->c_out / g->groups,
                            .in_h = g->oh,
                            .in_w = g->ow,
                            .in_c = g->c_out,
                            .out_h = g->h,
                            .out_w = g->w,
                            .out_c = g->c_in,
                            .panels = sr_panels_backward(e->kern, g)};
    const size_t in = (size_t)g->ow * (size_t)g->c_out / (size_t)g->stride;
    const size_t out = (size_t)g->w * (size_t)g->c_in;
    job.cut = sr_cut_of(e, n, g->h, g->w, in + out, job.panels.n);
    return job;
}

/* What all panels of a grid share: which results, of which windows. */
struct field {
    struct sr_grid grid;
    int begin, end; /* rows of results */
    int images;
    struct sr_view in;
};

/* What tiles of a panel share. */
struct panel {
    const struct sr_kern_tile *kern;
    int lanes;
    const float *w; /* [tap rows][tap cols][ins][lanes] */
    float *out;     /* of the first image, row and column */
    bool first;     /* windows are met for the first time */
};

/* Results of two runs in all images of a piece: where the first one's window
 * and place are, and the distances to the others. */
struct block {
    int images, rows, cols;
    const float *x;
    float *y;
    ptrdiff_t x_col, x_row, x_image, y_col, y_row, y_image;
};

static struct block block_of(const struct slide_job *j, const struct field *f,
                             const struct sr_run *y, const struct sr_run *x,
                             float *out)
{
    const struct sr_axis *rows = &f->grid.y, *cols = &f->grid.x;
    const ptrdiff_t row = (ptrdiff_t)j->out_w * j->out_c;
    const int out_y = rows->out + y->begin * rows->out_step;
    const int out_x = cols->out + x->begin * cols->out_step;
    return (struct block){
        .images = f->images,
        .rows = y->end - y->begin,
        .cols = x->end - x->begin,
        .x = f->in.x + y->in * f->in.row + x->in * f->in.pixel,
        .y = out + out_y * row + (ptrdiff_t)out_x * j->out_c,
        .x_col = x->step * f->in.pixel,
        .x_row = y->step * f->in.row,
        .x_image = f->in.image,
        .y_col = (ptrdiff_t)cols->out_step * j->out_c,
        .y_row = rows->out_step * row,
        .y_image = j->out_h * row,
    };
}

static void flush(const struct sr_kern_tile *kern, struct sr_tile *t)
{
    for (int p = t->pixels; p < kern->pixels; p++)
        t->x[p] = t->x[0];
    kern->conv(t);
    t->pixels = 0;
}

/* A block tile by tile; tiles go on from row to row and image to image.  A
 * window of one row is new to the cache as a whole: it is asked for a tile
 * ahead.  Larger ones have most of it from their neighbours. */
static void slide(const struct panel *p, const struct block *b,
                  struct sr_tile *t)
{
    const struct sr_kern_tile *kern = p->kern;
    t->ahead = p->first && t->rows == 1 ? kern->pixels * b->x_col : 0;
    t->pixels = 0;
    for (int i = 0; i < b->images; i++)
        for (int r = 0; r < b->rows; r++) {
            const float *x = b->x + i * b->x_image + r * b->x_row;
            float *y = b->y + i * b->y_image + r * b->y_row;
            for (int c = 0; c < b->cols; c++, x += b->x_col, y += b->y_col) {
                t->x[t->pixels] = x;
                t->y[t->pixels] = y;
                if (++t->pixels == kern->pixels)
                    flush(kern, t);
            }
        }
    if (t->pixels > 0)
        flush(kern, t);
}

/* Rows [begin, end) of a window, of which a run sees only some: a block's
 * tiles take those in common. */
static void take_rows(const struct slide_job *j, const struct field *f,
                      const struct panel *p, const struct sr_run *y,
                      const struct sr_run *x, int begin, int end,
                      struct sr_tile *t)
{
    const int first = begin > y->skip ? begin : y->skip;
    const int past = y->skip + y->taps;
    const int last = end < past ? end : past;
    const int taps = f->grid.x.taps, input = p->lanes;
    struct block b = block_of(j, f, y, x, p->out);

    if (first >= last && begin > 0)
        return;
    t->rows = first < last ? last - first : 0;
    t->len = x->taps * j->ins;
    t->row_step = f->in.row;
    t->w = p->w + (ptrdiff_t)(first * taps + x->skip) * j->ins * input;
    t->w_skip = (ptrdiff_t)(taps - x->taps) * j->ins * input;
    t->resumed = begin > 0;
    b.x += t->rows > 0 ? (first - y->skip) * f->in.row : 0;
    slide(p, &b, t);
}

/* When a panel's weights are more than a cache holds, the results go over
 * their windows in parts; those of a single output never are. */
static void slide_panel(const struct slide_job *j, const struct field *f,
                        const struct panel *p, struct sr_tile *t)
{
    const struct sr_axis *rows = &f->grid.y, *cols = &f->grid.x;
    const size_t row = (size_t)(cols->taps * j->ins * p->lanes);
    const int fit =
        p->lanes > 1 && row > 0 && j->part / row < (size_t)rows->taps
            ? (int)(j->part / row)
            : rows->taps;
    const int part = fit > 1 ? fit : 1;

    for (int r = 0; r == 0 || r < rows->taps; r += part)
        for (int i = f->begin; i < f->end;) {
            const struct sr_run y = sr_axis_run(rows, i, f->end);
            for (int k = 0; k < cols->count;) {
                const struct sr_run x = sr_axis_run(cols, k, cols->count);
                take_rows(j, f, p, &y, &x, r, r + part, t);
                k = x.end;
            }
            i = y.end;
        }
}

static const struct sr_kern_tile *tile_of(const struct slide_job *j, int panel)
{
    return j->panels.floats == 1
               ? &j->kern->dots
               : &j->kern->tile[sr_panel_width(&j->panels, panel) - 1];
}

static void slide_panels(const struct slide_job *j, const struct field *f,
                         const struct sr_piece *piece, int group,
                         const float *packed, float *out)
{
    const struct sr_panels *all = &j->panels;
    const size_t sum = sr_grid_taps(&f->grid) * (size_t)j->ins;
    packed += (size_t)group * sr_panels_floats(all, sum);
    for (int i = piece->panel; i < piece->panel_after; i++) {
        const int first = group * all->outs + i * all->full;
        const struct panel p = {.kern = tile_of(j, i),
                                .lanes = sr_panel_lanes(all, i),
                                .w = packed + (size_t)(i * all->full) * sum,
                                .out = out + first,
                                .first = i == piece->panel};
        float bias[MAX_PANEL] = {0};
        struct sr_tile t = {.bias = bias, .outs = sr_panel_outs(all, i)};
        if (j->bias)
            memcpy(bias, j->bias + first, (size_t)t.outs * sizeof *bias);
        slide_panel(j, f, &p, &t);
    }
}

static void slide_piece(const void *argument, const struct sr_piece *piece,
                        int worker)
{
    const struct slide_job *j = argument;
    struct sr_view in = sr_view_of(j->in, j->in_h, j->in_w, j->in_c);
    in.x += piece->first * in.image;
    float *out =
        j->out + (ptrdiff_t)piece->first * j->out_h * j->out_w * j->out_c;
    float *copy = j->copies + (size_t)worker * copy_floats(j);

    for (int group = 0; group < j->g->groups; group++) {
        const float *packed = j->packed;
        for (int i = 0; i < grids_of(j); i++) {
            struct field f = {
                .grid = grid_of(j, i), .images = piece->images, .in = in};
            const size_t sum = sr_grid_taps(&f.grid) * (size_t)j->ins;
            sr_axis_within(&f.grid.y, piece->from, piece->to, &f.begin, &f.end);
            if (is_copied(j) && sum > 0)
                f.in = sr_copy_windows(&f.grid, f.begin, f.end, f.images,
                                       group * j->ins, j->ins, &in, copy);
            slide_panels(j, &f, piece, group, packed, out);
            packed += (size_t)j->g->groups * sr_panels_floats(&j->panels, sum);
        }
    }
}

static void run_slides(const struct sr_engine *e, struct slide_job *job,
                       const struct sr_conv_hook *before,
                       const struct sr_conv_hook *then)
{
    struct sr_cut_job all = {job->cut, before, then, slide_piece, job};
    sr_cut_run(e, &all);
}

static void forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *scratch)
{
    struct slide_job job = job_forward(e, g, n);
    job.in = x;
    job.packed = packed;
    job.bias = bias;
    job.out = y;
    job.copies = scratch;
    run_slides(e, &job, NULL, then);
}

void sr_indirect_image(const struct sr_engine *e, const struct sr_conv *g,
                       const float *x, const float *packed, const float *bias,
                       float *y)
{
    struct slide_job job = job_forward(e, g, 1);
    const struct sr_piece all = {
        .images = 1, .to = g->oh, .panel_after = job.panels.n};
    const struct field f = {.grid = sr_grid_forward(g),
                            .end = g->oh,
                            .images = 1,
                            .in = sr_view_of(x, g->h, g->w, g->c_in)};
    job.bias = bias;
    slide_panels(&job, &f, &all, 0, packed, y);
}

static void backward_x(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *scratch)
{
    struct slide_job job = job_backward(e, g, n);
    job.in = dy;
    job.packed = packed + sr_indirect_forward_floats(e, g);
    job.out = dx;
    job.copies = scratch;
    run_slides(e, &job, before, NULL);
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* What the hungriest of the three passes asks for. */
static size_t scratch_floats(const struct sr_engine *e, const struct sr_conv *g,
                             int n)
{
    const struct slide_job there = job_forward(e, g, n);
    const struct slide_job back = job_backward(e, g, n);
    const size_t workers = (size_t)sr_par_threads(e->par);
    return larger(workers * larger(copy_floats(&there), copy_floats(&back)),
                  sr_indirect_grad_scratch(e, g, n));
}

const struct sr_way sr_way_indirect = {
    .name = "indirect",
    .packed_floats = sr_indirect_packed_floats,
    .pack = sr_indirect_pack,
    .scratch = scratch_floats,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = sr_indirect_grad,
};
