# satrun weights, and where weights come from: files with other names, a part of
# them, another number of classes.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
expect 0 "$SATRUN" train tiny.yaml train.epochs=1 --quiet
own=$(readlink -f runs/latest)/checkpoints/last/model.safetensors
cp "$own" own.safetensors

# What is in a file.
expect 0 "$SATRUN" weights inspect own.safetensors
has out "0.weight                                 F32   [8, 1, 3, 3]"
has out "1.num_batches_tracked                    I64   []"
has out "11 tensors, "
has out "satrun.activation    relu, attack slope softplus(10), update slope"
expect 0 "$SATRUN" weights inspect own.safetensors --json
has out '"schema": "satrun.weights/1"'
has out '"name": "6.bias"'
has out '"nonfinite": 0'

# Renaming and back is the same file; loading strips what wrappers add.
expect 0 "$SATRUN" weights convert own.safetensors wrapped.safetensors \
    --rename 0.=module.0.,1.=module.1.,3.=module.3.,6.=module.6.
expect 0 "$SATRUN" weights convert wrapped.safetensors back.safetensors \
    --rename module.=
cmp own.safetensors back.safetensors
# Nothing is replaced unasked, least of all what is being read.
cp own.safetensors before
expect 2 "$SATRUN" weights convert own.safetensors own.safetensors
has err "own.safetensors is there already; --force replaces it"
cmp own.safetensors before
expect 0 "$SATRUN" weights convert own.safetensors wrapped.safetensors \
    --rename 0.=module.0.,1.=module.1.,3.=module.3.,6.=module.6. --force
expect 0 "$SATRUN" weights diff own.safetensors wrapped.safetensors
has out "only in wrapped.safetensors: module.0.weight"
has out "0 tensors are the same, 0 differ, 0 are of another shape, 22 are in"
expect 8 "$SATRUN" weights diff own.safetensors wrapped.safetensors \
    --tolerance 1
has err "are not of the same tensors"
expect 0 "$SATRUN" weights diff own.safetensors back.safetensors --tolerance 0
has out "11 tensors are the same, 0 differ"

# Two trainings differ.
expect 0 "$SATRUN" train tiny.yaml train.epochs=1 seed=2 --quiet
other=$(readlink -f runs/latest)/checkpoints/last/model.safetensors
expect 8 "$SATRUN" weights diff own.safetensors "$other" --tolerance 1e-3
has out "0.weight "
has err "more than 0.001"
expect 0 "$SATRUN" weights diff own.safetensors "$other" --json
has out '"schema": "satrun.weights-diff/1"'
has out '"relative": '

for wrong in "frob own.safetensors" "inspect own.safetensors b" "diff own.safetensors" \
    "convert own.safetensors b --rename x" "convert own.safetensors b --drop x=y"; do
    # shellcheck disable=SC2086
    expect 2 "$SATRUN" weights $wrong
done
expect 5 "$SATRUN" weights inspect nothing.safetensors
expect 5 "$SATRUN" weights convert own.safetensors b --rename 0.weight=0.bias
has err "0.weight would be called 0.bias, as another one is"
[ ! -e b ]

# Evaluating with them.
evaluate() {
    want=$1 && shift
    expect "$want" "$SATRUN" eval --config tiny.yaml --attack none "$@"
}
evaluate 0 --weights own.safetensors --json
grep '"correct"' out >correct
evaluate 0 --weights wrapped.safetensors --json
grep '"correct"' out | cmp - correct
expect 0 "$SATRUN" weights convert own.safetensors part.safetensors --drop 6.
evaluate 5 --weights part.safetensors
has err "does not fit the model sequential; missing 6.weight, 6.bias"
evaluate 0 --weights part.safetensors --partial
has err "fits 8 of the 10 tensors of the model sequential; missing 6.weight"

# Training from them: a key of the config, so that it is part of the run.
expect 0 "$SATRUN" train tiny.yaml model.weights=part.safetensors \
    model.partial=true train.epochs=1 --new
has err "fits 8 of the 10 tensors"
has runs/latest/config.yaml "weights: "
expect 5 "$SATRUN" train tiny.yaml model.weights=part.safetensors --new
expect 3 "$SATRUN" train tiny.yaml model.partial=true --new
has err "model.partial: there are no model.weights to load"

# A rule that fits nothing is a slip; a run stands for its last checkpoint.
for rule in "--drop nothing." "--rename module.=x."; do
    # shellcheck disable=SC2086
    expect 2 "$SATRUN" weights convert own.safetensors b $rule
    has err "no tensor of own.safetensors begins with"
    [ ! -e b ]
done
expect 0 "$SATRUN" weights diff runs/latest runs/latest
has out "tensors are the same, 0 differ"
