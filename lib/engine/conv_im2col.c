/* Convolution by patches written out and a product: the plain definition,
 * always there, and the oracle for the other ways. */
#include "engine/conv_way.h"

#include <string.h>

#include "engine/gemm.h"
#include "engine/im2col.h"

enum { ROOM = 16 << 20 }; /* floats of partial sums: 64 MB */

/* Packed weights are [c_out][kh][kw][c_in/groups], the order of a patch. */
static int patch_floats(const struct sr_conv *g)
{
    return g->kh * g->kw * (g->c_in / g->groups);
}

/* A 1x1 convolution of every pixel reads x itself as its patches. */
static bool patches_are_x(const struct sr_conv *g)
{
    return g->kh == 1 && g->kw == 1 && g->stride == 1 && g->groups == 1 &&
           g->oh == g->h && g->ow == g->w;
}

static size_t col_floats(const struct sr_conv *g)
{
    if (patches_are_x(g))
        return 0;
    return sr_round_up((size_t)(g->oh * g->ow) * (size_t)patch_floats(g));
}

static size_t packed_floats(const struct sr_engine *e, const struct sr_conv *g)
{
    (void)e;
    return sr_conv_w_floats(g);
}

static void pack(const struct sr_engine *e, const struct sr_conv *g,
                 const float *w, float *packed)
{
    (void)e;
    const int c = g->c_in / g->groups, taps = g->kh * g->kw;
    for (int o = 0; o < g->c_out; o++, w += c * taps)
        for (int t = 0; t < taps; t++)
            for (int i = 0; i < c; i++)
                *packed++ = w[i * taps + t];
}

/* dw += a gradient in the packed order. */
static void add_unpacked(const struct sr_conv *g, const float *packed,
                         float *dw)
{
    const int c = g->c_in / g->groups, taps = g->kh * g->kw;
    for (int o = 0; o < g->c_out; o++, dw += c * taps)
        for (int t = 0; t < taps; t++)
            for (int i = 0; i < c; i++)
                dw[i * taps + t] += *packed++;
}

/* Patches for every worker, then sums of weight gradients for every span. */
static size_t scratch(const struct sr_engine *e, const struct sr_conv *g, int n)
{
    const size_t workers = (size_t)sr_par_threads(e->par);
    return workers * col_floats(g) +
           (size_t)sr_conv_spans(g, n, ROOM) * sr_round_up(sr_conv_w_floats(g));
}

struct job {
    const struct sr_conv *g;
    int n, spans;
    const float *x, *packed, *bias, *dy;
    const struct sr_conv_hook *before, *then;
    float *out;      /* y or dx */
    float *col;      /* [workers][col_floats] */
    float *partials; /* [spans][w floats] */
};

static const float *group_weights(const struct job *j, int group)
{
    const size_t per_group = sr_conv_w_floats(j->g) / (size_t)j->g->groups;
    return j->packed + (size_t)group * per_group;
}

static void set_bias(const struct sr_conv *g, const float *bias, float *y)
{
    const size_t bytes = (size_t)g->c_out * sizeof *y;
    for (int p = 0; p < g->oh * g->ow; p++, y += g->c_out)
        memcpy(y, bias, bytes);
}

static void forward_image(void *argument, int image, int worker)
{
    const struct job *j = argument;
    const struct sr_conv *g = j->g;
    const float *x = j->x + (size_t)image * sr_conv_x_floats(g);
    float *y = j->out + (size_t)image * sr_conv_y_floats(g);
    float *col = j->col + (size_t)worker * col_floats(g);
    const int outs = g->c_out / g->groups, k = patch_floats(g);

    if (j->bias)
        set_bias(g, j->bias, y);
    for (int group = 0; group < g->groups; group++) {
        if (!patches_are_x(g))
            sr_im2col(g, group, x, col);
        const struct sr_mat a = {patches_are_x(g) ? x : col, k, false};
        const struct sr_mat b = {group_weights(j, group), k, true};
        sr_gemm(g->oh * g->ow, outs, k, a, b, j->bias != NULL, y + group * outs,
                g->c_out);
    }
    sr_conv_run_hook(j->then, image, 1);
}

static void forward(const struct sr_engine *e, const struct sr_conv *g, int n,
                    const float *x, const float *packed, const float *bias,
                    float *y, const struct sr_conv_hook *then, float *work)
{
    struct job job = {.g = g,
                      .x = x,
                      .packed = packed,
                      .bias = bias,
                      .then = then,
                      .out = y,
                      .col = work};
    sr_par_run(e->par, n, forward_image, &job);
}

static void backward_x_image(void *argument, int image, int worker)
{
    const struct job *j = argument;
    const struct sr_conv *g = j->g;
    const float *dy = j->dy + (size_t)image * sr_conv_y_floats(g);
    float *dx = j->out + (size_t)image * sr_conv_x_floats(g);
    float *col = j->col + (size_t)worker * col_floats(g);
    const int outs = g->c_out / g->groups, k = patch_floats(g);

    sr_conv_run_hook(j->before, image, 1);
    if (!patches_are_x(g))
        memset(dx, 0, sr_conv_x_floats(g) * sizeof *dx);
    for (int group = 0; group < g->groups; group++) {
        const struct sr_mat a = {dy + group * outs, g->c_out, false};
        const struct sr_mat b = {group_weights(j, group), k, false};
        sr_gemm(g->oh * g->ow, k, outs, a, b, false,
                patches_are_x(g) ? dx : col, k);
        if (!patches_are_x(g))
            sr_col2im(g, group, col, dx);
    }
}

static void backward_x(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const struct sr_conv_hook *before,
                       const float *dy, const float *packed, float *dx,
                       float *work)
{
    struct job job = {.g = g,
                      .packed = packed,
                      .dy = dy,
                      .before = before,
                      .out = dx,
                      .col = work};
    sr_par_run(e->par, n, backward_x_image, &job);
}

/* sum += dy^T patches of one image, or of `images` whose patches are x. */
static void add_products(const struct job *j, int images, const float *x,
                         const float *dy, float *col, float *sum)
{
    const struct sr_conv *g = j->g;
    const int outs = g->c_out / g->groups, k = patch_floats(g);
    for (int group = 0; group < g->groups; group++) {
        if (!patches_are_x(g))
            sr_im2col(g, group, x, col);
        const struct sr_mat a = {dy + group * outs, g->c_out, true};
        const struct sr_mat b = {patches_are_x(g) ? x : col, k, false};
        sr_gemm(outs, k, images * g->oh * g->ow, a, b, true,
                sum + (size_t)(group * outs) * (size_t)k, k);
    }
}

static void backward_w_span(void *argument, int span, int worker)
{
    const struct job *j = argument;
    const struct sr_conv *g = j->g;
    float *sum = j->partials + (size_t)span * sr_round_up(sr_conv_w_floats(g));
    float *col = j->col + (size_t)worker * col_floats(g);
    size_t begin, end;
    sr_par_span((size_t)j->n, j->spans, span, &begin, &end);
    const size_t step = patches_are_x(g) ? end - begin : 1;

    memset(sum, 0, sr_conv_w_floats(g) * sizeof *sum);
    for (size_t image = begin; image < end; image += step)
        add_products(j, (int)step, j->x + image * sr_conv_x_floats(g),
                     j->dy + image * sr_conv_y_floats(g), col, sum);
}

static void backward_w(const struct sr_engine *e, const struct sr_conv *g,
                       int n, const float *x, const float *dy, float *dw,
                       float *work)
{
    const size_t cols = (size_t)sr_par_threads(e->par) * col_floats(g);
    struct job job = {.g = g,
                      .n = n,
                      .spans = sr_conv_spans(g, n, ROOM),
                      .x = x,
                      .dy = dy,
                      .col = work,
                      .partials = work + cols};
    sr_par_run(e->par, job.spans, backward_w_span, &job);
    for (int span = 0; span < job.spans; span++)
        add_unpacked(
            g, job.partials + (size_t)span * sr_round_up(sr_conv_w_floats(g)),
            dw);
}

const struct sr_way sr_way_im2col = {
    .name = "im2col",
    .packed_floats = packed_floats,
    .pack = pack,
    .scratch = scratch,
    .forward = forward,
    .backward_x = backward_x,
    .backward_w = backward_w,
};
