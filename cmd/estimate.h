/* cmd/estimate.h - what an experiment will cost, for `satrun estimate`.
 */
#ifndef SR_ESTIMATE_H
#define SR_ESTIMATE_H

#include "base/json.h"
#include "setup.h"

enum { SR_ESTIMATE_STEPS_MAX = 1000 };

/* Take `steps` training steps on the experiment's own images, and a pass of
 * each kind that attacks make, and reckon up:
 *   {schema, config, name, machine, parameters, gflop_per_image,
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
                           int steps, json_t **result, struct sr_err *err);

#endif
