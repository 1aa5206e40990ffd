#!/bin/sh
# Which activation?  ReLU and six smooth ones, as in Figure 3 of Xie et al.
# 2020, each with its own slope for attacker and update.
#
#     scripts/sweep_activations.sh [--dry-run] [--jobs=N] [--out=DIR] \
#         [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/cifar10/fast_resnet20_relu.yaml}
SEEDS=${SEEDS:-0}

sweep runs/sweep-activations "$CONFIG" seed="$SEEDS" \
    "relu: activation.forward=relu" \
    "softplus10: activation.forward=softplus activation.alpha=10" \
    "softplus1: activation.forward=softplus activation.alpha=1" \
    "smoothrelu: activation.forward=smoothrelu" \
    "gelu: activation.forward=gelu" \
    "elu: activation.forward=elu" \
    "silu: activation.forward=silu" \
    eval.attack=pgd-50 "eval: autoattack limit=1000" -- "$@"
