#!/bin/sh
# Whom does the smooth slope help: the attacker, the update of the weights, or
# both?  The four cells of Table 1 of Xie et al. 2020: ReLU forward, and
# softplus's slope (alpha 10) for neither, one, or both of them.
#
#     scripts/sweep_split.sh [--dry-run] [--jobs=N] [--out=DIR] [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/cifar10/fast_resnet20_relu.yaml}
SEEDS=${SEEDS:-0,1}
ALPHA=${ALPHA:-10}

slope="activation.alpha=$ALPHA activation.backward"
sweep runs/sweep-split "$CONFIG" seed="$SEEDS" \
    "neither:" \
    "attacker: $slope.attack=softplus" \
    "update: $slope.update=softplus" \
    "both: $slope.attack=softplus activation.backward.update=softplus" \
    eval.attack=pgd-50 "eval: autoattack limit=1000" -- "$@"
