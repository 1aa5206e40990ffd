#include "model/names.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NAME = 1100 }; /* longer than any in a file */

/* What wrappers put in front of every name. */
static const char *const prefixes[] = {"module.", "model.", "_orig_mod.",
                                       "net."};
enum { PREFIXES = sizeof prefixes / sizeof *prefixes };

/* Tensors of published files that are no weights; names ending in a dot stand
 * for all that begin so. */
static const struct {
    const char *name;
    enum sr_use use;
} extras[] = {
    {"attacker.", SR_USE_NONE},   /* MadryLab robustness: the network again   */
    {"sub_block1.", SR_USE_NONE}, /* RobustBench, TRADES: never used          */
    {"n_averaged", SR_USE_NONE},  /* torch.optim.swa_utils: how many          */
    {"normalizer.new_mean", SR_USE_MEAN}, /* MadryLab robustness              */
    {"normalizer.new_std", SR_USE_STD},
    {"normalize.mean", SR_USE_MEAN}, /* RobustBench, ImageNet                 */
    {"normalize.std", SR_USE_STD},
    {"mu", SR_USE_MEAN}, /* RobustBench, CIFAR                                */
    {"sigma", SR_USE_STD},
    {"mean", SR_USE_MEAN}, /* DeepMind                                        */
    {"std", SR_USE_STD},
};
enum { EXTRAS = sizeof extras / sizeof *extras };

bool sr_name_ends(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

bool sr_name_is(const struct sr_param *param, const char *name)
{
    return strcmp(param->name, name) == 0 ||
           (param->alias && strcmp(param->alias, name) == 0);
}

static bool has_param(const struct sr_model *model, const char *name)
{
    for (int i = 0; i < model->params; i++)
        if (sr_name_is(&model->param[i], name))
            return true;
    return false;
}

static bool is_counter(const struct sr_model *model, const char *name)
{
    char running[MOST_NAME];
    if (!sr_name_ends(name, SR_NAME_COUNTER))
        return false;
    const size_t stem = strlen(name) - strlen(SR_NAME_COUNTER);
    const int length = snprintf(running, sizeof running, "%.*s%s", (int)stem,
                                name, SR_NAME_VARIANCE);
    return length > 0 && (size_t)length < sizeof running &&
           has_param(model, running);
}

static enum sr_use use_of(const struct sr_model *model, const char *name)
{
    if (has_param(model, name))
        return SR_USE_PARAM;
    if (is_counter(model, name))
        return SR_USE_COUNTER;
    for (int i = 0; i < EXTRAS; i++)
        if (sr_name_ends(extras[i].name, ".") ? begins(name, extras[i].name)
                                              : !strcmp(name, extras[i].name))
            return extras[i].use;
    return SR_USE_UNKNOWN;
}

static bool is_set_aside(enum sr_use use)
{
    return use == SR_USE_MEAN || use == SR_USE_STD || use == SR_USE_NONE;
}

/* All but what is set aside, and something behind it. */
static bool file_shares(const struct sr_tensors *file, const enum sr_use *use,
                        const char *prefix)
{
    int n = 0;
    for (int i = 0; i < file->n; i++) {
        if (is_set_aside(use[i]))
            continue;
        if (!begins(file->tensor[i].name, prefix) ||
            !file->tensor[i].name[strlen(prefix)])
            return false;
        n++;
    }
    return n > 0;
}

static bool model_shares(const struct sr_model *model, const char *prefix)
{
    for (int i = 0; i < model->params; i++)
        if (!begins(model->param[i].name, prefix))
            return false;
    return true;
}

/* Strip one prefix; false if there is none. */
static bool strip(const struct sr_model *model, struct sr_tensors *file,
                  const enum sr_use *use)
{
    for (int k = 0; k < PREFIXES; k++) {
        if (!file_shares(file, use, prefixes[k]) ||
            model_shares(model, prefixes[k]))
            continue;
        for (int i = 0; i < file->n; i++)
            if (!is_set_aside(use[i]))
                file->tensor[i].name += strlen(prefixes[k]);
        return true;
    }
    return false;
}

void sr_names_settle(const struct sr_model *model, struct sr_tensors *file,
                     enum sr_use *use)
{
    for (int i = 0; i < file->n; i++)
        use[i] = SR_USE_UNKNOWN;
    do {
        for (int i = 0; i < file->n; i++)
            if (!is_set_aside(use[i]))
                use[i] = use_of(model, file->tensor[i].name);
    } while (strip(model, file, use));
}
