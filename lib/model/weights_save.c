/* Weights of a model to a file. */
#include <string.h>

#include "model/about.h"
#include "model/names.h"
#include "model/safetensors.h"

static struct sr_tensor_out counter_out(const struct sr_model *model,
                                        const struct sr_param *param,
                                        struct sr_arena *scratch)
{
    const size_t stem = strlen(param->name) - strlen(SR_NAME_VARIANCE);
    return (struct sr_tensor_out){
        .name = sr_arena_format(scratch, "%.*s%s", (int)stem, param->name,
                                SR_NAME_COUNTER),
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
    struct sr_about about;
    int n = 0;
    sr_about_fill(model, &about);
    for (int i = 0; i < model->params; i++) {
        const struct sr_param *param = &model->param[i];
        out[n] = (struct sr_tensor_out){.name = param->name,
                                        .dtype = SR_DTYPE_F32,
                                        .rank = param->rank,
                                        .bytes = param->value};
        for (int k = 0; k < param->rank; k++)
            out[n].shape[k] = param->shape[k];
        n++;
        if (sr_name_ends(param->name, SR_NAME_VARIANCE))
            out[n++] = counter_out(model, param, scratch);
    }
    const enum sr_status saved =
        sr_tensors_write(path, n, out, SR_ABOUT_LINES, about.meta, err);
    sr_arena_free(scratch);
    return saved;
}
