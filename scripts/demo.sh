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

# train ACTIVATION: one run, new, continued, or already there.
train() {
    say "Training with $1: configs/demo/$1.yaml -> $dir/$1"
    "$satrun" train "configs/demo/$1.yaml" --run "$dir/$1"
}

# attack ACTIVATION: PGD-10, and five times as many steps as a check that the
# network is robust and does not only hide its gradient.
attack() {
    say "Attacking $1 with PGD-10 and PGD-50"
    "$satrun" eval "$dir/$1" --attack pgd-10,pgd-50
}

# picture ACTIVATION: adversarial images of it as a grid.
picture() {
    say "Adversarial images of the $1 network"
    "$satrun" attack "$dir/$1" --attack pgd-10 --limit 16 \
        --out "$dir/images-$1" --grid "$dir/grid-$1.png"
}

if [ ! -x "$satrun" ]; then
    echo "$0: there is no $satrun; 'make' builds it" >&2
    exit 1
fi
mkdir -p "$dir"
for activation in relu silu; do
    train "$activation"
done
for activation in relu silu; do
    attack "$activation"
    picture "$activation"
done

say "Side by side"
"$satrun" report "$dir/relu" "$dir/silu" --format md >"$dir/table.md"
cat "$dir/table.md"

say "Where everything is"
cat <<END
  $dir/table.md                    the table above
  $dir/grid-relu.png, grid-silu.png  clean image, adversarial image, difference
  $dir/relu, $dir/silu               the runs: config, log, metrics, checkpoints
  $dir/*/eval/                     every attack as JSON
  configs/demo/                    what was run; change it and run it again
This took $(($(date +%s) - began)) s.
END
