# Every method trains, ends where patience does, and is evaluated as asked.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny

# What a method attacks with comes from its row; its key of metrics.jsonl too.
"$SATRUN" show methods | sed 1d | while read -r method loss start batchnorm _; do
    expect 0 "$SATRUN" config show --plain tiny.yaml "train.method=$method"
    sed -n '/^attack:/,/^train:/p' out >attack
    has attack "loss: $loss"
    has attack "start: $start"
    has attack "batchnorm: $batchnorm"
    expect 0 "$SATRUN" train tiny.yaml "train.method=$method" train.epochs=1 \
        train.replays=2 eval.every=0 --quiet --run "$method"
    has "$method/metrics.jsonl" '"kind":"epoch","epoch":1'
    echo "$method" >>methods
done
[ "$(wc -l <methods)" -ge 7 ]
grep '"kind":"epoch"' mixed/metrics.jsonl >line
has line '"mixed":'
# As many steps more as each batch is replayed: 57 batches.
grep '"kind":"epoch"' free/metrics.jsonl >line
has line '"step":114,'

# Nothing is learned at rate 0, so no validation is better than the first.
expect 0 "$SATRUN" train tiny.yaml train.lr=0 train.schedule=constant \
    train.epochs=9 train.patience=2 train.result=best eval.every=1 --run tired
has err "no better robust accuracy since epoch 1: training ends here"
[ "$(grep -c '"kind":"epoch"' tired/metrics.jsonl)" -eq 3 ]
has tired/eval/final.json '/checkpoints/best/ema.safetensors"'
expect 0 "$SATRUN" train tiny.yaml train.lr=0 train.schedule=constant \
    train.epochs=9 train.patience=2 train.result=best eval.every=1 --run tired
has err "tired is finished"
