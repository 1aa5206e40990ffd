/* The gradient of the weights by Winograd's F(4x4, 3x3): what kern/winograd.h
 * computes is linear in g, and its transpose is
 *     dg = G^T [ sum over tiles of (B^T d B) . (A dy A^T) ] G.
 *
 * For each of 36 places the sum is a product of matrices over tiles t,
 *     sums [36][ins][outs] = v [36][t][ins]^T m [36][t][outs],
 * of the transformed windows v and results m.  Sums are cut into blocks of
 * INS x OUTS channels, which stay in the second-level cache, and the tiles of
 * the batch into chunks, of which v and m of one place and block stay in the
 * nearest and all of them in the third-level cache.
 *
 * Where all sums fit in the cache, a piece is a span of the batch, and what the
 * spans give is added in their order.  Where they do not, the workers transform
 * a chunk together and then multiply it, a piece being a block of the sums,
 * which goes into the gradient chunk by chunk.
 */
#include "engine/conv_winograd.h"

#include <string.h>

#include "engine/conv_grad.h"
#include "engine/conv_indirect.h"

enum {
    TAPS = 9,
    INS = SR_WINO_BLOCK / 2,
    OUTS = SR_WINO_BLOCK,
    CHUNK = 96,         /* tiles, about; at most SR_WINO_GRAD_TILES */
    PART = 8,           /* tiles that a worker transforms at a time */
    FEW = 36 * 64 * 64, /* sums that spans can have: 600 KB         */
    MOST_SPANS = 16
};

/* Tiles are counted through the batch. */
struct job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    struct sr_wino map;
    int ins, outs;             /* of a group                         */
    int in_blocks, out_blocks; /* of them                            */
    int tiles, chunk;          /* of the batch; of a chunk, at most  */
    int spans;                 /* 0: sums are too many               */
    int group, first; /* worked on now: group; the chunk's first tile */
    const float *x, *dy;
    float *dw;
    float *grads;   /* [spans or 1][blocks][block_grads]  */
    float *sums;    /* [workers][blocks or 1][block_sums] */
    float *numbers; /* [workers or 1][chunk_floats]: v, then m */
};

static int min(int a, int b) { return a < b ? a : b; }

static int block_count(const struct job *j)
{
    return j->in_blocks * j->out_blocks;
}

/* All blocks of v, then all of m; in each a tile has a row of channels. */
static size_t v_floats(const struct job *j)
{
    return (size_t)j->in_blocks * SR_WINO_BLOCK_FLOATS;
}
static size_t chunk_floats(const struct job *j)
{
    return v_floats(j) + (size_t)j->out_blocks * SR_WINO_GRAD_FLOATS;
}
static ptrdiff_t row_floats(int channels, int most)
{
    return (ptrdiff_t)sr_round_up((size_t)min(channels, most));
}

/* Tiles side by side in an image. */
struct strip {
    int image, row, col, count;
};

static struct strip strip_at(const struct sr_wino *map, int tile, int count)
{
    const int each = map->rows * map->cols;
    const int col = tile % map->cols;
    return (struct strip){.image = tile / each,
                          .row = tile % each / map->cols,
                          .col = col,
                          .count = min(count, map->cols - col)};
}

static void transform_windows(const struct job *j, const struct strip *s,
                              float *v)
{
    const float *x = j->x + (size_t)s->image * sr_conv_x_floats(j->g) +
                     (ptrdiff_t)j->group * j->ins;
    for (int c = 0; c < j->ins; c += INS, v += SR_WINO_BLOCK_FLOATS)
        for (int i = 0; i < s->count; i++) {
            const struct sr_window window =
                sr_wino_window(&j->map, x + c, s->row, s->col + i);
            j->kern->wino_input(min(j->ins - c, INS), &window,
                                v + i * row_floats(j->ins, INS));
        }
}

static void transform_results(const struct job *j, const struct strip *s,
                              float *m)
{
    float *dy = (float *)j->dy + (size_t)s->image * sr_conv_y_floats(j->g) +
                (ptrdiff_t)j->group * j->outs; /* only read */
    for (int c = 0; c < j->outs; c += OUTS, m += SR_WINO_GRAD_FLOATS)
        for (int i = 0; i < s->count; i++) {
            const struct sr_square square =
                sr_wino_square(&j->map, dy + c, s->row, s->col + i);
            j->kern->wino_output_grad(min(j->outs - c, OUTS), &square,
                                      m + i * row_floats(j->outs, OUTS));
        }
}

/* Ask for `rows` rows of an image [..][w][c] from `row` on. */
static void fetch_rows(const struct job *j, const float *image, int row,
                       int rows, int w, int c)
{
    const ptrdiff_t floats = (ptrdiff_t)w * c;
    if (rows > 0)
        j->kern->fetch((size_t)(rows * floats), image + row * floats);
}

/* Ask for the rows of x and dy with which the next row of tiles begins. */
static void fetch_next(const struct job *j, const struct strip *s)
{
    const struct sr_conv *g = j->g;
    const bool last = s->row + 1 == j->map.rows;
    const int image = s->image + last;
    const int row = last ? 0 : (s->row + 1) * SR_WINO_TILE;
    if (image * j->map.rows * j->map.cols >= j->tiles)
        return;
    fetch_rows(j, j->x + (size_t)image * sr_conv_x_floats(g), row,
               min(SR_WINO_TILE, g->h - row), g->w, g->c_in);
    fetch_rows(j, j->dy + (size_t)image * sr_conv_y_floats(g), row,
               min(SR_WINO_TILE, g->oh - row), g->ow, g->c_out);
}

/* Tiles [from, to) of the chunk that begins with tile `first` of the batch. */
static void transform(const struct job *j, int first, int from, int to,
                      float *v)
{
    float *m = v + v_floats(j);
    for (int t = from; t < to;) {
        const struct strip s = strip_at(&j->map, first + t, to - t);
        if (s.col == 0)
            fetch_next(j, &s);
        transform_windows(j, &s, v + t * row_floats(j->ins, INS));
        transform_results(j, &s, m + t * row_floats(j->outs, OUTS));
        t += s.count;
    }
}

/* Weights of a block, outputs rounded up. */
static size_t block_weights(const struct job *j)
{
    return (size_t)(min(j->ins, INS) * row_floats(j->outs, OUTS));
}

static size_t block_grads(const struct job *j)
{
    return TAPS * block_weights(j);
}

/* Sums of a place and of all: an odd number of cache lines from place to place,
 * as with SR_WINO_PLACE. */
static size_t place_sums(const struct job *j) { return block_weights(j) | 16; }
static size_t block_sums(const struct job *j)
{
    return SR_WINO_PLACES * place_sums(j);
}

/* The inputs, or the outputs, of a block: which of the group's. */
struct channels {
    int first, count;
};
static struct channels ins_of(const struct job *j, int block)
{
    const int first = block % j->in_blocks * INS;
    return (struct channels){first, min(INS, j->ins - first)};
}
static struct channels outs_of(const struct job *j, int block)
{
    const int first = block / j->in_blocks * OUTS;
    return (struct channels){first, min(OUTS, j->outs - first)};
}

/* The sums of a block are [36][panels of outputs][ins][lanes]; fresh ones begin
 * at 0. */
static void multiply(const struct job *j, int block, int tiles, bool fresh,
                     const float *v, float *sums)
{
    const int in = block % j->in_blocks, out = block / j->in_blocks;
    const int ins = ins_of(j, block).count;
    const struct sr_panels p = sr_panels_of(j->kern, outs_of(j, block).count);
    const float *m = v + v_floats(j) + (ptrdiff_t)out * SR_WINO_GRAD_FLOATS;
    v += (ptrdiff_t)in * SR_WINO_BLOCK_FLOATS;
    for (int q = 0; q < SR_WINO_PLACES; q++, sums += place_sums(j)) {
        struct sr_grad_tile t = {.images = 1,
                                 .rows = 1,
                                 .cols = tiles,
                                 .x_col = row_floats(j->ins, INS),
                                 .dy_col = row_floats(j->outs, OUTS),
                                 .x = v + q * SR_WINO_PLACE,
                                 .dy = m + q * SR_WINO_GRAD_PLACE,
                                 .fresh = fresh};
        for (int i = 0; i < p.n; i++, t.dy += p.full)
            sr_grad_inputs(&j->kern->tile[sr_panel_width(&p, i) - 1], t, ins,
                           sr_panel_lanes(&p, i),
                           sums + (ptrdiff_t)i * p.full * ins);
    }
}

/* grads [panels][ins][3][3][lanes] += G^T sums G of a block. */
static void turn_back(const struct job *j, int block, const float *sums,
                      float *grads)
{
    const struct sr_panels p = sr_panels_of(j->kern, outs_of(j, block).count);
    const int ins = ins_of(j, block).count;
    for (int i = 0; i < p.n; i++) {
        const ptrdiff_t first = (ptrdiff_t)i * p.full * ins;
        j->kern->wino_filter_grad(ins, sr_panel_width(&p, i), sums + first,
                                  (ptrdiff_t)place_sums(j),
                                  grads + first * TAPS);
    }
}

/* dw += the gradients of a panel, [weights][lanes]. */
static void add_panel(const struct job *j, const float *grads, int weights,
                      int outs, int lanes, float *dw)
{
    const int floats = j->kern->floats;
    const size_t filter = (size_t)j->ins * TAPS;
    const float *from[SR_MAX_FLOATS];
    for (int w = 0; w < weights; w += floats)
        for (int o = 0; o < outs; o += floats) {
            for (int i = 0; i < floats; i++)
                from[i] = grads + min(w + i, weights - 1) * lanes + o;
            sr_grad_add_square(j->kern, from, min(floats, weights - w),
                               min(floats, outs - o),
                               dw + (size_t)o * filter + w, filter);
        }
}

/* dw += the gradients of a block. */
static void add_block(const struct job *j, int block, const float *grads)
{
    const struct channels ins = ins_of(j, block), outs = outs_of(j, block);
    const struct sr_panels p = sr_panels_of(j->kern, outs.count);
    const int weights = ins.count * TAPS;
    const ptrdiff_t filter = (ptrdiff_t)j->ins * TAPS;
    float *dw = j->dw + (j->group * j->outs + outs.first) * filter +
                (ptrdiff_t)ins.first * TAPS;
    for (int i = 0; i < p.n; i++)
        add_panel(j, grads + (ptrdiff_t)i * p.full * weights, weights,
                  sr_panel_outs(&p, i), sr_panel_lanes(&p, i),
                  dw + i * p.full * filter);
}

static void span_piece(void *argument, int span, int worker)
{
    const struct job *j = argument;
    const size_t blocks = (size_t)block_count(j);
    float *numbers = j->numbers + (size_t)worker * chunk_floats(j);
    float *sums = j->sums + (size_t)worker * blocks * block_sums(j);
    float *grads = j->grads + (size_t)span * blocks * block_grads(j);
    size_t begin, end;
    sr_par_span((size_t)j->tiles, j->spans, span, &begin, &end);

    memset(grads, 0, blocks * block_grads(j) * sizeof *grads);
    for (int first = (int)begin; first < (int)end; first += j->chunk) {
        const int tiles = min(j->chunk, (int)end - first);
        transform(j, first, 0, tiles, numbers);
        for (int b = 0; b < block_count(j); b++)
            multiply(j, b, tiles, first == (int)begin, numbers,
                     sums + (size_t)b * block_sums(j));
    }
    for (int b = 0; b < block_count(j); b++)
        turn_back(j, b, sums + (size_t)b * block_sums(j),
                  grads + (size_t)b * block_grads(j));
}

static void collect_piece(void *argument, int block, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t each = (size_t)block_count(j) * block_grads(j);
    float *grads = j->grads + (size_t)block * block_grads(j);
    for (int span = 1; span < j->spans; span++)
        j->kern->add(block_grads(j), grads, grads + (size_t)span * each, grads);
    add_block(j, block, grads);
}

static int chunk_tiles(const struct job *j)
{
    return min(j->chunk, j->tiles - j->first);
}

static void transform_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const int from = piece * PART;
    transform(j, j->first, from, min(from + PART, chunk_tiles(j)), j->numbers);
}

static void block_piece(void *argument, int block, int worker)
{
    const struct job *j = argument;
    float *sums = j->sums + (size_t)worker * block_sums(j);
    float *grads = j->grads + (size_t)block * block_grads(j);

    multiply(j, block, chunk_tiles(j), true, j->numbers, sums);
    if (j->first == 0)
        memset(grads, 0, block_grads(j) * sizeof *grads);
    turn_back(j, block, sums, grads);
    if (j->first + chunk_tiles(j) == j->tiles)
        add_block(j, block, grads);
}

static int within(int least, double x, int most)
{
    return x < least ? least : x > most ? most : (int)x;
}

/* A span has so many tiles that its numbers are four times its sums. */
static int count_spans(const struct job *j)
{
    const double sums = (double)j->ins * j->outs, numbers = j->ins + j->outs;
    if (SR_WINO_PLACES * sums > FEW)
        return 0;
    return within(1, j->tiles * numbers / (4 * sums),
                  min(j->tiles, MOST_SPANS));
}

/* Of the whole batch or the longest span, cut into equal parts. */
static int count_chunk(const struct job *j)
{
    const int spans = j->spans ? j->spans : 1;
    const int tiles = (j->tiles + spans - 1) / spans;
    const int least = (tiles - 1) / SR_WINO_GRAD_TILES + 1;
    const int about = (tiles + CHUNK / 2) / CHUNK;
    const int chunks = about > least ? about : least;
    return (tiles + chunks - 1) / chunks;
}

static struct job job_of(const struct sr_engine *e, const struct sr_conv *g,
                         int n)
{
    struct job j = {.kern = e->kern,
                    .g = g,
                    .map = sr_wino_forward(g),
                    .ins = g->c_in / g->groups,
                    .outs = g->c_out / g->groups};
    j.in_blocks = (j.ins + INS - 1) / INS;
    j.out_blocks = (j.outs + OUTS - 1) / OUTS;
    j.tiles = n * j.map.rows * j.map.cols;
    j.spans = count_spans(&j);
    j.chunk = count_chunk(&j);
    return j;
}

/* Floats of the job's buffers, in the order in which they lie in scratch. */
struct sizes {
    size_t grads, sums, numbers;
};

static struct sizes sizes_of(const struct sr_engine *e, const struct job *j)
{
    const size_t workers = (size_t)sr_par_threads(e->par);
    const size_t blocks = (size_t)block_count(j);
    if (j->spans)
        return (struct sizes){(size_t)j->spans * blocks * block_grads(j),
                              workers * blocks * block_sums(j),
                              workers * chunk_floats(j)};
    return (struct sizes){blocks * block_grads(j), workers * block_sums(j),
                          chunk_floats(j)};
}

size_t sr_wino_grad_scratch(const struct sr_engine *e, const struct sr_conv *g,
                            int n)
{
    const struct job job = job_of(e, g, n);
    const struct sizes s = sizes_of(e, &job);
    return s.grads + s.sums + s.numbers;
}

static void run_chunks(const struct sr_engine *e, struct job *job)
{
    for (job->first = 0; job->first < job->tiles; job->first += job->chunk) {
        sr_par_run(e->par, (chunk_tiles(job) + PART - 1) / PART,
                   transform_piece, job);
        sr_par_run(e->par, block_count(job), block_piece, job);
    }
}

void sr_wino_grad(const struct sr_engine *e, const struct sr_conv *g, int n,
                  const float *x, const float *dy, float *dw, float *scratch)
{
    struct job job = job_of(e, g, n);
    const struct sizes s = sizes_of(e, &job);
    job.x = x;
    job.dy = dy;
    job.dw = dw;
    job.grads = scratch;
    job.sums = job.grads + s.grads;
    job.numbers = job.sums + s.sums;
    for (job.group = 0; job.group < g->groups; job.group++)
        if (job.spans) {
            sr_par_run(e->par, job.spans, span_piece, &job);
            sr_par_run(e->par, block_count(&job), collect_piece, &job);
        } else {
            run_chunks(e, &job);
        }
}
