#!/bin/sh
# How strong an attacker to train against?  ReLU and SiLU against PGD of 1 to 10
# steps, each of the length that lets it cross its ball.
#
#     scripts/sweep_steps.sh [--dry-run] [--jobs=N] [--out=DIR] [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/cifar10/fast_resnet20_relu.yaml}
SEEDS=${SEEDS:-0,1}
ACTIVATIONS=${ACTIVATIONS:-relu,silu}

sweep runs/sweep-steps "$CONFIG" seed="$SEEDS" \
    activation.forward="$ACTIVATIONS" \
    "pgd1: attack.steps=1 attack.step_size=10/255" \
    "pgd2: attack.steps=2 attack.step_size=6/255" \
    "pgd4: attack.steps=4 attack.step_size=4/255" \
    "pgd10: attack.steps=10 attack.step_size=2/255" \
    eval.attack=pgd-50 "eval: autoattack limit=1000" -- "$@"
