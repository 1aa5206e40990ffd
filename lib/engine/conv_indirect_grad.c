/* The gradient of the weights by windows: sum over pixels of dy times window.
 *
 * Tiles are panels of outputs, as in the forward pass, by some consecutive
 * inputs.  A span of the batch has a buffer of sums laid out like packed
 * forward weights; each tile goes once over the pixels of a chunk, in order, so
 * cutting a span into chunks changes no bit.  The buffers of all spans are then
 * added in order.
 *
 * A tap meets only the pixels whose windows have it inside x, so no padding is
 * multiplied.  But then tiles end with the inputs of a tap; where that would
 * cost more, they go over a copy of x with its padding, a filter row at a time.
 */
#include "engine/conv_indirect.h"

#include <string.h>

#include "engine/conv_grad.h"

/* Few sums, because every chunk reads and writes them: what this leaves to be
 * desired in pieces is made up by splitting the outputs.  The pixels of a chunk
 * are so many that a panel of their dy stays in the nearest cache while one
 * tile after the other goes over it. */
enum {
    ROOM = 2 << 20, /* floats of partial sums: 8 MB          */
    WANTED = 16,    /* pieces, for the threads to share      */
    PIXELS = 128    /* of a chunk                            */
};

struct grad_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    struct sr_grid grid; /* of the forward pass */
    int n, spans;
    int images, rows; /* of a chunk; more than one image has all its rows */
    int splits;       /* of the panels, for as many pieces of a span      */
    bool copied;      /* tiles go over a copy of x                        */
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

static int ins_of(const struct grad_job *j)
{
    return j->g->c_in / j->g->groups;
}

static size_t sum_floats(const struct grad_job *j)
{
    return (size_t)j->g->groups *
           sr_panels_floats(&j->panels, weights_of_output(j->g));
}

/* A panel's dy lies together already, or it is copied: as whole vectors, and
 * as few cache lines as there are. */
static bool dy_is_panel(const struct grad_job *j)
{
    return j->g->groups == 1 && j->g->c_out == sr_panel_lanes(&j->panels, 0);
}

static size_t panel_dy_floats(const struct grad_job *j)
{
    const size_t pixels = (size_t)(j->images * j->rows * j->g->ow);
    return dy_is_panel(j) ? 0 : pixels * (size_t)sr_panel_lanes(&j->panels, 0);
}

static size_t copy_floats(const struct grad_job *j)
{
    return j->copied ? sr_round_up(sr_copy_floats(&j->grid, j->rows, j->images,
                                                  ins_of(j)))
                     : 0;
}

static size_t worker_floats(const struct grad_job *j)
{
    return copy_floats(j) + panel_dy_floats(j);
}

/* Rows [from, to) of results in some images, in one group. */
struct chunk {
    int images, from, to;
    bool fresh; /* the first of the span */
    struct sr_grid grid;
    struct sr_view x, dy; /* dy of one panel, from row `from` on */
};

static struct sr_view panel_dy(const struct grad_job *j, const struct chunk *c,
                               const float *dy, int outs, int lanes,
                               float *copy)
{
    const struct sr_conv *g = j->g;
    const int pixels = (c->to - c->from) * g->ow;
    const ptrdiff_t image = (ptrdiff_t)g->oh * g->ow * g->c_out;
    dy += (ptrdiff_t)c->from * g->ow * g->c_out;
    if (dy_is_panel(j))
        return sr_view_of(dy, g->oh, g->ow, lanes);
    float *to = copy;
    for (int i = 0; i < c->images; i++, dy += image) {
        const float *from = dy;
        for (int p = 0; p < pixels; p++, from += g->c_out, to += lanes) {
            memcpy(to, from, (size_t)outs * sizeof *to);
            memset(to + outs, 0, (size_t)(lanes - outs) * sizeof *to);
        }
    }
    return sr_view_of(copy, c->to - c->from, g->ow, lanes);
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

/* The pixels of a chunk that meet tap (r, col). */
static struct sr_grad_tile pixels_of(const struct chunk *c, int r, int col)
{
    const struct sr_axis *y = &c->grid.y, *x = &c->grid.x;
    int top, bottom, left, right;
    sr_axis_meet(y, r, c->from, c->to, &top, &bottom);
    sr_axis_meet(x, col, 0, x->count, &left, &right);
    struct sr_grad_tile t = {.fresh = c->fresh};
    if (top == bottom || left == right)
        return t;
    t = (struct sr_grad_tile){
        .images = c->images,
        .rows = bottom - top,
        .cols = right - left,
        .x_image = c->x.image,
        .x_row = y->step * c->x.row,
        .x_col = x->step * c->x.pixel,
        .dy_image = c->dy.image,
        .dy_row = c->dy.row,
        .dy_col = c->dy.pixel,
        .x = c->x.x + (top * y->step - y->pad + r) * c->x.row +
             (left * x->step - x->pad + col) * c->x.pixel,
        .dy = c->dy.x + (top - c->from) * c->dy.row + left * c->dy.pixel,
        .fresh = c->fresh};
    merge_loops(&t);
    return t;
}

/* sums of one panel += the chunk's products. */
static void add_panel(const struct grad_job *j, const struct chunk *c,
                      int width, float *sums)
{
    const struct sr_conv *g = j->g;
    const int together = j->copied ? g->kw : 1; /* taps of a row */
    const int len = together * ins_of(j), lanes = width * j->kern->floats;
    for (int r = 0; r < g->kh; r++)
        for (int k = 0; k < g->kw; k += together) {
            const struct sr_grad_tile t = pixels_of(c, r, k);
            if (t.images > 0 || t.fresh)
                sr_grad_inputs(&j->kern->tile[width - 1], t, len, lanes, sums);
            sums += len * lanes;
        }
}

/* Panels [first, last) of all groups, for one chunk. */
static void add_chunk(const struct grad_job *j, const struct chunk *chunk,
                      int begin, int first, int last, float *work, float *sums)
{
    const struct sr_conv *g = j->g;
    const struct sr_panels *p = &j->panels;
    const size_t each = weights_of_output(g);
    const float *dy = j->dy + (size_t)begin * sr_conv_y_floats(g);
    struct sr_view x = sr_view_of(j->x, g->h, g->w, g->c_in);
    x.x += begin * x.image;

    for (int group = 0; group < g->groups; group++) {
        float *into = sums + (size_t)group * sr_panels_floats(p, each);
        struct chunk c = *chunk;
        c.grid = j->grid;
        c.x = x;
        if (j->copied)
            c.x = sr_copy_windows(&c.grid, c.from, c.to, c.images,
                                  group * ins_of(j), ins_of(j), &x, work);
        for (int i = first; i < last; i++) {
            c.dy = panel_dy(j, &c, dy + group * p->outs + i * p->full,
                            sr_panel_outs(p, i), sr_panel_lanes(p, i),
                            work + copy_floats(j));
            add_panel(j, &c, sr_panel_width(p, i),
                      into + (size_t)(i * p->full) * each);
        }
    }
}

static void grad_piece(void *argument, int piece, int worker)
{
    const struct grad_job *j = argument;
    const int span = piece / j->splits, split = piece % j->splits;
    float *sums = j->sums + (size_t)span * sum_floats(j);
    float *work = j->work + (size_t)worker * worker_floats(j);
    size_t begin, end, first, last;
    sr_par_span((size_t)j->n, j->spans, span, &begin, &end);
    sr_par_span((size_t)j->panels.n, j->splits, split, &first, &last);

    struct chunk c = {.fresh = true};
    for (int i = (int)begin; i < (int)end; i += j->images) {
        const int rest = (int)end - i;
        c.images = rest < j->images ? rest : j->images;
        for (c.from = 0; c.from < j->g->oh; c.from = c.to) {
            c.to = c.from + j->rows < j->g->oh ? c.from + j->rows : j->g->oh;
            add_chunk(j, &c, i, (int)first, (int)last, work, sums);
            c.fresh = false;
        }
    }
}

/* dw += sums of all spans, in order, for CHANNELS inputs of one panel. */
enum { CHANNELS = 16 };

static int channel_chunks(const struct grad_job *j)
{
    return (ins_of(j) + CHANNELS - 1) / CHANNELS;
}

/* The sums of `count` weights of the panel, spans added to the first one's. */
static void add_spans(const struct grad_job *j, float *sums, size_t count)
{
    const float *more = sums;
    for (int span = 1; span < j->spans; span++) {
        more += sum_floats(j);
        j->kern->add(count, sums, more, sums);
    }
}

/* Weights [in, tap), `pairs` of them one after the other, of a vector of
 * outputs, `outs` of which are there. */
static void add_square(const struct grad_job *j, const float *sums, int lanes,
                       int in, int tap, int pairs, int outs, float *dw)
{
    const int taps = j->g->kh * j->g->kw;
    const float *from[SR_MAX_FLOATS];
    for (int q = 0; q < j->kern->floats; q++) {
        from[q] = q < pairs ? sums + (tap * ins_of(j) + in) * lanes : sums;
        if (++tap == taps) {
            tap = 0;
            in++;
        }
    }
    sr_grad_add_square(j->kern, from, pairs, outs, dw, weights_of_output(j->g));
}

static void collect_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct grad_job *j = argument;
    const struct sr_panels *p = &j->panels;
    const size_t each = weights_of_output(j->g);
    const int first = piece % channel_chunks(j) * CHANNELS;
    const int panel = piece / channel_chunks(j) % p->n;
    const int group = piece / channel_chunks(j) / p->n;
    const int rest = ins_of(j) - first, taps = j->g->kh * j->g->kw;
    const int ins = rest < CHANNELS ? rest : CHANNELS;
    const int lanes = sr_panel_lanes(p, panel), outs = sr_panel_outs(p, panel);
    const int floats = j->kern->floats, pairs = ins * taps;
    float *sums = j->sums + (size_t)group * sr_panels_floats(p, each) +
                  (size_t)(panel * p->full) * each;
    float *dw = j->dw + (size_t)(group * p->outs + panel * p->full) * each +
                (size_t)(first * taps);

    for (int t = 0; t < taps; t++)
        add_spans(j, sums + (ptrdiff_t)(t * ins_of(j) + first) * lanes,
                  (size_t)(ins * lanes));
    for (int o = 0; o < outs; o += floats)
        for (int q = 0; q < pairs; q += floats)
            add_square(j, sums + o, lanes, first + q / taps, q % taps,
                       pairs - q < floats ? pairs - q : floats,
                       outs - o < floats ? outs - o : floats,
                       dw + (size_t)o * each + q);
}

/* What tiles of `len` inputs cost for a pixel: a vector of sums each, but no
 * less than it takes to fetch its dy. */
static int tiles_cost(const struct sr_kern_tile *kern, int width, int len)
{
    enum { FETCH = 16 };
    int cost = 0;
    for (int k = 0, size = 0; k < len; k += kern->inputs[size]) {
        while (kern->inputs[size] > len - k)
            size++;
        const int sums = kern->inputs[size] * width;
        cost += sums > FETCH ? sums : FETCH;
    }
    return cost;
}

/* Whether a copy with padding, on which tiles go over whole filter rows, is
 * cheaper than leaving padding out tap by tap. */
static bool copy_is_cheaper(const struct grad_job *j)
{
    const struct sr_conv *g = j->g;
    const int width = sr_panel_width(&j->panels, 0);
    const struct sr_kern_tile *kern = &j->kern->tile[width - 1];
    double pixels = 0; /* that meet a tap, over all taps */
    for (int r = 0; r < g->kh; r++)
        for (int k = 0; k < g->kw; k++) {
            int top, bottom, left, right;
            sr_axis_meet(&j->grid.y, r, 0, g->oh, &top, &bottom);
            sr_axis_meet(&j->grid.x, k, 0, g->ow, &left, &right);
            pixels += (double)(bottom - top) * (right - left);
        }
    const double by_row = (double)g->oh * g->ow * g->kh *
                          tiles_cost(kern, width, g->kw * ins_of(j));
    return by_row < pixels * tiles_cost(kern, width, ins_of(j));
}

static struct grad_job job_of(const struct sr_engine *e,
                              const struct sr_conv *g, int n)
{
    struct grad_job job = {.kern = e->kern,
                           .g = g,
                           .grid = sr_grid_forward(g),
                           .n = n,
                           .images = 1,
                           .panels =
                               sr_panels_of(e->kern, g->c_out / g->groups)};
    const int rows = PIXELS / g->ow > 1 ? PIXELS / g->ow : 1;
    job.rows = rows < g->oh ? rows : g->oh;
    if (rows >= 2 * g->oh)
        job.images = rows / g->oh < n ? rows / g->oh : n;
    job.copied = g->groups > 1 || copy_is_cheaper(&job);
    job.spans = sr_conv_spans(g, n, ROOM);
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
