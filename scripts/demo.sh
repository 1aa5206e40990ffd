#!/bin/sh
# The demo: adversarial training on Fashion-MNIST with ReLU and with SiLU, both
# attacked with PGD-10 and PGD-50, a table of the two, and a picture.
#
#     scripts/demo.sh [DIR]         DIR: where everything goes, demo if left out
#
# `make demo` builds first and then calls it.  About five minutes on two cores.
# Stopped in the middle (Ctrl-C is fine) and started again it goes on where it
# was; once all is there it only prints the table again.
set -eu

cd "$(dirname "$0")/.."
dir=${1:-demo}
satrun=./satrun
began=$(date +%s)

say() { printf '\n== %s\n' "$*"; }
place() { printf '  %-26s %s\n' "$1" "$2"; }

# train ACTIVATION: one run, new, continued, or already there.  It ends with an
# evaluation under PGD-10 and, as a check that the network is robust and does not
# only hide its gradient, under five times as many steps.
train() {
    say "Training with $1: configs/demo/$1.yaml -> $dir/$1"
    "$satrun" train "configs/demo/$1.yaml" --run "$dir/$1"
}

# picture ACTIVATION: adversarial images of it as a grid.
picture() {
    say "Adversarial images of the $1 network"
    "$satrun" attack "$dir/$1" --attack pgd-10 --limit 16 \
        --out "$dir/images-$1"
}

if [ ! -x "$satrun" ]; then
    echo "$0: there is no $satrun; 'make' builds it" >&2
    exit 1
fi
mkdir -p "$dir"
for activation in relu silu; do
    train "$activation"
    picture "$activation"
done

say "Side by side"
"$satrun" report "$dir/relu" "$dir/silu" --html "$dir/report.html" \
    >"$dir/table.md"
cat "$dir/table.md"

say "Where everything is"
place "$dir/table.md" "the table above"
place "$dir/report.html" "the same with curves and provenance, for a browser"
place "$dir/images-*/grid.png" "clean image, adversarial image, difference"
place "$dir/images-*/" "these images as PNG and safetensors"
place "$dir/relu, $dir/silu" "the runs: config, log, metrics, checkpoints,"
place "" "and every attack as JSON in eval/"
place "configs/demo/" "what was run: change it and run it again"

say "What next"
cat <<END
  ./satrun eval $dir/silu --attack pgd-50x10
  ./satrun eval $dir/silu --attack pgd-10 --epsilon 0.05
  ./satrun train configs/demo/silu.yaml activation.forward=gelu
END
printf '\nThis took %s s.\n' "$(($(date +%s) - began))"
