#!/bin/sh
# Every attack of AutoAttack alone, and all in turn, against what the authors'
# code (fra31/auto-attack) left of the first 1000 images of Fashion-MNIST.
#
#     SATRUN_DATA=DIR scripts/check_autoattack.sh [THREADS]
#
# DIR holds golden/fashion-cnn-silu.safetensors.  Draws differ, and so do counts;
# with the config's seed they are at most APART from theirs, and AutoAttack as a
# whole leaves at most WEAKER images more.  Else it fails.  Takes several minutes.
set -eu

APART=5
WEAKER=3
weights=${SATRUN_DATA:?names the directory of golden/}/golden/fashion-cnn-silu.safetensors
threads=${1:-0}
status=0

# check NORM EPSILON ATTACK EXPECTED
check() {
    left=$(./satrun eval --config configs/fashion/golden_cnn.yaml \
        --weights "$weights" --limit 1000 --norm "$1" --epsilon "$2" \
        --attack "$3" --quiet engine.threads="$threads" |
        awk -v attack="$3" '$1 == attack { print $2 }')
    verdict=ok
    more=$APART
    [ "$3" != autoattack ] || more=$WEAKER
    if [ "$left" -gt $(($4 + more)) ] || [ "$left" -lt $(($4 - APART)) ]; then
        verdict=far
        status=1
    fi
    printf '%-5s %-4s %-11s %4d, theirs %4d: %s\n' "$1" "$2" "$3" "$left" "$4" $verdict
}

check linf 0.1 apgd-ce 759
check linf 0.1 apgd-dlr 763
check linf 0.1 apgd-t 749
check linf 0.1 fab-t 761
check linf 0.1 square 746
check linf 0.1 autoattack 737
check l2 1.0 apgd-ce 641
check l2 1.0 apgd-dlr 669
check l2 1.0 apgd-t 630
check l2 1.0 fab-t 658
check l2 1.0 square 709
check l2 1.0 autoattack 621
exit $status
