/* model/init.h - weights before training.
 *
 * Distributions are PyTorch's; the numbers come from the keyed generator, a
 * function of (seed, parameter, element).
 */
#ifndef SR_MODEL_INIT_H
#define SR_MODEL_INIT_H

#include <stdint.h>

#include "graph/graph.h"

/* How the filters of convolutions start.  Linear layers and biases start as
 * torch.nn.Linear, uniform within 1 / sqrt(fan_in), where nothing else is said.
 */
enum sr_init {
    SR_INIT_HE_FAN_IN,  /* normal, variance 2 / fan_in: kaiming_normal_ as is */
    SR_INIT_HE_FAN_OUT, /* variance 2 / fan_out: torchvision's ResNets        */
    SR_INIT_UNIFORM,    /* within 1 / sqrt(fan_in): torch.nn.Conv2d           */
    SR_INIT_VGG,        /* as HE_FAN_OUT, but linear layers normal with
                           deviation 0.01 and biases 0: torchvision's VGG     */
    SR_INIT_EFFICIENTNET,    /* as HE_FAN_OUT, but linear layers uniform within
                                1 / sqrt(fan_out) and biases 0: torchvision's    */
    SR_INIT_EFFICIENTNET_TF, /* the same with a fan_out that counts the
                                filters of one group: as published            */
};

/* Fill every parameter of the graph: filters as `init` says, batch norm 1 and
 * 0, running statistics 0 and 1, learned activations their row's start. */
void sr_init_graph(const struct sr_graph *graph, enum sr_init init,
                   uint64_t seed);

#endif
