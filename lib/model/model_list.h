/* model/model_list.h - every architecture, one row each.
 *
 *   name, builder (model_*.c), weights at the start, what it is, where it comes
 *   from, and the size the builder is given (size.h)
 *
 * A row needs the builder and a line in tests/model/expected.txt; a test
 * builds, plans and steps every row.
 */
#ifndef SR_MODEL_MODEL_LIST_H
#define SR_MODEL_MODEL_LIST_H

#include "model/builder.h"
#include "model/init.h"

/* clang-format off */
/* What all EfficientNets have in common. */
#define SR_MB_CONV .blocks = {1, 2, 2, 3, 3, 4, 1}, .drop_connect = 0.2

#define SR_MODEL_LIST(SR_MODEL)                                                \
    SR_MODEL(resnet20, resnet_cifar, HE_FAN_IN,                                \
             "ResNet-20 for small images, 16-32-64, shortcuts without weights",\
             "He et al. 2016, section 4.2, option A",                          \
             .blocks = {3, 3, 3}, .rest = 2, .width = 1)                       \
    SR_MODEL(resnet32, resnet_cifar, HE_FAN_IN, "ResNet-32, as resnet20",      \
             "He et al. 2016, section 4.2, option A",                          \
             .blocks = {5, 5, 5}, .rest = 2, .width = 1)                       \
    SR_MODEL(resnet44, resnet_cifar, HE_FAN_IN, "ResNet-44, as resnet20",      \
             "He et al. 2016, section 4.2, option A",                          \
             .blocks = {7, 7, 7}, .rest = 2, .width = 1)                       \
    SR_MODEL(resnet56, resnet_cifar, HE_FAN_IN, "ResNet-56, as resnet20",      \
             "He et al. 2016, section 4.2, option A",                          \
             .blocks = {9, 9, 9}, .rest = 2, .width = 1)                       \
    SR_MODEL(resnet110, resnet_cifar, HE_FAN_IN, "ResNet-110, as resnet20",    \
             "He et al. 2016, section 4.2, option A",                          \
             .blocks = {18, 18, 18}, .rest = 2, .width = 1)                    \
    SR_MODEL(resnet18, resnet, HE_FAN_OUT,                                     \
             "ResNet-18 for small images: 3x3 stem, no pooling after it",      \
             "He et al. 2016; CIFAR variant as in RobustBench",                \
             .blocks = {2, 2, 2, 2}, .width = 1)                               \
    SR_MODEL(resnet34, resnet, HE_FAN_OUT,                                     \
             "ResNet-34 for small images, as resnet18",                        \
             "He et al. 2016; CIFAR variant as in RobustBench",                \
             .blocks = {3, 4, 6, 3}, .width = 1)                               \
    SR_MODEL(resnet50_cifar, resnet, HE_FAN_OUT,                               \
             "ResNet-50 for small images: resnet18's stem, bottlenecks",       \
             "He et al. 2016; CIFAR variant as in RobustBench",                \
             .blocks = {3, 4, 6, 3}, .width = 1, .groups = 1,                  \
             .group_width = 64)                                                \
    SR_MODEL(resnet18_imagenet, resnet_imagenet, HE_FAN_OUT,                   \
             "ResNet-18 for large images: 7x7 stem, pooling; basic blocks",    \
             "He et al. 2016; torchvision resnet18",                           \
             .blocks = {2, 2, 2, 2}, .width = 1)                               \
    SR_MODEL(resnet34_imagenet, resnet_imagenet, HE_FAN_OUT,                   \
             "ResNet-34 for large images, as resnet18_imagenet",               \
             "He et al. 2016; torchvision resnet34",                           \
             .blocks = {3, 4, 6, 3}, .width = 1)                               \
    SR_MODEL(resnet50, resnet_imagenet, HE_FAN_OUT,                            \
             "ResNet-50 for large images, stride in the 3x3 (v1.5)",           \
             "He et al. 2016; torchvision resnet50",                           \
             .blocks = {3, 4, 6, 3}, .width = 1, .groups = 1,                  \
             .group_width = 64)                                                \
    SR_MODEL(resnet101, resnet_imagenet, HE_FAN_OUT,                           \
             "ResNet-101, as resnet50",                                        \
             "He et al. 2016; torchvision resnet101",                          \
             .blocks = {3, 4, 23, 3}, .width = 1, .groups = 1,                 \
             .group_width = 64)                                                \
    SR_MODEL(resnet152, resnet_imagenet, HE_FAN_OUT,                           \
             "ResNet-152, as resnet50",                                        \
             "He et al. 2016; torchvision resnet152",                          \
             .blocks = {3, 8, 36, 3}, .width = 1, .groups = 1,                 \
             .group_width = 64)                                                \
    SR_MODEL(resnext50_32x4d, resnet_imagenet, HE_FAN_OUT,                     \
             "ResNeXt-50, 3x3 filters in 32 groups of 4 channels",             \
             "Xie et al. 2017; torchvision resnext50_32x4d",                   \
             .blocks = {3, 4, 6, 3}, .width = 1, .groups = 32,                 \
             .group_width = 4)                                                 \
    SR_MODEL(resnext50_32x8d, resnet_imagenet, HE_FAN_OUT,                     \
             "ResNeXt-50, 32 groups of 8 channels",                            \
             "Xie et al. 2017; Xie et al. 2020",                               \
             .blocks = {3, 4, 6, 3}, .width = 1, .groups = 32,                 \
             .group_width = 8)                                                 \
    SR_MODEL(resnext101_32x8d, resnet_imagenet, HE_FAN_OUT,                    \
             "ResNeXt-101, 32 groups of 8 channels",                           \
             "Xie et al. 2017; torchvision resnext101_32x8d",                  \
             .blocks = {3, 4, 23, 3}, .width = 1, .groups = 32,                \
             .group_width = 8)                                                 \
    SR_MODEL(resnext152_32x8d, resnet_imagenet, HE_FAN_OUT,                    \
             "ResNeXt-152, 32 groups of 8 channels",                           \
             "Xie et al. 2017; Xie et al. 2020",                               \
             .blocks = {3, 8, 36, 3}, .width = 1, .groups = 32,                \
             .group_width = 8)                                                 \
    SR_MODEL(wide_resnet50_2, resnet_imagenet, HE_FAN_OUT,                     \
             "ResNet-50 with 3x3 filters of twice the channels",               \
             "Zagoruyko and Komodakis 2016; torchvision wide_resnet50_2",      \
             .blocks = {3, 4, 6, 3}, .width = 1, .groups = 1,                  \
             .group_width = 128)                                               \
    SR_MODEL(wide_resnet101_2, resnet_imagenet, HE_FAN_OUT,                    \
             "ResNet-101 with 3x3 filters of twice the channels",              \
             "Zagoruyko and Komodakis 2016; torchvision wide_resnet101_2",     \
             .blocks = {3, 4, 23, 3}, .width = 1, .groups = 1,                 \
             .group_width = 128)                                               \
    SR_MODEL(preactresnet18, preact, UNIFORM,                                  \
             "PreActResNet-18 for small images, RobustBench's PreActBlock",    \
             "He et al. 2016b; RobustBench PreActResNet18",                    \
             .blocks = {2, 2, 2, 2}, .width = 1)                               \
    SR_MODEL(preactresnet18_v2, preact_v2, UNIFORM,                            \
             "PreActResNet-18 as in the paper: all activated, batch norm last",\
             "He et al. 2016b; RobustBench PreActBlockV2, bn_before_fc",       \
             .blocks = {2, 2, 2, 2}, .width = 1)                               \
    SR_MODEL(wrn_28_10, wrn, HE_FAN_OUT,                                       \
             "Wide-ResNet-28-10 for small images; width is its k",             \
             "Zagoruyko and Komodakis 2016; TRADES, RobustBench",              \
             .blocks = {4, 4, 4}, .rest = 4, .width = 10)                      \
    SR_MODEL(wrn_34_10, wrn, HE_FAN_OUT, "Wide-ResNet-34-10, as wrn_28_10",    \
             "Zagoruyko and Komodakis 2016; TRADES, RobustBench",              \
             .blocks = {5, 5, 5}, .rest = 4, .width = 10)                      \
    SR_MODEL(wrn_28_10_dm, wrn_dm, UNIFORM,                                    \
             "Wide-ResNet-28-10, DeepMind's names and padding",                \
             "Gowal et al. 2020; RobustBench DMWideResNet",                    \
             .blocks = {4, 4, 4}, .rest = 4, .width = 10)                      \
    SR_MODEL(wrn_70_16_dm, wrn_dm, UNIFORM,                                    \
             "Wide-ResNet-70-16, as wrn_28_10_dm",                             \
             "Gowal et al. 2020; RobustBench DMWideResNet",                    \
             .blocks = {11, 11, 11}, .rest = 4, .width = 16)                   \
    SR_MODEL(vgg16_bn, vgg, VGG,                                               \
             "VGG-16 with batch norm for large images",                        \
             "Simonyan and Zisserman 2015; torchvision vgg16_bn",              \
             .blocks = {2, 2, 3, 3, 3}, .width = 1, .dropout = 0.5)            \
    SR_MODEL(vgg16_bn_cifar, vgg_cifar, UNIFORM,                               \
             "VGG-16 with batch norm for small images: one linear layer",      \
             "Simonyan and Zisserman 2015; usual CIFAR variant",               \
             .blocks = {2, 2, 3, 3, 3}, .width = 1)                            \
    SR_MODEL(efficientnet_b0, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B0, for images of 224 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b0",                   \
             SR_MB_CONV, .width = 1, .depth_factor = 1, .dropout = 0.2)        \
    SR_MODEL(efficientnet_b1, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B1, for images of 240 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b1",                   \
             SR_MB_CONV, .width = 1, .depth_factor = 1.1, .dropout = 0.2)      \
    SR_MODEL(efficientnet_b2, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B2, for images of 260 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b2",                   \
             SR_MB_CONV, .width = 1.1, .depth_factor = 1.2, .dropout = 0.3)    \
    SR_MODEL(efficientnet_b3, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B3, for images of 300 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b3",                   \
             SR_MB_CONV, .width = 1.2, .depth_factor = 1.4, .dropout = 0.3)    \
    SR_MODEL(efficientnet_b4, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B4, for images of 380 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b4",                   \
             SR_MB_CONV, .width = 1.4, .depth_factor = 1.8, .dropout = 0.4)    \
    SR_MODEL(efficientnet_b5, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B5, for images of 456 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b5",                   \
             SR_MB_CONV, .width = 1.6, .depth_factor = 2.2, .dropout = 0.4,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(efficientnet_b6, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B6, for images of 528 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b6",                   \
             SR_MB_CONV, .width = 1.8, .depth_factor = 2.6, .dropout = 0.5,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(efficientnet_b7, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-B7, for images of 600 pixels",                      \
             "Tan and Le 2019; torchvision efficientnet_b7",                   \
             SR_MB_CONV, .width = 2, .depth_factor = 3.1, .dropout = 0.5,      \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(efficientnet_l1, efficientnet, EFFICIENTNET,                      \
             "EfficientNet-L1, for images of 600 pixels",                      \
             "Xie et al. 2020",                                                \
             SR_MB_CONV, .width = 3.9, .depth_factor = 3.7, .dropout = 0.5)    \
    SR_MODEL(tf_efficientnet_b0, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B0 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b0",                       \
             SR_MB_CONV, .width = 1, .depth_factor = 1, .dropout = 0.2,        \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b1, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B1 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b1",                       \
             SR_MB_CONV, .width = 1, .depth_factor = 1.1, .dropout = 0.2,      \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b2, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B2 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b2",                       \
             SR_MB_CONV, .width = 1.1, .depth_factor = 1.2, .dropout = 0.3,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b3, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B3 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b3",                       \
             SR_MB_CONV, .width = 1.2, .depth_factor = 1.4, .dropout = 0.3,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b4, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B4 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b4",                       \
             SR_MB_CONV, .width = 1.4, .depth_factor = 1.8, .dropout = 0.4,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b5, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B5 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b5",                       \
             SR_MB_CONV, .width = 1.6, .depth_factor = 2.2, .dropout = 0.4,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b6, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B6 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b6",                       \
             SR_MB_CONV, .width = 1.8, .depth_factor = 2.6, .dropout = 0.5,    \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_b7, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-B7 with TensorFlow's padding",                      \
             "Tan and Le 2019; timm tf_efficientnet_b7",                       \
             SR_MB_CONV, .width = 2, .depth_factor = 3.1, .dropout = 0.5,      \
             .bn_eps = 1e-3, .bn_momentum = 0.01)                              \
    SR_MODEL(tf_efficientnet_l1, efficientnet_tf, EFFICIENTNET_TF,             \
             "EfficientNet-L1 with TensorFlow's padding",                      \
             "Xie et al. 2020",                                                \
             SR_MB_CONV, .width = 3.9, .depth_factor = 3.7, .dropout = 0.5)    \
    SR_MODEL(small_cnn, small_cnn, HE_FAN_IN,                                  \
             "four convolutions, three linear layers, for MNIST",              \
             "Zhang et al. 2019; TRADES SmallCNN", .width = 1, .dropout = 0.5) \
    SR_MODEL(sequential, sequential, UNIFORM,                                  \
             "the list of layers under model.layers", "torch.nn.Sequential",   \
             .width = 0)
/* clang-format on */

/* Appends the nodes and returns the value of the logits. */
typedef int sr_build_fn(struct sr_builder *b);
sr_build_fn sr_build_resnet_cifar, sr_build_resnet, sr_build_resnet_imagenet,
    sr_build_preact, sr_build_preact_v2, sr_build_wrn, sr_build_wrn_dm,
    sr_build_vgg, sr_build_vgg_cifar, sr_build_efficientnet,
    sr_build_efficientnet_tf, sr_build_small_cnn, sr_build_sequential;

struct sr_model_row {
    struct sr_arch about;
    sr_build_fn *build;
    enum sr_init init;
    struct sr_size size;
};

#endif
