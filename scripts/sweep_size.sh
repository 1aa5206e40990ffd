#!/bin/sh
# Do larger networks gain more?  ReLU and SiLU in ResNets of 20 to 56 layers and
# of one to four times the channels.
#
#     scripts/sweep_size.sh [--dry-run] [--jobs=N] [--out=DIR] [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/cifar10/fast_resnet20_relu.yaml}
SEEDS=${SEEDS:-0,1}
ACTIVATIONS=${ACTIVATIONS:-relu,silu}

sweep runs/sweep-size "$CONFIG" seed="$SEEDS" \
    activation.forward="$ACTIVATIONS" \
    "resnet20: model.arch=resnet20" \
    "resnet32: model.arch=resnet32" \
    "resnet56: model.arch=resnet56" \
    "wide2: model.arch=resnet20 model.width=2" \
    "wide4: model.arch=resnet20 model.width=4" \
    eval.attack=pgd-50 "eval: autoattack limit=1000" -- "$@"
