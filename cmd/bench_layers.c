#include <string.h>

#include "bench.h"
#include "engine/conv.h"

enum pass { FORWARD, BACKWARD_X, BACKWARD_W, PASSES };

/* Convolutions of one shape. */
struct group {
    const char *name; /* of the first of them */
    const struct sr_conv *g;
    int count;
    double seconds[PASSES]; /* of one of them */
};

/* What a pass works on.  The gradient of x goes where x was, that of y is y:
 * the time is the same, the memory half. */
struct work {
    const struct sr_engine *engine;
    const struct sr_conv *g;
    int n;
    float *x, *y, *w, *dw, *packed, *scratch;
};

static enum sr_status forward(void *job, struct sr_err *err)
{
    (void)err;
    const struct work *w = job;
    sr_conv_forward(w->engine, w->g, w->n, w->x, w->packed, NULL, w->y, NULL,
                    w->scratch);
    return SR_OK;
}

static enum sr_status backward_x(void *job, struct sr_err *err)
{
    (void)err;
    const struct work *w = job;
    sr_conv_backward_x(w->engine, w->g, w->n, NULL, w->y, w->packed, w->x,
                       w->scratch);
    return SR_OK;
}

static enum sr_status backward_w(void *job, struct sr_err *err)
{
    (void)err;
    const struct work *w = job;
    sr_conv_backward_w(w->engine, w->g, w->n, w->x, w->y, w->dw, NULL,
                       w->scratch);
    return SR_OK;
}

static const struct {
    const char *name;
    sr_bench_fn *run;
} passes[PASSES] = {
    [FORWARD] = {"forward", forward},
    [BACKWARD_X] = {"backward_x", backward_x},
    [BACKWARD_W] = {"backward_w", backward_w},
};

static size_t x_floats(const struct sr_conv *g)
{
    return (size_t)g->h * (size_t)g->w * (size_t)g->c_in;
}

static size_t y_floats(const struct sr_conv *g)
{
    return (size_t)g->oh * (size_t)g->ow * (size_t)g->c_out;
}

static size_t w_floats(const struct sr_conv *g)
{
    return (size_t)g->c_out * (size_t)(g->c_in / g->groups) *
           (size_t)(g->kh * g->kw);
}

/* x, y and the weights, each read or written once: the least that any of the
 * passes has to move. */
static json_int_t bytes_moved(const struct sr_conv *g, int n)
{
    const size_t floats = (size_t)n * (x_floats(g) + y_floats(g)) + w_floats(g);
    return (json_int_t)(floats * sizeof(float));
}

static struct work make_work(const struct sr_bench *b, const struct sr_conv *g)
{
    const struct sr_engine *e = &b->setup.engine;
    struct sr_arena *arena = b->setup.arena;
    const size_t n = (size_t)b->batch;
    struct work w = {
        .engine = e,
        .g = g,
        .n = b->batch,
        .x = sr_bench_noise(arena, n * x_floats(g)),
        .y = sr_bench_noise(arena, n * y_floats(g)),
        .w = sr_bench_noise(arena, w_floats(g)),
        .dw = SR_TAKE(arena, w_floats(g), float),
        .packed = SR_TAKE(arena, sr_conv_packed_floats(e, g), float),
        .scratch = SR_TAKE(arena, sr_conv_scratch(e, g, b->batch), float),
    };
    sr_conv_pack(e, g, w.w, w.packed);
    return w;
}

static json_t *measure(const struct sr_bench *b, struct group *group)
{
    struct sr_err unused; /* passes cannot fail */
    json_t *list = json_array();
    const struct sr_conv *g = group->g;
    const double flops = 2 * sr_conv_macs(g) * b->batch;
    const struct sr_mark mark = sr_arena_mark(b->setup.arena);
    struct work w = make_work(b, g);
    for (int i = 0; i < PASSES; i++) {
        double *seconds = &group->seconds[i];
        sr_bench_time(passes[i].run, &w, b->reps, seconds, &unused);
        json_t *pass = json_pack("{s:s}", "pass", passes[i].name);
        json_object_update_new(pass, sr_bench_speed(b, *seconds, flops));
        json_object_set_new(pass, "bytes",
                            json_integer(bytes_moved(g, b->batch)));
        json_array_append_new(list, pass);
    }
    sr_arena_release(b->setup.arena, mark);
    return list;
}

static json_t *describe(const struct group *group, const struct sr_engine *e)
{
    const struct sr_conv *g = group->g;
    return json_pack(
        "{s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i,"
        " s:i}",
        "name", group->name, "count", group->count, "way",
        sr_conv_way_name(e, g), "h", g->h, "w", g->w, "c_in", g->c_in, "oh",
        g->oh, "ow", g->ow, "c_out", g->c_out, "kh", g->kh, "kw", g->kw,
        "stride", g->stride, "pad", g->pad_top, "groups", g->groups);
}

/* The shapes in the order they first come.  Returns how many. */
static int find_groups(const struct sr_model *model, struct group *group)
{
    int groups = 0;
    struct sr_model_conv conv;
    for (int i = 0; (conv = sr_model_conv_at(model, i)).g; i++) {
        int k = 0;
        while (k < groups && memcmp(group[k].g, conv.g, sizeof *conv.g) != 0)
            k++;
        if (k == groups)
            group[groups++] = (struct group){.name = conv.name, .g = conv.g};
        group[k].count++;
    }
    return groups;
}

static int count_convs(const struct sr_model *model)
{
    int n = 0;
    while (sr_model_conv_at(model, n).g)
        n++;
    return n;
}

/* Seconds of a step's passes through all convolutions.  The gradient of the
 * images is not asked for where the weights' is. */
static double seconds_of(const struct group *group, int groups,
                         const bool takes[PASSES])
{
    double seconds = 0;
    for (int k = 0; k < groups; k++)
        for (int i = 0; i < PASSES; i++)
            if (takes[i])
                seconds += group[k].count * group[k].seconds[i];
    if (takes[BACKWARD_W])
        seconds -= group[0].seconds[BACKWARD_X];
    return seconds;
}

/* What is left of the steps: batch norm, activations, sums, pooling, the loss,
 * the optimiser. */
static void add_rest(json_t *steps, const struct group *group, int groups)
{
    static const bool takes[][PASSES] = {
        {true, false, false}, /* forward */
        {true, true, false},  /* attack  */
        {true, true, true},   /* train   */
    };
    json_t *step;
    size_t i;
    json_array_foreach (steps, i, step) {
        const double convs = seconds_of(group, groups, takes[i]);
        const double all = json_number_value(json_object_get(step, "seconds"));
        json_object_set_new(step, "convolution_seconds", json_real(convs));
        json_object_set_new(step, "other_seconds", json_real(all - convs));
    }
}

json_t *sr_bench_layers(const struct sr_bench *b, json_t *steps)
{
    const struct sr_setup *s = &b->setup;
    struct group *group =
        SR_TAKE(s->arena, count_convs(s->model), struct group);
    const int groups = find_groups(s->model, group);
    json_t *list = json_array();
    for (int i = 0; i < groups; i++) {
        sr_log_progress(s->log, "layers", i, groups, group[i].name);
        json_t *layer = describe(&group[i], &s->engine);
        json_object_set_new(layer, "passes", measure(b, &group[i]));
        json_array_append_new(list, layer);
    }
    sr_log_progress_end(s->log);
    if (groups > 0)
        add_rest(steps, group, groups);
    return list;
}
