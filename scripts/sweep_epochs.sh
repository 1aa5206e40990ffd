#!/bin/sh
# Does the smooth activation need a longer schedule, or gain by one?  ReLU and
# SiLU over the number of epochs; the learning rate's course stretches with it.
#
#     scripts/sweep_epochs.sh [--dry-run] [--jobs=N] [--out=DIR] [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/cifar10/fast_resnet20_relu.yaml}
SEEDS=${SEEDS:-0,1}
ACTIVATIONS=${ACTIVATIONS:-relu,silu}
EPOCHS=${EPOCHS:-8,15,30}

sweep runs/sweep-epochs "$CONFIG" seed="$SEEDS" \
    activation.forward="$ACTIVATIONS" train.epochs="$EPOCHS" \
    eval.attack=pgd-50 "eval: autoattack limit=1000" -- "$@"
