#include "graph/unit.h"

#include <string.h>

static size_t rounded(size_t floats) { return (floats + 15) / 16 * 16; }

/* ---- memory ---- */

/* From how many products an output comes; of a batch norm on its own, those of
 * the convolution that presumably follows it, 3x3. */
static int products(const struct sr_node *node)
{
    const struct sr_conv *g = &node->u.conv.g;
    return node->parts & SR_PART_CONV ? g->kh * g->kw * (g->c_in / g->groups)
                                      : 9 * node->out.c;
}

/* An exponential takes as long as some tens of products: 8 % of a training step
 * of a network with 144 to 576 of them, nothing that could be measured from 576
 * on. */
enum { MANY_PRODUCTS = 512 };

bool sr_unit_slope_again(const struct sr_node *node)
{
    return (node->parts & SR_PART_BNORM) && (node->parts & SR_PART_ACT) &&
           products(node) >= MANY_PRODUCTS;
}

unsigned sr_unit_reads_other(const struct sr_node *node)
{
    return (node->parts & SR_PART_ADD) && sr_unit_slope_again(node)
               ? SR_READS_FOR_W | SR_READS_FOR_X_BATCH
               : 0;
}

/* Floats of each thing saved, 0 for what is not. */
struct saved {
    size_t statistics, conv_y, slope; /* statistics: twice, mean and variance */
};

static struct saved saved_of(const struct sr_node *node, int n, unsigned want,
                             bool batch)
{
    const unsigned parts = node->parts;
    const size_t y = rounded((size_t)n * sr_shape_floats(node->out));
    const bool bnorm = parts & SR_PART_BNORM;
    const bool reads = (want && batch) || (want & SR_WANT_WEIGHTS);
    return (struct saved){
        .statistics = bnorm && batch ? rounded((size_t)node->out.c) : 0,
        .conv_y = bnorm && reads && (parts & SR_PART_CONV) ? y : 0,
        .slope = want && (parts & SR_PART_ACT) &&
                         !(reads && sr_unit_slope_again(node))
                     ? y
                     : 0,
    };
}

size_t sr_unit_saved(const struct sr_node *node, int n, unsigned want,
                     bool batch)
{
    const struct saved s = saved_of(node, n, want, batch);
    return 2 * s.statistics + s.conv_y + s.slope;
}

enum { ROWS = sizeof((struct sr_unit *)0)->row / sizeof(float *) };

static size_t image_sums(const struct sr_node *node, int n)
{
    return node->parts & SR_PART_BNORM
               ? rounded(sr_image_sums_floats(n, node->out.c))
               : 0;
}

size_t sr_unit_scratch(const struct sr_engine *e, const struct sr_node *node,
                       int n)
{
    const size_t sums = sr_sum_scratch(node->out.c);
    const size_t conv =
        node->parts & SR_PART_CONV ? sr_conv_scratch(e, &node->u.conv.g, n) : 0;
    return ROWS * rounded((size_t)node->out.c) + image_sums(node, n) +
           (sums > conv ? sums : conv);
}

static float *taken(float **memory, size_t floats)
{
    float *piece = floats ? *memory : NULL;
    *memory += floats;
    return piece;
}

static const float *value_of(const struct sr_node *node, enum sr_slot slot)
{
    return node->p[slot] ? node->p[slot]->value : NULL;
}

struct sr_unit sr_unit_of(const struct sr_op_call *call)
{
    const struct sr_node *node = call->node;
    const struct saved s = saved_of(node, call->n, call->want, call->batch);
    struct sr_unit u = {
        .call = call,
        .c = node->out.c,
        .image = (size_t)node->out.h * (size_t)node->out.w,
        .dother = node->parts & SR_PART_ADD ? call->dx[1] : NULL,
    };
    float *saved = call->saved, *scratch = call->scratch;
    u.mean = taken(&saved, s.statistics);
    u.var = taken(&saved, s.statistics);
    u.conv_y = taken(&saved, s.conv_y);
    u.slope = taken(&saved, s.slope);
    for (int i = 0; i < ROWS; i++)
        u.row[i] = taken(&scratch, rounded((size_t)u.c));
    u.sums = (struct sr_image_sums){
        call->n, u.c,
        (double *)(void *)taken(&scratch, image_sums(node, call->n))};
    u.scratch = scratch;
    u.bnorm = (struct sr_bnorm){
        .c = u.c,
        .mean = u.mean ? u.mean : value_of(node, SR_SLOT_MEAN),
        .var = u.var ? u.var : value_of(node, SR_SLOT_VAR),
        .gamma = value_of(node, SR_SLOT_GAMMA),
        .beta = value_of(node, SR_SLOT_BETA),
        .eps = node->u.bnorm.eps,
    };
    return u;
}

/* ---- helpers ---- */

struct each_job {
    const struct sr_conv_hook *hook;
};

static void each_image(void *argument, int image, int worker)
{
    const struct each_job *j = argument;
    (void)worker;
    j->hook->run(j->hook->job, image, 1);
}

void sr_unit_each(const struct sr_unit *u, const struct sr_conv_hook *hook)
{
    struct each_job job = {hook};
    sr_par_run(u->call->engine->par, u->call->n, each_image, &job);
}

void sr_unit_act_params(const struct sr_node *node, enum sr_role role,
                        float p[SR_ACT_PARAMS])
{
    const struct sr_act *act = node->u.act.activation.act[role];
    const struct sr_param *learned = node->p[SR_SLOT_ACT];
    memcpy(p, node->u.act.p[role], SR_ACT_PARAMS * sizeof *p);
    for (int i = 0; i < act->learned; i++)
        p[i] = learned->value[i];
}

struct sr_tail sr_unit_tail(const struct sr_unit *u, const float *scale,
                            const float *shift)
{
    const struct sr_node *node = u->call->node;
    const struct sr_activation *a = &node->u.act.activation;
    struct sr_tail tail = {.c = u->c};
    if (sr_unit_has(u, SR_PART_BNORM)) {
        tail.scale = scale;
        tail.shift = shift;
    }
    if (sr_unit_has(u, SR_PART_ACT)) {
        tail.act = a->act[SR_ROLE_FORWARD];
        tail.slope = a->act[u->call->role];
        sr_unit_act_params(node, SR_ROLE_FORWARD, tail.act_p);
        sr_unit_act_params(node, u->call->role, tail.slope_p);
    }
    return tail;
}

/* ---- forward ---- */

/* What follows the convolution, on some images. */
struct tail_job {
    const struct sr_unit *u;
    struct sr_tail tail;
    const float *x; /* the convolution's output, or the unit's input */
};

static void run_tail(void *argument, int first, int images)
{
    const struct tail_job *j = argument;
    const struct sr_unit *u = j->u;
    const struct sr_op_call *call = u->call;
    const size_t at = (size_t)first * u->image * (size_t)u->c;
    const float *other = sr_unit_has(u, SR_PART_ADD) ? call->x[1] + at : NULL;
    sr_tail_forward(call->engine, &j->tail, (size_t)images * u->image,
                    j->x + at, other, call->y + at,
                    u->slope ? u->slope + at : NULL);
}

/* Sums over some images of what batch norm reads. */
static void run_sums(void *argument, int first, int images)
{
    const struct tail_job *j = argument;
    const struct sr_unit *u = j->u;
    const size_t each = u->image * (size_t)u->c;
    for (int i = first; i < first + images; i++)
        sr_image_sums_take(u->call->engine, &u->sums, i, u->image,
                           j->x + (size_t)i * each);
}

/* Mean and variance of the batch, and what the running ones make of them.  One
 * pixel has no unbiased variance. */
static void measure_batch(const struct sr_unit *u)
{
    const struct sr_op_call *call = u->call;
    const struct sr_node *node = call->node;
    const size_t pixels = (size_t)call->n * u->image;
    const double *sum, *square;
    sr_image_sums_add(&u->sums, &sum, &square);
    sr_bnorm_statistics(pixels, u->c, sum, square, u->mean, u->var);
    if (call->track && pixels > 1)
        sr_bnorm_update_running(pixels, u->c, node->u.bnorm.momentum, u->mean,
                                u->var, node->p[SR_SLOT_MEAN]->value,
                                node->p[SR_SLOT_VAR]->value);
}

static void convolve(const struct sr_unit *u, float *y,
                     const struct sr_conv_hook *then)
{
    const struct sr_op_call *call = u->call;
    const struct sr_node *node = call->node;
    sr_conv_forward(call->engine, &node->u.conv.g, call->n, call->x[0],
                    node->packed, value_of(node, SR_SLOT_BIAS), y, then,
                    u->scratch);
}

/* The statistics of a batch are known after the last image only: what goes with
 * the convolution then are their sums, and the tail has to wait. */
void sr_unit_forward(const struct sr_op_call *call)
{
    const struct sr_unit u = sr_unit_of(call);
    const bool bnorm = sr_unit_has(&u, SR_PART_BNORM);
    const bool conv = sr_unit_has(&u, SR_PART_CONV);
    float *conv_y = u.conv_y ? u.conv_y : call->y;
    struct tail_job job = {&u, sr_unit_tail(&u, u.row[0], u.row[1]),
                           conv ? conv_y : call->x[0]};
    if (!u.slope)
        job.tail.slope = NULL;
    const bool waits = bnorm && call->batch;
    const struct sr_conv_hook tail = {run_tail, &job}, sums = {run_sums, &job};
    const struct sr_conv_hook *first = waits ? &sums : &tail;

    if (bnorm && !waits)
        sr_bnorm_forward(&u.bnorm, u.row[0], u.row[1]);
    if (conv)
        convolve(&u, conv_y, call->node->parts == SR_PART_CONV ? NULL : first);
    else
        sr_unit_each(&u, first);
    if (waits) {
        measure_batch(&u);
        sr_bnorm_forward(&u.bnorm, u.row[0], u.row[1]);
        sr_unit_each(&u, &tail);
    }
}
