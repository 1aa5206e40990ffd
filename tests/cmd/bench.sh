# satrun bench: a small network without any data; the JSON is what it says.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
unset SATRUN_DATA

cat >small.yaml <<'END'
data: {dataset: cifar10}
model:
  arch: sequential
  layers:
    - conv: {out: 8, kernel: 3, padding: 1}
    - batchnorm
    - activation
    - conv: {out: 8, kernel: 3, padding: 1}
    - conv: {out: 8, kernel: 3, padding: 1}
    - flatten
    - linear: {out: 10}
activation: {forward: silu}
train: {batch_size: 4}
END

# The issue's schema, and numbers that fit each other.
cat >check.py <<'END'
import json, math, sys
d = json.load(open("out"))
assert d["schema"] == "satrun.bench/1"
assert d["peak_gflop_per_s"] > 0.1
assert [s["step"] for s in d["steps"]] == ["forward", "attack", "train"]
macs = 32 * 32 * 8 * 9 * (3 + 8 + 8) + 32 * 32 * 8 * 10
for passes, s in enumerate(d["steps"], 1):
    assert s["seconds"] > 0
    near = lambda a, b: math.isclose(a, b, rel_tol=1e-9)
    assert near(s["images_per_s"], d["batch"] / s["seconds"]), s
    gflop = 2e-9 * passes * macs * d["batch"]
    assert near(s["gflop_per_s"], gflop / s["seconds"]), s
    assert near(s["share_of_peak"],
                s["gflop_per_s"] / d["peak_gflop_per_s"]), s
m = d["memory"]
assert m["peak_bytes"] > m["planned_bytes"] + m["weights_bytes"] > 0
weights = 8 * 9 * (3 + 8 + 8) + 3 * 8 + 2 * 8 + 8192 * 10 + 10
assert m["weights_bytes"] == 4 * weights, m
for key, value in zip(sys.argv[1::2], sys.argv[2::2]):
    assert str(d[key]) == value, (key, d[key])
END
check() {
    if command -v python3 >/dev/null; then
        python3 check.py "$@"
    fi
}

expect 0 "$SATRUN" bench --config small.yaml --reps 1 --json
check batch 4 model sequential activation silu way auto reps 1
expect 0 "$SATRUN" bench --config small.yaml --reps 2 --json --batch 3 \
    --threads 1 engine.conv=im2col activation.forward=relu
check batch 3 threads 1 way im2col activation relu
SATRUN_ISA=base expect 0 "$SATRUN" bench --config small.yaml --reps 1 --json
check isa base

# Without --json: tables, and without a config a network of its own.
expect 0 "$SATRUN" bench --reps 1 --batch 1 model.arch=resnet20
has out "resnet20, silu: batch 1"
has out "| step    | seconds |"
has out "memory: at most"

# What is wrong is said.
expect 3 "$SATRUN" bench model.arch=resnet21
has err "argument 1: error: model.arch: there is no 'resnet21'"
expect 3 "$SATRUN" bench data.dataset=folder --reps 1
has err "set data.path to the folder"
expect 2 "$SATRUN" bench --reps 0
has err "--reps: 0 is outside [1, 1000]"
expect 2 "$SATRUN" bench small.yaml
has err "one argument too many"
