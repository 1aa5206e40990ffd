#include "engine/conv_thin.h"

#include <string.h>

#include "engine/conv_cut.h"
#include "engine/conv_indirect.h"

enum {
    PIXELS = 64,     /* of dy that are multiplied together, at least a row */
    PLANES = 1 << 16 /* floats of products at a time                      */
};

static int outs_of(const struct sr_conv *g) { return g->kh * g->kw * g->c_in; }

static int vectors(const struct sr_kern *k, int floats)
{
    return (floats + k->floats - 1) / k->floats;
}

/* Compared by vectors of products, and the additions count as much again. */
bool sr_thin_fits(const struct sr_engine *e, const struct sr_conv *g)
{
    return g->groups == 1 && 2 * vectors(e->kern, outs_of(g)) <=
                                 g->kh * g->kw * vectors(e->kern, g->c_in);
}

size_t sr_thin_packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(e->kern, outs_of(g));
    return sr_panels_floats(&p, (size_t)g->c_out);
}

void sr_thin_pack(const struct sr_engine *e, const struct sr_conv *g,
                  const float *w, float *packed)
{
    const struct sr_panels p = sr_panels_of(e->kern, outs_of(g));
    const int taps = g->kh * g->kw, filter = taps * g->c_in;
    for (int i = 0; i < p.n; i++) {
        const int outs = sr_panel_outs(&p, i), lanes = sr_panel_lanes(&p, i);
        for (int o = 0; o < g->c_out; o++, packed += lanes) {
            for (int k = 0; k < outs; k++) {
                const int at = i * p.full + k;
                packed[k] = w[o * filter + at % g->c_in * taps + at / g->c_in];
            }
            memset(packed + outs, 0, (size_t)(lanes - outs) * sizeof *packed);
        }
    }
}

struct thin_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    struct sr_panels panels;
    int rows;  /* of dy that are multiplied together    */
    int lanes; /* of what a pixel of dy adds to the taps */
    const float *dy, *packed;
    float *dx, *work; /* [workers][work_floats] */
};

static struct thin_job job_of(const struct sr_engine *e,
                              const struct sr_conv *g)
{
    const int rows = PIXELS / g->ow > 1 ? PIXELS / g->ow : 1;
    return (struct thin_job){.kern = e->kern,
                             .g = g,
                             .panels = sr_panels_of(e->kern, outs_of(g)),
                             .rows = rows < g->oh ? rows : g->oh,
                             .lanes = vectors(e->kern, outs_of(g)) *
                                      e->kern->floats};
}

/* What some consecutive pixels of dy add to the taps they meet. */
static void multiply(const struct thin_job *j, int pixels, const float *dy,
                     float *added)
{
    const struct sr_panels *p = &j->panels;
    const float zeros[SR_TILE_WIDTHS * SR_MAX_FLOATS] = {0};
    for (int i = 0; i < p->n; i++) {
        const struct sr_kern_tile *kern =
            &j->kern->tile[sr_panel_width(p, i) - 1];
        struct sr_tile t = {.rows = 1,
                            .len = j->g->c_out,
                            .outs = sr_panel_lanes(p, i),
                            .ahead = i == 0 ? kern->pixels * j->g->c_out : 0,
                            .w = j->packed + i * p->full * j->g->c_out,
                            .bias = zeros};
        for (int first = 0; first < pixels; first += kern->pixels) {
            const int rest = pixels - first;
            t.pixels = rest < kern->pixels ? rest : kern->pixels;
            for (int k = 0; k < kern->pixels; k++) {
                const ptrdiff_t at = first + (k < t.pixels ? k : 0);
                t.x[k] = dy + at * j->g->c_out;
                t.y[k] = added + at * j->lanes + i * p->full;
            }
            kern->conv(&t);
        }
    }
}

/* ---- stride 1: planes of products, and where they are ---- */

/* For each row of dy the products of each tap and channel as a plane, a row of
 * floats in which column `left + o` is that of pixel o, zeros on both sides: a
 * row of dx is then a sum of rows of planes, shifted by the tap. */
struct planes {
    int left;  /* zeros before the first pixel of dy               */
    int wide;  /* floats of a plane                                */
    int step;  /* of all planes of a row of dy                     */
    int most;  /* rows of dx that are summed from the same planes  */
    int sums;  /* floats of a row of one channel of dx             */
    int count; /* floats of all the planes                         */
};

static struct planes planes_of(const struct thin_job *j)
{
    const struct sr_conv *g = j->g;
    const int left = g->kw - 1 - g->pad_left;
    struct planes p = {.left = left > 0 ? left : 0};
    const int last = g->w + g->pad_left; /* pixel of dy, its tap being 0 */
    const int seen = last > g->ow ? last : g->ow;
    p.wide = vectors(j->kern, p.left + seen) * j->kern->floats;
    p.step = outs_of(g) * p.wide;
    const int fit = PLANES / p.step - (g->kh - 1);
    p.most = fit < 1 ? 1 : fit < g->h ? fit : g->h;
    p.sums = vectors(j->kern, g->w) * j->kern->floats;
    p.count = (p.most + g->kh - 1) * p.step + j->kern->floats;
    return p;
}

static bool by_planes(const struct sr_conv *g) { return g->stride == 1; }

static size_t work_floats(const struct thin_job *j)
{
    const struct planes p = planes_of(j);
    const size_t more = by_planes(j->g) ? (size_t)(p.count + p.sums) : 0;
    return sr_round_up((size_t)(j->rows * j->g->ow) * (size_t)j->lanes + more);
}

size_t sr_thin_scratch(const struct sr_engine *e, const struct sr_conv *g)
{
    const struct thin_job job = job_of(e, g);
    return (size_t)sr_par_threads(e->par) * work_floats(&job);
}

/* The planes of one row of dy. */
static void turn_row(const struct thin_job *j, const struct planes *p,
                     const float *added, float *planes)
{
    const int floats = j->kern->floats, outs = outs_of(j->g);
    const float zeros[SR_MAX_FLOATS] = {0};
    float unused[SR_MAX_FLOATS] = {0};
    const float *from[SR_MAX_FLOATS];
    float *to[SR_MAX_FLOATS];
    for (int first = 0; first < outs; first += floats)
        for (int at = 0; at < p->wide; at += floats) {
            for (int i = 0; i < floats; i++) {
                const int o = at + i - p->left, k = first + i;
                from[i] = o < 0 || o >= j->g->ow ? zeros
                                                 : added + o * j->lanes + first;
                to[i] = k < outs ? planes + k * p->wide + at : unused;
            }
            j->kern->transpose(from, to);
        }
}

/* The planes of rows [begin, end) of dy. */
static void make_planes(const struct thin_job *j, const struct planes *p,
                        int begin, int end, const float *dy, float *added,
                        float *planes)
{
    const ptrdiff_t row = (ptrdiff_t)j->g->ow * j->g->c_out;
    for (int o = begin; o < end; o += j->rows) {
        const int rows = end - o < j->rows ? end - o : j->rows;
        multiply(j, rows * j->g->ow, dy + o * row, added);
        for (int r = 0; r < rows; r++, planes += p->step)
            turn_row(j, p, added + (ptrdiff_t)(r * j->g->ow) * j->lanes,
                     planes);
    }
}

/* Row y of dx from planes of the rows of dy from `begin` on. */
static void sum_row(const struct thin_job *j, const struct planes *p, int y,
                    int begin, const float *planes, float *sums, float *dx)
{
    const struct sr_conv *g = j->g;
    const int under = y + g->pad_top - g->oh + 1, over = y + g->pad_top + 1;
    const int first = under > 0 ? under : 0; /* tap row that meets dy */
    const int rows = (over < g->kh ? over : g->kh) - first;
    for (int k = 0; k < g->c_in; k++) {
        float *to = g->c_in == 1 ? dx : sums;
        j->kern->sum_shifted(
            rows > 0 ? rows : 0, g->kw,
            planes + (ptrdiff_t)(y + g->pad_top - first - begin) * p->step +
                (first * g->kw * g->c_in + k) * p->wide + p->left + g->pad_left,
            (ptrdiff_t)g->kw * g->c_in * p->wide - p->step,
            (ptrdiff_t)g->c_in * p->wide - 1, g->w, to);
        for (int x = 0; g->c_in > 1 && x < g->w; x++)
            dx[x * g->c_in + k] = sums[x];
    }
}

static void add_planes(const struct thin_job *j, int from, int to,
                       const float *dy, float *dx, float *work)
{
    const struct sr_conv *g = j->g;
    const struct sr_grid grid = sr_grid_forward(g);
    const struct planes p = planes_of(j);
    float *planes = work + (ptrdiff_t)(j->rows * g->ow) * j->lanes;
    for (int y = from; y < to; y += p.most) {
        const int past = to - y < p.most ? to : y + p.most;
        int begin, end;
        sr_axis_seeing(&grid.y, y, past, &begin, &end);
        make_planes(j, &p, begin, end, dy, work, planes);
        for (int i = y; i < past; i++)
            sum_row(j, &p, i, begin, planes, planes + p.count,
                    dx + (ptrdiff_t)i * g->w * g->c_in);
    }
}

/* ---- larger strides: products are added where they belong ---- */

/* Row o of dy's part of rows [from, to) of dx. */
static void add_row(const struct thin_job *j, const struct sr_axis *cols, int o,
                    int from, int to, const float *added, float *dx)
{
    const struct sr_conv *g = j->g;
    for (int r = 0; r < g->kh; r++) {
        const int y = o * g->stride - g->pad_top + r;
        if (y < from || y >= to)
            continue;
        for (int k = 0; k < cols->count;) {
            const struct sr_run run = sr_axis_run(cols, k, cols->count);
            j->kern->scatter(
                run.end - k, run.taps * g->c_in,
                added + k * j->lanes + (r * g->kw + run.skip) * g->c_in,
                j->lanes, dx + ((ptrdiff_t)y * g->w + run.in) * g->c_in,
                g->stride * g->c_in);
            k = run.end;
        }
    }
}

static void scatter_image(const struct thin_job *j, int from, int to,
                          const float *dy, float *dx, float *work)
{
    const struct sr_conv *g = j->g;
    const struct sr_grid grid = sr_grid_forward(g);
    const ptrdiff_t dy_row = (ptrdiff_t)g->ow * g->c_out;
    const ptrdiff_t dx_row = (ptrdiff_t)g->w * g->c_in;
    int begin, end;
    sr_axis_seeing(&grid.y, from, to, &begin, &end);

    memset(dx + from * dx_row, 0, (size_t)((to - from) * dx_row) * sizeof *dx);
    for (int o = begin; o < end; o += j->rows) {
        const int rows = end - o < j->rows ? end - o : j->rows;
        multiply(j, rows * g->ow, dy + o * dy_row, work);
        for (int r = 0; r < rows; r++)
            add_row(j, &grid.x, o + r, from, to,
                    work + (ptrdiff_t)(r * g->ow) * j->lanes, dx);
    }
}

static void thin_piece(const void *argument, const struct sr_piece *piece,
                       int worker)
{
    const struct thin_job *j = argument;
    float *work = j->work + (size_t)worker * work_floats(j);
    for (int i = piece->first; i < piece->first + piece->images; i++)
        (by_planes(j->g) ? add_planes : scatter_image)(
            j, piece->from, piece->to,
            j->dy + (size_t)i * sr_conv_y_floats(j->g),
            j->dx + (size_t)i * sr_conv_x_floats(j->g), work);
}

void sr_thin_backward_x(const struct sr_engine *e, const struct sr_conv *g,
                        int n, const struct sr_conv_hook *before,
                        const float *dy, const float *packed, float *dx,
                        float *scratch)
{
    struct thin_job job = job_of(e, g);
    job.dy = dy;
    job.packed = packed;
    job.dx = dx;
    job.work = scratch;
    const size_t row =
        (size_t)(g->w * g->c_in) + sr_conv_y_floats(g) / (size_t)g->h;
    struct sr_cut_job all = {sr_cut_of(e, n, g->h, g->w, row, 1), before, NULL,
                             thin_piece, &job};
    if (!all.cut.by_band) /* bands would share rows of dy */
        all.cut.band = g->h;
    sr_cut_run(e, &all);
}
