/* The way back through a unit.  With t the activation's input and v what batch
 * norm read:
 *
 *   dt = dy slope           goes to the other input as it is
 *   dv = a dt + b v + shift
 *   dx, dw from dv by convolution
 *
 * With running statistics a is known beforehand, b and shift are 0, and dt and
 * dv are one pass.  In batch mode, and for the gradients of gamma and beta, the
 * sums over dt come first, and the slope may be computed once more on the way.
 */
#include "graph/unit.h"

struct back {
    struct sr_unit u;
    struct sr_tail_back tail;
    struct sr_tail again; /* what followed batch norm on the way forward */
    const float *v;       /* where it is read                             */
    float *dv;
    bool through; /* dy is dt already, and dother written         */
};

static void run_back(void *argument, int first, int images)
{
    const struct back *b = argument;
    const struct sr_op_call *call = b->u.call;
    const size_t at = (size_t)first * b->u.image * (size_t)b->u.c;
    const float *slope = b->through ? NULL : b->u.slope;
    float *dother = b->through ? NULL : b->u.dother;
    sr_tail_backward(call->engine, &b->tail, (size_t)images * b->u.image,
                     call->dy + at, slope ? slope + at : NULL,
                     b->tail.b ? b->v + at : NULL, NULL,
                     dother ? dother + at : NULL, b->dv + at);
}

/* dy becomes dt, just before it is summed. */
static void run_slope(void *argument, size_t first, size_t pixels)
{
    const struct back *b = argument;
    const struct sr_op_call *call = b->u.call;
    const size_t at = first * (size_t)b->u.c;
    const bool again = sr_unit_slope_again(call->node);
    const bool other = again && sr_unit_has(&b->u, SR_PART_ADD);
    const struct sr_tail_back slope = {.c = b->u.c,
                                       .again = again ? &b->again : NULL};
    sr_tail_backward(call->engine, &slope, pixels, call->dy + at,
                     b->u.slope ? b->u.slope + at : NULL, b->v + at,
                     other ? call->x[1] + at : NULL,
                     b->u.dother ? b->u.dother + at : NULL, call->dy + at);
}

static void add_act_gradient(const struct sr_unit *u)
{
    const struct sr_op_call *call = u->call;
    const struct sr_node *node = call->node;
    float p[SR_ACT_PARAMS];
    sr_unit_act_params(node, SR_ROLE_FORWARD, p);
    sr_act_backward_p(call->engine, node->u.act.activation.act[SR_ROLE_FORWARD],
                      p, (size_t)call->n * u->image * (size_t)u->c, call->x[0],
                      call->dy, node->p[SR_SLOT_ACT]->grad);
}

/* Sums over dt: the gradients of gamma and beta, and in batch mode the map. */
static void sum_through(struct back *b)
{
    const struct sr_unit *u = &b->u;
    const struct sr_op_call *call = u->call;
    const struct sr_node *node = call->node;
    const size_t pixels = (size_t)call->n * u->image;
    const struct sr_sum_hook first = {run_slope, b};
    const double *sum, *dot;
    sr_bnorm_forward(&u->bnorm, u->row[0], u->row[3]);
    b->again = sr_unit_tail(u, u->row[0], u->row[3]);
    sr_sum_channels(call->engine, pixels, u->c, b->v, call->dy, &first, &sum,
                    &dot, u->scratch);
    b->through = true;
    if (call->want & SR_WANT_WEIGHTS)
        sr_bnorm_add_gradients(&u->bnorm, sum, dot,
                               node->p[SR_SLOT_GAMMA]->grad,
                               node->p[SR_SLOT_BETA]->grad);
    if (call->batch) {
        sr_bnorm_backward_batch(&u->bnorm, pixels, sum, dot, u->row[0],
                                u->row[1], u->row[2]);
        b->tail.b = u->row[1];
    }
}

static void prepare_bnorm(struct back *b)
{
    const struct sr_unit *u = &b->u;
    b->tail.a = u->row[0];
    b->tail.shift = u->row[2];
    if (!u->call->batch)
        sr_bnorm_backward_running(&u->bnorm, u->row[0], u->row[2]);
    if (u->call->batch || (u->call->want & SR_WANT_WEIGHTS))
        sum_through(b);
}

/* The gradient of w needs dv of the whole batch, that of x image by image. */
static void back_convolve(struct back *b, const struct sr_conv_hook *before)
{
    const struct sr_op_call *call = b->u.call;
    const struct sr_node *node = call->node;
    const struct sr_conv *g = &node->u.conv.g;
    if (call->dx[0])
        sr_conv_backward_x(call->engine, g, call->n, before, b->dv,
                           node->packed, call->dx[0], b->u.scratch);
    else if (before)
        sr_unit_each(&b->u, before);
    if (call->want & SR_WANT_WEIGHTS)
        sr_conv_backward_w(call->engine, g, call->n, call->x[0], b->dv,
                           node->p[SR_SLOT_WEIGHT]->grad,
                           node->p[SR_SLOT_BIAS] ? node->p[SR_SLOT_BIAS]->grad
                                                 : NULL,
                           b->u.scratch);
}

void sr_unit_backward(const struct sr_op_call *call)
{
    struct back b = {.u = sr_unit_of(call), .tail = {.c = call->node->out.c}};
    const struct sr_conv_hook way_back = {run_back, &b};
    const bool conv = sr_unit_has(&b.u, SR_PART_CONV);
    b.v = conv ? b.u.conv_y : call->x[0];
    b.dv = conv ? call->dy : call->dx[0];

    if (call->node->p[SR_SLOT_ACT] && (call->want & SR_WANT_WEIGHTS))
        add_act_gradient(&b.u);
    if (sr_unit_has(&b.u, SR_PART_BNORM))
        prepare_bnorm(&b);
    if (!conv && !call->dx[0]) { /* then dt is all that is asked for */
        b.tail = (struct sr_tail_back){.c = b.u.c};
        b.dv = b.u.dother ? b.u.dother : call->dy;
    }
    if (conv)
        back_convolve(&b, call->node->parts == SR_PART_CONV ? NULL : &way_back);
    else
        sr_unit_each(&b.u, &way_back);
}
