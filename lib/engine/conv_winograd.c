/* Winograd's way F(4x4, 3x3), forward and the gradient of x, which is the same
 * computation with the filter turned round, its inputs and outputs changed.
 *
 * A piece is a block of whole images, whose tiles it takes in runs.  For a run,
 *   v [36][tiles][ins]   = transformed windows,
 *   m [36][tiles][outs]  = v u, 36 products of matrices,
 * and the results are m transformed back.  Products go place by place, so that
 * each part of u is fetched once a run.
 *
 * Packed weights u are panels of vectors of outputs as in the indirect way,
 * [panel][36][ins][panel outputs]: all groups of the forward pass, then all of
 * the gradient of x.
 */
#include "engine/conv_winograd.h"

#include <string.h>

#include "engine/conv_indirect.h"

bool sr_wino_fits(const struct sr_conv *g)
{
    return g->kh == 3 && g->kw == 3 && g->stride == 1;
}

static int tiles_over(int pixels)
{
    return (pixels + SR_WINO_TILE - 1) / SR_WINO_TILE;
}

struct sr_wino sr_wino_forward(const struct sr_conv *g)
{
    return (struct sr_wino){.in_h = g->h,
                            .in_w = g->w,
                            .in_c = g->c_in,
                            .out_h = g->oh,
                            .out_w = g->ow,
                            .out_c = g->c_out,
                            .top = g->pad_top,
                            .left = g->pad_left,
                            .rows = tiles_over(g->oh),
                            .cols = tiles_over(g->ow)};
}

struct sr_wino sr_wino_backward(const struct sr_conv *g)
{
    return (struct sr_wino){.in_h = g->oh,
                            .in_w = g->ow,
                            .in_c = g->c_out,
                            .out_h = g->h,
                            .out_w = g->w,
                            .out_c = g->c_in,
                            .top = 2 - g->pad_top,
                            .left = 2 - g->pad_left,
                            .rows = tiles_over(g->h),
                            .cols = tiles_over(g->w)};
}

/* Of the numbers from..from+5, those in [0, size): *first..*last-1 by their
 * place; *first = *last when there are none. */
static void clip(int from, int size, int *first, int *last)
{
    const int begin = from < 0 ? -from : 0, end = size - from;
    *first = begin < SR_WINO_WINDOW ? begin : SR_WINO_WINDOW;
    *last = end < SR_WINO_WINDOW ? end : SR_WINO_WINDOW;
    if (*last < *first)
        *last = *first;
}

struct sr_window sr_wino_window(const struct sr_wino *w, const float *image,
                                int row, int col)
{
    const int y = row * SR_WINO_TILE - w->top;
    const int x = col * SR_WINO_TILE - w->left;
    struct sr_window at = {.x = image,
                           .row_step = (ptrdiff_t)w->in_w * w->in_c,
                           .pixel_step = w->in_c};
    clip(y, w->in_h, &at.top, &at.bottom);
    clip(x, w->in_w, &at.left, &at.right);
    if (at.top < at.bottom && at.left < at.right)
        at.x += (y + at.top) * at.row_step + (x + at.left) * at.pixel_step;
    return at;
}

struct sr_square sr_wino_square(const struct sr_wino *w, float *image, int row,
                                int col)
{
    const int y = row * SR_WINO_TILE, x = col * SR_WINO_TILE;
    const int rows = w->out_h - y, cols = w->out_w - x;
    const ptrdiff_t row_step = (ptrdiff_t)w->out_w * w->out_c;
    return (struct sr_square){
        .y = image + y * row_step + (ptrdiff_t)x * w->out_c,
        .row_step = row_step,
        .pixel_step = w->out_c,
        .rows = rows < SR_WINO_TILE ? rows : SR_WINO_TILE,
        .cols = cols < SR_WINO_TILE ? cols : SR_WINO_TILE};
}

/* Floats of u for all groups. */
static size_t weight_floats(const struct sr_panels *p, int groups, int ins)
{
    return (size_t)groups * sr_panels_floats(p, SR_WINO_PLACES * (size_t)ins);
}

static size_t forward_floats(const struct sr_kern *k, const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(k, g->c_out / g->groups);
    return weight_floats(&p, g->groups, g->c_in / g->groups);
}

static size_t packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(e->kern, g->c_in / g->groups);
    return forward_floats(e->kern, g) +
           weight_floats(&p, g->groups, g->c_out / g->groups);
}

/* Filters of one direction; a piece is CHUNK inputs of a panel of a group. */
enum { CHUNK = 8, TAPS = 9 };

struct pack_job {
    const struct sr_kern *kern;
    struct sr_panels panels;
    int ins, chunks;
    bool turned; /* by half a turn, for the gradient of x */
    const float *w;
    size_t out_step, in_step, group_step; /* in w */
    float *to;
};

static void gather_filters(const struct pack_job *j, const float *w, int ins,
                           int outs, int lanes, float *to)
{
    for (int i = 0; i < ins; i++, w += j->in_step)
        for (int t = 0; t < TAPS; t++, to += lanes) {
            const float *tap = w + (j->turned ? TAPS - 1 - t : t);
            for (int o = 0; o < outs; o++)
                to[o] = tap[(size_t)o * j->out_step];
            for (int o = outs; o < lanes; o++)
                to[o] = 0;
        }
}

static void pack_piece(void *argument, int piece, int worker)
{
    (void)worker;
    enum { MAX_LANES = SR_TILE_WIDTHS * 16 };
    float filters[CHUNK * TAPS * MAX_LANES];
    const struct pack_job *j = argument;
    const struct sr_panels *p = &j->panels;
    const int first = piece % j->chunks * CHUNK;
    const int panel = piece / j->chunks % p->n;
    const size_t group = (size_t)(piece / j->chunks / p->n);
    const int ins = j->ins - first < CHUNK ? j->ins - first : CHUNK;
    const int lanes = sr_panel_lanes(p, panel);
    const size_t each = SR_WINO_PLACES * (size_t)j->ins;

    const float *w = j->w + group * j->group_step +
                     (size_t)(panel * p->full) * j->out_step +
                     (size_t)first * j->in_step;
    gather_filters(j, w, ins, sr_panel_outs(p, panel), lanes, filters);
    j->kern->wino_filter(ins, sr_panel_width(p, panel), filters,
                         j->to + group * sr_panels_floats(p, each) +
                             (size_t)(panel * p->full) * each +
                             (size_t)(first * lanes),
                         (ptrdiff_t)j->ins * lanes);
}

static void pack_direction(const struct sr_engine *e, const struct sr_conv *g,
                           struct pack_job *job)
{
    job->kern = e->kern;
    job->group_step = sr_conv_w_floats(g) / (size_t)g->groups;
    job->chunks = (job->ins + CHUNK - 1) / CHUNK;
    sr_par_run(e->par, g->groups * job->panels.n * job->chunks, pack_piece,
               job);
}

static void pack(const struct sr_engine *e, const struct sr_conv *g,
                 const float *w, float *packed)
{
    const int ins = g->c_in / g->groups, outs = g->c_out / g->groups;
    const size_t filter = (size_t)ins * TAPS;
    struct pack_job forward = {.panels = sr_panels_of(e->kern, outs),
                               .ins = ins,
                               .w = w,
                               .out_step = filter,
                               .in_step = TAPS,
                               .to = packed};
    struct pack_job backward = {.panels = sr_panels_of(e->kern, ins),
                                .ins = outs,
                                .turned = true,
                                .w = w,
                                .out_step = TAPS,
                                .in_step = filter,
                                .to = packed + forward_floats(e->kern, g)};
    pack_direction(e, g, &forward);
    pack_direction(e, g, &backward);
}

/* One direction of a convolution for a batch. */
struct job {
    const struct sr_kern *kern;
    struct sr_wino map;
    struct sr_panels panels;
    int n, groups, ins;
    int images; /* of a piece */
    const float *in, *u, *bias;
    const struct sr_conv_hook *before, *then;
    float *out, *work; /* [workers][work_floats] */
};

/* v, then m. */
static size_t work_floats(const struct job *j)
{
    return sr_wino_floats(j->ins) + sr_wino_floats(j->panels.outs);
}

static size_t in_floats(const struct sr_wino *w)
{
    return (size_t)w->in_h * (size_t)w->in_w * (size_t)w->in_c;
}
static size_t out_floats(const struct sr_wino *w)
{
    return (size_t)w->out_h * (size_t)w->out_w * (size_t)w->out_c;
}

/* A tile of a piece, for one group: the images it is in. */
struct cursor {
    const float *in;
    float *out;
    int row, col;
};

static void advance(const struct sr_wino *w, struct cursor *at)
{
    if (++at->col < w->cols)
        return;
    at->col = 0;
    if (++at->row < w->rows)
        return;
    at->row = 0;
    at->in += in_floats(w);
    at->out += out_floats(w);
}

static int block_channels(int channels, int first)
{
    const int rest = channels - first;
    return rest < SR_WINO_BLOCK ? rest : SR_WINO_BLOCK;
}

static void transform_window(const struct job *j, const struct cursor *at,
                             float *v)
{
    struct sr_window w = sr_wino_window(&j->map, at->in, at->row, at->col);
    for (int c = 0; c < j->ins; c += SR_WINO_BLOCK) {
        j->kern->wino_input(block_channels(j->ins, c), &w, v);
        w.x += SR_WINO_BLOCK;
        v += SR_WINO_BLOCK_FLOATS;
    }
}

static void transform_square(const struct job *j, const struct cursor *at,
                             const float *bias, const float *m)
{
    struct sr_square y = sr_wino_square(&j->map, at->out, at->row, at->col);
    for (int c = 0; c < j->panels.outs; c += SR_WINO_BLOCK) {
        j->kern->wino_output(block_channels(j->panels.outs, c), m,
                             bias ? bias + c : NULL, &y);
        y.y += SR_WINO_BLOCK;
        m += SR_WINO_BLOCK_FLOATS;
    }
}

/* m = v u, place by place. */
static void multiply(const struct job *j, int tiles, const float *u,
                     const float *v, float *m)
{
    const struct sr_panels *p = &j->panels;
    const ptrdiff_t v_row = sr_wino_row(j->ins), m_row = sr_wino_row(p->outs);
    for (int q = 0; q < SR_WINO_PLACES; q++)
        for (int i = 0; i < p->n; i++) {
            const int first = i * p->full;
            const ptrdiff_t place = (ptrdiff_t)j->ins * sr_panel_lanes(p, i);
            j->kern->wino_products[sr_panel_width(p, i) - 1].run(
                tiles, j->ins, v + q * SR_WINO_PLACE, v_row,
                u + (ptrdiff_t)first * SR_WINO_PLACES * j->ins + q * place,
                m + first / SR_WINO_BLOCK * SR_WINO_BLOCK_FLOATS +
                    q * SR_WINO_PLACE + first % SR_WINO_BLOCK,
                m_row);
        }
}

/* So many tiles from `at`, for one group. */
static void convolve(const struct job *j, int tiles, int group,
                     struct cursor *at, float *work)
{
    const int outs = j->panels.outs;
    const float *bias = j->bias ? j->bias + group * outs : NULL;
    const ptrdiff_t v_row = sr_wino_row(j->ins), m_row = sr_wino_row(outs);
    float *v = work, *m = work + sr_wino_floats(j->ins);
    struct cursor from = *at;

    for (int t = 0; t < tiles; t++, advance(&j->map, &from))
        transform_window(j, &from, v + t * v_row);
    multiply(j, tiles,
             j->u + (size_t)group * weight_floats(&j->panels, 1, j->ins), v, m);
    for (int t = 0; t < tiles; t++, advance(&j->map, at))
        transform_square(j, at, bias, m + t * m_row);
}

static void convolve_piece(void *argument, int piece, int worker)
{
    const struct job *j = argument;
    const struct sr_wino *map = &j->map;
    const int first = piece * j->images;
    const int images = j->n - first < j->images ? j->n - first : j->images;
    const int tiles = images * map->rows * map->cols;
    float *work = j->work + (size_t)worker * work_floats(j);

    sr_conv_run_hook(j->before, first, images);
    for (int group = 0; group < j->groups; group++) {
        struct cursor at = {.in = j->in + (size_t)first * in_floats(map) +
                                  group * j->ins,
                            .out = j->out + (size_t)first * out_floats(map) +
                                   group * j->panels.outs};
        for (int t = 0; t < tiles; t += SR_WINO_TILES) {
            const int rest = tiles - t;
            convolve(j, rest < SR_WINO_TILES ? rest : SR_WINO_TILES, group, &at,
                     work);
        }
    }
    sr_conv_run_hook(j->then, first, images);
}

/* Images of a piece: as many as fill a run of tiles, if that leaves pieces
 * enough for the threads. */
static int piece_images(const struct sr_engine *e, const struct sr_wino *w,
                        int n)
{
    const int tiles = w->rows * w->cols, share = 2 * sr_par_threads(e->par);
    const int want = tiles >= SR_WINO_TILES ? 1 : SR_WINO_TILES / tiles;
    const int most = (n + share - 1) / share;
    return want < most ? want : most;
}

static struct job job_forward(const struct sr_engine *e,
                              const struct sr_conv *g, int n)
{
    struct job job = {.kern = e->kern,
                      .map = sr_wino_forward(g),
                      .panels = sr_panels_of(e->kern, g->c_out / g->groups),
                      .n = n,
                      .groups = g->groups,
                      .ins = g->c_in / g->groups};
    job.images = piece_images(e, &job.map, n);
    return job;
}

static struct job job_backward(const struct sr_engine *e,
                               const struct sr_conv *g, int n)
{
    struct job job = {.kern = e->kern,
                      .map = sr_wino_backward(g),
                      .panels = sr_panels_of(e->kern, g->c_in / g->groups),
                      .n = n,
                      .groups = g->groups,
                      .ins = g->c_out / g->groups};
    job.images = piece_images(e, &job.map, n);
    return job;
}

static void run(const struct sr_engine *e, struct job *job)
{
    sr_par_run(e->par, (job->n + job->images - 1) / job->images, convolve_piece,
               job);
}

static void forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *scratch)
{
    struct job job = job_forward(e, g, n);
    job.in = x;
    job.u = packed;
    job.bias = bias;
    job.then = then;
    job.out = y;
    job.work = scratch;
    run(e, &job);
}

static void backward_x(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *scratch)
{
    struct job job = job_backward(e, g, n);
    job.in = dy;
    job.u = packed + forward_floats(e->kern, g);
    job.before = before;
    job.out = dx;
    job.work = scratch;
    run(e, &job);
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static size_t scratch_floats(const struct sr_engine *e, const struct sr_conv *g,
                             int n)
{
    const struct job there = job_forward(e, g, n), back = job_backward(e, g, n);
    const size_t work = larger(work_floats(&there), work_floats(&back));
    return larger((size_t)sr_par_threads(e->par) * work,
                  sr_wino_grad_scratch(e, g, n));
}

const struct sr_way sr_way_winograd = {
    .name = "winograd",
    .packed_floats = packed_floats,
    .pack = pack,
    .scratch = scratch_floats,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = sr_wino_grad,
};
