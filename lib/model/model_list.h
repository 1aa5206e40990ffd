/* model/model_list.h - every architecture, one row each.
 *
 *   name, builder (model_*.c), size (what the builder makes of it), weights at
 *   the start, what it is, where it comes from
 *
 * A row needs the builder and a line in tests/model/expected.txt; a test
 * builds, plans and steps every row.
 */
#ifndef SR_MODEL_MODEL_LIST_H
#define SR_MODEL_MODEL_LIST_H

#include "model/builder.h"
#include "model/init.h"

/* clang-format off */
#define SR_MODEL_LIST(SR_MODEL)                                                \
    SR_MODEL(resnet20,  resnet_cifar, 20,  HE_FAN_IN,                          \
             "ResNet-20 for small images, 16-32-64, shortcuts without weights",\
             "He et al. 2016, section 4.2, option A")                          \
    SR_MODEL(resnet32,  resnet_cifar, 32,  HE_FAN_IN,                          \
             "ResNet-32, as resnet20", "He et al. 2016, section 4.2, option A")\
    SR_MODEL(resnet44,  resnet_cifar, 44,  HE_FAN_IN,                          \
             "ResNet-44, as resnet20", "He et al. 2016, section 4.2, option A")\
    SR_MODEL(resnet56,  resnet_cifar, 56,  HE_FAN_IN,                          \
             "ResNet-56, as resnet20", "He et al. 2016, section 4.2, option A")\
    SR_MODEL(resnet110, resnet_cifar, 110, HE_FAN_IN,                          \
             "ResNet-110, as resnet20","He et al. 2016, section 4.2, option A")\
    SR_MODEL(resnet18,  resnet,       18,  HE_FAN_OUT,                         \
             "ResNet-18 for small images: 3x3 stem, no pooling after it",      \
             "He et al. 2016; CIFAR variant as in RobustBench")                \
    SR_MODEL(resnet34,  resnet,       34,  HE_FAN_OUT,                         \
             "ResNet-34 for small images, as resnet18",                        \
             "He et al. 2016; CIFAR variant as in RobustBench")                \
    SR_MODEL(sequential, sequential,  0,   UNIFORM,                            \
             "the list of layers under model.layers", "torch.nn.Sequential")
/* clang-format on */

/* Appends the nodes and returns the value of the logits. */
typedef int sr_build_fn(struct sr_builder *b);
sr_build_fn sr_build_resnet_cifar, sr_build_resnet, sr_build_sequential;

struct sr_model_row {
    struct sr_arch about;
    sr_build_fn *build;
    int size;
    enum sr_init init;
};

#endif
