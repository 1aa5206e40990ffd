/* Weights of a model from and to a file.
 *
 * Loading first reads everything into memory of its own and copies at the end,
 * so that a file that does not fit changes nothing. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/net.h"
#include "model/safetensors.h"

enum { LISTED = 3, META_SIZE = 256, METAS = 7 };
#define MOST_BATCHES ((int64_t)1 << 62) /* leaves room to count on */

/* What wrappers put in front of every name. */
static const char *const prefixes[] = {"module.", "model.", "_orig_mod.",
                                       "net."};
enum { PREFIXES = sizeof prefixes / sizeof *prefixes };

static const char *const counter = ".num_batches_tracked";
static const char *const variance = ".running_var";

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool all_start_with(const struct sr_tensors *file, const char *prefix)
{
    const size_t length = strlen(prefix);
    for (int i = 0; i < file->n; i++)
        if (strncmp(file->tensor[i].name, prefix, length) != 0 ||
            !file->tensor[i].name[length])
            return false;
    return file->n > 0;
}

/* Names of the model's own may start like a wrapper's. */
static bool model_starts_with(const struct sr_model *model, const char *prefix)
{
    for (int i = 0; i < model->params; i++)
        if (strncmp(model->param[i].name, prefix, strlen(prefix)) != 0)
            return false;
    return true;
}

static void strip_prefixes(const struct sr_model *model,
                           struct sr_tensors *file)
{
    for (int k = 0; k < PREFIXES; k++) {
        if (!all_start_with(file, prefixes[k]) ||
            model_starts_with(model, prefixes[k]))
            continue;
        for (int i = 0; i < file->n; i++)
            file->tensor[i].name += strlen(prefixes[k]);
        k = -1; /* wrappers nest: from the start again */
    }
}

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

/* Is this the counter of one of the model's batch norms? */
static bool is_counter(const struct sr_model *model, const char *name)
{
    char running[META_SIZE];
    if (!ends_with(name, counter))
        return false;
    const int length =
        snprintf(running, sizeof running, "%.*s%s",
                 (int)(strlen(name) - strlen(counter)), name, variance);
    if (length < 0 || (size_t)length >= sizeof running)
        return false;
    for (int i = 0; i < model->params; i++)
        if (strcmp(model->param[i].name, running) == 0)
            return true;
    return false;
}

static bool is_expected(const struct sr_model *model, const char *name)
{
    for (int i = 0; i < model->params; i++)
        if (strcmp(model->param[i].name, name) == 0)
            return true;
    return is_counter(model, name);
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

static enum sr_status check_names(const struct sr_model *model,
                                  const struct sr_tensors *file,
                                  struct sr_err *err)
{
    struct listing missing = {0}, unexpected = {0}, misshapen = {0};
    char shapes[120], text[900] = "";
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *param = &model->param[i];
        const struct sr_tensor *tensor = sr_tensors_find(file, param->name);
        if (!tensor) {
            list(&missing, param->name);
        } else if (!has_shape(tensor, param)) {
            show_shapes(tensor, param, shapes, sizeof shapes);
            list(&misshapen, shapes);
        }
    }
    for (int i = 0; i < file->n; i++)
        if (!is_expected(model, file->tensor[i].name))
            list(&unexpected, file->tensor[i].name);

    add_listing(&missing, "missing", text, sizeof text);
    add_listing(&unexpected, "unexpected", text, sizeof text);
    add_listing(&misshapen, "of another shape", text, sizeof text);
    if (!*text)
        return SR_OK;
    return sr_fail(err, SR_EWEIGHTS, "%s does not fit the model %s%s",
                   file->path, model->net->row->about.name, text);
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
    SR_TRY(sr_tensors_bytes(file, tensor, &value, err));
    if (value < 0 || value > MOST_BATCHES)
        return sr_fail(err, SR_EWEIGHTS, "%s: %s is %lld, which is no count",
                       file->path, tensor->name, (long long)value);
    if (value > *most)
        *most = value;
    return SR_OK;
}

static enum sr_status load(struct sr_model *model, struct sr_tensors *file,
                           struct sr_arena *scratch, struct sr_err *err)
{
    float **values = SR_TAKE(scratch, model->params, float *);
    int64_t tracked = 0;
    strip_prefixes(model, file);
    SR_TRY(check_names(model, file, err));
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *param = &model->param[i];
        values[i] = SR_TAKE(scratch, param->count, float);
        SR_TRY(sr_tensors_floats(file, sr_tensors_find(file, param->name),
                                 values[i], err));
        if (ends_with(param->name, variance))
            SR_TRY(check_variance(file, param, values[i], err));
    }
    for (int i = 0; i < file->n; i++)
        if (ends_with(file->tensor[i].name, counter))
            SR_TRY(read_counter(file, &file->tensor[i], &tracked, err));

    for (int i = 0; i < model->params; i++)
        memcpy(model->param[i].value, values[i],
               model->param[i].count * sizeof(float));
    model->batches_tracked = tracked;
    sr_model_changed(model);
    return SR_OK;
}

static void list_floats(const float *values, int n, char text[META_SIZE])
{
    text[0] = 0;
    for (int i = 0; i < n; i++)
        sr_text_add(text, META_SIZE, "%s%.9g", i ? "," : "", (double)values[i]);
}

struct description {
    char activation[META_SIZE], classes[META_SIZE], input[META_SIZE],
        mean[META_SIZE], std[META_SIZE];
    struct sr_meta meta[METAS];
};

/* What someone who finds the file alone needs to use it. */
static void describe(const struct sr_model *model, struct description *d)
{
    const struct sr_problem *p = &model->problem;
    sr_activation_text(&model->activation, d->activation, META_SIZE);
    snprintf(d->classes, META_SIZE, "%d", p->classes);
    snprintf(d->input, META_SIZE, "%dx%dx%d", p->h, p->w, p->c);
    list_floats(model->mean, p->c, d->mean);
    list_floats(model->std, p->c, d->std);
    const struct sr_meta meta[METAS] = {
        {"format", "pt"},
        {"satrun.activation", d->activation},
        {"satrun.arch", model->net->row->about.name},
        {"satrun.classes", d->classes},
        {"satrun.input", d->input},
        {"satrun.mean", d->mean},
        {"satrun.std", d->std},
    };
    memcpy(d->meta, meta, sizeof meta);
}

/* The shapes fit, and still it may be another network: what the file says of
 * itself and the model does not. */
static void warn_other(const struct sr_model *model,
                       const struct sr_tensors *file, struct sr_log *log)
{
    static const char ours[] = "satrun.";
    struct description about;
    describe(model, &about);
    for (int i = 0; i < METAS; i++) {
        const struct sr_meta *meta = &about.meta[i];
        const char *says = sr_tensors_meta(file, meta->key);
        if (strncmp(meta->key, ours, strlen(ours)) == 0 && says &&
            strcmp(says, meta->value) != 0)
            sr_log_warn(log, "%s was saved with %s %.120s; it is used with %s",
                        file->path, meta->key + strlen(ours), says,
                        meta->value);
    }
}

enum sr_status sr_model_load(struct sr_model *model, const char *path,
                             struct sr_log *log, struct sr_err *err)
{
    struct sr_arena *scratch = sr_arena_new(NULL);
    struct sr_tensors file;
    enum sr_status loaded = sr_tensors_open(path, scratch, &file, err);
    if (loaded == SR_OK) {
        loaded = load(model, &file, scratch, err);
        if (loaded == SR_OK)
            warn_other(model, &file, log);
        sr_tensors_close(&file);
    }
    sr_arena_free(scratch);
    return loaded;
}

static struct sr_tensor_out counter_out(const struct sr_model *model,
                                        const struct sr_param *param,
                                        struct sr_arena *scratch)
{
    const size_t stem = strlen(param->name) - strlen(variance);
    return (struct sr_tensor_out){
        .name =
            sr_arena_format(scratch, "%.*s%s", (int)stem, param->name, counter),
        .dtype = SR_DTYPE_I64,
        .bytes = &model->batches_tracked,
    };
}

enum sr_status sr_model_save(const struct sr_model *model, const char *path,
                             struct sr_err *err)
{
    struct sr_arena *scratch = sr_arena_new(NULL);
    struct sr_tensor_out *out =
        SR_TAKE(scratch, 2 * model->params, struct sr_tensor_out);
    struct description about;
    int n = 0;
    describe(model, &about);
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *param = &model->param[i];
        out[n] = (struct sr_tensor_out){.name = param->name,
                                        .dtype = SR_DTYPE_F32,
                                        .rank = param->rank,
                                        .bytes = param->value};
        for (int k = 0; k < param->rank; k++)
            out[n].shape[k] = param->shape[k];
        n++;
        if (ends_with(param->name, variance))
            out[n++] = counter_out(model, param, scratch);
    }
    const enum sr_status saved =
        sr_tensors_write(path, n, out, METAS, about.meta, err);
    sr_arena_free(scratch);
    return saved;
}
