/* Weights as the tiles want them: panels of `width` vectors of outputs,
 * [tap rows][tap cols][c][panel], the last panel narrower, its missing outputs
 * zero.  First those of the forward pass, group by group; then those of every
 * grid of the gradient of x, where inputs and outputs of the filter change
 * places.
 */
#include <string.h>

#include "engine/conv_indirect.h"

size_t sr_indirect_forward_floats(const struct sr_engine *e,
                                  const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(e->kern, g->c_out / g->groups);
    const size_t sum = sr_conv_w_floats(g) / (size_t)g->c_out;
    return (size_t)g->groups * sr_panels_floats(&p, sum);
}

/* Compared by vectors of products; REDUCE more are what it takes to add up the
 * lanes, for every grid of results anew. */
struct sr_panels sr_panels_backward(const struct sr_kern *k,
                                    const struct sr_conv *g)
{
    enum { REDUCE = 4 };
    const int outs = g->c_in / g->groups, ins = g->c_out / g->groups;
    const int taps = g->kh * g->kw;
    const int vectors = taps * ((ins + k->floats - 1) / k->floats);
    if (outs < k->floats && ins >= k->floats &&
        outs * (vectors + REDUCE * sr_grids_backward(g)) <= ins * taps)
        return (struct sr_panels){outs, 1, 1, outs};
    return sr_panels_of(k, outs);
}

/* All grids together meet every tap once. */
size_t sr_indirect_packed_floats(const struct sr_engine *e,
                                 const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_backward(e->kern, g);
    const size_t sum = (size_t)(g->kh * g->kw * (g->c_out / g->groups));
    return sr_indirect_forward_floats(e, g) +
           (size_t)g->groups * sr_panels_floats(&p, sum);
}

/* One direction: weights w[(out, in, tap)] with these distances.  A piece is a
 * panel of a group. */
struct pack_job {
    const struct sr_kern *kern;
    const struct sr_conv *g;
    bool backward;
    struct sr_panels panels;
    int ins, taps;
    size_t out_step, in_step;
    const float *w;
    float *to;
};

/* Taps of an axis that phases before the a-th meet, on a grid backward. */
static int met_before(int a, int k, int stride)
{
    int taps = 0;
    for (int phase = 0; phase < a && phase < k; phase++)
        taps += (k - phase + stride - 1) / stride;
    return taps;
}

/* Where in a direction a tap is: its grid's taps, those of the grids before,
 * and which one of its grid's it is. */
struct place {
    int before, taps, index;
};

static struct place place_of(const struct pack_job *j, int tap)
{
    if (!j->backward)
        return (struct place){0, j->taps, tap};
    const struct sr_conv *g = j->g;
    const int s = g->stride, row = tap / g->kw, col = tap % g->kw;
    const struct sr_grid grid = sr_grid_backward(g, row % s * s + col % s);
    const struct sr_axis *y = &grid.y, *x = &grid.x;
    return (struct place){met_before(row % s, g->kh, s) * g->kw +
                              y->taps * met_before(col % s, g->kw, s),
                          y->taps * x->taps,
                          (y->tap - row) / s * x->taps + (x->tap - col) / s};
}

/* The packed weights of a tap of the first input. */
static float *packed_tap(const struct pack_job *j, int group, int panel,
                         int tap)
{
    const struct sr_panels *p = &j->panels;
    const struct place at = place_of(j, tap);
    const size_t lanes = (size_t)sr_panel_lanes(p, panel);
    const size_t all = sr_panels_floats(p, (size_t)j->ins); /* of a tap */
    return j->to +
           all * ((size_t)j->g->groups * (size_t)at.before +
                  (size_t)group * (size_t)at.taps) +
           (size_t)j->ins *
               ((size_t)(panel * p->full * at.taps) + (size_t)at.index * lanes);
}

/* Some taps of one panel: their packed weights of the first input. */
enum { MOST_TAPS = 64 };
struct tap_block {
    int first, n, lanes;
    float *to[MOST_TAPS];
};

/* A vector of outputs, `outs` of which are there, by some (input, tap) pairs
 * that follow each other in w, from the input on. */
static void pack_square(const struct pack_job *j, const struct tap_block *b,
                        const float *w, int outs, int in, int tap, int pairs,
                        int lane)
{
    const int floats = j->kern->floats;
    float rows[SR_MAX_FLOATS][SR_MAX_FLOATS], unused[SR_MAX_FLOATS] = {0};
    const float *from[SR_MAX_FLOATS];
    float *to[SR_MAX_FLOATS];
    for (int i = 0; i < floats; i++) {
        from[i] = w + (size_t)i * j->out_step;
        if (i >= outs || pairs < floats) {
            const size_t there = i < outs ? (size_t)pairs : 0;
            memset(rows[i], 0, sizeof rows[i]);
            memcpy(rows[i], from[i], there * sizeof *w);
            from[i] = rows[i];
        }
    }
    for (int q = 0; q < floats; q++) {
        to[q] = q < pairs ? b->to[tap] + in * b->lanes + lane : unused;
        if (++tap == b->n) {
            tap = 0;
            in++;
        }
    }
    j->kern->transpose(from, to);
}

/* A block of taps of a vector of outputs.  Where all taps of an input are in
 * the block and inputs follow each other, so do all pairs. */
static void pack_vector(const struct pack_job *j, const struct tap_block *b,
                        const float *w, int outs, int lane)
{
    const int floats = j->kern->floats;
    const bool follow = b->n == j->taps && j->in_step == (size_t)j->taps;
    const int runs = follow ? 1 : j->ins;
    const int pairs = follow ? j->ins * j->taps : b->n;
    for (int i = 0; i < runs; i++)
        for (int q = 0; q < pairs; q += floats) {
            const int rest = pairs - q;
            pack_square(
                j, b, w + (size_t)i * j->in_step + (size_t)(b->first + q), outs,
                i + q / b->n, q % b->n, rest < floats ? rest : floats, lane);
        }
}

/* Outputs that lie together, as packed ones do: of a single tap, backward. */
static void pack_rows(const struct pack_job *j, const struct tap_block *b,
                      const float *w, int outs)
{
    for (int i = 0; i < j->ins; i++) {
        float *to = b->to[0] + i * b->lanes;
        memcpy(to, w + (size_t)i * j->in_step, (size_t)outs * sizeof *to);
        memset(to + outs, 0, (size_t)(b->lanes - outs) * sizeof *to);
    }
}

/* The one output of a panel. */
static void pack_single(const struct pack_job *j, const struct tap_block *b,
                        const float *w)
{
    for (int q = 0; q < b->n; q++)
        for (int i = 0; i < j->ins; i++)
            b->to[q][i] = w[(size_t)i * j->in_step + (size_t)(b->first + q)];
}

static void pack_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct pack_job *j = argument;
    const struct sr_panels *p = &j->panels;
    const int group = piece / p->n, panel = piece % p->n;
    const int outs = sr_panel_outs(p, panel), floats = j->kern->floats;
    const size_t per_group = sr_conv_w_floats(j->g) / (size_t)j->g->groups;
    const float *w = j->w + (size_t)group * per_group +
                     (size_t)(panel * p->full) * j->out_step;

    struct tap_block b = {.lanes = sr_panel_lanes(p, panel)};
    for (; b.first < j->taps; b.first += b.n) {
        const int rest = j->taps - b.first;
        b.n = rest < MOST_TAPS ? rest : MOST_TAPS;
        for (int i = 0; i < b.n; i++)
            b.to[i] = packed_tap(j, group, panel, b.first + i);
        if (b.lanes == 1)
            pack_single(j, &b, w);
        else if (j->out_step == 1)
            pack_rows(j, &b, w, outs);
        else
            for (int o = 0; o < outs; o += floats)
                pack_vector(j, &b, w + (size_t)o * j->out_step,
                            outs - o < floats ? outs - o : floats, o);
    }
}

void sr_indirect_pack(const struct sr_engine *e, const struct sr_conv *g,
                      const float *w, float *packed)
{
    const int ins = g->c_in / g->groups, outs = g->c_out / g->groups;
    const size_t taps = (size_t)(g->kh * g->kw), filter = (size_t)ins * taps;
    struct pack_job job = {.kern = e->kern,
                           .g = g,
                           .panels = sr_panels_of(e->kern, outs),
                           .ins = ins,
                           .taps = (int)taps,
                           .out_step = filter,
                           .in_step = taps,
                           .w = w,
                           .to = packed};
    sr_par_run(e->par, g->groups * job.panels.n, pack_piece, &job);

    job.to += sr_indirect_forward_floats(e, g);
    job.backward = true;
    job.panels = sr_panels_backward(e->kern, g);
    job.ins = outs;
    job.out_step = taps;
    job.in_step = filter;
    sr_par_run(e->par, g->groups * job.panels.n, pack_piece, &job);
}
