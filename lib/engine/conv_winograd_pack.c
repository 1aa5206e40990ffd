/* Filters of Winograd's way, transformed and laid out for its products. */
#include "engine/conv_winograd.h"

#include <string.h>

size_t sr_wino_weights(const struct sr_panels *p, int ins)
{
    return sr_panels_floats(p, SR_WINO_PLACES * (size_t)ins);
}

size_t sr_wino_forward_weights(const struct sr_engine *e,
                               const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(e->kern, g->c_out / g->groups);
    return (size_t)g->groups * sr_wino_weights(&p, g->c_in / g->groups);
}

size_t sr_wino_packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    const struct sr_panels p = sr_panels_of(e->kern, g->c_in / g->groups);
    return sr_wino_forward_weights(e, g) +
           (size_t)g->groups * sr_wino_weights(&p, g->c_out / g->groups);
}

/* One direction; a piece is CHUNK inputs of a panel of a group. */
enum { CHUNK = 16, TAPS = 9, MOST = SR_MAX_FLOATS };

struct job {
    const struct sr_kern *kern;
    struct sr_panels panels;
    int ins, chunks;
    bool turned; /* by half a turn, for the gradient of x */
    const float *w, *end;
    ptrdiff_t out_step, in_step; /* in w */
    size_t group_step;
    float *to;
};

/* to [cols][vector] = columns of rows that lie `step` apart, zeros past `rows`;
 * of the columns past `cols` anything.  No row is read from `end` on. */
static void transpose(const struct sr_kern *kern, int rows, int cols,
                      const float *from, ptrdiff_t step, const float *end,
                      float *to)
{
    const int n = kern->floats;
    for (int first = 0; first < cols; first += n, from += n, to += n * n) {
        float part[MOST][MOST];
        const float *row[MOST];
        float *col[MOST];
        for (int i = 0; i < n; i++) {
            col[i] = to + i * n;
            const float *at = from + (i < rows ? i : 0) * step;
            const ptrdiff_t left = i < rows ? end - at : 0;
            row[i] = left < n ? part[i] : at;
            if (left < n) {
                memset(part[i], 0, sizeof part[i]);
                memcpy(part[i], at, (size_t)left * sizeof *at);
            }
        }
        kern->transpose(row, col);
    }
}

/* to [ins][3][3][vector] of `outs` outputs. */
static void gather(const struct job *j, const float *w, int ins, int outs,
                   float *to)
{
    const int n = j->kern->floats;
    if (j->in_step == TAPS) {
        transpose(j->kern, outs, ins * TAPS, w, j->out_step, j->end, to);
        return;
    }
    for (int i = 0; i < ins; i++, w += j->in_step, to += TAPS * n)
        transpose(j->kern, outs, TAPS, w, j->out_step, j->end, to);
}

static void pack_piece(void *argument, int piece, int worker)
{
    (void)worker;
    _Alignas(64) float filters[(CHUNK * TAPS + MOST) * MOST];
    const struct job *j = argument;
    const struct sr_panels *p = &j->panels;
    const int n = j->kern->floats;
    const int first = piece % j->chunks * CHUNK;
    const int panel = piece / j->chunks % p->n;
    const size_t group = (size_t)(piece / j->chunks / p->n);
    const int ins = j->ins - first < CHUNK ? j->ins - first : CHUNK;
    const int outs = sr_panel_outs(p, panel), lanes = sr_panel_lanes(p, panel);
    const float *w = j->w + group * j->group_step +
                     panel * p->full * j->out_step + first * j->in_step;
    float *to = j->to + group * sr_wino_weights(p, j->ins) +
                (ptrdiff_t)panel * p->full * j->ins + first * lanes;

    for (int o = 0; o < outs; o += n) {
        gather(j, w + o * j->out_step, ins, outs - o < n ? outs - o : n,
               filters);
        j->kern->wino_filter(ins, filters, j->turned, to + o, lanes,
                             (ptrdiff_t)sr_panels_floats(p, (size_t)j->ins));
    }
}

static void pack_direction(const struct sr_engine *e, const struct sr_conv *g,
                           struct job *job)
{
    job->kern = e->kern;
    job->end = job->w + sr_conv_w_floats(g);
    job->group_step = sr_conv_w_floats(g) / (size_t)g->groups;
    job->chunks = (job->ins + CHUNK - 1) / CHUNK;
    sr_par_run(e->par, g->groups * job->panels.n * job->chunks, pack_piece,
               job);
}

void sr_wino_pack(const struct sr_engine *e, const struct sr_conv *g,
                  const float *w, float *packed)
{
    const int ins = g->c_in / g->groups, outs = g->c_out / g->groups;
    const ptrdiff_t filter = (ptrdiff_t)ins * TAPS;
    struct job forward = {.panels = sr_panels_of(e->kern, outs),
                          .ins = ins,
                          .w = w,
                          .out_step = filter,
                          .in_step = TAPS,
                          .to = packed};
    struct job backward = {.panels = sr_panels_of(e->kern, ins),
                           .ins = outs,
                           .turned = true,
                           .w = w,
                           .out_step = TAPS,
                           .in_step = filter,
                           .to = packed + sr_wino_forward_weights(e, g)};
    pack_direction(e, g, &forward);
    pack_direction(e, g, &backward);
}
