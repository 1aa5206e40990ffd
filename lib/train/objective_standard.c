#include "train/objective.h"

void sr_step_standard(struct sr_step *step)
{
    sr_step_cross_entropy(step, step->batch.x);
}
