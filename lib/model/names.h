/* model/names.h - what the tensors of a file are to a model.
 *
 * Public weights come with the names of whatever their network was wrapped in,
 * and with tensors that are no weights.  By turns, until nothing changes:
 *   - a name of the model's is that parameter, and so is the other name that
 *     another library has for it; what names.c has in its table is set aside;
 *   - a wrapper's prefix (module., model., _orig_mod., net.) that all others
 *     share is stripped, unless it begins the model's own names, too.
 */
#ifndef SR_MODEL_NAMES_H
#define SR_MODEL_NAMES_H

#include "model/model.h"
#include "model/safetensors.h"

enum sr_use {
    SR_USE_UNKNOWN,
    SR_USE_PARAM,   /* of that name                                   */
    SR_USE_COUNTER, /* num_batches_tracked of one of the batch norms  */
    SR_USE_MEAN,    /* of the normalisation that the weights were ... */
    SR_USE_STD,     /* ... trained behind                             */
    SR_USE_NONE,    /* known not to be used by its own network        */
};

/* Fill use [file->n]; names in file lose their prefixes. */
void sr_names_settle(const struct sr_model *model, struct sr_tensors *file,
                     enum sr_use *use);

/* Names that PyTorch gives to batch norm: "bn1.running_var" and the counter
 * beside it. */
#define SR_NAME_VARIANCE ".running_var"
#define SR_NAME_COUNTER ".num_batches_tracked"
bool sr_name_ends(const char *name, const char *end);

/* Is it that parameter's name, or its other one? */
bool sr_name_is(const struct sr_param *param, const char *name);

#endif
