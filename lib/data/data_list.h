/* data/data_list.h - every data set, one row each.
 *
 * A row needs a `const struct sr_dataset sr_dataset_<name>` in its
 * data_<file>.c: how it is called in configs, what its images look like, where
 * it is to be had, and the function that opens it.  Configs, help, `satrun show
 * datasets`, `satrun data list` and the test over all data sets read this list;
 * the test wants ten images of each (tests/data/samples.c).
 */
#ifndef SR_DATA_DATA_LIST_H
#define SR_DATA_DATA_LIST_H

#include "data/data.h"

#define SR_DATASET_LIST(SR_DATASET)                                            \
    SR_DATASET(cifar10)                                                        \
    SR_DATASET(cifar100)                                                       \
    SR_DATASET(mnist)                                                          \
    SR_DATASET(fashion_mnist)                                                  \
    SR_DATASET(idx)                                                            \
    SR_DATASET(svhn)                                                           \
    SR_DATASET(folder)                                                         \
    SR_DATASET(shards)                                                         \
    SR_DATASET(tiny_imagenet)                                                  \
    SR_DATASET(ilsvrc)

#define SR_DATASET(name) extern const struct sr_dataset sr_dataset_##name;
SR_DATASET_LIST(SR_DATASET)
#undef SR_DATASET

#endif
