# satrun init: the ready configs, and one's own from each of them.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

expect 0 "$SATRUN" init
has out "cifar10/madry"
has out "Adversarial training on Fashion-MNIST with"
if grep '^.\{81\}' out; then
    exit 1 # a line wider than a terminal
fi
hasnt out "base  "
[ "$(grep -c . out)" -ge 30 ]
if grep -q '^[^ ]* *$' out; then
    cat out
    exit 1 # a recipe without a word about it
fi

# Each is the same experiment from anywhere, and nothing is extended; a recipe
# without a name is called as its file.
listed() { sed -n 's/^\([^ ][^ ]*\) .*/\1/p' out; }
listed >names
while read -r name; do
    expect 0 "$SATRUN" init "$name" mine.yaml --force
    hasnt mine.yaml "extends:"
    expect 0 "$SATRUN" config show --plain mine.yaml
    grep -v '^name:' out >found
    expect 0 "$SATRUN" config show --plain "$SOURCE/configs/$name.yaml"
    grep -v '^name:' out | cmp - found
done <names

expect 0 "$SATRUN" init madry attack.steps=7
has err "madry.yaml: from cifar10/madry; satrun train madry.yaml"
has madry.yaml "# PGD-10 adversarial training (Madry et al. 2018)"
has madry.yaml "# What it extends, base.yaml:"
grep -q '^    steps: 7  *# ' madry.yaml
cp madry.yaml before
expect 2 "$SATRUN" init madry
has err "madry.yaml is there already; --force replaces it"
cmp madry.yaml before
expect 2 "$SATRUN" init madri
has err "no recipe 'madri'; did you mean 'cifar10/madry'?"
expect 3 "$SATRUN" init madry x.yaml attack.stps=7
[ ! -e x.yaml ]
expect 0 "$SATRUN" init --json
has out '"schema": "satrun.recipes/1"'

# A program that was copied away from its configs says where it looked.
cp "$SATRUN" alone
expect 2 ./alone init
has err "../share/satrun/configs"
mkdir -p bin share/satrun
mv alone bin/
cp -R "$SOURCE/configs" share/satrun/
expect 0 bin/alone init
listed | cmp - names
