/* Weights of a model from a file.
 *
 * Loading first reads everything into memory of its own and copies at the end,
 * so that a file that does not fit changes nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/about.h"
#include "model/names.h"
#include "model/net.h"

enum { LISTED = 3, CHANNELS = 4 };
#define MOST_BATCHES ((int64_t)1 << 62) /* leaves room to count on */

/* A file on its way into a model. */
struct load {
    struct sr_model *model;
    const struct sr_load_opts *how;
    struct sr_tensors file;
    enum sr_use *use;              /* [file.n]                                */
    const struct sr_tensor **from; /* [params]; NULL: keeps what it has       */
    float **values;                /* [params], of those that are loaded      */
    struct sr_arena *scratch;
    struct sr_log *log;
};

static bool has_shape(const struct sr_tensor *tensor,
                      const struct sr_param *param)
{
    if (tensor->rank != param->rank)
        return false;
    for (int i = 0; i < param->rank; i++)
        if (tensor->shape[i] != param->shape[i])
            return false;
    return true;
}

/* Does nothing but the number of classes differ? */
static bool has_other_rows(const struct sr_tensor *tensor,
                           const struct sr_param *param)
{
    struct sr_tensor same = *tensor;
    same.shape[0] = param->shape[0];
    return tensor->rank > 0 && has_shape(&same, param);
}

static bool is_head(const struct sr_model *model, int param)
{
    const struct sr_graph *graph = model->net->graph;
    const struct sr_node *last = &graph->node[graph->nodes - 1];
    for (int k = 0; k < SR_NODE_PARAMS; k++)
        if (last->p[k] == &model->param[param])
            return true;
    return false;
}

/* "; missing a, b, c and 4 more", growing one name at a time. */
struct listing {
    char text[360];
    int n;
};

static void list(struct listing *l, const char *name)
{
    if (l->n++ < LISTED)
        sr_text_add(l->text, sizeof l->text, "%s%.110s", l->n > 1 ? ", " : "",
                    name);
}

static void add_listing(struct listing *l, const char *title, char *text,
                        size_t size)
{
    if (l->n == 0)
        return;
    sr_text_add(text, size, "; %s %s", title, l->text);
    if (l->n > LISTED)
        sr_text_add(text, size, " and %d more", l->n - LISTED);
}

static void show_shapes(const struct sr_tensor *tensor,
                        const struct sr_param *param, char *text, size_t size)
{
    text[0] = 0;
    sr_text_add(text, size, "%.40s [", param->name);
    for (int i = 0; i < tensor->rank; i++)
        sr_text_add(text, size, "%s%lld", i ? ", " : "",
                    (long long)tensor->shape[i]);
    sr_text_add(text, size, "] for [");
    for (int i = 0; i < param->rank; i++)
        sr_text_add(text, size, "%s%d", i ? ", " : "", param->shape[i]);
    sr_text_add(text, size, "]");
}

static const struct sr_tensor *find_param(const struct load *l,
                                          const struct sr_param *param)
{
    for (int i = 0; i < l->file.n; i++)
        if (l->use[i] == SR_USE_PARAM &&
            sr_name_is(param, l->file.tensor[i].name))
            return &l->file.tensor[i];
    return NULL;
}

/* A parameter that the file has under its other name, too. */
static bool is_there_twice(const struct load *l, int i)
{
    const struct sr_tensor *tensor = &l->file.tensor[i];
    if (l->use[i] != SR_USE_PARAM)
        return false;
    for (int k = 0; k < l->model->params; k++)
        if (sr_name_is(&l->model->param[k], tensor->name))
            return find_param(l, &l->model->param[k]) != tensor;
    return false;
}

/* What does not fit, by kind. */
struct misfits {
    struct listing missing, unexpected, misshapen, heads;
    int fit; /* parameters that do */
};

static void match_param(struct load *l, int i, struct misfits *m)
{
    const struct sr_param *param = &l->model->param[i];
    const struct sr_tensor *tensor = find_param(l, param);
    char shapes[120];
    if (!tensor) {
        list(&m->missing, param->name);
    } else if (has_shape(tensor, param)) {
        l->from[i] = tensor;
        m->fit++;
    } else if (l->how->reset_head && is_head(l->model, i) &&
               has_other_rows(tensor, param)) {
        list(&m->heads, param->name);
    } else {
        show_shapes(tensor, param, shapes, sizeof shapes);
        list(&m->misshapen, shapes);
    }
}

static enum sr_status match(struct load *l, struct sr_err *err)
{
    const char *path = l->file.path, *arch = l->model->net->row->about.name;
    struct misfits m = {0};
    char text[900] = "";
    for (int i = 0; i < l->model->params; i++)
        match_param(l, i, &m);
    for (int i = 0; i < l->file.n; i++)
        if (l->use[i] == SR_USE_UNKNOWN || is_there_twice(l, i))
            list(&m.unexpected, l->file.tensor[i].name);

    add_listing(&m.missing, "missing", text, sizeof text);
    add_listing(&m.unexpected, "unexpected", text, sizeof text);
    add_listing(&m.misshapen, "of another shape", text, sizeof text);
    if (*text && (!l->how->partial || m.fit == 0))
        return sr_fail(err, SR_EWEIGHTS, "%s does not fit the model %s%s", path,
                       arch, text);
    if (*text)
        sr_log_warn(l->log, "%s fits %d of the %d tensors of the model %s%s",
                    path, m.fit, l->model->params, arch, text);
    if (m.heads.n)
        sr_log_warn(l->log, "%s is of another number of classes: %s start anew",
                    path, m.heads.text);
    return SR_OK;
}

static enum sr_status check_variance(const struct sr_tensors *file,
                                     const struct sr_param *param,
                                     const float *values, struct sr_err *err)
{
    for (size_t i = 0; i < param->count; i++)
        if (values[i] < 0)
            return sr_fail(err, SR_EWEIGHTS,
                           "%s: %s: variance %zu is %g, below zero", file->path,
                           param->name, i + 1, (double)values[i]);
    return SR_OK;
}

static enum sr_status read_counter(const struct sr_tensors *file,
                                   const struct sr_tensor *tensor,
                                   int64_t *most, struct sr_err *err)
{
    int64_t value;
    if (tensor->dtype != SR_DTYPE_I64 || tensor->count != 1)
        return sr_fail(err, SR_EWEIGHTS, "%s: %s is no single I64 number",
                       file->path, tensor->name);
    SR_TRY(sr_tensors_bytes(file, tensor, 0, sizeof value, &value, err));
    if (value < 0 || value > MOST_BATCHES)
        return sr_fail(err, SR_EWEIGHTS, "%s: %s is %lld, which is no count",
                       file->path, tensor->name, (long long)value);
    if (value > *most)
        *most = value;
    return SR_OK;
}

/* The numbers of a normalisation the weights were trained behind. */
static void warn_normalisation(const struct load *l, enum sr_use use,
                               const char *key, const float *ours)
{
    const int c = l->model->problem.c;
    float theirs[CHANNELS];
    struct sr_err ignored;
    for (int i = 0; i < l->file.n; i++) {
        const struct sr_tensor *tensor = &l->file.tensor[i];
        if (l->use[i] != use || tensor->count != c || c > CHANNELS ||
            sr_tensors_floats(&l->file, tensor, theirs, &ignored) != SR_OK)
            continue;
        float most = 0;
        for (int k = 0; k < c; k++)
            most = fmaxf(most, fabsf(theirs[k] - ours[k]));
        if (most <= 1e-6f)
            continue;
        char text[SR_ABOUT_SIZE], used[SR_ABOUT_SIZE];
        sr_about_floats(theirs, c, text);
        sr_about_floats(ours, c, used);
        sr_log_warn(l->log,
                    "%s was trained with model.%s=%s; it is used with %s",
                    l->file.path, key, text, used);
    }
}

/* The shapes fit, and still it may be another network: what the file says of
 * itself and the model does not. */
static void warn_other(const struct sr_model *model,
                       const struct sr_tensors *file, struct sr_log *log)
{
    static const char ours[] = "satrun.";
    struct sr_about about;
    sr_about_fill(model, &about);
    for (int i = 0; i < SR_ABOUT_LINES; i++) {
        const struct sr_meta *meta = &about.meta[i];
        const char *says = sr_tensors_meta(file, meta->key);
        if (strncmp(meta->key, ours, strlen(ours)) == 0 && says &&
            strcmp(says, meta->value) != 0)
            sr_log_warn(log, "%s was saved with %s %.120s; it is used with %s",
                        file->path, meta->key + strlen(ours), says,
                        meta->value);
    }
}

static enum sr_status read_values(const struct load *l, struct sr_err *err)
{
    for (int i = 0; i < l->model->params; i++) {
        const struct sr_param *param = &l->model->param[i];
        if (!l->from[i])
            continue;
        l->values[i] = SR_TAKE(l->scratch, param->count, float);
        SR_TRY(sr_tensors_floats(&l->file, l->from[i], l->values[i], err));
        if (sr_name_ends(param->name, SR_NAME_VARIANCE))
            SR_TRY(check_variance(&l->file, param, l->values[i], err));
    }
    return SR_OK;
}

static enum sr_status load(struct load *l, struct sr_err *err)
{
    struct sr_model *model = l->model;
    int64_t tracked = 0;
    l->use = SR_TAKE(l->scratch, l->file.n, enum sr_use);
    l->from = SR_TAKE(l->scratch, model->params, const struct sr_tensor *);
    l->values = SR_TAKE(l->scratch, model->params, float *);
    sr_names_settle(model, &l->file, l->use);
    SR_TRY(match(l, err));
    SR_TRY(read_values(l, err));
    for (int i = 0; i < l->file.n; i++)
        if (l->use[i] == SR_USE_COUNTER)
            SR_TRY(read_counter(&l->file, &l->file.tensor[i], &tracked, err));

    for (int i = 0; i < model->params; i++)
        if (l->values[i])
            memcpy(model->param[i].value, l->values[i],
                   model->param[i].count * sizeof(float));
    model->batches_tracked = tracked;
    sr_model_changed(model);
    warn_normalisation(l, SR_USE_MEAN, "mean", model->mean);
    warn_normalisation(l, SR_USE_STD, "std", model->std);
    warn_other(model, &l->file, l->log);
    return SR_OK;
}

enum sr_status sr_model_load(struct sr_model *model, const char *path,
                             const struct sr_load_opts *how, struct sr_log *log,
                             struct sr_err *err)
{
    static const struct sr_load_opts strict = {false, false};
    struct load l = {.model = model,
                     .how = how ? how : &strict,
                     .scratch = sr_arena_new(NULL),
                     .log = log};
    enum sr_status loaded = sr_tensors_open(path, l.scratch, &l.file, err);
    if (loaded == SR_OK) {
        loaded = load(&l, err);
        sr_tensors_close(&l.file);
    }
    sr_arena_free(l.scratch);
    return loaded;
}
