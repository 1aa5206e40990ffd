/* tests/eval/little.h - a data set of small grey images and small networks on
 * it, for tests of eval.
 */
#ifndef SR_TESTS_EVAL_LITTLE_H
#define SR_TESTS_EVAL_LITTLE_H

#include "data/data.h"
#include "eval/eval.h"
#include "model/model.h"

enum { LITTLE_H = 4, LITTLE_W = 3, LITTLE_PIXELS = 12, LITTLE_CLASSES = 3 };

/* n images of noise bytes, for training and for testing, labels 0, 1, 2 in
 * turn; nothing held out for validation. */
struct sr_data *little_data(int n);

/* flatten, linear: logits = W x, W [classes][pixels]. */
struct sr_model *little_linear(const float *w, int batch);

/* flatten, linear to 16, activation, linear; weights are noise, `scale` times.
 *   attack, update  slopes of the activation */
struct sr_model *little_net(const char *forward, const char *attack,
                            const char *update, float scale, int batch);

/* Set the labels of the data to what the model says. */
void little_label(struct sr_data *data, struct sr_model *model);

/* The rows' defaults with L-inf 0.1, step 0.03 and these attack words. */
struct sr_eval_opts little_opts(const char *attacks);

/* Run, or fail the test. */
struct sr_eval little_eval(const struct sr_eval_opts *opts,
                           struct sr_data *data, struct sr_model *model);

struct sr_log *little_log(void);

#endif
