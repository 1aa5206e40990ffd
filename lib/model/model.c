#include "model/model.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "engine/vec.h"
#include "graph/fuse.h"
#include "model/layers.h"
#include "model/net.h"

/* clang-format off */
const struct sr_opt sr_model_rows[] = {
    SR_NAME (struct sr_model_opts, arch, "resnet18", sr_arch_name, "the network"),
    SR_REALS(struct sr_model_opts, mean, "", -1e3, 1e3, "of the pixel range", "subtracted from each channel; the data set's if left out"),
    SR_REALS(struct sr_model_opts, std,  "", 1e-6, 1e3, "of the pixel range", "then divided by; the data set's if left out"),
    SR_INT  (struct sr_model_opts, depth, "0", 0, 2000, "layers", "of networks whose name counts them (show models); 0: the network's own"),
    SR_INTS (struct sr_model_opts, blocks, "", 1, 200, "", "of each stage, or one number for all; the network's own if left out"),
    SR_REAL (struct sr_model_opts, width, "", 0.01, 100, "", "factor of the channels; the network's own if left out"),
    SR_REAL (struct sr_model_opts, depth_factor, "", 0.01, 100, "", "factor of the blocks of each stage, rounded up; the network's own if left out"),
    SR_REAL (struct sr_model_opts, dropout, "", 0, 0.99, "", "share of the numbers among its last layers that an update goes without; the network's own if left out"),
    SR_REAL (struct sr_model_opts, drop_connect, "", 0, 0.99, "", "share of the images that skip the last block in an update, in proportion fewer those before it; the network's own if left out"),
    SR_REAL (struct sr_model_opts, bn_eps, "", 0, 1, "", "added to the variances of batch norms; the network's own if left out"),
    SR_REAL (struct sr_model_opts, bn_momentum, "", 0, 1, "", "share of a batch in the running statistics of batch norms, 1 - the decay of other libraries; the network's own if left out"),
    SR_INT  (struct sr_model_opts, groups, "0", 0, 4096, "", "of the 3x3 filters of bottlenecks; 0: the network's own"),
    SR_INT  (struct sr_model_opts, group_width, "0", 0, 4096, "channels", "of a group where 64 come in; 0: the network's own"),
    SR_PATH (struct sr_model_opts, weights, "", "safetensors to start training from instead of random numbers"),
    SR_ROW  (struct sr_model_opts, "partial", load.partial, SR_OPT_BOOL, "false", 0, 0, "", NULL, "load those tensors of model.weights that fit, tell the others"),
    SR_ROW  (struct sr_model_opts, "reset_head", load.reset_head, SR_OPT_BOOL, "false", 0, 0, "", NULL, "model.weights may be for another number of classes"),
    {0},
};
/* clang-format on */

static const struct sr_model_row rows[] = {
#define SR_MODEL(name, builder, init, help, source, ...)                       \
    {{#name, help, source}, sr_build_##builder, SR_INIT_##init, {__VA_ARGS__}},
    SR_MODEL_LIST(SR_MODEL)
#undef SR_MODEL
};
enum { ROWS = sizeof rows / sizeof *rows };

const struct sr_arch *sr_arch_at(int i)
{
    return i >= 0 && i < ROWS ? &rows[i].about : NULL;
}

const char *sr_arch_name(int i)
{
    return i >= 0 && i < ROWS ? rows[i].about.name : NULL;
}

void sr_arch_size(int i, char *text, size_t bytes)
{
    SR_REQUIRE(sr_arch_at(i));
    sr_size_text(&rows[i].size, text, bytes);
}

static enum sr_status
find_row(const char *name, const struct sr_model_row **row, struct sr_err *err)
{
    char known[1024] = "";
    for (int i = 0; i < ROWS; i++)
        if (strcmp(rows[i].about.name, name) == 0) {
            *row = &rows[i];
            return SR_OK;
        }
    sr_text_join(known, sizeof known, sr_arch_name);
    return sr_fail(err, SR_ECONFIG, "no model '%s'; there are: %s", name,
                   known);
}

enum sr_status sr_model_check(const struct sr_model_opts *opts,
                              struct sr_err *err)
{
    const struct sr_model_row *row;
    struct sr_size unused;
    SR_TRY(find_row(opts->arch, &row, err));
    return sr_size_resolve(row->about.name, &row->size, opts, &unused, err);
}

static enum sr_status check_logits(const struct sr_graph *graph, int logits,
                                   int classes, struct sr_err *err)
{
    const struct sr_node *last = &graph->node[logits];
    if (last->out.h == 1 && last->out.w == 1 && last->out.c == classes)
        return SR_OK;
    return sr_fail(err, SR_ECONFIG,
                   "the last layer, %s, gives %dx%d pixels of %d channels, but "
                   "the data set has %d classes",
                   last->name, last->out.h, last->out.w, last->out.c, classes);
}

/* A key that would be without effect is an error. */
static enum sr_status check_bnorm(const struct sr_graph *graph,
                                  const struct sr_model_opts *opts,
                                  struct sr_err *err)
{
    const bool momentum = !isnan(opts->bn_momentum);
    if (!momentum && isnan(opts->bn_eps))
        return SR_OK;
    for (int i = 1; i < graph->nodes; i++)
        if (graph->node[i].parts & SR_PART_BNORM)
            return SR_OK;
    return sr_fail(err, SR_ECONFIG, "model.%s: %s has no batch norm",
                   momentum ? "bn_momentum" : "bn_eps", opts->arch);
}

static enum sr_status build_graph(const struct sr_model *model,
                                  struct sr_net *net, struct sr_err *err)
{
    struct sr_builder b = {
        .graph = net->graph,
        .opts = model->opts,
        .activation = &model->activation,
        .problem = &model->problem,
        .shared = -1,
        .err = err,
    };
    SR_TRY(sr_size_resolve(net->row->about.name, &net->row->size, model->opts,
                           &b.size, err));
    const int logits = net->row->build(&b);
    SR_TRY(b.status);
    SR_TRY(check_bnorm(net->graph, model->opts, err));
    const enum sr_status status =
        check_logits(net->graph, logits, model->problem.classes, err);
    const struct sr_layers *layers = model->opts->layers;
    if (status != SR_OK && layers && layers->n > 0)
        err->at = layers->layer[layers->n - 1].at;
    return status;
}

/* The tables of the graph, where callers look for them. */
static void show_graph(struct sr_model *model)
{
    const struct sr_graph *graph = model->net->graph;
    const struct sr_normalize *u = &graph->node[1].u.normalize;
    SR_REQUIRE(graph->node[1].op == &sr_op_normalize);
    memcpy(model->mean, u->mean, sizeof model->mean);
    memcpy(model->std, u->std, sizeof model->std);
    model->params = graph->params;
    model->param = graph->param;
    for (int i = 0; i < graph->params; i++)
        if (graph->param[i].kind != SR_PARAM_BUFFER)
            model->trainable += graph->param[i].count;
}

enum sr_status sr_model_outline(const struct sr_model_opts *opts,
                                const struct sr_activation *activation,
                                const struct sr_problem *problem,
                                const struct sr_engine *engine,
                                struct sr_arena *arena, struct sr_model **model,
                                struct sr_err *err)
{
    const struct sr_model_row *row;
    SR_TRY(find_row(opts->arch, &row, err));

    const struct sr_shape image = {problem->h, problem->w, problem->c};
    struct sr_model *made = SR_TAKE(arena, 1, struct sr_model);
    *made = (struct sr_model){
        .opts = opts,
        .activation = *activation,
        .problem = *problem,
        .net = SR_TAKE(arena, 1, struct sr_net),
    };
    made->net->row = row;
    made->net->graph = sr_graph_new(engine, image, arena);
    SR_TRY(build_graph(made, made->net, err));
    show_graph(made);
    *model = made;
    return SR_OK;
}

enum sr_status sr_model_build(const struct sr_model_opts *opts,
                              const struct sr_activation *activation,
                              const struct sr_problem *problem, int batch,
                              unsigned wants, const struct sr_engine *engine,
                              struct sr_arena *arena, struct sr_model **model,
                              struct sr_err *err)
{
    struct sr_model *made;
    SR_TRY(
        sr_model_outline(opts, activation, problem, engine, arena, &made, err));
    struct sr_graph *graph = made->net->graph;
    sr_graph_fuse(graph);
    sr_graph_finish(graph);
    SR_REQUIRE(graph->trainable == made->trainable);
    made->values = graph->values;
    made->grads = graph->grads;
    made->batch = batch;
    sr_run_open(graph, wants, batch, arena, &made->net->run);
    *model = made;
    return SR_OK;
}

void sr_model_init(struct sr_model *model, uint64_t seed)
{
    sr_init_graph(model->net->graph, model->net->row->init, seed);
    model->batches_tracked = 0;
    sr_model_changed(model);
}

void sr_model_changed(struct sr_model *model)
{
    sr_graph_pack(model->net->graph);
}

static struct sr_run_pass pass_of(const struct sr_pass *pass)
{
    return (struct sr_run_pass){
        .want = pass->want,
        .batch = pass->batchnorm != SR_BN_INFERENCE,
        .track = pass->batchnorm == SR_BN_TRAIN,
        .role = pass->role,
        .drop = pass->drop,
    };
}

void sr_model_forward(struct sr_model *model, const struct sr_pass *pass, int n,
                      const float *x, float *z)
{
    const struct sr_run_pass run = pass_of(pass);
    sr_run_forward(&model->net->run, &run, n, x, z);
    if (run.track)
        model->batches_tracked++;
}

bool sr_model_has_near(const struct sr_model *model, const struct sr_pass *pass)
{
    return model->net->run.near.depth > 0 && pass->want == SR_WANT_LOGITS &&
           pass->batchnorm == SR_BN_INFERENCE && !pass->drop;
}

void sr_model_forward_near(struct sr_model *model, const struct sr_pass *pass,
                           int n, const struct sr_neighbour *image, float *z)
{
    const struct sr_run_pass run = pass_of(pass);
    sr_run_forward_near(&model->net->run, &run, n, image, z);
}

void sr_model_backward(struct sr_model *model, int n, const float *dz,
                       float *gx)
{
    SR_REQUIRE(n == model->net->run.n);
    sr_run_backward(&model->net->run, dz, gx);
}

void sr_model_zero_grads(struct sr_model *model)
{
    sr_vec_zero(model->net->graph->engine, model->trainable, model->grads);
}

const char *sr_model_first_nonfinite(const struct sr_model *model, int n)
{
    SR_REQUIRE(n == model->net->run.n);
    return sr_run_first_nonfinite(&model->net->run);
}

size_t sr_model_parameters(const struct sr_model *model)
{
    return model->trainable;
}

double sr_model_macs(const struct sr_model *model)
{
    return sr_graph_macs(model->net->graph);
}

size_t sr_model_block_bytes(const struct sr_model *model)
{
    return model->net->run.floats * sizeof(float);
}

size_t sr_model_packed_bytes(const struct sr_model *model)
{
    return sr_graph_packed_floats(model->net->graph) * sizeof(float);
}

struct sr_model_conv sr_model_conv_at(const struct sr_model *model, int i)
{
    const struct sr_node *node = sr_graph_conv_at(model->net->graph, i);
    if (!node)
        return (struct sr_model_conv){NULL, NULL};
    return (struct sr_model_conv){node->name, node->op->conv(node)};
}
