# Counts of correct images against PyTorch's, on real images.
#
# The Fashion-MNIST network: 8589 of 10000 clean; of the first 1000 images PGD-10
# left 766 to 768 and PGD-50 763 to 765 over three seeds in PyTorch.  Other
# random starts may differ by a few images at the border: 4 are allowed.
# The CIFAR-10 ResNet-20 with zero-padding shortcuts: 9173 of 10000.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
weights=$(data golden/fashion-cnn-silu.safetensors) || skip "$weights"
[ -d /usr/share/datasets/fashion-mnist ] || skip "no Fashion-MNIST"

# correct FILE WHAT: the count under "clean" or "robust"
correct() {
    sed -n "/\"$2\": {/,/}/s/.*\"correct\": \([0-9]*\).*/\1/p" "$1"
}
# between LOW HIGH COUNT
between() {
    if [ "$3" -lt "$1" ] || [ "$3" -gt "$2" ]; then
        echo "$3 correct, expected $1 to $2"
        exit 1
    fi
}

fashion() {
    expect 0 "$SATRUN" eval --config "$SOURCE/configs/fashion/golden_cnn.yaml" \
        --weights "$weights" --json "$@"
}
fashion --attack none
[ "$(correct out clean)" = 8589 ]
fashion --attack pgd-10 --step-size 0.025 --epsilon 0.1 --limit 1000
[ "$(correct out clean)" = 870 ]
between 762 772 "$(correct out robust)"
fashion --attack pgd-50 --step-size 0.01 --epsilon 0.1 --limit 1000
between 759 769 "$(correct out robust)"

# The reference AutoAttack left 759 under APGD-CE and 763 under APGD-DLR.
for attack in apgd-ce apgd-dlr; do
    fashion --attack $attack --epsilon 0.1 --limit 1000
    between 757 765 "$(correct out robust)"
done

weights=$(data models/cifar10-resnet20.safetensors) || skip "$weights"
data data/cifar-10-binary.tar.gz >/dev/null || skip "no CIFAR-10"
expect 0 "$SATRUN" eval --config "$SOURCE/configs/cifar10/resnet20.yaml" \
    --weights "$weights" --attack none --json
[ "$(correct out clean)" = 9173 ]
