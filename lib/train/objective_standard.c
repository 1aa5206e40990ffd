#include "train/objective.h"

void sr_step_standard(struct sr_step *step)
{
    sr_step_cross_entropy(step, 1, SR_BN_TRAIN, step->batch.x);
    sr_step_count(step, step->z);
}
