#include "model/model.h"

#include <string.h>

#include "base/text.h"
#include "graph/fuse.h"
#include "model/net.h"

/* clang-format off */
const struct sr_opt sr_model_rows[] = {
    SR_NAME (struct sr_model_opts, arch, "resnet18", sr_arch_name, "the network"),
    SR_REALS(struct sr_model_opts, mean, "", -1e3, 1e3, "of the pixel range", "subtracted from each channel; the data set's if left out"),
    SR_REALS(struct sr_model_opts, std,  "", 1e-6, 1e3, "of the pixel range", "then divided by; the data set's if left out"),
    {0},
};
/* clang-format on */

static const struct sr_model_row rows[] = {
#define SR_MODEL(name, builder, size, init, help, source)                      \
    {{#name, help, source}, sr_build_##builder, size, SR_INIT_##init},
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

static enum sr_status
find_row(const char *name, const struct sr_model_row **row, struct sr_err *err)
{
    char known[512] = "";
    for (int i = 0; i < ROWS; i++)
        if (strcmp(rows[i].about.name, name) == 0) {
            *row = &rows[i];
            return SR_OK;
        }
    sr_text_join(known, sizeof known, sr_arch_name);
    return sr_fail(err, SR_ECONFIG, "no model '%s'; there are: %s", name,
                   known);
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

static enum sr_status build_graph(const struct sr_model *model,
                                  struct sr_net *net, struct sr_err *err)
{
    struct sr_builder b = {
        .graph = net->graph,
        .opts = model->opts,
        .activation = &model->activation,
        .problem = &model->problem,
        .size = net->row->size,
        .shared = -1,
        .err = err,
    };
    const int logits = net->row->build(&b);
    SR_TRY(b.status);
    SR_TRY(check_logits(net->graph, logits, model->problem.classes, err));
    sr_graph_fuse(net->graph);
    sr_graph_finish(net->graph);
    return SR_OK;
}

/* The table and the memory of the graph, where callers look for them. */
static void show_params(struct sr_model *model)
{
    const struct sr_graph *graph = model->net->graph;
    const struct sr_normalize *u = &graph->node[1].u.normalize;
    SR_REQUIRE(graph->node[1].op == &sr_op_normalize);
    memcpy(model->mean, u->mean, sizeof model->mean);
    memcpy(model->std, u->std, sizeof model->std);
    model->params = graph->params;
    model->param = graph->param;
    model->values = graph->values;
    model->grads = graph->grads;
    model->trainable = graph->trainable;
}

enum sr_status sr_model_build(const struct sr_model_opts *opts,
                              const struct sr_activation *activation,
                              const struct sr_problem *problem, int batch,
                              unsigned wants, const struct sr_engine *engine,
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
        .batch = batch,
        .net = SR_TAKE(arena, 1, struct sr_net),
    };
    made->net->row = row;
    made->net->graph = sr_graph_new(engine, image, arena);
    SR_TRY(build_graph(made, made->net, err));
    show_params(made);
    sr_run_open(made->net->graph, wants, batch, arena, &made->net->run);
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

void sr_model_forward(struct sr_model *model, const struct sr_pass *pass, int n,
                      const float *x, float *z)
{
    const struct sr_run_pass run = {
        .want = pass->want,
        .batch = pass->batchnorm == SR_BN_BATCH,
        .track = pass->track,
        .role = pass->role,
    };
    sr_run_forward(&model->net->run, &run, n, x, z);
    if (run.batch && run.track)
        model->batches_tracked++;
}

void sr_model_backward(struct sr_model *model, int n, const float *dz,
                       float *gx)
{
    SR_REQUIRE(n == model->net->run.n);
    sr_run_backward(&model->net->run, dz, gx);
}

void sr_model_zero_grads(struct sr_model *model)
{
    memset(model->grads, 0, model->trainable * sizeof *model->grads);
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
