/* Convolution on planes: im2col by pointers.  Nothing is unfolded; the tiles of
 * kern/tiles.h get a pointer to the window of each pixel and slide over it.
 *
 * Packed weights are panels of `width` vectors of outputs, [tap rows][tap
 * cols][c][panel], the last panel narrower, its missing outputs zero.  First
 * those of the forward pass, group by group; then those of every grid of the
 * gradient of x, where inputs and outputs of the filter change places.
 */
#include "engine/conv_indirect.h"

#include <string.h>

static int grids_backward(const struct sr_conv *g)
{
    return g->stride * g->stride;
}

static size_t grid_taps(const struct sr_grid *grid)
{
    return (size_t)(grid->tap_rows * grid->tap_cols);
}

static size_t forward_floats(const struct sr_kern *k, const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(k, g->c_out / g->groups);
    const size_t sum = sr_conv_w_floats(g) / (size_t)g->c_out;
    return (size_t)g->groups * sr_panels_floats(&p, sum);
}

/* All grids together meet every tap once. */
static size_t packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(e->kern, g->c_in / g->groups);
    const size_t sum = (size_t)(g->kh * g->kw * (g->c_out / g->groups));
    return forward_floats(e->kern, g) +
           (size_t)g->groups * sr_panels_floats(&p, sum);
}

enum { MAX_PANEL = SR_TILE_WIDTHS * 16 }; /* floats */

/* Weights of one panel: w[(out, in, tap)] with these distances. */
struct weights {
    const float *w;
    size_t out_step, in_step;
    int ins, kw;
};

static void pack_panel(const struct weights *from, const struct sr_grid *grid,
                       int outs, int lanes, float *to)
{
    for (int c = 0; c < from->ins; c++)
        for (int r = 0; r < grid->tap_rows; r++)
            for (int j = 0; j < grid->tap_cols; j++) {
                const int tap = (grid->tap_y + r * grid->tap_step) * from->kw +
                                grid->tap_x + j * grid->tap_step;
                const float *w = from->w + (size_t)c * from->in_step + tap;
                float *row =
                    to + (size_t)((r * grid->tap_cols + j) * from->ins + c) *
                             (size_t)lanes;
                for (int o = 0; o < outs; o++)
                    row[o] = w[(size_t)o * from->out_step];
                for (int o = outs; o < lanes; o++)
                    row[o] = 0;
            }
}

/* One grid of weights, group after group; a piece is a panel of a group. */
struct pack_job {
    const struct sr_conv *g;
    struct sr_grid grid;
    struct sr_panels panels;
    struct weights all; /* of group 0 */
    float *to;
};

static void pack_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct pack_job *j = argument;
    const struct sr_panels *p = &j->panels;
    const int group = piece / p->n, panel = piece % p->n;
    const size_t sum = grid_taps(&j->grid) * (size_t)j->all.ins;
    const size_t per_group = sr_conv_w_floats(j->g) / (size_t)j->g->groups;

    struct weights from = j->all;
    from.w +=
        (size_t)group * per_group + (size_t)(panel * p->full) * from.out_step;
    pack_panel(&from, &j->grid, sr_panel_outs(p, panel),
               sr_panel_lanes(p, panel),
               j->to + (size_t)group * sr_panels_floats(p, sum) +
                   (size_t)(panel * p->full) * sum);
}

static void pack(const struct sr_engine *e, const struct sr_conv *g,
                 const float *w, float *packed)
{
    const int ins = g->c_in / g->groups, outs = g->c_out / g->groups;
    const size_t taps = (size_t)(g->kh * g->kw), filter = (size_t)ins * taps;
    struct pack_job job = {.g = g,
                           .grid = sr_grid_forward(g),
                           .panels = sr_panels_of(e->kern, outs),
                           .all = {w, filter, taps, ins, g->kw},
                           .to = packed};
    sr_par_run(e->par, g->groups * job.panels.n, pack_piece, &job);

    job.to += forward_floats(e->kern, g);
    job.panels = sr_panels_of(e->kern, ins);
    job.all = (struct weights){w, taps, filter, outs, g->kw};
    for (int i = 0; i < grids_backward(g); i++) {
        job.grid = sr_grid_backward(g, i);
        sr_par_run(e->par, g->groups * job.panels.n, pack_piece, &job);
        job.to +=
            (size_t)g->groups *
            sr_panels_floats(&job.panels, grid_taps(&job.grid) * (size_t)outs);
    }
}

/* Images that one piece takes together: enough pixels that a panel of weights,
 * once fetched, is used on many of them, and pieces enough for the threads. */
static int block_images(const struct sr_engine *e, const struct sr_conv *g,
                        int n)
{
    const int pixels = g->oh * g->ow, share = 4 * sr_par_threads(e->par);
    const int want = pixels >= 512 ? 1 : 512 / pixels;
    const int most = (n + share - 1) / share;
    return want < most ? want : most;
}

/* Forward and backward_x are one computation: results on grids, from windows
 * in planes. */
struct slide_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    bool backward;
    int n, block, groups;
    struct sr_plane plane;
    struct sr_panels panels;
    int out_h, out_w;
    const float *in, *packed, *bias;
    const struct sr_conv_hook *before, *then;
    float *out, *copies;
};

/* A pixel of a grid, with its window and its result; and the distances to the
 * next pixel of the row, from the last of a row to the first of the next row,
 * and so from image to image. */
struct step {
    ptrdiff_t x, y;
};
struct cursor {
    int rows, cols;
    int image, row, col;
    const float *x;
    float *y;
    struct step next_col, next_row, next_image;
};

static struct cursor cursor_at(const struct slide_job *j,
                               const struct sr_grid *grid, const float *plane,
                               float *out)
{
    const struct sr_plane_strides in = sr_plane_strides(&j->plane);
    const ptrdiff_t c = (ptrdiff_t)j->panels.outs * j->groups;
    const ptrdiff_t row = j->out_w * c, image = j->out_h * row;
    const struct step by_col = {grid->in_step * in.pixel, grid->out_step * c};
    const struct step by_row = {grid->in_step * in.row, grid->out_step * row};
    const int cols = grid->cols - 1, rows = grid->rows - 1;
    const struct cursor at = {
        .rows = grid->rows,
        .cols = grid->cols,
        .x = plane + grid->in_y * in.row + grid->in_x * in.pixel,
        .y = out + grid->out_y * row + grid->out_x * c,
        .next_col = by_col,
        .next_row = {by_row.x - cols * by_col.x, by_row.y - cols * by_col.y},
        .next_image = {in.image - rows * by_row.x - cols * by_col.x,
                       image - rows * by_row.y - cols * by_col.y},
    };
    return at;
}

static void advance(struct cursor *at)
{
    const struct step *step = &at->next_col;
    if (++at->col == at->cols) {
        at->col = 0;
        step = &at->next_row;
        if (++at->row == at->rows) {
            at->row = 0;
            at->image++;
            step = &at->next_image;
        }
    }
    at->x += step->x;
    at->y += step->y;
}

/* All result pixels of a grid in a block, for one panel; `out` is where the
 * panel's outputs lie in the first pixel of the block's result. */
static void slide(const struct slide_job *j, const struct sr_grid *grid,
                  int images, const float *plane, struct sr_tile *t,
                  const struct sr_kern_tile *kern, float *out)
{
    struct cursor at = cursor_at(j, grid, plane, out);
    t->rows = grid->tap_rows;
    t->len = grid->tap_cols * j->plane.c;
    t->row_step = sr_plane_strides(&j->plane).row;

    while (at.rows > 0 && at.cols > 0 && at.image < images) {
        int p = 0;
        for (; p < kern->pixels && at.image < images; p++) {
            t->x[p] = at.x;
            t->y[p] = at.y;
            advance(&at);
        }
        t->pixels = p;
        for (; p < kern->pixels; p++)
            t->x[p] = t->x[0];
        kern->conv(t);
    }
}

static void slide_panels(const struct slide_job *j, const struct sr_grid *grid,
                         int images, int group, const float *plane,
                         const float *packed, float *out)
{
    const struct sr_panels *p = &j->panels;
    const size_t sum = grid_taps(grid) * (size_t)j->plane.c;
    packed += (size_t)group * sr_panels_floats(p, sum);
    for (int i = 0; i < p->n; i++) {
        const int first = group * p->outs + i * p->full;
        float bias[MAX_PANEL] = {0};
        struct sr_tile t = {.w = packed + (size_t)(i * p->full) * sum,
                            .bias = bias,
                            .outs = sr_panel_outs(p, i)};
        if (j->bias)
            memcpy(bias, j->bias + first, (size_t)t.outs * sizeof *bias);
        slide(j, grid, images, plane, &t,
              &j->kern->tile[sr_panel_width(p, i) - 1], out + first);
    }
}

static void slide_piece(void *argument, int piece, int worker)
{
    const struct slide_job *j = argument;
    const int begin = piece * j->block;
    const int images = j->n - begin < j->block ? j->n - begin : j->block;
    const size_t pixels = (size_t)j->out_h * (size_t)j->out_w;
    const size_t outs = (size_t)(j->panels.outs * j->groups);
    const float *in = j->in + (size_t)begin * sr_plane_tensor_floats(&j->plane);
    float *out = j->out + (size_t)begin * pixels * outs;
    float *copy =
        j->copies + (size_t)worker * sr_copy_floats(&j->plane, j->block);

    sr_conv_run_hook(j->before, begin, images);
    for (int group = 0; group < j->groups; group++) {
        const float *plane =
            sr_plane_fill(&j->plane, images, group * j->plane.c, in, copy);
        const float *packed = j->packed;
        for (int i = 0; i < (j->backward ? grids_backward(j->g) : 1); i++) {
            const struct sr_grid grid =
                j->backward ? sr_grid_backward(j->g, i) : sr_grid_forward(j->g);
            slide_panels(j, &grid, images, group, plane, packed, out);
            packed += (size_t)j->groups *
                      sr_panels_floats(&j->panels,
                                       grid_taps(&grid) * (size_t)j->plane.c);
        }
    }
    sr_conv_run_hook(j->then, begin, images);
}

static void run_slides(const struct sr_engine *e, struct slide_job *job)
{
    job->kern = e->kern;
    job->groups = job->g->groups;
    job->block = block_images(e, job->g, job->n);
    sr_par_run(e->par, (job->n + job->block - 1) / job->block, slide_piece,
               job);
}

static void forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *scratch)
{
    struct slide_job job = {.g = g,
                            .n = n,
                            .plane = sr_plane_of_x(g),
                            .panels =
                                sr_panels_of(e->kern, g->c_out / g->groups),
                            .out_h = g->oh,
                            .out_w = g->ow,
                            .in = x,
                            .packed = packed,
                            .bias = bias,
                            .then = then,
                            .out = y,
                            .copies = scratch};
    run_slides(e, &job);
}

static void backward_x(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *scratch)
{
    struct slide_job job = {.g = g,
                            .backward = true,
                            .n = n,
                            .plane = sr_plane_of_dy(g),
                            .panels =
                                sr_panels_of(e->kern, g->c_in / g->groups),
                            .out_h = g->h,
                            .out_w = g->w,
                            .before = before,
                            .in = dy,
                            .packed = packed + forward_floats(e->kern, g),
                            .out = dx,
                            .copies = scratch};
    run_slides(e, &job);
}

/* Copies of the planes of a block for every worker, or what the gradient of w
 * asks for. */
static size_t scratch_floats(const struct sr_engine *e, const struct sr_conv *g,
                             int n)
{
    const struct sr_plane x = sr_plane_of_x(g), dy = sr_plane_of_dy(g);
    const int block = block_images(e, g, n);
    const size_t of_x = sr_copy_floats(&x, block);
    const size_t of_dy = sr_copy_floats(&dy, block);
    const size_t slides =
        (size_t)sr_par_threads(e->par) * (of_x > of_dy ? of_x : of_dy);
    const size_t grad = sr_indirect_grad_scratch(e, g, n);
    return slides > grad ? slides : grad;
}

const struct sr_way sr_way_indirect = {
    .name = "indirect",
    .packed_floats = packed_floats,
    .pack = pack,
    .scratch = scratch_floats,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = sr_indirect_grad,
};
