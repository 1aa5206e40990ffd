#!/bin/sh
# How smooth should the slope be?  ReLU forward, softplus's slope for attacker and
# update, over its sharpness alpha: the larger, the nearer to ReLU's own.
#
#     scripts/sweep_alpha.sh [--dry-run] [--jobs=N] [--out=DIR] [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/cifar10/fast_resnet20_relu.yaml}
SEEDS=${SEEDS:-0,1}
ALPHAS=${ALPHAS:-1,3,10,30,100}

sweep runs/sweep-alpha "$CONFIG" seed="$SEEDS" activation.alpha="$ALPHAS" \
    activation.backward.attack=softplus activation.backward.update=softplus \
    eval.attack=pgd-50 "eval: autoattack limit=1000" -- "$@"
