/* The gradient of the weights by Winograd's F(4x4, 3x3): what kern/winograd.h
 * computes is linear in g, and its transpose is
 *     dg = G^T [ sum over tiles of (B^T d B) . (A dy A^T) ] G.
 *
 * For each of 36 places the sum is a product of matrices over tiles t,
 *     sums [36][ins][outs] = v [36][t][ins]^T m [36][t][outs],
 * of the transformed windows v and results m.  Sums are cut into blocks of
 * INS x OUTS channels, which stay in the second-level cache, and tiles into
 * chunks of whole rows of tiles, of which v and m stay in the third.
 *
 * Where all sums fit in the cache, a piece is a span of the batch, and what the
 * spans give is added in their order.  Where they do not, the workers transform
 * a chunk together and then multiply it, a piece being a block of the sums,
 * which goes into the gradient chunk by chunk.
 */
#include "engine/conv_winograd.h"

#include <string.h>

#include "engine/conv_indirect.h"

enum {
    TAPS = 9,
    INS = 32,  /* a multiple of 16, as is OUTS */
    OUTS = 64, /* a multiple of every kernel's panel */
    CHUNK = 96 /* tiles: v and m of a block come in parts that fit in L1 */
};
enum {
    FEW = 36 * 64 * 64, /* sums that spans can have: 600 KB */
    MOST_SPANS = 16,
    TRANSFORMS = 32 /* pieces of a chunk to be transformed */
};

/* v or m of a chunk: blocks of `width` channels, one after the other. */
struct numbers {
    float *v;
    int channels, width, tiles;
};

/* One of these blocks, [36][tiles][row]: `place` floats from each of the 36 to
 * the next.  That is an odd number of cache lines, so that what is stored for
 * one tile does not compete for the same places of the cache. */
struct part {
    float *v;
    int channels;
    ptrdiff_t row, place;
};

static ptrdiff_t place_floats(const struct numbers *n, ptrdiff_t row)
{
    return (n->tiles * row) | 16;
}

static struct part part_of(const struct numbers *n, int block)
{
    const int first = block * n->width, rest = n->channels - first;
    const int channels = rest < n->width ? rest : n->width;
    const ptrdiff_t row = (ptrdiff_t)sr_round_up((size_t)channels);
    return (struct part){.v = n->v + block * SR_WINO_PLACES *
                                         place_floats(n, n->width),
                         .channels = channels,
                         .row = row,
                         .place = place_floats(n, row)};
}

static size_t numbers_floats(const struct numbers *n)
{
    const int blocks = (n->channels + n->width - 1) / n->width;
    return (size_t)(blocks * SR_WINO_PLACES * place_floats(n, n->width));
}

struct chunk {
    struct numbers v, m;
};

static size_t chunk_floats(const struct chunk *c)
{
    return numbers_floats(&c->v) + numbers_floats(&c->m);
}

static struct chunk chunk_at(const struct chunk *like, float *at)
{
    struct chunk c = *like;
    c.v.v = at;
    c.m.v = at + numbers_floats(&c.v);
    return c;
}

/* Strips are rows of tiles, counted through the batch. */
struct job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    struct sr_wino map;
    int ins, outs, in_blocks, blocks; /* of a group */
    int strips;                       /* of the batch */
    int spans;                        /* 0: sums exist once */
    int step;                         /* strips of a chunk */
    struct chunk chunk;
    int group, first, count; /* now worked on: group, and strips of a chunk */
    const float *x, *dy;
    float *dw;
    float *grads;   /* [spans or 1][blocks][block_grads]   */
    float *sums;    /* [workers][blocks or 1][block_sums]  */
    float *numbers; /* [workers or 1][chunk_floats]        */
};

static void transform_inputs(const struct job *j, int strip, int t,
                             const struct numbers *v)
{
    const struct sr_wino *map = &j->map;
    const int image = strip / map->rows, row = strip % map->rows;
    const float *x = j->x + (size_t)image * sr_conv_x_floats(j->g) +
                     (ptrdiff_t)j->group * j->ins;
    for (int b = 0; b < j->in_blocks; b++, x += INS) {
        const struct part p = part_of(v, b);
        for (int i = 0; i < map->cols; i++) {
            const struct sr_window w = sr_wino_window(map, x, row, i);
            j->kern->wino_input(p.channels, &w, p.v + (t + i) * p.row, p.place);
        }
    }
}

static void transform_results(const struct job *j, int strip, int t,
                              const struct numbers *m)
{
    const struct sr_wino *map = &j->map;
    const int image = strip / map->rows, row = strip % map->rows;
    float *dy = (float *)j->dy + (size_t)image * sr_conv_y_floats(j->g) +
                (ptrdiff_t)j->group * j->outs; /* only read */
    for (int b = 0; b < j->blocks / j->in_blocks; b++, dy += OUTS) {
        const struct part p = part_of(m, b);
        for (int i = 0; i < map->cols; i++) {
            const struct sr_square s = sr_wino_square(map, dy, row, i);
            j->kern->wino_output_grad(p.channels, &s, p.v + (t + i) * p.row,
                                      p.place);
        }
    }
}

/* Ask for the rows that come into play with a strip. */
static void fetch_strip(const struct job *j, int strip)
{
    const struct sr_wino *map = &j->map;
    const struct sr_conv *g = j->g;
    if (strip >= j->strips)
        return;
    const size_t image = (size_t)(strip / map->rows);
    const int row = strip % map->rows * SR_WINO_TILE;
    const int x_rows = g->h - row < SR_WINO_TILE ? g->h - row : SR_WINO_TILE;
    const int rows = g->oh - row < SR_WINO_TILE ? g->oh - row : SR_WINO_TILE;
    if (x_rows > 0)
        j->kern->fetch((size_t)(x_rows * g->w * g->c_in),
                       j->x + image * sr_conv_x_floats(g) +
                           (ptrdiff_t)row * g->w * g->c_in);
    j->kern->fetch((size_t)(rows * g->ow * g->c_out),
                   j->dy + image * sr_conv_y_floats(g) +
                       (ptrdiff_t)row * g->ow * g->c_out);
}

/* Strips [from, to), of which `from` is row t of v and m. */
static void transform(const struct job *j, int from, int to, int t,
                      const struct chunk *into)
{
    for (int strip = from; strip < to; strip++, t += j->map.cols) {
        fetch_strip(j, strip + 1);
        transform_inputs(j, strip, t, &into->v);
        transform_results(j, strip, t, &into->m);
    }
}

/* Weights of a block, outputs rounded up; 36 times as many sums belong to them
 * and TAPS times as many gradients. */
static size_t block_weights(const struct job *j)
{
    const int ins = j->ins < INS ? j->ins : INS;
    const int outs = j->outs < OUTS ? j->outs : OUTS;
    return (size_t)ins * sr_round_up((size_t)outs);
}

static size_t block_sums(const struct job *j)
{
    return SR_WINO_PLACES * block_weights(j);
}

static size_t block_grads(const struct job *j)
{
    return TAPS * block_weights(j);
}

/* The sums of a block are [36][panels of outputs][ins][lanes]. */
static void multiply(const struct job *j, const struct chunk *c, int block,
                     int tiles, float *sums)
{
    const struct part v = part_of(&c->v, block % j->in_blocks);
    const struct part m = part_of(&c->m, block / j->in_blocks);
    const struct sr_panels p = sr_panels_of(j->kern, m.channels);
    for (int q = 0; q < SR_WINO_PLACES; q++)
        for (int i = 0; i < p.n; i++) {
            const struct sr_kern_tile *kern =
                &j->kern->tile[sr_panel_width(&p, i) - 1];
            struct sr_grad_tile t = {.images = 1,
                                     .rows = 1,
                                     .cols = tiles,
                                     .x_col = v.row,
                                     .dy_col = m.row,
                                     .x = v.v + q * v.place,
                                     .dy = m.v + q * m.place + i * p.full,
                                     .sum = sums};
            for (int k = 0, size = 0; k < v.channels;) {
                while (kern->inputs[size] > v.channels - k)
                    size++;
                kern->grad[size](&t);
                k += kern->inputs[size];
                t.x += kern->inputs[size];
                t.sum += kern->inputs[size] * sr_panel_lanes(&p, i);
            }
            sums = t.sum;
        }
}

/* to[o][i] += from[i][o]: rows of `lanes` floats become columns. */
static void add_transposed(const struct sr_kern *kern, int rows, int cols,
                           int lanes, const float *from, float *to,
                           ptrdiff_t to_step)
{
    enum { MOST = 16 };
    const float zeros[MOST] = {0};
    float square[MOST * MOST];
    const float *row[MOST];
    float *col[MOST];
    const int n = kern->floats;
    for (int k = 0; k < n; k++)
        col[k] = square + k * n;
    for (int i = 0; i < rows; i += n)
        for (int o = 0; o < cols; o += n) {
            const int down = rows - i < n ? rows - i : n;
            for (int k = 0; k < n; k++)
                row[k] =
                    k < down ? from + (ptrdiff_t)(i + k) * lanes + o : zeros;
            kern->transpose(row, col);
            for (int k = 0; k < n && o + k < cols; k++) {
                float *out = to + (o + k) * to_step + i;
                kern->add((size_t)down, col[k], out, out);
            }
        }
}

static int block_ins(const struct job *j, int block)
{
    return part_of(&j->chunk.v, block % j->in_blocks).channels;
}

static struct sr_panels block_panels(const struct job *j, int block)
{
    return sr_panels_of(j->kern,
                        part_of(&j->chunk.m, block / j->in_blocks).channels);
}

/* grads [panels][ins][3][3][lanes] += G^T sums G of a block. */
static void turn_back(const struct job *j, int block, const float *sums,
                      float *grads)
{
    const struct sr_panels p = block_panels(j, block);
    const ptrdiff_t ins = block_ins(j, block);
    const ptrdiff_t place = ins * (ptrdiff_t)sr_panels_floats(&p, 1);
    for (int i = 0; i < p.n; i++)
        j->kern->wino_filter_grad((int)ins, sr_panel_width(&p, i),
                                  sums + i * p.full * ins, place,
                                  grads + i * p.full * ins * TAPS);
}

/* dw += gradients of a block. */
static void add_block(const struct job *j, int block, const float *grads)
{
    const struct sr_panels p = block_panels(j, block);
    const int rows = block_ins(j, block) * TAPS;
    const ptrdiff_t filter = (ptrdiff_t)j->ins * TAPS;
    const ptrdiff_t out = j->group * j->outs + block / j->in_blocks * OUTS;
    float *dw = j->dw + out * filter + block % j->in_blocks * INS * TAPS;
    for (int i = 0; i < p.n; i++)
        add_transposed(j->kern, rows, sr_panel_outs(&p, i),
                       sr_panel_lanes(&p, i),
                       grads + (ptrdiff_t)i * p.full * rows,
                       dw + i * p.full * filter, filter);
}

static void span_piece(void *argument, int span, int worker)
{
    const struct job *j = argument;
    const size_t blocks = (size_t)j->blocks;
    const struct chunk c = chunk_at(
        &j->chunk, j->numbers + (size_t)worker * chunk_floats(&j->chunk));
    float *sums = j->sums + (size_t)worker * blocks * block_sums(j);
    float *grads = j->grads + (size_t)span * blocks * block_grads(j);
    size_t begin, end;
    sr_par_span((size_t)j->strips, j->spans, span, &begin, &end);

    memset(sums, 0, blocks * block_sums(j) * sizeof *sums);
    memset(grads, 0, blocks * block_grads(j) * sizeof *grads);
    for (int from = (int)begin; from < (int)end; from += j->step) {
        const int to = from + j->step < (int)end ? from + j->step : (int)end;
        transform(j, from, to, 0, &c);
        for (int b = 0; b < j->blocks; b++)
            multiply(j, &c, b, (to - from) * j->map.cols,
                     sums + (size_t)b * block_sums(j));
    }
    for (int b = 0; b < j->blocks; b++)
        turn_back(j, b, sums + (size_t)b * block_sums(j),
                  grads + (size_t)b * block_grads(j));
}

static void collect_piece(void *argument, int block, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t each = (size_t)j->blocks * block_grads(j);
    float *grads = j->grads + (size_t)block * block_grads(j);
    for (int span = 1; span < j->spans; span++)
        j->kern->add(block_grads(j), grads, grads + (size_t)span * each, grads);
    add_block(j, block, grads);
}

static void transform_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const struct chunk c = chunk_at(&j->chunk, j->numbers);
    size_t from, to;
    sr_par_span((size_t)j->count, TRANSFORMS, piece, &from, &to);
    transform(j, j->first + (int)from, j->first + (int)to,
              (int)from * j->map.cols, &c);
}

static void block_piece(void *argument, int block, int worker)
{
    const struct job *j = argument;
    const struct chunk c = chunk_at(&j->chunk, j->numbers);
    float *sums = j->sums + (size_t)worker * block_sums(j);
    float *grads = j->grads + (size_t)block * block_grads(j);

    memset(sums, 0, block_sums(j) * sizeof *sums);
    multiply(j, &c, block, j->count * j->map.cols, sums);
    if (j->first == 0)
        memset(grads, 0, block_grads(j) * sizeof *grads);
    turn_back(j, block, sums, grads);
    if (j->first + j->count == j->strips)
        add_block(j, block, grads);
}

static int within(int least, double x, int most)
{
    return x < least ? least : x > most ? most : (int)x;
}

/* A span has so many tiles that its numbers are four times its sums. */
static int count_spans(const struct job *j)
{
    const double tiles = (double)j->strips * j->map.cols;
    const double sums = (double)j->ins * j->outs, numbers = j->ins + j->outs;
    const int most = j->strips < MOST_SPANS ? j->strips : MOST_SPANS;
    if (SR_WINO_PLACES * sums > FEW)
        return 0;
    return within(1, tiles * numbers / (4 * sums), most);
}

/* Strips of a chunk: about CHUNK tiles.  Chunks of all workers are alike,
 * because each of them costs going over all gradients. */
static int count_step(const struct job *j)
{
    const int want = CHUNK < j->map.cols ? 1 : CHUNK / j->map.cols;
    if (j->spans) {
        const int span = (j->strips + j->spans - 1) / j->spans;
        return want < span ? want : span;
    }
    const int chunks = (j->strips + want / 2) / want;
    return chunks < 1 ? j->strips : (j->strips + chunks - 1) / chunks;
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
    j.blocks = j.in_blocks * ((j.outs + OUTS - 1) / OUTS);
    j.strips = n * j.map.rows;
    j.spans = count_spans(&j);
    j.step = count_step(&j);
    const int tiles = j.step * j.map.cols;
    j.chunk.v = (struct numbers){NULL, j.ins, INS, tiles};
    j.chunk.m = (struct numbers){NULL, j.outs, OUTS, tiles};
    return j;
}

/* Floats of the job's buffers, in the order in which they lie in scratch. */
struct sizes {
    size_t grads, sums, numbers;
};

static struct sizes sizes_of(const struct sr_engine *e, const struct job *j)
{
    const size_t workers = (size_t)sr_par_threads(e->par);
    const size_t blocks = (size_t)j->blocks;
    if (j->spans)
        return (struct sizes){(size_t)j->spans * blocks * block_grads(j),
                              workers * blocks * block_sums(j),
                              workers * chunk_floats(&j->chunk)};
    return (struct sizes){blocks * block_grads(j), workers * block_sums(j),
                          chunk_floats(&j->chunk)};
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
    for (job->first = 0; job->first < job->strips; job->first += job->step) {
        const int rest = job->strips - job->first;
        job->count = rest < job->step ? rest : job->step;
        sr_par_run(e->par, TRANSFORMS, transform_piece, job);
        sr_par_run(e->par, job->blocks, block_piece, job);
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
            sr_par_run(e->par, job.blocks, collect_piece, &job);
        } else {
            run_chunks(e, &job);
        }
}
