/* eval/logits.h - what a network answers to clean images, kept as a file, so
 * that another program's answers can be compared with it number by number.
 */
#ifndef SR_EVAL_LOGITS_H
#define SR_EVAL_LOGITS_H

#include "eval/eval.h"

/* Write a safetensors file: logits [n][classes] F32 in inference mode, labels
 * and indices [n] I64 (index: position in the files), of the images that
 * sr_eval_run takes with these options, in its order.  Atomic.
 * Fails: SR_EDATA, SR_ERESOURCE; SR_STOPPED when asked to stop. */
enum sr_status sr_eval_logits(const struct sr_eval_opts *opts,
                              struct sr_data *data, struct sr_model *model,
                              struct sr_arena *scratch, const char *path,
                              struct sr_err *err);

#endif
