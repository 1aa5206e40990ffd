# What can go wrong with a training run, and what is left behind.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
train() { "$SATRUN" train tiny.yaml "$@"; }

# stopped RUN: a run interrupted somewhere with some checkpoints
stopped() {
    "$SATRUN" train tiny.yaml --run "$1" >out 2>err &
    pid=$!
    while [ "$(find "$1/checkpoints" -name 'step-*' 2>/dev/null | wc -l)" -lt 2 ]; do
        sleep 0.02
    done
    kill -TERM "$pid"
    code=0
    wait "$pid" || code=$?
    [ "$code" -eq 75 ] || { echo "exit $code"; cat err; exit 1; }
}

expect 0 train --run whole
fingerprint whole >want

# A damaged checkpoint is set aside and the one before it used.
stopped damaged
newest=$(readlink damaged/checkpoints/last)
printf X | dd of="damaged/checkpoints/last/model.safetensors" bs=1 seek=9999 \
    conv=notrunc 2>/dev/null
expect 5 "$SATRUN" eval damaged --checkpoint last --average no --attack none
has err "last is damaged: model.safetensors is not as SHA256SUMS says"
expect 0 train --run damaged
has err "checkpoint $newest is damaged: model.safetensors is not as SHA256SUMS"
has err "set aside as damaged-$newest, going on from step-"
[ -d "damaged/checkpoints/damaged-$newest" ]
fingerprint damaged | diff want -

# None is intact: exit 5, and nothing is trained over them, however often the
# command is given, until the user clears them away.
stopped lost
for dir in lost/checkpoints/step-*; do : >"$dir/state.json"; done
find lost/checkpoints | sort >names
newest=$(readlink lost/checkpoints/last)
for call in first second; do
    expect 5 train --run lost
    has err "no checkpoint is intact: $newest (state.json is not as SHA256SUMS"
    has err "to start over from the first step"
    hasnt err "warning"
    cp lost/metrics.jsonl "$call"
done
cmp first second
find lost/checkpoints | sort | cmp - names
expect 0 "$SATRUN" estimate lost --steps 1
has err "no checkpoint is intact: $newest (state.json is not as SHA256SUMS"
hasnt out " left "
rm -f lost/checkpoints/last lost/checkpoints/best
expect 5 "$SATRUN" eval lost --attack none
has err "no checkpoint is intact: $newest (state.json is not as SHA256SUMS"
rm -r lost/checkpoints
expect 0 train --run lost
fingerprint lost | diff want -

# The disk is full (here: files may have 16 KB): exit 7, the old checkpoint is
# whole, and with room again the run ends as if nothing had been.
stopped full
small_files() { (ulimit -f 32 && exec "$SATRUN" train tiny.yaml --run full); }
expect 7 small_files
has err "not saved"
(cd full/checkpoints/last/ && sha256sum --quiet -c SHA256SUMS)
[ -z "$(find full/checkpoints -name '*.tmp')" ]
has full/manifest.json '"state": "failed"'
expect 0 train --run full
fingerprint full | diff want -

# A rate far too high: exit 6 before the weights are spoilt, the layer named.
expect 6 train train.lr=1e6 train.schedule.name=constant --run diverged
has err "diverged at step"
has err "is not finite"
grep -q '"where"' diverged/nonfinite/step-*.json
has diverged/log.txt "is not finite"
has diverged/manifest.json '"exit_code": 6'
expect 6 train train.lr=1e6 train.schedule.name=constant --run diverged

# Which run is meant.
expect 0 train --run whole
has err "whole is finished"
has out "pgd-2 linf 0.1"
expect 0 train --run whole --json
has out '"schema": "satrun.eval/1"'
expect 3 train train.lr=0.1 --run whole
has err "train.lr was 0.05, is 0.1"
expect 2 train --run nowhere --resume
[ ! -e nowhere ]
expect 2 train --resume
has err "no unfinished run of tiny"
expect 2 train --resume --new
expect 2 train --run data
has err "not a run"

# Without --run: the same command continues, --resume with other settings is
# refused, a finished run is left alone.
stopped mine
mkdir -p runs
mv mine runs/tiny-1
expect 3 train train.lr=0.1 --resume
has err "train.lr was 0.05, is 0.1"
expect 0 train
has err "continuing runs/tiny-1"
fingerprint runs/tiny-1 | diff want -
expect 0 train train.epochs=1 --quiet
[ "$(find runs -name manifest.json | wc -l)" -eq 2 ]

# The newest run is where other commands look for it, wherever it is.
[ "$(readlink -f runs/latest)" = "$(readlink -f runs/tiny-2*)" ]

# Other images under the same settings are another run.
stopped moved
cp -r data data.old
printf X | dd of=data/train-images-idx3-ubyte bs=1 seek=999 conv=notrunc \
    2>/dev/null
expect 4 train --run moved
has err "other images"
rm -r data && mv data.old data

# One process a run.
"$SATRUN" train tiny.yaml --run busy >/dev/null 2>&1 &
pid=$!
while [ ! -e busy/manifest.json ]; do sleep 0.02; done
expect 2 train --run busy
has err "another process"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true

# A table of them.
expect 0 "$SATRUN" report whole runs/tiny-1 --format csv
has out "run,clean,clean_low,clean_high,pgd-2 linf 0.1,"
has out "whole,"
expect 0 "$SATRUN" report whole runs/tiny-1 --format csv --no-group \
    --columns run,activation,attacker,epochs,seed,checkpoint,images,clean
has out "run,activation,attacker,epochs,seed,checkpoint,images,clean"
has out "whole,relu,softplus(10),4,1,last average,100,"

# Too few images for a batch: no run is begun, latest stays where it was.
before=$(readlink runs/latest || true)
count=$(find runs -maxdepth 1 -type d | wc -l)
expect 3 "$SATRUN" train tiny.yaml train.batch_size=4096 --new
has err "training images"
[ "$(readlink runs/latest || true)" = "$before" ]
[ "$(find runs -maxdepth 1 -type d | wc -l)" -eq "$count" ]
