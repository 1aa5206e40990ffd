#!/bin/sh
# Do larger images gain more?  ReLU and SiLU on photos of several sizes; data.resize
# is 8/7 of the square that is cut out, as 256 is of 224.
#
#     scripts/sweep_resolution.sh [--dry-run] [--jobs=N] [--out=DIR] [key=value ...]
#
# The settings below are there to be changed, here or in the environment.
set -eu
# shellcheck source=/dev/null
. "$(dirname "$0")/sweep_common.sh"

CONFIG=${CONFIG:-configs/imagenet/resnet50_silu.yaml}
SEEDS=${SEEDS:-0}
ACTIVATIONS=${ACTIVATIONS:-relu,silu}

sweep runs/sweep-resolution "$CONFIG" seed="$SEEDS" \
    activation.forward="$ACTIVATIONS" \
    "r112: data.image_size=112 data.resize=128" \
    "r168: data.image_size=168 data.resize=192" \
    "r224: data.image_size=224 data.resize=256" \
    eval.attack=pgd-50 eval.limit=1000 -- "$@"
