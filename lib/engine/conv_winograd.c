/* Winograd's way F(4x4, 3x3), forward and the gradient of x, which is the same
 * computation with the filter turned round, its inputs and outputs changed.
 *
 * A piece is a block of whole images, whose tiles it takes in runs.  For a run,
 *   v [36][tiles][ins]   = transformed windows,
 *   m [36][tiles][outs]  = v u, 36 products of matrices,
 * and the results are m transformed back.  Products go place by place, so that
 * each part of u is fetched once a run; meanwhile memory is asked for the next
 * part, and for what the next transforms read and write.
 */
#include "engine/conv_winograd.h"

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

/* Of dx from dy. */
static struct sr_wino backward_map(const struct sr_conv *g)
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

/* One direction of a convolution for a batch. */
struct job {
    const struct sr_kern *kern;
    struct sr_wino map;
    struct sr_panels panels;
    int n, groups, ins, workers;
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

/* Where a tile is in the batch. */
struct place {
    int image, row, col;
};

static void advance(const struct sr_wino *w, struct place *at)
{
    if (++at->col < w->cols)
        return;
    at->col = 0;
    if (++at->row < w->rows)
        return;
    at->row = 0;
    at->image++;
}

static int block_channels(int channels, int first)
{
    const int rest = channels - first;
    return rest < SR_WINO_BLOCK ? rest : SR_WINO_BLOCK;
}

static void transform_window(const struct job *j, int group, struct place at,
                             float *v)
{
    const struct sr_wino *map = &j->map;
    const size_t image = (size_t)map->in_h * (size_t)(map->in_w * map->in_c);
    struct sr_window w = sr_wino_window(
        map, j->in + (size_t)at.image * image + group * j->ins, at.row, at.col);
    for (int c = 0; c < j->ins; c += SR_WINO_BLOCK) {
        j->kern->wino_input(block_channels(j->ins, c), &w, v);
        w.x += SR_WINO_BLOCK;
        v += SR_WINO_BLOCK_FLOATS;
    }
}

static void transform_square(const struct job *j, int group, struct place at,
                             const float *m)
{
    const struct sr_wino *map = &j->map;
    const int first = group * j->panels.outs;
    const size_t image = (size_t)map->out_h * (size_t)(map->out_w * map->out_c);
    struct sr_square y = sr_wino_square(
        map, j->out + (size_t)at.image * image + first, at.row, at.col);
    for (int c = 0; c < j->panels.outs; c += SR_WINO_BLOCK) {
        j->kern->wino_output(block_channels(j->panels.outs, c), m,
                             j->bias ? j->bias + first + c : NULL, &y);
        y.y += SR_WINO_BLOCK;
        m += SR_WINO_BLOCK_FLOATS;
    }
}

static const struct sr_kern_products *products(const struct job *j, int panel)
{
    return &j->kern->wino_products[sr_panel_width(&j->panels, panel) - 1];
}

/* What memory is asked for during each half of the places. */
enum { HALF = SR_WINO_PLACES / 2 };

struct wishes {
    struct sr_ahead half[2];
};

/* Rows [from, to) of a tensor that has `end` of them, in so many steps. */
static struct sr_ahead rows_ahead(const float *tensor, int floats, int from,
                                  int to, int end, int steps)
{
    const int last = to < end ? to : end;
    if (last <= from || steps == 0)
        return (struct sr_ahead){tensor, 0};
    return (struct sr_ahead){tensor + (ptrdiff_t)from * floats,
                             (ptrdiff_t)(last - from) * floats / steps};
}

/* The rows that a run of tiles, from `at` up to `next`, writes; and as many as
 * it reads after those it has read.  When `next` begins another piece, it is
 * the one whose turn it is when every worker has taken one. */
static struct wishes wishes_of(const struct job *j, struct place at,
                               struct place next, int tiles)
{
    const struct sr_wino *w = &j->map;
    const int to_y = next.image * w->out_h + next.row * SR_WINO_TILE;
    const int to_x = next.image * w->in_h + next.row * SR_WINO_TILE;
    const int from_y = at.image * w->out_h + at.row * SR_WINO_TILE;
    const int rows_x =
        to_x - at.image * w->in_h - at.row * SR_WINO_TILE + SR_WINO_TILE;
    const bool other = next.image % j->images == 0 && next.row == 0;
    const int skip = other ? (j->workers - 1) * j->images * w->in_h : 0;
    int steps = 0;
    for (int i = 0; i < j->panels.n; i++) {
        const struct sr_kern_products *p = products(j, i);
        steps += (tiles + p->rows - 1) / p->rows * (j->ins / p->depth + 1);
    }
    steps *= HALF;
    return (struct wishes){{
        rows_ahead(j->out, w->out_w * w->out_c, from_y, to_y + SR_WINO_TILE,
                   j->n * w->out_h, steps),
        rows_ahead(j->in, w->in_w * w->in_c, to_x + skip, to_x + skip + rows_x,
                   j->n * w->in_h, steps),
    }};
}

/* m = v u, place by place. */
static void multiply(const struct job *j, int tiles, const float *u,
                     const float *v, float *m, struct wishes wishes)
{
    const struct sr_panels *p = &j->panels;
    const ptrdiff_t v_row = sr_wino_row(j->ins), m_row = sr_wino_row(p->outs);
    for (int q = 0; q < SR_WINO_PLACES; q++)
        for (int i = 0; i < p->n; i++) {
            const int first = i * p->full;
            products(j, i)->run(
                tiles, j->ins, v + q * SR_WINO_PLACE, v_row, u,
                m + first / SR_WINO_BLOCK * SR_WINO_BLOCK_FLOATS +
                    q * SR_WINO_PLACE + first % SR_WINO_BLOCK,
                m_row, &wishes.half[q / HALF]);
            u += (ptrdiff_t)j->ins * sr_panel_lanes(p, i);
        }
}

/* So many tiles from `at`, for one group; `at` moves on. */
static void convolve(const struct job *j, int group, int tiles,
                     struct place *at, float *work)
{
    const float *u = j->u + (size_t)group * sr_wino_weights(&j->panels, j->ins);
    float *v = work, *m = work + sr_wino_floats(j->ins);
    struct place next = *at;
    for (int t = 0; t < tiles; t++, advance(&j->map, &next))
        transform_window(j, group, next, v + t * sr_wino_row(j->ins));
    multiply(j, tiles, u, v, m, wishes_of(j, *at, next, tiles));
    for (int t = 0; t < tiles; t++, advance(&j->map, at))
        transform_square(j, group, *at, m + t * sr_wino_row(j->panels.outs));
}

static int over(int a, int b) { return (a + b - 1) / b; }

/* Tiles of a run, if there are so many in a piece: all runs about equal, and
 * of whole rows of products. */
static int run_tiles(const struct job *j, int tiles)
{
    const int rows = products(j, 0)->rows;
    return over(over(tiles, over(tiles, SR_WINO_TILES)), rows) * rows;
}

static void convolve_piece(void *argument, int piece, int worker)
{
    const struct job *j = argument;
    const int first = piece * j->images;
    const int images = j->n - first < j->images ? j->n - first : j->images;
    const int tiles = images * j->map.rows * j->map.cols;
    const int run = run_tiles(j, tiles);
    float *work = j->work + (size_t)worker * work_floats(j);

    sr_conv_run_hook(j->before, first, images);
    for (int group = 0; group < j->groups; group++) {
        struct place at = {.image = first};
        for (int t = 0; t < tiles; t += run)
            convolve(j, group, tiles - t < run ? tiles - t : run, &at, work);
    }
    sr_conv_run_hook(j->then, first, images);
}

/* What a piece of so many images costs, in tiles: products of incomplete rows
 * cost as much as others, and each run fetches u. */
static int piece_cost(const struct job *j, int images)
{
    enum { FETCH = 2 };
    const int rows = products(j, 0)->rows;
    const int tiles = images * j->map.rows * j->map.cols;
    const int run = run_tiles(j, tiles);
    const int whole = tiles / run, rest = tiles % run;
    return whole * (run + FETCH) + (rest ? over(rest, rows) * rows + FETCH : 0);
}

/* Images of a piece, at most RUNS runs if it can be: with which the workers are
 * done first. */
static int piece_images(const struct job *j)
{
    enum { RUNS = 4 };
    const int most = RUNS * SR_WINO_TILES / (j->map.rows * j->map.cols);
    int best = 1;
    double least = 0;
    for (int i = 1; i <= j->n && (i == 1 || i <= most); i++) {
        const double cost =
            (double)over(over(j->n, i), j->workers) * piece_cost(j, i);
        if (i == 1 || cost < least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

static struct job job_forward(const struct sr_engine *e,
                              const struct sr_conv *g, int n)
{
    struct job job = {.kern = e->kern,
                      .map = sr_wino_forward(g),
                      .panels = sr_panels_of(e->kern, g->c_out / g->groups),
                      .n = n,
                      .groups = g->groups,
                      .ins = g->c_in / g->groups,
                      .workers = sr_par_threads(e->par)};
    job.images = piece_images(&job);
    return job;
}

static struct job job_backward(const struct sr_engine *e,
                               const struct sr_conv *g, int n)
{
    struct job job = {.kern = e->kern,
                      .map = backward_map(g),
                      .panels = sr_panels_of(e->kern, g->c_in / g->groups),
                      .n = n,
                      .groups = g->groups,
                      .ins = g->c_out / g->groups,
                      .workers = sr_par_threads(e->par)};
    job.images = piece_images(&job);
    return job;
}

static void run(const struct sr_engine *e, struct job *job)
{
    sr_par_run(e->par, over(job->n, job->images), convolve_piece, job);
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
    job.u = packed + sr_wino_forward_weights(e, g);
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
    .packed_floats = sr_wino_packed_floats,
    .pack = sr_wino_pack,
    .scratch = scratch_floats,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = sr_wino_grad,
};
