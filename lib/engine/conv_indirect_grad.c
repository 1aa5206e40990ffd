/* The gradient of the weights on planes: sum over pixels of dy times window.
 *
 * Tiles are panels of outputs, as in the forward pass, by some consecutive
 * inputs of a filter row.  A span of the batch has a buffer of sums laid out
 * like packed forward weights; each tile goes once over the pixels of a block
 * of images, in order, so cutting a span into blocks changes no bit.  The
 * buffers of all spans are then added in order.
 */
#include "engine/conv_indirect.h"

#include <string.h>

/* Few sums, because every block of images reads and writes them: what this
 * leaves to be desired in pieces is made up by splitting the outputs. */
enum {
    ROOM = 2 << 20, /* floats of partial sums: 8 MB */
    WANTED = 16     /* pieces, for the threads to share */
};

struct grad_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    int n, block, spans;
    int splits; /* of the panels, where spans alone are few */
    struct sr_plane plane;
    struct sr_panels panels;
    const float *x, *dy;
    float *dw;
    float *work; /* [workers][worker_floats] */
    float *sums; /* [spans][sum_floats]      */
};

/* Products that make one weight's gradient are summed over pixels; this is the
 * number of weights one output has. */
static size_t weights_of_output(const struct sr_conv *g)
{
    return sr_conv_w_floats(g) / (size_t)g->c_out;
}

static size_t sum_floats(const struct grad_job *j)
{
    return (size_t)j->g->groups *
           sr_panels_floats(&j->panels, weights_of_output(j->g));
}

/* Outputs of the last panel, when it is not made of whole vectors: its part of
 * dy is copied, so that vectors can be loaded. */
static bool last_is_ragged(const struct sr_panels *p)
{
    return p->outs % p->floats != 0;
}

static size_t ragged_floats(const struct grad_job *j)
{
    const size_t pixels = (size_t)(j->block * j->g->oh * j->g->ow);
    return last_is_ragged(&j->panels)
               ? pixels * (size_t)sr_panel_lanes(&j->panels, j->panels.n - 1)
               : 0;
}

static size_t worker_floats(const struct grad_job *j)
{
    return sr_copy_floats(&j->plane, j->block) + sr_round_up(ragged_floats(j));
}

/* A part of dy for one panel: `lanes` floats of every pixel. */
struct panel_dy {
    const float *v;
    ptrdiff_t pixel;
};

static struct panel_dy copy_ragged(const struct grad_job *j, int images,
                                   const float *dy, int outs, int lanes,
                                   float *copy)
{
    const int pixels = images * j->g->oh * j->g->ow;
    for (int p = 0; p < pixels; p++, dy += j->g->c_out) {
        float *to = copy + (ptrdiff_t)p * lanes;
        memcpy(to, dy, (size_t)outs * sizeof *to);
        memset(to + outs, 0, (size_t)(lanes - outs) * sizeof *to);
    }
    return (struct panel_dy){copy, lanes};
}

/* Loops over pixels that lie evenly in both tensors become one. */
static void merge_loops(struct sr_grad_tile *t)
{
    if (t->x_row == t->cols * t->x_col && t->dy_row == t->cols * t->dy_col) {
        t->cols *= t->rows;
        t->rows = 1;
    }
    if (t->rows == 1 && t->cols == 1) {
        t->cols = t->images;
        t->x_col = t->x_image;
        t->dy_col = t->dy_image;
        t->images = 1;
    } else if (t->rows == 1 && t->x_image == t->cols * t->x_col &&
               t->dy_image == t->cols * t->dy_col) {
        t->cols *= t->images;
        t->images = 1;
    }
}

/* sums of one panel += the block's products, tile by tile along the filter
 * rows. */
static void add_panel(const struct grad_job *j, int images, const float *plane,
                      struct panel_dy dy, int width, float *sums)
{
    const struct sr_conv *g = j->g;
    const struct sr_plane_strides in = sr_plane_strides(&j->plane);
    const struct sr_kern_tile *kern = &j->kern->tile[width - 1];
    const int len = g->kw * j->plane.c, lanes = width * j->kern->floats;
    struct sr_grad_tile t = {.images = images,
                             .rows = g->oh,
                             .cols = g->ow,
                             .x_image = in.image,
                             .x_row = g->stride * in.row,
                             .x_col = g->stride * in.pixel,
                             .dy_image = g->oh * g->ow * dy.pixel,
                             .dy_row = g->ow * dy.pixel,
                             .dy_col = dy.pixel,
                             .dy = dy.v};
    merge_loops(&t);
    for (int r = 0; r < g->kh; r++)
        for (int k = 0, size = 0; k < len;) {
            while (kern->inputs[size] > len - k)
                size++;
            t.x = plane + r * in.row + k;
            t.sum = sums + (ptrdiff_t)(r * len + k) * lanes;
            kern->grad[size](&t);
            k += kern->inputs[size];
        }
}

/* Panels [from, to) of all groups, for one block of images. */
static void add_block(const struct grad_job *j, int begin, int images, int from,
                      int to, float *work, float *sums)
{
    const struct sr_conv *g = j->g;
    const struct sr_panels *p = &j->panels;
    const size_t each = weights_of_output(g);
    const float *x = j->x + (size_t)begin * sr_conv_x_floats(g);
    const float *dy = j->dy + (size_t)begin * sr_conv_y_floats(g);
    float *ragged = work + sr_copy_floats(&j->plane, j->block);

    for (int group = 0; group < g->groups; group++) {
        const float *plane =
            sr_plane_fill(&j->plane, images, group * j->plane.c, x, work);
        float *into = sums + (size_t)group * sr_panels_floats(p, each);
        for (int i = from; i < to; i++) {
            const int outs = sr_panel_outs(p, i), lanes = sr_panel_lanes(p, i);
            struct panel_dy part = {dy + group * p->outs + i * p->full,
                                    g->c_out};
            if (outs < lanes)
                part = copy_ragged(j, images, part.v, outs, lanes, ragged);
            add_panel(j, images, plane, part, sr_panel_width(p, i),
                      into + (size_t)(i * p->full) * each);
        }
    }
}

static void clear_panels(const struct grad_job *j, int from, int to,
                         float *sums)
{
    const struct sr_panels *p = &j->panels;
    const size_t each = weights_of_output(j->g);
    for (int group = 0; group < j->g->groups; group++)
        for (int i = from; i < to; i++)
            memset(sums + (size_t)group * sr_panels_floats(p, each) +
                       (size_t)(i * p->full) * each,
                   0, (size_t)sr_panel_lanes(p, i) * each * sizeof *sums);
}

static void grad_piece(void *argument, int piece, int worker)
{
    const struct grad_job *j = argument;
    const int span = piece / j->splits, split = piece % j->splits;
    float *sums = j->sums + (size_t)span * sum_floats(j);
    float *work = j->work + (size_t)worker * worker_floats(j);
    size_t begin, end, from, to;
    sr_par_span((size_t)j->n, j->spans, span, &begin, &end);
    sr_par_span((size_t)j->panels.n, j->splits, split, &from, &to);

    clear_panels(j, (int)from, (int)to, sums);
    for (size_t i = begin; i < end; i += (size_t)j->block) {
        const size_t rest = end - i;
        add_block(j, (int)i, rest < (size_t)j->block ? (int)rest : j->block,
                  (int)from, (int)to, work, sums);
    }
}

/* dw += sums of all spans, in order, for CHANNELS inputs of one panel. */
enum { CHANNELS = 16 };

static int channel_chunks(const struct grad_job *j)
{
    return (j->plane.c + CHANNELS - 1) / CHANNELS;
}

static void add_weight(const struct grad_job *j, const float *sums, int outs,
                       float *dw)
{
    float total[SR_TILE_WIDTHS * 16];
    memcpy(total, sums, (size_t)outs * sizeof *total);
    for (int span = 1; span < j->spans; span++) {
        sums += sum_floats(j);
        for (int o = 0; o < outs; o++)
            total[o] += sums[o];
    }
    for (int o = 0; o < outs; o++)
        dw[(size_t)o * weights_of_output(j->g)] += total[o];
}

static void collect_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct grad_job *j = argument;
    const struct sr_panels *p = &j->panels;
    const size_t each = weights_of_output(j->g);
    const int chunk = piece % channel_chunks(j);
    const int panel = piece / channel_chunks(j) % p->n;
    const int group = piece / channel_chunks(j) / p->n;
    const int c = j->plane.c, taps = j->g->kh * j->g->kw;
    const int lanes = sr_panel_lanes(p, panel), outs = sr_panel_outs(p, panel);
    const int last = (chunk + 1) * CHANNELS < c ? (chunk + 1) * CHANNELS : c;
    const float *sums = j->sums + (size_t)group * sr_panels_floats(p, each) +
                        (size_t)(panel * p->full) * each;
    float *dw = j->dw + (size_t)(group * p->outs + panel * p->full) * each;

    for (int i = chunk * CHANNELS; i < last; i++)
        for (int t = 0; t < taps; t++)
            add_weight(j, sums + (ptrdiff_t)(t * c + i) * lanes, outs,
                       dw + (ptrdiff_t)i * taps + t);
}

/* Images of a block: about 128 pixels, so that a panel of their dy stays in the
 * nearest cache while one tile after the other goes over it. */
static int grad_block(const struct sr_conv *g, int n)
{
    const int pixels = g->oh * g->ow;
    const int want = pixels >= 128 ? 1 : 128 / pixels;
    return want < n ? want : n;
}

static struct grad_job job_of(const struct sr_engine *e,
                              const struct sr_conv *g, int n)
{
    struct grad_job job = {.kern = e->kern,
                           .g = g,
                           .n = n,
                           .block = grad_block(g, n),
                           .spans = sr_conv_spans(g, n, ROOM),
                           .plane = sr_plane_of_x(g),
                           .panels =
                               sr_panels_of(e->kern, g->c_out / g->groups)};
    const int want = (WANTED + job.spans - 1) / job.spans;
    job.splits = want < job.panels.n ? want : job.panels.n;
    return job;
}

size_t sr_indirect_grad_scratch(const struct sr_engine *e,
                                const struct sr_conv *g, int n)
{
    const struct grad_job job = job_of(e, g, n);
    return (size_t)sr_par_threads(e->par) * worker_floats(&job) +
           (size_t)job.spans * sum_floats(&job);
}

void sr_indirect_grad(const struct sr_engine *e, const struct sr_conv *g, int n,
                      const float *x, const float *dy, float *dw,
                      float *scratch)
{
    struct grad_job job = job_of(e, g, n);
    job.x = x;
    job.dy = dy;
    job.dw = dw;
    job.work = scratch;
    job.sums = scratch + (size_t)sr_par_threads(e->par) * worker_floats(&job);
    sr_par_run(e->par, job.spans * job.splits, grad_piece, &job);
    sr_par_run(e->par, g->groups * job.panels.n * channel_chunks(&job),
               collect_piece, &job);
}
