#include "engine/act.h"

#include <string.h>

#include "base/text.h"
#include "engine/kern/kern.h"

/* Floats a piece: 64 KB in, 64 KB out; a multiple of every vector length. */
enum { PIECE = 16384 };

// clang-format off
#define NO_ALPHA               .alphas = 0
#define A(start, least, most)  .alphas = 1, .alpha = (start), \
                               .alpha_min = (least), .alpha_max = (most)
#define NONE                   .each_site = 0
#define ONE_SET(a, b)          .each_site = 0, .start = {(a), (b)}
#define EACH_SITE(a, b)        .each_site = 1, .start = {(a), (b)}
static const struct sr_act acts[] = {
#define SR_ACT(row, count, its_alpha, its_start, text, by)                     \
    {.name = #row, .learned = (count), its_alpha, its_start,                   \
     .formula = (text), .source = (by), .id = SR_ACT_##row},
    SR_ACT_LIST(SR_ACT)
#undef SR_ACT
};
// clang-format on

const struct sr_act *sr_act_at(int i)
{
    return i >= 0 && i < SR_ACTS ? &acts[i] : NULL;
}

const char *sr_act_name(int i)
{
    const struct sr_act *act = sr_act_at(i);
    return act ? act->name : NULL;
}

enum sr_status sr_act_find(const char *name, struct sr_src at,
                           const struct sr_act **act, struct sr_err *err)
{
    for (int i = 0; i < SR_ACTS; i++)
        if (strcmp(acts[i].name, name) == 0) {
            *act = &acts[i];
            return SR_OK;
        }
    char known[512];
    sr_text_join(known, sizeof known, sr_act_name);
    return sr_fail_at(err, at, "no activation '%s'; there are: %s", name,
                      known);
}

struct job {
    const struct sr_kern_act *kern;
    float p[SR_ACT_PARAMS];
    size_t count;
    const float *x, *dy;
    float *out;
};

static struct job begin(const struct sr_engine *e, const struct sr_act *act,
                        const float *p, size_t count, const float *x)
{
    struct job job = {.kern = &e->kern->act[act->id], .count = count, .x = x};
    const int params = act->alphas + act->learned;
    for (int i = 0; i < params; i++)
        job.p[i] = p[i];
    return job;
}

static int pieces_of(size_t count)
{
    return (int)((count + PIECE - 1) / PIECE);
}

static size_t piece_length(size_t count, size_t begin)
{
    return count - begin < PIECE ? count - begin : PIECE;
}

static void forward_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t at = (size_t)piece * PIECE;
    j->kern->value(j->p, piece_length(j->count, at), j->x + at, j->out + at);
}

void sr_act_forward(const struct sr_engine *e, const struct sr_act *act,
                    const float *p, size_t count, const float *x, float *y)
{
    struct job job = begin(e, act, p, count, x);
    job.out = y;
    sr_par_run(e->par, pieces_of(count), forward_piece, &job);
}

static void slope_piece(void *argument, int piece, int worker)
{
    (void)worker;
    const struct job *j = argument;
    const size_t at = (size_t)piece * PIECE;
    j->kern->slope(j->p, piece_length(j->count, at), j->x + at, j->out + at);
}

void sr_act_slope(const struct sr_engine *e, const struct sr_act *act,
                  const float *p, size_t count, const float *x, float *s)
{
    struct job job = begin(e, act, p, count, x);
    job.out = s;
    sr_par_run(e->par, pieces_of(count), slope_piece, &job);
}

/* Sums of up to PARTS pieces are held at a time; batches of pieces follow each
 * other in order, so every sum is added in the order of its piece. */
enum { PARTS = 64 };

struct param_job {
    struct job job;
    size_t first; /* float the batch of pieces begins at */
    double part[PARTS][SR_ACT_PARAMS];
};

static void param_piece(void *argument, int piece, int worker)
{
    (void)worker;
    struct param_job *j = argument;
    const size_t at = j->first + (size_t)piece * PIECE;
    j->job.kern->param(j->job.p, piece_length(j->job.count, at), j->job.x + at,
                       j->job.dy + at, j->part[piece]);
}

void sr_act_backward_p(const struct sr_engine *e, const struct sr_act *act,
                       const float *p, size_t count, const float *x,
                       const float *dy, float *dp)
{
    double sum[SR_ACT_PARAMS] = {0};
    struct param_job job = {.job = begin(e, act, p, count, x)};
    job.job.dy = dy;
    if (act->learned == 0)
        return;
    for (; job.first < count; job.first += (size_t)PARTS * PIECE) {
        int pieces = pieces_of(count - job.first);
        pieces = pieces < PARTS ? pieces : PARTS;
        sr_par_run(e->par, pieces, param_piece, &job);
        for (int i = 0; i < pieces; i++)
            for (int k = 0; k < act->learned; k++)
                sum[k] += job.part[i][k];
    }
    for (int k = 0; k < act->learned; k++)
        dp[k] += (float)sum[k];
}
