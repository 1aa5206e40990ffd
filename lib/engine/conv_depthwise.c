/* Convolution of every channel on its own (groups = c_in = c_out), on planes.
 *
 * Channels are the vector dimension and the taps are summed one after the
 * other.  Packed weights are [tap rows][tap cols][c]: those of the forward
 * pass, then those of every grid of the gradient of x.
 */
#include "engine/conv_plane.h"

#include <string.h>

#include "engine/kern/kern.h"

enum { ROOM = 2 << 20 }; /* floats of partial sums: 8 MB */

/* All channels move together: as one group, as far as planes go. */
static struct sr_conv as_one_group(const struct sr_conv *g)
{
    struct sr_conv one = *g;
    one.groups = 1;
    return one;
}

static int grids_backward(const struct sr_conv *g)
{
    return g->stride * g->stride;
}

static size_t packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    (void)e;
    return 2 * sr_conv_w_floats(g);
}

static float *pack_grid(const struct sr_conv *g, const struct sr_grid *grid,
                        const float *w, float *to)
{
    for (int r = 0; r < grid->tap_rows; r++)
        for (int j = 0; j < grid->tap_cols; j++) {
            const int row = grid->tap_y + r * grid->tap_step;
            const int col = grid->tap_x + j * grid->tap_step;
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
    for (int i = 0; i < grids_backward(g); i++) {
        grid = sr_grid_backward(g, i);
        packed = pack_grid(g, &grid, w, packed);
    }
}

struct job {
    const struct sr_kern *kern;
    struct sr_conv g; /* with one group */
    bool backward;
    int n, spans;
    struct sr_plane plane;
    int out_h, out_w;
    const float *in, *packed, *bias, *dy;
    const struct sr_conv_hook *before, *then;
    float *out, *copies, *sums;
};

static size_t copy_floats(const struct sr_plane *p)
{
    return sr_plane_is_tensor(p) ? 0 : sr_round_up(sr_plane_floats(p));
}

static void slide(const struct job *j, const struct sr_grid *grid,
                  const float *plane, const float *w, float *out)
{
    const struct sr_plane_strides in = sr_plane_strides(&j->plane);
    const int c = j->plane.c;
    for (int y = 0; y < grid->rows; y++)
        for (int x = 0; x < grid->cols; x++) {
            const int row = grid->out_y + y * grid->out_step;
            const int col = grid->out_x + x * grid->out_step;
            j->kern->depthwise_pixel(
                grid->tap_rows, grid->tap_cols, c,
                plane + (grid->in_y + y * grid->in_step) * in.row +
                    (grid->in_x + x * grid->in_step) * in.pixel,
                in.row, w, j->bias,
                out + (ptrdiff_t)(row * j->out_w + col) * c);
        }
}

static void slide_image(void *argument, int image, int worker)
{
    const struct job *j = argument;
    const size_t c = (size_t)j->plane.c;
    sr_conv_run_hook(j->before, image, 1);
    const float *plane =
        sr_plane_fill(&j->plane, 1, 0,
                      j->in + (size_t)image * sr_plane_tensor_floats(&j->plane),
                      j->copies + (size_t)worker * copy_floats(&j->plane));
    float *out = j->out + (size_t)image * (size_t)(j->out_h * j->out_w) * c;
    const float *w = j->packed;
    for (int i = 0; i < (j->backward ? grids_backward(&j->g) : 1); i++) {
        const struct sr_grid grid =
            j->backward ? sr_grid_backward(&j->g, i) : sr_grid_forward(&j->g);
        slide(j, &grid, plane, w, out);
        w += (size_t)(grid.tap_rows * grid.tap_cols) * c;
    }
    sr_conv_run_hook(j->then, image, 1);
}

/* A row of zeros serves as the bias that is not there. */
static void run_slides(const struct sr_engine *e, struct job *job,
                       const float *bias, float *scratch)
{
    memset(scratch, 0, sr_round_up((size_t)job->plane.c) * sizeof *scratch);
    job->bias = bias ? bias : scratch;
    job->copies = scratch + sr_round_up((size_t)job->plane.c);
    sr_par_run(e->par, job->n, slide_image, job);
}

static void forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *scratch)
{
    struct job job = {.kern = e->kern,
                      .g = as_one_group(g),
                      .n = n,
                      .out_h = g->oh,
                      .out_w = g->ow,
                      .in = x,
                      .packed = packed,
                      .then = then,
                      .out = y};
    job.plane = sr_plane_of_x(&job.g);
    run_slides(e, &job, bias, scratch);
}

static void backward_x(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *scratch)
{
    struct job job = {.kern = e->kern,
                      .g = as_one_group(g),
                      .backward = true,
                      .n = n,
                      .out_h = g->h,
                      .out_w = g->w,
                      .before = before,
                      .in = dy,
                      .packed = packed + sr_conv_w_floats(g),
                      .out = dx};
    job.plane = sr_plane_of_dy(&job.g);
    run_slides(e, &job, NULL, scratch);
}

/* Sums are [taps][c], one set for each span of images. */
static void grad_span(void *argument, int span, int worker)
{
    const struct job *j = argument;
    const struct sr_conv *g = &j->g;
    const struct sr_plane_strides in = sr_plane_strides(&j->plane);
    const int c = j->plane.c, taps = g->kh * g->kw;
    float *sums = j->sums + (ptrdiff_t)span * taps * c;
    float *copy = j->copies + (size_t)worker * copy_floats(&j->plane);
    size_t begin, end;
    sr_par_span((size_t)j->n, j->spans, span, &begin, &end);

    memset(sums, 0, (size_t)(taps * c) * sizeof *sums);
    for (size_t i = begin; i < end; i++) {
        const float *plane =
            sr_plane_fill(&j->plane, 1, 0,
                          j->in + i * sr_plane_tensor_floats(&j->plane), copy);
        const float *dy = j->dy + i * (size_t)(g->oh * g->ow * c);
        for (int y = 0; y < g->oh; y++)
            for (int t = 0; t < taps; t++)
                j->kern->depthwise_grad(
                    g->ow, c,
                    plane + (y * g->stride + t / g->kw) * in.row +
                        t % g->kw * in.pixel,
                    g->stride * in.pixel, dy + (ptrdiff_t)(y * g->ow) * c,
                    sums + (ptrdiff_t)t * c);
    }
}

static void backward_w(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const float *x, const float *dy, float *dw,
                       float *scratch)
{
    struct job job = {.kern = e->kern,
                      .g = as_one_group(g),
                      .n = n,
                      .spans = sr_conv_spans(g, n, ROOM),
                      .in = x,
                      .dy = dy,
                      .copies = scratch};
    job.plane = sr_plane_of_x(&job.g);
    job.sums =
        scratch + (size_t)sr_par_threads(e->par) * copy_floats(&job.plane);
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
    const struct sr_conv one = as_one_group(g);
    const struct sr_plane x = sr_plane_of_x(&one), dy = sr_plane_of_dy(&one);
    const size_t of_x = copy_floats(&x), of_dy = copy_floats(&dy);
    return sr_round_up((size_t)g->c_in) +
           (size_t)sr_par_threads(e->par) * (of_x > of_dy ? of_x : of_dy) +
           (size_t)sr_conv_spans(g, n, ROOM) * sr_conv_w_floats(g);
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
