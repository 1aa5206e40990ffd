/* cmd/estimate.h - what an experiment will cost, for `satrun estimate`.
 */
#ifndef SR_ESTIMATE_H
#define SR_ESTIMATE_H

#include "base/json.h"
#include "setup.h"

enum { SR_ESTIMATE_STEPS_MAX = 1000 };

/* What the parts of an experiment cost, as measured. */
struct sr_cost {
    double step;              /* seconds of a training step; 0: not known yet */
    double forward, gradient; /* seconds of an image's pass                  */
    double memory, disk;      /* bytes, as below                             */
};

/* What decides it, as a text: the network's size and settings.  Experiments
 * with the same one cost the same a step and an image.  From ARENA. */
const char *sr_estimate_key(const struct sr_setup *setup,
                            struct sr_arena *arena);

/* Take `steps` training steps on the setup's images, and a pass of
 * each kind that attacks make, unless *cost knows of them, and reckon up:
 *   {schema, config, name, data_is_here, machine, parameters, gflop_per_image,
 *    memory_bytes: the most the process has had so far, disk_bytes,
 *    step: {seconds, images_per_s, batch}, epoch: {steps, seconds},
 *    training: {epochs, seconds}, validation: {times, images, seconds},
 *    evaluation: {images, seconds, attacks: [{attack, seconds}]},
 *    assumed: {clean, robust}, seconds}
 * Units    seconds of the clock on the wall; validation.seconds: all times
 * What attacks cost hangs on how many images are left to them, so it is
 * reckoned for the accuracies under `assumed`.
 * The weights are changed.  The caller owns *result.  Fails as training does.
 */
enum sr_status sr_estimate(const struct sr_setup *setup, const char *config,
                           int steps, struct sr_cost *cost, json_t **result,
                           struct sr_err *err);

/* Seconds of an evaluation with these options on the test images. */
enum sr_status sr_estimate_evaluation(const struct sr_setup *setup,
                                      const struct sr_eval_opts *opts,
                                      const struct sr_cost *cost,
                                      double *seconds, struct sr_err *err);

#endif
